"""One function a command: it takes the inputs and options, and gives the answer."""

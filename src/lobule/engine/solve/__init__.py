"""What integrates: a question laid out as arrays, the control loop, the model's own events, and who runs it."""

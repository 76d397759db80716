"""The same step and the same control loop on a graphics card."""

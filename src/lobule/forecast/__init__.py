"""From the labs and signs of a person to a posterior over virtual people, a check of the fit, and a forecast."""

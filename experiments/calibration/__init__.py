"""Calibration: which values of the model's unknown numbers the years to 2016 leave."""

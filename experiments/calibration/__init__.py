"""Calibration: which values of the model's unknown numbers do the years to 2016 leave?"""

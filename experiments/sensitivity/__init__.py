"""Sensitivity studies: factors, samples, indices, regions."""

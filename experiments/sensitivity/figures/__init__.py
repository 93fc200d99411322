"""Figures of sensitivity studies."""

"""Measurements, side by side in one run; see README.md. Nothing here is a test, and nothing fails for being slow."""

"""Advice, built from an inference."""

"""Explained advice on strategic partnerships in public child welfare and early childhood."""

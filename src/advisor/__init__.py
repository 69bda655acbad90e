"""Explained advice on strategic partnerships in public child welfare and early childhood."""

from advisor.engine import engine
from advisor.io.case_reader import parse_case, read_case
from advisor.loading import load
from advisor.model.problems import InputError

__all__ = ["InputError", "engine", "load", "parse_case", "read_case"]

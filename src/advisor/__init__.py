"""Explained advice on strategic partnerships in public child welfare and early childhood."""

from advisor.assessment import Advisor
from advisor.case_reader import parse_case, read_case
from advisor.engines import engine
from advisor.loading import load
from advisor.problems import InputError

__all__ = ["Advisor", "InputError", "engine", "load", "parse_case", "read_case"]

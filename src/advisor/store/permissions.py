"""What a person may do in an organization, by role, and what a token is for: declared here, and asked everywhere else."""

from typing import Literal

Role = Literal["leader", "planner", "ta-specialist", "administrator"]
ROLES: tuple[Role, ...] = ("leader", "planner", "ta-specialist", "administrator")

Scope = Literal["assess", "read", "write", "administer"]
SCOPES: tuple[Scope, ...] = ("assess", "read", "write", "administer")


def sees_every_case(role: str) -> bool:
    """Whether somebody in this role sees every case of the organization, not only their own."""
    return role != "leader"


def administers(role: str) -> bool:
    """Whether somebody in this role keeps the organization's people, tokens, keys and settings."""
    return role == "administrator"

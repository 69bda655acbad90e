"""What tests of the store share: people of two organisations, and a case that is quick to write."""

from datetime import UTC, datetime, timedelta

from advisor.model.case import Case, Partner
from advisor.model.scenario import CaseFile, Scenario
from advisor.store.records import Person

AT = datetime(2026, 1, 5, 9, 30, 0, 123456, tzinfo=UTC)

ANN = Person("ann", "ann@county.example", "Ann", "leader", "county")
BEN = Person("ben", "ben@county.example", "Ben", "leader", "county")
PAT = Person("pat", "pat@county.example", "Pat", "planner", "county")
TAS = Person("tas", "tas@county.example", "Tas", "ta-specialist", "county")
ADA = Person("ada", "ada@county.example", "Ada", "administrator", "county")
ELSEWHERE = (
    Person("eve", "eve@other.example", "Eve", "leader", "other"),
    Person("ed", "ed@other.example", "Ed", "administrator", "other"),
    Person("ann", "ann@county.example", "Ann", "administrator", "other"),  # the same id does not help
)

CASE = Case(
    "Waiting for treatment",
    {"wanted.obstacle": ("shared-families", "waiting"), "wanted.duties": ("no",)},
    (Partner("Harbor House", {"partner.vision": ("yes",)}), Partner("Tribal Court", {})),
)
SCENARIOS = {
    "lift": Scenario(
        "lift", {"possible.authority": ("head",), "wanted.obstacle": ()}, {"Harbor House": {"partner.reach": ("merge",)}}
    ),
    "wider": Scenario("wider", add=("Shelter",), drop=("Tribal Court",), on="lift"),
}
FILE = CaseFile(CASE, SCENARIOS)


def later(minutes: float) -> datetime:
    """A time so many minutes after `AT`."""
    return AT + timedelta(minutes=minutes)


def named(name: str, *partners: str) -> CaseFile:
    """A small case of this name with partners of these names."""
    return CaseFile(Case(name, {"wanted.duties": ("no",)}, tuple(Partner(partner, {}) for partner in partners)), {})

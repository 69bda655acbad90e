"""Order among atoms: components come after what they rest on, and strata count negations."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from advisor.engine.stratification import components, strata_of

SIZE = 7
GRAPHS = st.dictionaries(st.integers(0, SIZE - 1), st.sets(st.integers(0, SIZE - 1)))


def reach(below: dict[int, set[int]]) -> list[set[int]]:
    """From each atom, all that it rests on, by going round until nothing is added."""
    found = [{atom} for atom in range(SIZE)]
    for _ in range(SIZE):
        for atom in range(SIZE):
            for other in below.get(atom, set()):
                found[atom] |= found[other]
    return found


@given(GRAPHS)
def test_a_component_holds_the_atoms_that_rest_on_each_other(below: dict[int, set[int]]) -> None:
    found = components(SIZE, below)
    assert sorted(atom for component in found for atom in component) == list(range(SIZE))
    place = {atom: n for n, component in enumerate(found) for atom in component}
    reached = reach(below)
    for one, other in permutations(range(SIZE), 2):
        assert (place[one] == place[other]) is (other in reached[one] and one in reached[other])


@given(GRAPHS)
def test_what_others_rest_on_comes_first(below: dict[int, set[int]]) -> None:
    place = {atom: n for n, component in enumerate(components(SIZE, below)) for atom in component}
    assert all(place[other] <= place[atom] for atom, others in below.items() for other in others)


def test_a_chain_of_any_length_is_ordered() -> None:
    """Deeper than Python may recurse."""
    size = 20_000
    found = components(size, {atom: {atom + 1} for atom in range(size - 1)})
    assert found == [[atom] for atom in reversed(range(size))]


def test_strata_count_the_negations_below_an_atom() -> None:
    clauses = [(1, (0,), ()), (2, (), (1,)), (3, (2,), (0,)), (4, (), (3,)), (2, (0,), ())]
    assert strata_of(6, clauses) == (0, 0, 1, 1, 2, 0)


def test_strata_settle_in_whatever_order_clauses_stand() -> None:
    clauses = [(1, (0,), ()), (2, (), (1,)), (3, (2,), ()), (4, (), (3,))]
    assert {strata_of(5, order) for order in permutations(clauses)} == {(0, 0, 1, 1, 2)}

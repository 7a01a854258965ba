"""The table of functions: its changes add up, and the one that got slower stands first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.profiles.diff import Difference, difference
from bench.profiles.folded import Stack
from tests.profile_runs import spent
from tests.profiles.test_diff_tree import PROFILES, RUN, STACKS


def of(base: dict[Stack, int], head: dict[Stack, int]) -> Difference:
    return difference("a:b", [spent(base)], [spent(head)])


@given(base=PROFILES, head=PROFILES)
def test_the_changes_of_the_functions_that_both_sides_have_add_up_to_the_whole(
    base: dict[Stack, int], head: dict[Stack, int]
) -> None:
    start: Stack = (RUN,)
    found = of({start: 1, **base}, {start: 1, **head})
    changes = [one.change.mean for one in found.functions if not one.mark]
    assert sum(changes) == pytest.approx(found.change.mean)
    assert found.head - found.base == pytest.approx(found.change.mean)
    assert sum(one.base.own for one in found.functions) == pytest.approx(found.base)


@given(base=PROFILES, head=PROFILES)
def test_the_largest_change_stands_first_and_marks_say_which_side_has_a_function(
    base: dict[Stack, int], head: dict[Stack, int]
) -> None:
    found = of({(RUN,): 1, **base}, {(RUN,): 1, **head})
    sizes = [abs(one.change.mean) for one in found.functions]
    assert sizes == sorted(sizes, reverse=True)
    for one in found.functions:
        assert (one.base.total == 0, one.head.total == 0) == (one.mark == "new", one.mark == "removed")


def test_the_same_profile_twice_changes_nothing() -> None:
    values = {(RUN, "fastapi:a"): 30, (RUN, "fastapi:a", "typing:get_origin"): 5}
    found = of(values, values)
    assert {one.change.mean for one in found.functions} == {0.0}
    assert found.aligned == (1.0, 1.0)


def test_a_function_that_calls_new_ones_is_named_first_with_what_they_take() -> None:
    base = {(RUN, "fastapi:solve"): 100, (RUN, "fastapi:render"): 50}
    head = {
        (RUN, "fastapi:solve"): 102,
        (RUN, "fastapi:solve", "fastapi:fresh"): 30,
        (RUN, "fastapi:solve", "fastapi:fresh", "fastapi:deeper"): 40,
        (RUN, "fastapi:solve", "fastapi:fresh", "fastapi:render"): 53,
    }
    found = of(base, head)
    assert [(one.name, one.mark, one.change.mean) for one in found.functions][:3] == [
        ("fastapi:solve", "", 72.0),
        ("fastapi:deeper", "new", 40.0),
        ("fastapi:fresh", "new", 30.0),
    ]
    assert found.functions[0].head.below == 70.0
    assert found.functions[0].head.total == 225.0


def test_the_standard_library_is_charged_to_the_function_that_calls_it() -> None:
    found = of({(RUN, "fastapi:a"): 10}, {(RUN, "fastapi:a", "inspect:unwrap", "<built-in>:isinstance"): 25})
    assert [(one.name, one.change.mean) for one in found.functions] == [("fastapi:a", 15.0), (RUN, 0.0)]


def test_a_recursive_function_counts_once_in_its_total() -> None:
    found = of({(RUN, "fastapi:a"): 1}, {(RUN, "fastapi:a", "fastapi:a", "fastapi:a"): 9})
    assert found.functions[0].head.total == 9.0


def test_launches_of_different_length_weigh_alike_and_give_the_interval() -> None:
    one: Stack = (RUN, "fastapi:a")
    base = [spent({one: 1000}, requests=100), spent({one: 2000}, requests=200)]
    head = [spent({one: 1200}, requests=100), spent({one: 14_000}, requests=1000)]
    found = difference("a:b", base, head)
    (function,) = [item for item in found.functions if item.name == "fastapi:a"]
    assert function.change.mean == pytest.approx(3.0)
    assert function.change.n == 2
    assert (found.base, found.head) == (pytest.approx(10.0), pytest.approx(13.0))


@given(values=st.dictionaries(st.just((RUN, "mylib:f")), st.integers(1, 9), min_size=1))
def test_a_package_of_nobodys_layer_is_named_by_itself(values: dict[Stack, int]) -> None:
    found = of({(RUN,): 1}, {(RUN,): 1, **values})
    assert {one.name: one.mark for one in found.functions} == {RUN: "", "mylib:f": "new"}


BYTES = st.dictionaries(STACKS, st.integers(1, 10**7), min_size=1, max_size=20)


@given(base=BYTES, head=BYTES)
def test_bytes_go_through_the_same_and_none_is_lost(base: dict[Stack, int], head: dict[Stack, int]) -> None:
    found = difference("a:b", [base, base], [head, head])
    kb = sum(head.values()) / 1e3 - sum(base.values()) / 1e3
    assert found.change.mean == pytest.approx(kb)
    assert (found.base, found.head) == (
        pytest.approx(sum(base.values()) / 1e3),
        pytest.approx(sum(head.values()) / 1e3),
    )
    assert sum(one.head.own - one.base.own for one in found.functions) == pytest.approx(kb)
    assert (found.tree.base, found.tree.head) == (2 * sum(base.values()), 2 * sum(head.values()))


def test_without_a_launch_there_is_no_difference() -> None:
    with pytest.raises(ValueError, match="finite values"):
        difference("a:b", [], [])

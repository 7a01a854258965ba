"""A profile's time goes to the functions that a difference touches, each with what it calls."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.agent.profiles.frame_names import IDLE
from bench.analysis.source.changed_functions import NamedChange, changed_functions, profiled_cases
from bench.analysis.source.changed_lines import LineRange
from bench.analysis.source.touched_functions import Touched
from bench.model.app_version import ChangedFunction
from bench.profiles.diff import Difference, difference
from bench.profiles.folded import Stack
from tests.profile_runs import RUN, launches, spent

ROUTE = "fastapi.routing:get_request_handler.<locals>.app"
HANDLER, HELPER, QUERY = "app.users:read", "app.users:helper", "sqlalchemy.orm:Session.get"
TIMING = "app.middleware:Timing.__call__"


def named(*names: str, in_base: bool = True, in_head: bool = True, kind: str = "function") -> list[NamedChange]:
    """Functions of `app/x.py` whose third line changed."""
    return [
        NamedChange(
            Touched(name.partition(":")[2], kind, "app/x.py", LineRange(3, 3), in_base, in_head),
            name if in_base else None,
            name if in_head else None,
        )
        for name in names
    ]


def of(base: dict[Stack, int], head: dict[Stack, int], case: str = "GET /users/{id}") -> Difference:
    return difference(case, [spent(base)], [spent(head)])


def changes(found: tuple[ChangedFunction, ...]) -> dict[str, dict[str, float]]:
    return {one.name: one.cases for one in found}


def test_what_a_touched_function_calls_counts_to_it() -> None:
    base = {(RUN, ROUTE): 50, (RUN, ROUTE, HANDLER): 100}
    head = {(RUN, ROUTE): 50, (RUN, ROUTE, HANDLER): 110, (RUN, ROUTE, HANDLER, QUERY, "socket:recv"): 300}
    found = changed_functions(named(HANDLER), [of(base, head)])
    assert changes(found) == {HANDLER: {"GET /users/{id}": 310.0}}
    assert found[0].at == "app/x.py:3"


def test_time_in_several_touched_functions_counts_to_the_innermost() -> None:
    base = {(RUN, ROUTE, HANDLER): 100, (RUN, ROUTE, HANDLER, HELPER): 10}
    head = {(RUN, ROUTE, HANDLER): 101, (RUN, ROUTE, HANDLER, HELPER): 10, (RUN, ROUTE, HANDLER, HELPER, QUERY): 90}
    found = changed_functions(named(HANDLER, HELPER), [of(base, head)])
    assert changes(found) == {HELPER: {"GET /users/{id}": 90.0}, HANDLER: {"GET /users/{id}": 1.0}}


def test_what_comes_after_a_middleware_is_not_its_own() -> None:
    base = {(RUN, TIMING): 20, (RUN, TIMING, "starlette.routing:Router.app", QUERY): 100}
    head = {(RUN, TIMING): 30, (RUN, TIMING, "starlette.routing:Router.app", QUERY): 900}
    assert changes(changed_functions(named(TIMING), [of(base, head)])) == {TIMING: {"GET /users/{id}": 10.0}}


@pytest.mark.parametrize(
    ("inner", "outer"),
    [
        (f"{HANDLER}.<locals>.<lambda>", HANDLER),
        (f"{HANDLER}.<locals>.<listcomp>.<locals>.<genexpr>", HANDLER),
        ("app.users:<lambda>", "app.users:<module>"),
        ("app.users:C.<lambda>", "app.users:C"),
    ],
)
def test_lambdas_and_comprehensions_count_to_the_function_that_they_are_written_in(inner: str, outer: str) -> None:
    found = changed_functions(named(outer), [of({(RUN, ROUTE): 10}, {(RUN, ROUTE): 10, (RUN, ROUTE, inner): 40})])
    assert changes(found) == {outer: {"GET /users/{id}": 40.0}}


def test_a_function_of_a_renamed_file_is_one_function() -> None:
    ((one),) = named("app.new:f")
    renamed = NamedChange(one.touched, "app.old:f", "app.new:f")
    found = changed_functions([renamed], [of({(RUN, "app.old:f"): 100}, {(RUN, "app.new:f"): 130})])
    assert changes(found) == {"app.new:f": {"GET /users/{id}": 30.0}}


def test_a_removed_function_costs_less_by_all_that_it_cost() -> None:
    (found,) = changed_functions(named(HELPER, in_head=False), [of({(RUN, HELPER): 80}, {(RUN, HANDLER): 90})])
    assert (found.name, found.removed, found.cases) == (HELPER, True, {"GET /users/{id}": -80.0})


def test_functions_in_no_profile_are_left_out_and_code_outside_of_functions_stands_last() -> None:
    asked = [*named("app.models:User", kind="class"), *named(HANDLER), *named("app.jobs:nightly")]
    found = changed_functions(asked, [of({(RUN, HANDLER): 10}, {(RUN, HANDLER): 10})])
    assert changes(found) == {HANDLER: {"GET /users/{id}": 0.0}, "app.models:User": {}}


def test_several_launches_give_an_interval_and_the_largest_change_stands_first() -> None:
    base, head = {(RUN, HANDLER): 1000, (RUN, HELPER): 100}, {(RUN, HANDLER): 1000, (RUN, HELPER): 600}
    seen = difference("a", launches(base, 4), launches(head, 4))
    found = changed_functions(named(HANDLER, HELPER), [seen])
    assert [one.name for one in found] == [HELPER, HANDLER]
    assert 0 < found[0].within["a"] < found[0].cases["a"]
    (whole,) = profiled_cases([seen])
    assert (whole.most, whole.within_us is not None) == (HELPER, True)
    assert whole.change_us == pytest.approx(found[0].cases["a"] + found[1].cases["a"])


FRAMES = st.sampled_from([HANDLER, HELPER, QUERY, "app.users:other", "socket:recv"])
PROFILES = st.dictionaries(st.lists(FRAMES, min_size=1, max_size=4).map(tuple), st.integers(1, 1000), max_size=8)


@given(base=PROFILES, head=PROFILES)
def test_no_time_counts_twice(base: dict[Stack, int], head: dict[Stack, int]) -> None:
    """The changes of touched functions, and of the stacks that none is in, are the whole change."""
    touched = {HANDLER, HELPER}
    found = changed_functions(named(*touched), [of({(RUN,): 1, **base}, {(RUN,): 1, **head})])
    within = sum(value for one in found for value in one.cases.values())
    assert within == pytest.approx(sum(us * _in(stack, touched) for stack, us in head.items())
                                   - sum(us * _in(stack, touched) for stack, us in base.items()))  # fmt: skip


def _in(stack: Stack, names: set[str]) -> bool:
    return not names.isdisjoint(stack)


def test_where_a_request_waits_longer_functions_that_no_profile_has_are_kept() -> None:
    """Such as `def` handlers, which run in threads."""
    seen = difference("a", launches({(RUN, IDLE): 100}), launches({(RUN, IDLE): 900}))
    assert changes(changed_functions(named(HANDLER), [seen])) == {HANDLER: {}}

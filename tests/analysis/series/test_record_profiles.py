"""What a record keeps of two profiles: the functions that changed, and a tree that is small and loses no time."""

from __future__ import annotations

from hypothesis import given

from bench.agent.profiles.frame_names import IDLE
from bench.analysis.series.record_profiles import FUNCTIONS, LEAST_SHARE, recorded_profile, recorded_stacks, tree
from bench.model.record_stacks import RecordedStacks
from bench.profiles.diff import difference
from bench.profiles.diff_tree import pruned
from bench.profiles.folded import Stack
from tests.profile_runs import APP, BASE, FRESH, GONE, HEAD, RUN, SOLVE, launches, spent
from tests.profiles.test_diff_tree import PROFILES

FOUND = difference("a:b", launches(BASE), launches(HEAD))


def test_the_function_that_a_step_made_slower_stands_first_with_its_layer_and_its_cost() -> None:
    kept = recorded_profile(FOUND, "stacks/a.json")
    assert (kept.case, kept.change_us, kept.stacks) == ("a:b", round(FOUND.change.mean, 3), "stacks/a.json")
    first, second = kept.functions[:2]
    assert (first.name, first.layer, first.only) == (SOLVE, "fastapi", None)
    assert first.change_us == round(1.01 * (100 + 10 + 1500), 3)
    assert first.within_us is not None
    assert (second.name, second.only) == (FRESH, "head")
    assert {one.name: one.only for one in kept.functions}[GONE] == "base"


def test_what_may_be_noise_is_no_function_that_changed() -> None:
    noisy = difference(
        "a:b", [spent({(RUN,): us}) for us in (100, 140, 90)], [spent({(RUN,): us}) for us in (120, 95, 130)]
    )
    assert recorded_profile(noisy, None).functions == ()
    assert recorded_profile(difference("a:b", launches(BASE, 1), launches(HEAD, 1)), None).functions == ()


def test_waiting_is_no_function() -> None:
    waits = difference("a:b", launches({(RUN, IDLE): 10, (RUN, APP): 10}), launches({(RUN, IDLE): 90, (RUN, APP): 20}))
    assert [one.name for one in recorded_profile(waits, None).functions] == [APP]


def test_of_many_functions_that_changed_the_largest_are_kept() -> None:
    base = {(RUN, f"fastapi:f{number}"): 100 for number in range(30)}
    head = {stack: us + 10 * number for number, (stack, us) in enumerate(base.items())}
    kept = recorded_profile(difference("a:b", launches(base), launches(head)), None).functions
    assert [one.name for one in kept] == [f"fastapi:f{number}" for number in range(29, 29 - FUNCTIONS, -1)]


@given(base=PROFILES, head=PROFILES)
def test_what_is_left_out_stays_with_its_caller_and_what_is_kept_is_read_back_as_it_was(
    base: dict[Stack, int], head: dict[Stack, int]
) -> None:
    found = difference("a:b", [base, base], [head, head])
    least = LEAST_SHARE * max(found.tree.base, found.tree.head)
    stored = recorded_stacks(found, "fastapi", "0.1", "0.2")
    read = tree(RecordedStacks.model_validate_json(stored.model_dump_json()))
    assert read == pruned(found.tree, least)
    assert (read.base, read.head) == (2 * sum(base.values()), 2 * sum(head.values()))
    assert all(max(node.base, node.head) >= least for _, node in read.walk())


def test_a_profile_of_thousands_of_stacks_is_kept_in_a_small_file() -> None:
    many: dict[Stack, int] = {
        (RUN, APP, f"mypackage.module_{number % 50}:function_{number}"): 1 + 100_000 // (number + 1)
        for number in range(3000)
    }
    stored = recorded_stacks(difference("a:b", [spent(many)], [spent(many)]), "fastapi", "0.1", "0.2")
    assert len(stored.model_dump_json()) < 10_000

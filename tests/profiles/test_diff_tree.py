"""Two profiles in one tree: nothing is lost, what is alike lies on itself, and what isn't is marked."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.profiles.diff_tree import DiffNode, aligned, marked, merge_trees
from bench.profiles.folded import Stack, owners

NAMES = [
    f"{module}:{name}"
    for module in ("fastapi.routing", "starlette.routing", "mylib", "typing", "<built-in>")
    for name in "abc"
]
RUN = "bench.agent:run"
STACKS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=6).map(lambda below: (RUN, *below))
PROFILES = st.dictionaries(STACKS, st.integers(1, 1000), max_size=25)


def shown(root: DiffNode) -> dict[tuple[str, ...], tuple[int, int]]:
    """Base and head of every place in the tree, marks in the names."""
    found: dict[tuple[str, ...], tuple[int, int]] = {}
    path: list[str] = []
    for depth, node in root.walk():
        path[depth:] = [f"{node.step.frame}{f'[{node.step.mark}]' if node.step.mark else ''}"]
        found[tuple(path[1:])] = (node.base, node.head)
    return found


@given(base=PROFILES, head=PROFILES)
def test_no_time_of_either_side_is_lost_or_made_up(base: dict[Stack, int], head: dict[Stack, int]) -> None:
    root = merge_trees(base, head)
    assert (root.base, root.head) == (sum(base.values()), sum(head.values()))
    for _, node in root.walk():
        assert node.base == node.own_base + sum(child.base for child in node.children.values())
        assert node.head == node.own_head + sum(child.head for child in node.children.values())


@given(profile=PROFILES)
def test_a_profile_beside_itself_differs_nowhere(profile: dict[Stack, int]) -> None:
    root = merge_trees(profile, profile)
    assert all(node.base == node.head and not node.step.mark for _, node in root.walk())
    assert aligned(root) == (1.0, 1.0)
    assert marked(root) == (0.0, 0.0)


@given(base=PROFILES, head=PROFILES)
def test_sides_that_change_places_negate_every_difference(base: dict[Stack, int], head: dict[Stack, int]) -> None:
    swap = {"[new]": "[removed]", "[removed]": "[new]"}

    def swapped(path: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(
            next((name.removesuffix(old) + new for old, new in swap.items() if name.endswith(old)), name)
            for name in path
        )

    there, back = merge_trees(base, head), merge_trees(head, base)
    assert {swapped(path): (one, other) for path, (other, one) in shown(there).items()} == shown(back)
    assert aligned(there) == aligned(back)[::-1]
    assert marked(there) == marked(back)[::-1]


@given(profile=PROFILES, at=st.integers(0, 6), own=st.integers(1, 1000))
def test_a_function_that_came_between_is_new_and_everything_below_it_still_aligns(
    profile: dict[Stack, int], at: int, own: int
) -> None:
    between = "fastapi.telemetry:watch"
    head: Counter[Stack] = Counter()
    for stack, value in profile.items():
        functions = [depth for depth, owner in enumerate(owners(stack)) if depth and owner == stack[depth]]
        depth = functions[at % len(functions)] if functions else len(stack)
        head[(*stack[:depth], between, *stack[depth:])] += value
        head[(*stack[:depth], between)] += own
    root = merge_trees(profile, head)
    assert aligned(root) == (1.0, 1.0)
    assert {node.step.frame for _, node in root.walk() if node.step.mark} == ({between} if profile else set())
    assert all(node.step.mark == "new" for _, node in root.walk() if not node.base and profile)


@given(base=PROFILES, head=PROFILES)
def test_a_marked_frame_is_nowhere_on_the_other_side_and_nothing_of_both_hangs_below_it(
    base: dict[Stack, int], head: dict[Stack, int]
) -> None:
    for _, node in merge_trees(base, head).walk():
        if node.step.mark == "new":
            assert node.base == 0
        if node.step.mark == "removed":
            assert node.head == 0
        if node.step.mark:
            assert all(child.step.mark == node.step.mark for child in node.children.values())


def test_a_built_in_is_the_same_only_below_the_same_function() -> None:
    base = {("bench:run", "fastapi:a", "<built-in>:isinstance"): 5, ("bench:run", "fastapi:b"): 1}
    head = {("bench:run", "fastapi:a"): 4, ("bench:run", "fastapi:b", "<built-in>:isinstance"): 3}
    assert shown(merge_trees(base, head)) == {
        (): (6, 7),
        ("bench:run",): (6, 7),
        ("bench:run", "fastapi:a"): (5, 4),
        ("bench:run", "fastapi:a", "<built-in>:isinstance[removed]"): (5, 0),
        ("bench:run", "fastapi:b"): (1, 3),
        ("bench:run", "fastapi:b", "<built-in>:isinstance[new]"): (0, 3),
    }


def test_what_is_called_the_other_way_round_is_not_aligned() -> None:
    base = {("bench:run", "fastapi:a", "fastapi:b"): 10}
    head = {("bench:run", "fastapi:b", "fastapi:a"): 10}
    assert aligned(merge_trees(base, head)) == (0.0, 0.0)


def test_profiles_with_nothing_in_common_are_not_aligned() -> None:
    root = merge_trees({("fastapi:a",): 3}, {("fastapi:b",): 4})
    assert aligned(root) == (0.0, 0.0)
    assert marked(root) == (1.0, 1.0)


@pytest.mark.parametrize(("base", "head"), [({}, {}), ({("a:b",): 1}, {})])
def test_a_side_without_stacks_is_no_error(base: dict[Stack, int], head: dict[Stack, int]) -> None:
    root = merge_trees(base, head)
    assert aligned(root)[1] == 1.0
    assert root.base == sum(base.values())

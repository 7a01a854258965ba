"""Folded stacks as trees, and in speedscope's format."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.model.run import ProfileSample
from bench.profiles.call_tree import tree
from bench.profiles.folded import stacks
from bench.report.exports.speedscope import speedscope
from bench.report.figures.flame_graph import flame, payload

FOLDED = """\
bench.agent:run;fastapi.routing:app;json.encoder:encode 300
bench.agent:run;fastapi.routing:app;asyncio.tasks:step 200
bench.agent:run;fastapi.routing:app 100
bench.agent:run;starlette.routing:app 400
"""
SAMPLE = ProfileSample(case="a:b", file="a.folded", interval_s=0.001, duration_s=1.0, requests=10, tax=2.1)

frames = st.text(st.characters(blacklist_categories=("C", "Z"), blacklist_characters=";"), min_size=1, max_size=8)
folded_stacks = st.lists(st.tuples(st.lists(frames, min_size=1, max_size=6), st.integers(0, 10**6)), max_size=30)


def test_stacks_merge_where_their_callers_are_the_same() -> None:
    root = tree(stacks(FOLDED))
    shown = [(depth, node.frame, node.layer, node.total, node.own) for depth, node in root.walk()]
    assert shown == [
        (0, "all", "driver", 1000, 0),
        (1, "bench.agent:run", "driver", 1000, 0),
        (2, "fastapi.routing:app", "fastapi", 600, 100),
        (3, "asyncio.tasks:step", "fastapi", 200, 200),
        (3, "json.encoder:encode", "json", 300, 300),
        (2, "starlette.routing:app", "starlette", 400, 400),
    ]


def test_layers_share_the_whole_time_and_frames_are_per_request() -> None:
    found = flame(SAMPLE, FOLDED)
    assert found.shares == (("starlette", 0.4), ("fastapi", 0.3), ("json", 0.3))
    assert [(hot.frame, hot.self_us) for hot in found.hottest][:2] == [
        ("starlette.routing:app", 40.0),
        ("json.encoder:encode", 30.0),
    ]


@pytest.mark.parametrize("line", ["no value", "frame -3", "frame 1.5", "12"])
def test_a_line_that_is_no_stack_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="line 2 of the folded stacks"):
        tree(stacks(f"a;b 3\n{line}\n"))


def test_no_stacks_make_an_empty_profile() -> None:
    assert flame(SAMPLE, "").hottest == ()


@settings(deadline=None)
@given(folded_stacks)
def test_no_time_is_lost_or_made_up(found: list[tuple[list[str], int]]) -> None:
    folded = "".join(f"{';'.join(stack)} {value}\n" for stack, value in found)
    root = tree(stacks(folded))
    whole = sum(value for _, value in found)
    assert root.total == whole
    assert sum(node.own for _, node in root.walk()) == whole
    for _, node in root.walk():
        assert node.total == node.own + sum(child.total for child in node.children.values())


@settings(deadline=None)
@given(folded_stacks)
def test_a_payload_lists_parents_before_their_children(found: list[tuple[list[str], int]]) -> None:
    drawn: Any = payload(flame(SAMPLE, "".join(f"{';'.join(stack)} {value}\n" for stack, value in found)))
    nodes = drawn["trees"]["profile"]
    depths = [depth for depth, *_ in nodes]
    assert depths[0] == 0
    assert all(later <= earlier + 1 for earlier, later in pairwise(depths))


@settings(deadline=None)
@given(folded_stacks)
def test_speedscope_holds_every_stack(found: list[tuple[list[str], int]]) -> None:
    folded = "".join(f"{';'.join(stack)} {value}\n" for stack, value in found)
    exported: Any = speedscope("a:b", folded, "layercake")
    names = [frame["name"] for frame in exported["shared"]["frames"]]
    (profile,) = exported["profiles"]
    samples = [tuple(names[index] for index in sample) for sample in profile["samples"]]
    assert list(zip(samples, profile["weights"], strict=True)) == list(stacks(folded))
    assert profile["endValue"] == sum(value for _, value in found)

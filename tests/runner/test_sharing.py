"""Pairs of agents share the cases of a comparison, but for what changes state."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from plans import plan, write_target

from bench.model.app_options import AppOptions
from bench.model.workload import Case
from bench.runner.agent_pair import PairedPlan
from bench.runner.sharing import expected_s, parts
from bench.stack.environment import Environment

POST = '{"one": {"path": "/", "method": "POST"}}'


@pytest.fixture
def paired(environment: Environment, tmp_path: Path) -> PairedPlan:
    write_target(tmp_path, "read", "")
    write_target(tmp_path, "write", "", requests=POST)
    made = plan(environment, tmp_path)
    asking = made.targets["write"].model_copy(update={"services": ("postgresql",)})
    return PairedPlan(*[replace(made, targets={**made.targets, "write": asking})] * 2)


def with_pairs(monkeypatch: pytest.MonkeyPatch, pairs: int) -> None:
    monkeypatch.setattr(PairedPlan, "core_pairs", lambda _: {2 * core: 2 * core + 1 for core in range(pairs)})


@pytest.mark.parametrize(
    ("reads", "writes", "pairs", "expected"),
    [
        (40, 2, 0, [(True, 42)]),
        (40, 2, 3, [(False, 14), (False, 13), (False, 13), (True, 2)]),
        (9, 0, 3, [(False, 9)]),
        (0, 2, 3, [(True, 2)]),
        (0, 0, 3, []),
    ],
    ids=["two cores", "six cores", "not worth more launches", "only what changes state", "nothing"],
)
def test_parts_are_worth_a_launch_and_what_changes_state_is_a_part_alone(
    paired: PairedPlan,
    monkeypatch: pytest.MonkeyPatch,
    reads: int,
    writes: int,
    pairs: int,
    expected: list[tuple[bool, int]],
) -> None:
    with_pairs(monkeypatch, pairs)
    read, write = paired.base.cases
    asked: list[Case] = [read] * reads + [write] * writes
    assert [(alone, len(part)) for alone, part in parts(paired, asked)] == expected


def test_what_runs_at_once_takes_as_long_as_its_longest_part(
    paired: PairedPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_pairs(monkeypatch, 3)
    read, write = paired.base.cases
    assert expected_s(parts(paired, [read] * 25), 10.0, len) == 10 + 9
    assert expected_s(parts(paired, [read] * 25 + [write]), 10.0, len) == 10 + 9 + 10 + 1
    assert expected_s([], 10.0, len) == 0


def test_what_a_target_of_the_catalog_changes_is_its_own_unless_it_has_a_service(paired: PairedPlan) -> None:
    served = paired.base
    read, write = served.cases
    assert [served.may_run_twice(case) for case in (read, write)] == [True, False]
    alone = {name: one.model_copy(update={"services": ()}) for name, one in served.targets.items()}
    assert replace(served, targets=alone).may_run_twice(write)
    asking = {name: one.model_copy(update={"services": ("postgresql",)}) for name, one in served.targets.items()}
    assert replace(served, targets=asking).needs_quiet(read)


def test_of_an_app_that_is_written_to_no_case_has_a_process_beside_its_own(paired: PairedPlan) -> None:
    own = replace(paired.base, app=AppOptions("read:app", paired.base.folder))
    read, write = own.cases
    assert [own.may_run_twice(case) for case in (read, write)] == [False, False]
    only_read = replace(own, cases=(read,))
    assert only_read.may_run_twice(read)
    assert not replace(only_read, app=AppOptions("read:app", own.folder, before=("true",))).may_run_twice(read)

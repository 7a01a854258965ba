"""Which cases are taken apart."""

from __future__ import annotations

from pathlib import Path

from bench.catalog.selection import cases, main_chain_case, whole, witnessed
from bench.catalog.targets import read_targets
from bench.model.workload import EffortName, Pass, lineage

EVERY = cases(read_targets(Path(__file__).parents[2] / "targets"))
USUAL = [case for case in EVERY if EffortName.QUICK.covers(case.effort)]
PASSES = (Pass.TIMING, Pass.LOAD, Pass.BOUNDARIES)


def test_the_trunk_is_the_response_model_in_its_headline() -> None:
    found = main_chain_case(USUAL)
    assert found is not None
    assert found.id == "fastapi_response_model:rows100"
    assert [case.target for case in lineage(found, {case.id: case for case in USUAL})][-1] == "raw_asgi"


def test_the_trunk_is_taken_apart_unless_others_are_named() -> None:
    assert witnessed(USUAL, (), PASSES) == {"fastapi_response_model:rows100"}
    assert witnessed(USUAL, ("fastapi_plain:plain",), PASSES) == {"fastapi_plain:plain"}
    assert witnessed(USUAL, (), (Pass.TIMING, Pass.LOAD)) == frozenset()


def test_without_a_load_pass_the_root_is_served_as_well() -> None:
    assert witnessed(USUAL, ("fastapi_plain:rows1",), (Pass.TIMING, Pass.BOUNDARIES)) == {
        "fastapi_plain:rows1",
        "raw_asgi:rows1",
    }


def test_of_no_cases_nothing_is_taken_apart() -> None:
    assert witnessed((), (), PASSES) == frozenset()


def test_a_named_case_belongs_to_every_pass_headline_or_not() -> None:
    passes = (Pass.TIMING, Pass.PROFILE)
    found = {case.id: case for case in whole(USUAL, ("fastapi_plain:rows1",), passes)}
    assert found["fastapi_plain:rows1"].belongs_to(Pass.PROFILE)
    assert not found["fastapi_plain:rows1000"].belongs_to(Pass.PROFILE)

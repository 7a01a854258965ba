"""The nouns can't be changed, nor hold what they don't know; a case knows where it belongs."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from boundaries import COSTS, boundary_sample
from factories import synthetic_run
from held import held_sample
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from server_samples import server_sample

from bench.model import run, workload
from bench.model.base import Record
from bench.model.run import FactSample, Run, Sample
from bench.model.scenario import Scenario
from bench.model.startup import AtRestSample, BuildSample, CaseStartupSample
from bench.model.workload import PROFILES, EffortName, Pass, Request, Target

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)
SAMPLES: TypeAdapter[Sample] = TypeAdapter(Sample)
TARGET = Target(
    name="leaf",
    description="A leaf.",
    over="base",
    adds="leaves",
    requests={
        "first": Request(path="/"),
        "second": Request(path="/2"),
        "export": Request(path="/3", only=(Pass.MEMORY,)),
    },
    source_sha256="00",
)


STARTED = (
    CaseStartupSample(case="leaf:start", launch=0, hash_seed=1, import_cpu_ms=1.0, rest_mb=2.0),
    BuildSample(
        case="leaf:start",
        launch=0,
        hash_seed=1,
        routes_cpu_ms=1.0,
        dependants_cpu_ms=1.0,
        models_cpu_ms=0.0,
        others_cpu_ms=0.5,
    ),
    AtRestSample(case="leaf:start", launch=0, hash_seed=1, live_allocs=10, live_bytes=100),
)
FACT = FactSample(case="leaf:fact", status=200, answer={"sessions": [1, None, "two"]})


def nouns() -> list[type[Record]]:
    known = {**vars(workload), **vars(run)}
    return [one for one in known.values() if isinstance(one, type) and issubclass(one, Record)]


@pytest.mark.parametrize("noun", nouns(), ids=lambda noun: noun.__name__)
def test_every_noun_is_frozen_refuses_unknown_keys_and_says_what_it_is(noun: type[Record]) -> None:
    assert noun.model_config.get("frozen") is True
    assert noun.model_config.get("extra") == "forbid"
    assert noun.__doc__


def test_a_run_cannot_be_changed_nor_take_a_key_that_it_does_not_know() -> None:
    run = synthetic_run()
    with pytest.raises(ValidationError, match="frozen"):
        run.seed = 8
    with pytest.raises(ValidationError, match="Extra inputs"):
        Run.model_validate({**run.model_dump(), "colour": "red"})


def test_a_run_survives_being_json() -> None:
    run = synthetic_run()
    assert Run.model_validate_json(run.model_dump_json()) == run
    assert synthetic_run() == run


def test_a_sample_is_told_by_its_kind_alone() -> None:
    timed, served = boundary_sample("leaf:first", 0, COSTS), server_sample("leaf:first", 0)
    made = (*synthetic_run().samples, FACT, timed, served, held_sample(), *STARTED)
    samples = {sample.kind: sample for sample in made}
    assert len(samples) == len(get_args(get_args(Sample)[0]))
    for sample in samples.values():
        assert SAMPLES.validate_python(sample.model_dump()) == sample
    with pytest.raises(ValidationError, match="kind"):
        SAMPLES.validate_python({"kind": "guess"})


@given(target=NAMES, request=NAMES, over=st.none() | NAMES, renamed=st.none() | NAMES)
def test_a_case_is_written_as_its_target_and_request_and_so_is_what_it_stands_over(
    target: str, request: str, over: str | None, renamed: str | None
) -> None:
    asked = Request(path="/", over=renamed)
    found = Target(name=target, description="", over=over, adds="x", requests={request: asked}, source_sha256="")
    case = found.case(request)
    assert case.id == f"{target}:{request}"
    assert case.parent_id == (f"{over}:{renamed or request}" if over else None)


def test_a_request_is_for_the_effort_of_its_target_unless_it_says_another() -> None:
    requests = {"usual": Request(path="/"), "rare": Request(path="/", effort=EffortName.FULL)}
    target = TARGET.model_copy(update={"requests": requests, "effort": EffortName.DEFAULT})
    assert [target.case(name).effort for name in requests] == [EffortName.DEFAULT, EffortName.FULL]


def test_an_effort_covers_itself_and_the_lesser_ones() -> None:
    covered = [[one.covers(other) for other in EffortName] for one in EffortName]
    assert covered == [[True, False, False], [True, True, False], [True, True, True]]


def test_the_first_request_of_a_target_is_its_headline() -> None:
    assert [TARGET.case(request).headline for request in TARGET.requests] == [True, False, False]


def test_a_case_carries_what_its_target_says() -> None:
    case = TARGET.case("export")
    assert (case.over, case.adds, case.description, case.source_sha256) == ("base", "leaves", "A leaf.", "00")
    assert case.only == (Pass.MEMORY,)


@pytest.mark.parametrize(
    ("request_name", "passes"),
    [
        ("first", set(Pass) - {Pass.FACTS, Pass.BOUNDARIES, Pass.SERVER, Pass.CONNECTIONS, Pass.STARTUP}),
        (
            "second",
            set(Pass)
            - {Pass.FACTS, Pass.BOUNDARIES, Pass.SERVER, Pass.CONNECTIONS, Pass.STARTUP, Pass.MEMORY, *PROFILES},
        ),
        ("export", {Pass.MEMORY}),
    ],
)
def test_a_headline_is_in_every_usual_pass_another_in_all_but_two_and_an_only_wins(
    request_name: str, passes: set[Pass]
) -> None:
    case = TARGET.case(request_name)
    assert {during for during in Pass if case.belongs_to(during)} == passes


@pytest.mark.parametrize(
    "wrong", [{"users": 0}, {"duration_s": 0}, {"duration_s": -1.0}, {"model": "half"}, {"rate": 0}, {"rates": 5}]
)
def test_a_scenario_without_load_is_refused(wrong: dict[str, Any]) -> None:
    fine = {"name": "hot", "description": "", "users": 1, "duration_s": 1.0}
    Scenario.model_validate(fine)
    with pytest.raises(ValidationError):
        Scenario.model_validate(fine | wrong)

"""The words of a command decide what is measured, and what comes along."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from plans import write_target

from bench.catalog.source import CatalogError
from bench.model.app_options import AppOptions
from bench.model.errors import UsageError
from bench.model.workload import PROFILES, Case, EffortName, Pass
from bench.runner.effort import EFFORTS
from bench.stack.environment import Environment
from bench.stack.recipe import of_requirements
from bench.stack.uv import StackError
from bench.text.variables import VariableError
from bench.workflows import case_selection, load_selection, planning, stacks
from bench.workflows.comparison.startup_selection import series_cases
from bench.workflows.request import LoadOptions, MeasurementRequest
from bench.workspace import TARGETS

EVERYTHING = tuple(Pass)
LAYERS = (Pass.TIMING, Pass.ALLOCATIONS)
TWO = '{"one": {"path": "/"}, "two": {"path": "/two"}}'
LEAF = '{"one": {"path": "/"}, "two": {"path": "/two"}, "export": {"path": "/export", "only": ["memory"]}}'

Planned = Callable[..., dict[str, Case]]


@pytest.fixture
def targets(tmp_path: Path) -> Path:
    """root <- middle <- leaf, which alone has an export, and a root of its own."""
    folder = tmp_path / "targets"
    folder.mkdir()
    write_target(folder, "root", "", requests=TWO)
    write_target(folder, "middle", "", over="root", requests=TWO)
    write_target(folder, "leaf", "", over="middle", requests=LEAF)
    write_target(folder, "other", "", requests=TWO)
    return folder


@pytest.fixture
def planned(targets: Path, environment: Environment, monkeypatch: pytest.MonkeyPatch) -> Planned:
    """The cases of a plan by id, in the environment that all tests share."""
    monkeypatch.setattr(stacks, "build", lambda *_: environment)

    def cases(
        *globs: str, passes: tuple[Pass, ...] = EVERYTHING, effort: EffortName = EffortName.DEFAULT
    ) -> dict[str, Case]:
        ready, skipped = planning.plan(MeasurementRequest(passes, effort, globs, targets=targets))
        assert skipped == ()
        return {case.id: case for case in ready.cases}

    return cases


def during(cases: dict[str, Case], one: Pass) -> list[str]:
    return [id_ for id_, case in cases.items() if case.belongs_to(one)]


def test_without_a_glob_every_case_is_measured_parents_first(planned: Planned) -> None:
    both = ["root:one", "root:two", "middle:one", "middle:two", "leaf:one", "leaf:two", "leaf:export"]
    assert list(planned()) == ["other:one", "other:two", *both]


def test_only_headlines_are_profiled_and_an_export_has_nothing_but_its_memory(planned: Planned) -> None:
    headlines = ["other:one", "root:one", "middle:one", "leaf:one"]
    cases = planned()
    assert during(cases, Pass.PROFILE) == headlines
    assert during(cases, Pass.MEMORY) == [*headlines, "leaf:export"]
    assert "leaf:two" in during(cases, Pass.TIMING)
    assert [one for one in Pass if cases["leaf:export"].belongs_to(one)] == [Pass.MEMORY]


def test_a_case_that_is_named_to_be_profiled_is_in_process_and_served_headline_or_not(planned: Planned) -> None:
    cases = planned("leaf:two", passes=PROFILES)
    assert [during(cases, one) for one in PROFILES] == [["leaf:two"], ["leaf:two"]]


def test_the_ancestors_of_a_named_case_come_along_for_their_difference_only(planned: Planned) -> None:
    cases = planned("leaf:one")
    assert list(cases) == ["root:one", "middle:one", "leaf:one"]
    assert during(cases, Pass.TIMING) == ["root:one", "middle:one", "leaf:one"]
    assert during(cases, Pass.ALLOCATIONS) == ["root:one", "middle:one", "leaf:one"]
    for one in (Pass.MEMORY, Pass.PROFILE, Pass.SUITE):
        assert during(cases, one) == ["leaf:one"]


def test_an_ancestor_that_was_named_too_keeps_all_its_passes(planned: Planned) -> None:
    assert during(planned("leaf:one", "root"), Pass.PROFILE) == ["root:one", "leaf:one"]


def test_ancestors_stay_away_where_nothing_is_timed(planned: Planned) -> None:
    assert list(planned("leaf:two", passes=(Pass.MEMORY,))) == ["leaf:two"]


def test_a_case_named_for_one_pass_belongs_to_it_headline_or_not(planned: Planned) -> None:
    for one in (Pass.MEMORY, Pass.PROFILE, Pass.LOAD, Pass.SUITE):
        assert during(planned("leaf:two", passes=(one,)), one) == ["leaf:two"]
    assert during(planned("leaf:export", passes=(Pass.PROFILE,)), Pass.PROFILE) == ["leaf:export"]


def test_a_case_named_for_many_passes_still_goes_where_it_belongs(planned: Planned) -> None:
    cases = planned("leaf:two", "leaf:export")
    assert during(cases, Pass.PROFILE) == []
    assert during(cases, Pass.MEMORY) == ["leaf:export"]
    assert "leaf:export" not in during(planned("leaf", passes=LAYERS), Pass.TIMING)


@pytest.mark.parametrize(
    ("globs", "found"),
    [
        (("*:two",), ["other:two", "root:two", "middle:two", "leaf:two"]),
        (("other",), ["other:one", "other:two"]),
        (("m*:one",), ["root:one", "middle:one"]),
        (("other:one", "root:t*"), ["other:one", "root:two"]),
    ],
)
def test_globs_choose_cases_and_each_brings_its_ancestors(
    planned: Planned, globs: tuple[str, ...], found: list[str]
) -> None:
    assert list(planned(*globs)) == found


def test_a_glob_that_matches_nothing_is_refused(planned: Planned) -> None:
    with pytest.raises(CatalogError, match="no case matches 'leaves', see `bench list`; did you mean leaf"):
        planned("leaves")


def test_a_case_that_the_stack_cannot_serve_is_skipped_with_the_reason(
    targets: Path, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stacks, "build", lambda *_: environment)
    file = targets / "middle.py"
    file.write_text(file.read_text().replace('"adds"', '"requires": ["fastapi>=99"], "adds"'))
    ready, skipped = planning.plan(MeasurementRequest((Pass.LOAD, Pass.MEMORY), targets=targets))
    assert [case.id for case in ready.cases] == ["other:one", "root:one", "leaf:one", "leaf:export"]
    assert [absence.case for absence in skipped] == ["middle:one"]
    for absence in skipped:
        assert (absence.during, absence.kind) == (Pass.LOAD, "skipped")
        has = environment.stack.packages["fastapi"]
        assert absence.reason == f"requires fastapi>=99, the stack has fastapi {has}"


@pytest.fixture
def ignoring(tmp_path: Path) -> Callable[..., MeasurementRequest]:
    """Two routes of an app, of which the requests file ignores one."""
    routes = {
        "GET /a": {"margin": "10%", "requests": [{"path": "/a"}]},
        "GET /b": {"ignore": True, "requests": [{"path": "/b"}]},
    }
    (tmp_path / "layercake.json").write_text(json.dumps({"app": "m:app", "routes": routes}))
    app = AppOptions("m:app", tmp_path)
    return lambda *globs: MeasurementRequest(LAYERS, globs=globs, app=app)


def test_comparisons_leave_out_an_ignored_route_and_say_so_and_runs_measure_it(
    ignoring: Callable[..., MeasurementRequest], environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stacks, "build", lambda *_: environment)
    arms, skipped = planning.paired(ignoring(), (environment, environment))
    assert [(case.id, case.margin) for case in arms.base.cases] == [("GET /a", 0.1)]
    assert [case.margin for case in arms.at_one_margin().head.cases] == [None]
    assert [(one.case, one.kind, one.reason) for one in skipped] == [
        ("GET /b", "skipped", "ignored by the requests file")
    ]
    assert [case.id for case in planning.plan(ignoring())[0].cases] == ["GET /a", "GET /b"]


def test_where_all_that_was_named_is_ignored_nothing_is_compared(ignoring: Callable[..., MeasurementRequest]) -> None:
    with pytest.raises(CatalogError, match=r"^GET /b: ignored by the requests file; remove its `ignore`"):
        case_selection.paired_cases(ignoring("/b"))


def test_a_variable_that_is_not_set_is_told_before_a_stack_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(*_: object) -> None:
        raise AssertionError("a stack was made")

    for name in ("build", "build_both"):
        monkeypatch.setattr(stacks, name, made)
    routes = {
        "GET /open": {"requests": [{"path": "/open"}]},
        "GET /mine": {"requests": [{"path": "/mine", "headers": {"authorization": "Bearer ${LAYERCAKE_UNSET}"}}]},
    }
    (tmp_path / "layercake.json").write_text(json.dumps({"app": "m:app", "routes": routes}))
    choice = MeasurementRequest((Pass.TIMING,), app=AppOptions("m:app", tmp_path))
    recipe = of_requirements(())
    said = r"^layercake\.json: \$\{LAYERCAKE_UNSET\} is not set; "
    for refused in (
        lambda: planning.plan(choice),
        lambda: planning.arms(choice, recipe, recipe, (None, None)),
        lambda: series_cases(choice, "cpu_us", 60.0),
    ):
        with pytest.raises(VariableError, match=said):
            refused()
    with pytest.raises(AssertionError, match="a stack was made"):
        planning.plan(replace(choice, globs=("GET /open",)))


def test_cases_of_which_the_stack_can_serve_none_are_refused_and_the_option_is_named(
    targets: Path, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stacks, "build", lambda *_: environment)
    monkeypatch.setattr(stacks, "build_both", lambda *_: (environment, environment))
    file = targets / "leaf.py"
    file.write_text(file.read_text().replace('"adds"', '"requires": ["absent-package>=2"], "adds"'))
    missing = "requires absent-package>=2, which the stack doesn't have; add --with 'absent-package>=2'"
    own = of_requirements(())
    for globs, said in ((("leaf:one",), "leaf:one"), (("leaf",), r"leaf:one \(and 1 other case\)")):
        with pytest.raises(UsageError, match=f"^{said}: {missing}$"):
            planning.plan(MeasurementRequest(LAYERS, globs=globs, targets=targets))
    with pytest.raises(UsageError, match=f"^leaf:one: base: {missing}$"):
        planning.arms(MeasurementRequest(LAYERS, globs=("leaf:one",), targets=targets), own, own, (None, None))
    ready, skipped = planning.plan(MeasurementRequest(LAYERS, globs=("leaf:one", "other:one"), targets=targets))
    assert [absence.case for absence in skipped] == ["leaf:one"]
    assert "other:one" in [case.id for case in ready.cases]


def test_a_plan_is_made_of_the_real_stack_and_the_real_targets(environment: Environment) -> None:
    first, skipped = planning.plan(MeasurementRequest(LAYERS, EffortName.QUICK))
    assert skipped == ()
    assert first.environment == environment
    assert first.folder == TARGETS
    assert {case.target for case in first.cases} < set(first.targets)
    assert all(case.effort is EffortName.QUICK for case in first.cases)
    assert first.effort == EFFORTS[EffortName.QUICK]
    second, _ = planning.plan(MeasurementRequest(LAYERS, EffortName.QUICK))
    assert second.seed != first.seed
    assert dataclasses.replace(second, seed=first.seed) == first


def test_a_stack_or_a_python_that_cannot_be_had_is_refused() -> None:
    with pytest.raises(StackError, match="--stack"):
        planning.plan(MeasurementRequest(LAYERS, requirements=("fast api",)))
    with pytest.raises(StackError, match="--python"):
        planning.plan(MeasurementRequest(LAYERS, python="two"))


def test_targets_that_are_not_there_are_refused_before_a_stack_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stacks, "build", lambda *_: pytest.fail("a stack was made"))
    with pytest.raises(CatalogError, match="no such folder"):
        planning.plan(MeasurementRequest(LAYERS, targets=tmp_path / "absent"))


@pytest.fixture
def scenarios(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with a scenario of headlines and one that says what it asks for."""
    folder = tmp_path / "scenarios"
    folder.mkdir()
    for name, cases in (("steady", ""), ("mixed", '"cases": ["leaf", "*:two"], ')):
        (folder / f"{name}.py").write_text(f'"""Words."""\nSCENARIO = {{{cases}"users": 4, "duration_s": 2.0}}\n')
    monkeypatch.setattr(load_selection, "SCENARIOS", tmp_path / "scenarios")
    return folder


def loaded(cases: dict[str, Case], scenario: str | None = None, **words: Any) -> dict[str, list[str]]:
    """The ids that each scenario loads."""
    chosen = MeasurementRequest((Pass.LOAD,), loading=LoadOptions(scenario=scenario), **words)
    found = load_selection.scenarios(chosen, tuple(cases.values())).by_file
    for file, (one, _) in found.items():
        assert file.stem == one.name
        assert file.is_file()
    return {one.name: [case.id for case in its] for one, its in found.values()}


def test_a_scenario_loads_the_headlines_unless_it_says_otherwise(planned: Planned, scenarios: Path) -> None:
    assert loaded(planned()) == {
        "mixed": ["other:two", "root:two", "middle:two", "leaf:one", "leaf:two", "leaf:export"],
        "steady": ["other:one", "root:one", "middle:one", "leaf:one"],
    }


def test_a_named_scenario_is_the_only_one(planned: Planned, scenarios: Path) -> None:
    assert list(loaded(planned(), scenario="mixed")) == ["mixed"]


def test_cases_named_by_hand_are_loaded_headlines_or_not_and_without_their_ancestors(
    planned: Planned, scenarios: Path
) -> None:
    globs = ("middle:two", "other:one")
    both = {"mixed": ["middle:two"], "steady": ["other:one", "middle:two"]}
    assert loaded(planned(*globs), globs=globs) == both
    assert loaded(planned(*globs, passes=(Pass.LOAD,)), globs=globs) == both


def test_a_scenario_that_was_named_too_loads_what_was_named_whatever_it_says(planned: Planned, scenarios: Path) -> None:
    globs = ("other:one",)
    assert loaded(planned(*globs), globs=globs, scenario="mixed") == {"mixed": ["other:one"]}


def test_what_is_too_big_for_a_load_comes_under_one_only_when_it_is_asked_for(
    planned: Planned, scenarios: Path
) -> None:
    assert "leaf:export" not in loaded(planned())["steady"]
    asked = planned("leaf:export", passes=(Pass.LOAD,))
    assert loaded(asked, globs=("leaf:export",), scenario="steady") == {"steady": ["leaf:export"]}


def test_a_scenario_runs_from_its_own_effort_on(planned: Planned, scenarios: Path) -> None:
    file = scenarios / "mixed.py"
    file.write_text(file.read_text().replace('"users"', '"effort": "full", "users"'))
    assert list(loaded(planned())) == ["steady"]
    assert list(loaded(planned(), effort=EffortName.FULL)) == ["mixed", "steady"]
    assert list(loaded(planned(), scenario="mixed")) == ["mixed"]


@pytest.mark.parametrize(("named", "hint"), [("stedy", "did you mean steady?"), ("zzz", "available: mixed, steady")])
@pytest.mark.usefixtures("scenarios")
def test_an_unknown_scenario_is_refused_with_the_nearest(planned: Planned, named: str, hint: str) -> None:
    with pytest.raises(CatalogError, match=re.escape(f"no scenario {named!r}, see `bench list`; {hint}")):
        loaded(planned(), scenario=named)


@pytest.mark.parametrize(
    ("words", "changed"),
    [
        ({"users": 9}, {"users": 9}),
        ({"rate": 50.0}, {"model": "open", "rate": 50.0, "arrivals": "constant"}),
        ({"rate": 50.0, "poisson": True}, {"model": "open", "rate": 50.0, "arrivals": "poisson"}),
        ({}, {"model": "closed", "rate": None, "users": 4, "duration_s": 2.0}),
    ],
    ids=str,
)
def test_the_words_of_a_command_line_change_a_scenario(
    planned: Planned, scenarios: Path, words: dict[str, Any], changed: dict[str, Any]
) -> None:
    loading = LoadOptions(scenario="steady", **words)
    found = load_selection.scenarios(MeasurementRequest((Pass.LOAD,), loading=loading), tuple(planned().values()))
    ((scenario, _),) = found.by_file.values()
    assert scenario.model_dump().items() >= changed.items()


@pytest.mark.parametrize("effort", list(EffortName))
def test_a_duration_that_is_said_holds_whatever_the_effort(
    planned: Planned, scenarios: Path, effort: EffortName
) -> None:
    chosen = MeasurementRequest((Pass.LOAD,), effort, loading=LoadOptions(scenario="steady", duration_s=7.0))
    ((scenario, _),) = load_selection.scenarios(chosen, tuple(planned().values())).by_file.values()
    assert scenario.duration_s * EFFORTS[effort].load_share == pytest.approx(7.0)


def test_a_scenario_for_other_targets_loads_nothing(planned: Planned, scenarios: Path) -> None:
    (scenarios / "far.py").write_text('"""W."""\nSCENARIO = {"cases": ["gone"], "users": 1, "duration_s": 1.0}\n')
    assert loaded(planned())["far"] == []


EFFORTFUL = """{
    "one": {"path": "/"},
    "two": {"path": "/two", "effort": "default"},
    "three": {"path": "/three", "effort": "full"},
}"""


def test_a_greater_effort_takes_more_cases(targets: Path, planned: Planned) -> None:
    write_target(targets, "other", "", requests=EFFORTFUL)
    taken = {effort: [id_ for id_ in planned(effort=effort) if id_.startswith("other")] for effort in EffortName}
    assert taken == {
        EffortName.QUICK: ["other:one"],
        EffortName.DEFAULT: ["other:one", "other:two"],
        EffortName.FULL: ["other:one", "other:two", "other:three"],
    }


def test_what_quick_leaves_out_is_timed_and_counted_only_unless_it_is_named(targets: Path, planned: Planned) -> None:
    write_target(targets, "other", "", requests=EFFORTFUL)
    assert planned()["other:two"].only == LAYERS
    assert planned("other:two")["other:two"].only == ()


def test_a_case_that_is_written_out_is_measured_whatever_its_effort(targets: Path, planned: Planned) -> None:
    write_target(targets, "other", "", requests=EFFORTFUL)
    assert list(planned("other:three", effort=EffortName.QUICK)) == ["other:three"]
    assert list(planned("other", effort=EffortName.QUICK)) == ["other:one"]
    with pytest.raises(CatalogError, match=r"other:t\*: not part of a quick run"):
        planned("other:t*", effort=EffortName.QUICK)


def test_a_pass_of_its_own_leaves_out_what_it_does_not_take(planned: Planned) -> None:
    headlines = ["other:one", "root:one", "middle:one", "leaf:one"]
    assert list(planned(passes=(Pass.PROFILE,))) == headlines
    assert list(planned(passes=(Pass.MEMORY,))) == [*headlines, "leaf:export"]


def test_a_case_stands_over_the_request_that_it_names(targets: Path, planned: Planned) -> None:
    write_target(targets, "deep", "", over="root", requests='{"far": {"path": "/a/b", "over": "two"}}')
    assert list(planned("deep")) == ["root:two", "deep:far"]

"""How two releases of a series are compared: in which environments, by which cases, and whether it confirms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from plans import write_target
from pretended_blocks import Nobody
from sweeps import between, words

from bench.analysis.series.bisection import NextComparison
from bench.model.comparison import Comparison
from bench.model.series import SweepRequest
from bench.stack.environment import Environment
from bench.stack.recipe import Recipe
from bench.workflows import stacks
from bench.workflows.comparison import compare
from bench.workflows.comparison.compare import ComparisonSpec
from bench.workflows.comparison.startup_selection import passes_of, series_cases
from bench.workflows.request import MeasurementRequest
from bench.workflows.series.release_pair import ReleaseComparer

ANCHOR, OLDER, NEWER = "0.120.0", "0.110.0", "0.111.0"


class Laboratory:
    """A comparer whose environments aren't built and whose blocks aren't measured."""

    def __init__(self, environment: Environment, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self._environment = environment
        self.built: list[tuple[str, str]] = []
        self.asked: list[ComparisonSpec] = []
        targets = folder / "targets"
        targets.mkdir()
        for name in ("a", "b"):
            write_target(targets, name, "")
        patch.setattr(stacks, "build", self._build)
        patch.setattr(compare, "timed", self._timed)
        choice = MeasurementRequest(passes_of("cpu_us"), targets=targets)
        asked = {**words(), "cases": series_cases(choice, "cpu_us", 60.0), "specifier": ">=0", "every": 1}
        self.comparer = ReleaseComparer(
            SweepRequest.model_validate(asked), ANCHOR, self._of(ANCHOR), folder, choice, Nobody()
        )

    def _of(self, release: str) -> Environment:
        """An environment that is known by its release."""
        packages = {**self._environment.stack.packages, "fastapi": release}
        return replace(self._environment, stack=self._environment.stack.model_copy(update={"packages": packages}))

    def _build(self, _: object, recipe: Recipe, __: object, preferred: Mapping[str, str]) -> Environment:
        release = recipe.named.removeprefix("fastapi==")
        self.built.append((release, preferred["fastapi"]))
        return self._of(release)

    def _timed(self, question: ComparisonSpec, *_: object) -> Comparison:
        self.asked.append(question)
        return between(OLDER, NEWER, {"a": 1.0})


@pytest.fixture
def laboratory(environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Laboratory:
    return Laboratory(environment, tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("base", "head", "built"),
    [
        (ANCHOR, OLDER, [(OLDER, ANCHOR)]),
        (OLDER, NEWER, [(OLDER, ANCHOR), (NEWER, OLDER)]),
        (OLDER, ANCHOR, [(OLDER, ANCHOR), (ANCHOR, OLDER)]),
    ],
)
def test_the_head_has_the_packages_of_the_base_and_that_those_of_the_anchor(
    laboratory: Laboratory, base: str, head: str, built: list[tuple[str, str]]
) -> None:
    laboratory.comparer.compare(NextComparison(base, head, 0.03))
    assert laboratory.built == built
    (asked,) = laboratory.asked
    assert [side.stack.packages["fastapi"] for side in asked.sides] == [base, head]


def test_only_the_cases_that_are_asked_are_measured(laboratory: Laboratory) -> None:
    laboratory.comparer.compare(NextComparison(OLDER, NEWER, 0.03, cases=("b:one",)))
    laboratory.comparer.compare(NextComparison(OLDER, NEWER, 0.03))
    assert [[case.id for case in asked.paired.head.cases] for asked in laboratory.asked] == [
        ["b:one"],
        ["a:one", "b:one"],
    ]


@pytest.mark.parametrize("confirms", [True, False])
def test_what_is_asked_says_whether_it_confirms(laboratory: Laboratory, confirms: bool) -> None:
    laboratory.comparer.compare(NextComparison(OLDER, NEWER, 0.03, confirms=confirms))
    assert [asked.confirms for asked in laboratory.asked] == [confirms]

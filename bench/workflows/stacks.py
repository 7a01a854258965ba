"""The environments of a request: of the targets' own stacks, or of somebody's own app."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from bench.analysis.comparison.verdicts import Moved, differing
from bench.stack import environment
from bench.stack.app_stack import AppStack
from bench.stack.environment import Environment
from bench.stack.recipe import Recipe
from bench.workflows.request import MeasurementRequest, Pythons
from bench.workspace import PROJECT


def build(
    choice: MeasurementRequest, recipe: Recipe, python: str | None, preferred: Mapping[str, str] | None = None
) -> Environment:
    """The environment of a recipe. What isn't named has the `preferred` version where that can be, or else the
    project's, or the app's. Raises StackError."""
    if (stack := _app_stack(choice)) is not None:
        return stack.build(recipe, python, preferred)
    return environment.build(recipe, PROJECT, python, preferred)


def build_both(
    choice: MeasurementRequest, base: Recipe, head: Recipe, pythons: Pythons
) -> tuple[Environment, Environment]:
    """Two that differ in what was named, and in nothing else that can be kept equal. Raises StackError."""
    if (stack := _app_stack(choice)) is not None:
        return stack.build_both(base, head, pythons)
    return environment.build_both(base, head, PROJECT, pythons)


def restore(choice: MeasurementRequest, recipe: Recipe, lock: str, python: str | None) -> Environment:
    """The environment of a lock that was kept, which the recipe came to then. Raises StackError."""
    if (stack := _app_stack(choice)) is not None:
        return stack.restore(recipe, lock, python)
    return environment.restore(recipe, lock, PROJECT, python)


def python(choice: MeasurementRequest, named: str | None) -> str | None:
    """The version of Python that stacks are built for, where it isn't the harness's: the one `named`, or the app's.

    Raises StackError.
    """
    stack = _app_stack(choice)
    return named or (stack.own.stack.python if stack else None)


def moved(choice: MeasurementRequest, built: Environment) -> Moved:
    """What a stack changes in the app's own environment; nothing of a target's. Raises StackError."""
    stack = _app_stack(choice)
    return differing(stack.own.stack, built.stack) if stack else {}


def _app_stack(choice: MeasurementRequest) -> AppStack | None:
    return _known(choice.app.app_dir, choice.app.env, choice.app.requirements) if choice.app else None


@lru_cache(maxsize=1)  # a series builds many environments of one app, whose own is looked at once
def _known(app_dir: Path, env: Path | None, requirements: Path | None) -> AppStack:
    return AppStack(app_dir, env, requirements)

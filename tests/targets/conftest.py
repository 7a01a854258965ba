"""An agent over the real targets in the default stack's environment, and a way to put their cases to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.answers.app_response import AppResponse
from bench.catalog.targets import read_targets
from bench.model.workload import Case
from bench.runner.agent_process import Agent
from bench.stack.environment import Environment


@pytest.fixture(scope="module")
def agent(environment: Environment, root: Path) -> Iterator[Agent]:
    with Agent(environment, root / "targets") as agent:
        yield agent


@pytest.fixture(scope="module")
def ask(agent: Agent, root: Path) -> Callable[[Case], AppResponse]:
    """Puts a case to its app, each only once: asked again, it answers as before."""
    targets = read_targets(root / "targets")
    answers: dict[str, AppResponse] = {}

    def ask(case: Case) -> AppResponse:
        if case.id not in answers:
            request = targets[case.target].requests[case.request]
            answers[case.id] = AppResponse.of(agent.call("answer", target=case.target, request=request.model_dump()))
        return answers[case.id]

    return ask

"""What every target promises, checked before anything is measured: right answers, and a parent's content unchanged."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.catalog.targets import expected_json
from bench.model.errors import RefusedError
from bench.model.workload import Case, Expect, Pass
from bench.runner.agent_process import AgentError
from bench.runner.plan import Plan


class ContractError(RefusedError):
    """A target that can't be measured since it doesn't do what it says; the message names its file."""


@dataclass(frozen=True)
class AppResponse:
    """What came back; header names in lower case, the body whole."""

    status: int
    headers: dict[str, str]
    body: bytes

    @classmethod
    def of(cls, reply: dict[str, Any]) -> AppResponse:
        """From an agent's reply to `answer`."""
        headers = {name.lower(): value for name, value in reply["headers"]}
        return cls(reply["status"], headers, base64.b64decode(reply["body"]))

    def rows(self) -> int:
        """JSON items, or CSV lines without the header. Raises ValueError for what is neither."""
        if "json" in self.headers.get("content-type", ""):
            return len(json.loads(self.body))
        return sum(1 for _ in csv.reader(io.StringIO(self.body.decode(), newline=""))) - 1

    def says_the_same_as(self, other: AppResponse) -> bool:
        """Byte for byte, or as JSON."""
        if self.status != other.status or self.body == other.body:
            return self.status == other.status
        try:
            return bool(json.loads(self.body) == json.loads(other.body))
        except ValueError:
            return False


def verify(plan: Plan) -> None:
    """Ask every case of a plan once. Raises ContractError for the first that breaks its promise."""
    answers: dict[str, AppResponse] = {}
    for case, answer in answered(plan):
        where = f"{plan.folder / case.target}.py: request {case.request!r}"
        if isinstance(answer, AgentError):
            raise ContractError(f"{where}: {answer}; {_remedy(answer)}, or exclude it with --case") from answer
        answers[case.id] = answer
        wrong = mismatch(answer, plan.targets[case.target].requests[case.request].expect, plan.folder)
        if wrong:
            raise ContractError(f"{where}: {wrong}; fix the app or the `expect` in its TARGET")
        _compare_with_parent(case, answers, where)


def answered(plan: Plan) -> Iterator[tuple[Case, AppResponse | AgentError]]:
    """Every case of a plan asked once, parents first; whatever becomes of one of them, the next is asked.

    But for those that are too large for every other pass: the memory pass verifies them as it asks them.
    """
    requests = {case.id: plan.targets[case.target].requests[case.request] for case in plan.cases}
    waiting = [case for case in plan.cases if requests[case.id].only != (Pass.MEMORY,)]
    while waiting:
        with plan.launch(0) as agent:
            while waiting and agent.alive:
                case = waiting.pop(0)
                try:
                    yield case, AppResponse.of(agent.call("answer", **plan.arguments(case)))
                except AgentError as error:
                    yield case, error


def _remedy(error: AgentError) -> str:
    return "add the package by --with" if "ModuleNotFoundError: " in str(error) else "fix the app"


def mismatch(answer: AppResponse, expect: Expect, folder: Path) -> str | None:
    """How an answer differs from what its target expects, or None."""
    if answer.status != expect.status:
        return f"returns status {answer.status}, expected {expect.status}"
    if expect.text is not None and answer.body != expect.text.encode():
        return f"returns {answer.body[:60]!r}, expected {expect.text[:60]!r}"
    if (text := expected_json(folder, expect)) is not None and not _is_json(answer.body, text):
        return f"returns {answer.body[:60]!r}, expected the content of {expect.json_file}.json"
    return _wrong_rows(answer, expect)


def _wrong_rows(answer: AppResponse, expect: Expect) -> str | None:
    if expect.rows is None:
        return None
    try:
        rows = answer.rows()
    except (ValueError, TypeError):
        return f"returns {answer.body[:60]!r}, expected {expect.rows} rows"
    return None if rows == expect.rows else f"returns {rows} rows, expected {expect.rows}"


def _is_json(body: bytes, text: str) -> bool:
    try:
        return bool(json.loads(body) == json.loads(text))
    except ValueError:
        return False


def _compare_with_parent(case: Case, answers: dict[str, AppResponse], where: str) -> None:
    parent = answers.get(case.parent_id or "")
    if parent is not None and not answers[case.id].says_the_same_as(parent):
        raise ContractError(
            f"{where}: response differs from its parent {case.parent_id}; "
            "a layer's cost needs the same response from both"
        )

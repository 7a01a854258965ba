"""What every target promises, checked before anything is measured: right answers, and a parent's content unchanged."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from bench.answers.app_response import AppResponse, undecodable
from bench.answers.comparing import DeclarationError, looser, seen
from bench.answers.right_answer import AnswerCheck, right_answer
from bench.answers.time_of_day import OTHER_SECOND_S, holds_a_second
from bench.catalog.targets import expected_json
from bench.host.procfs import ProcessGoneError, resident_mb
from bench.model.errors import RefusedError
from bench.model.run import MissingSample
from bench.model.workload import Case, Expect, Pass
from bench.runner.agent_process import Agent, AgentError, answers_at_once
from bench.runner.app_start import AppStartError, start_apps
from bench.runner.plan import Plan
from bench.text.secrets import without_logins

_OF_OTHER_PASSES = ((Pass.MEMORY,), (Pass.CONNECTIONS,))
_REFERENCES = 30
"""Requests of these alone are verified as they are asked: they are too large for every other pass, or have no end."""


class ContractError(RefusedError):
    """A target that can't be measured since it doesn't do what it says; the message names its file."""


@dataclass(frozen=True)
class CheckedCase:
    """A case that was asked several times, and what came back: its answers, or why there are none.

    `case` says how they can be compared; `wrong` is how they break what its target promises, or None.
    """

    case: Case
    answers: tuple[AppResponse, ...] = ()
    error: AgentError | None = None
    wrong: str | None = None


def verify(plan: Plan) -> Plan:
    """Ask every case of a plan; the plan, whose cases know how their answers are compared.

    Raises ContractError for the first that breaks its promise.
    """
    found: dict[str, CheckedCase] = {}
    for checked in asked(plan):
        where = f"{plan.folder / checked.case.target}.py: request {checked.case.request!r}"
        if checked.error is not None:
            raise ContractError(
                f"{where}: {checked.error}; {_remedy(checked.error)}, or exclude it with --case"
            ) from checked.error
        if checked.wrong:
            raise ContractError(f"{where}: {checked.wrong}; fix the app or its TARGET")
        _compare_with_parent(checked, found.get(checked.case.parent_id or ""), where)
        found[checked.case.id] = checked
    return plan.knowing(checked.case for checked in found.values())


def answering(plan: Plan, during: Pass) -> tuple[Plan, tuple[MissingSample, ...]]:
    """The same of somebody's own app, some of whose routes may answer something else today: the plan of those that
    answer rightly, and an absence with the reason for each of the others, whose pass is `during`.

    Raises AppStartError for an app that can't be started.
    """
    right: list[Case] = []
    absences: list[MissingSample] = []
    for checked in _asked(plan, _askable(plan)):
        if reason := str(checked.error or "") or checked.wrong:
            absences.append(MissingSample.invalid(checked.case.id, during, f"{reason}; see layercake.json"))
        else:
            right.append(checked.case)
    return replace(plan, cases=tuple(right)), tuple(absences)


def _nothing() -> None: ...


def asked(plan: Plan, on_start: Callable[[], None] = _nothing) -> Iterator[CheckedCase]:
    """Every case of a plan, parents first, asked in two fresh processes with hash seeds of their own, and a second time
    in one of them; whatever becomes of one case, the next is asked.

    But for those that only the passes of large and of endless responses take: they verify them as they ask them. What a
    call takes is kept with the plan. Of an app that can't be started no case is asked: each would wait in vain.
    `on_start` is called once it is known how long somebody's own app takes to start.
    """
    waiting = _askable(plan)
    try:
        yield from _asked(plan, waiting, on_start)
    except AppStartError as error:
        yield from (CheckedCase(case, error=AgentError(str(error))) for case in waiting)


def _asked(plan: Plan, waiting: list[Case], on_start: Callable[[], None] = _nothing) -> Iterator[CheckedCase]:
    """These cases leave the list as they are asked. Raises AppStartError for somebody's own app that doesn't start."""
    started = plan.app is None
    while waiting:
        begin_s = time.perf_counter()
        with plan.launch(0) as agent, plan.beside().launch(1) as other:
            if plan.app is not None and not started:
                at_once = [agent, other] if plan.cores.client else [agent]
                plan.costs.lifespan_s = start_apps(at_once, plan.app.spec)
                plan.costs.start_s = time.perf_counter() - begin_s
                started = True
                on_start()
            if not plan.costs.reference_us:
                with contextlib.suppress(AgentError):  # whoever is asked next says why
                    plan.costs.reference_us = median(agent.call("references", count=_REFERENCES))
            while waiting and agent.alive and other.alive:
                case = waiting.pop(0)
                try:
                    answers, call_s = _answers((agent, other), plan.arguments(case))
                except AgentError as error:
                    yield CheckedCase(case, error=error)
                else:
                    plan.costs.saw(case.id, call_s, len(answers[0].body))
                    with contextlib.suppress(ProcessGoneError):
                        plan.costs.agent_mb = max(plan.costs.agent_mb, resident_mb(agent.pid))
                    yield _checked(plan, case, answers)


def answered(plan: Plan) -> Iterator[tuple[Case, AppResponse | AgentError]]:
    """The same, each asked but once."""
    waiting = _askable(plan)
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
    if found := undecodable(answer):
        return found
    if expect.text is not None and answer.content != expect.text.encode():
        return f"returns {answer.content[:60]!r}, expected {expect.text[:60]!r}"
    if (text := expected_json(folder, expect)) is not None and not _is_json(answer.content, text):
        return f"returns {answer.content[:60]!r}, expected the content of {expect.json_file}.json"
    if expect.chunks is not None and answer.chunks != expect.chunks:
        return f"sends its body in {answer.chunks} chunks, expected {expect.chunks}"
    return _wrong_rows(answer, expect)


def _askable(plan: Plan) -> list[Case]:
    """Not what is too large, and not a stream that its client leaves: only a server can be left."""
    requests = {case.id: plan.targets[case.target].requests[case.request] for case in plan.cases}
    own = [case for case in plan.cases if case.leaves_after is None]
    return [case for case in own if requests[case.id].only not in _OF_OTHER_PASSES]


def _answers(agents: tuple[Agent, Agent], arguments: dict[str, Any]) -> tuple[tuple[AppResponse, ...], float]:
    """What both say, asked at once, and the second again, with the seconds that this took; and once more in another
    second, if an answer holds the time of day. Raises AgentError."""
    begin_s = time.time()
    replies = answers_at_once(agents, "answer", **arguments)
    for reply in replies:
        if isinstance(reply, AgentError):
            raise reply
    again = agents[1].call("answer", timed=True, **arguments)
    answers = tuple(map(AppResponse.of, (*replies, again)))
    readable = [answer.content for answer in answers if not undecodable(answer)]
    if any(holds_a_second(content, begin_s, time.time()) for content in readable):
        time.sleep(OTHER_SECOND_S)
        answers = (*answers, AppResponse.of(agents[1].call("answer", **arguments)))
    return answers, float(again["call_s"])


def _checked(plan: Plan, case: Case, answers: tuple[AppResponse, ...]) -> CheckedCase:
    expect = plan.targets[case.target].requests[case.request].expect
    wrong = next((found for answer in answers if (found := mismatch(answer, expect, plan.folder))), None)
    if wrong:
        return CheckedCase(case, answers, wrong=without_logins(wrong))  # it quotes the answer
    try:
        return CheckedCase(seen(case, answers), answers)
    except DeclarationError as error:
        return CheckedCase(case, answers, wrong=str(error))


def _wrong_rows(answer: AppResponse, expect: Expect) -> str | None:
    if expect.rows is None:
        return None
    try:
        rows = answer.rows()
    except (ValueError, TypeError):
        return f"returns {answer.content[:60]!r}, expected {expect.rows} rows"
    return None if rows == expect.rows else f"returns {rows} rows, expected {expect.rows}"


def _is_json(body: bytes, text: str) -> bool:
    try:
        return bool(json.loads(body) == json.loads(text))
    except ValueError:
        return False


def difference(one: CheckedCase, other: CheckedCase) -> str | None:
    """How answers of one case, or of a case and its parent, differ more than each of them varies, or None.

    Both are compared as the one of them that varies more has to be.
    """
    case = looser(one.case, other.case)
    return AnswerCheck(right_answer(one.answers, case.compared, case.varies)).mismatch(other.answers[0])


def _compare_with_parent(checked: CheckedCase, parent: CheckedCase | None, where: str) -> None:
    if parent is not None and (differs := difference(parent, checked)):
        raise ContractError(
            f"{where}: response differs from its parent {checked.case.parent_id} ({differs}); "
            "a layer's cost needs the same response from both"
        )

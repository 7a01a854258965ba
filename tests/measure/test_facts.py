"""A fact is what a case answered, kept as it came, and asked for once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from plans import plan, write_target

from bench.measure import facts
from bench.model.run import FactSample, MissingSample
from bench.model.server import ServerSettings
from bench.stack.environment import Environment

ONE = '{"plain": {"path": "/"}, "fact": {"path": "/fact", "only": ["facts"]}}'


def test_an_answer_in_json_is_kept_as_what_it_says(environment: Environment, tmp_path: Path) -> None:
    write_target(tmp_path, "counting", """answer = b'{"calls": %d}' % calls""", requests=ONE)
    (sample,) = facts.measure(plan(environment, tmp_path))
    assert sample == FactSample(case="counting:fact", status=200, answer={"calls": 1})


def test_any_other_answer_is_kept_as_text(environment: Environment, tmp_path: Path) -> None:
    write_target(tmp_path, "wordy", "answer = b'in, out'", requests=ONE)
    (sample,) = facts.measure(plan(environment, tmp_path))
    assert isinstance(sample, FactSample)
    assert sample.answer == "in, out"


def test_a_case_that_takes_its_process_along_leaves_the_facts_of_the_others(
    environment: Environment, tmp_path: Path
) -> None:
    write_target(tmp_path, "deadly", "os._exit(7)", requests=ONE)
    write_target(tmp_path, "fine", "", requests=ONE)
    absence, sample = facts.measure(plan(environment, tmp_path))
    assert isinstance(absence, MissingSample)
    assert "ended with status 7" in absence.reason
    assert isinstance(sample, FactSample)
    assert sample.case == "fine:fact"


LEFT = '{"left": {"path": "/stream", "leaves_after": 2, "then": "/left", "only": ["facts"]}}'
STREAM = """
import json
if scope["path"] == "/left":
    answer = json.dumps(told).encode()
elif scope["path"] == "/stream":
    await send({"type": "http.response.start", "status": 200, "headers": []})
    told["chunks"] = 0
    listening = asyncio.ensure_future(gone(receive))
    while not listening.done() and told["chunks"] < 10_000:
        told["chunks"] += 1
        await send({"type": "http.response.body", "body": b"hello", "more_body": True})
        await asyncio.sleep(0.005)
    told.update(closed=True, by="its client", at_s=time.perf_counter())
    return
"""
HELPERS = """
import asyncio

told = {"closed": False, "by": None, "chunks": None}


async def gone(receive):
    while (await receive())["type"] != "http.disconnect":
        pass
"""


def test_a_client_that_leaves_does_so_over_a_real_connection_and_the_app_says_when_it_saw_that(
    environment: Environment, tmp_path: Path
) -> None:
    write_target(tmp_path, "streaming", STREAM, requests=LEFT)
    file = tmp_path / "streaming.py"
    file.write_text(file.read_text() + HELPERS)
    (sample,) = facts.measure(plan(environment, tmp_path))
    assert isinstance(sample, FactSample), sample
    assert isinstance(sample.answer, dict)
    assert (sample.answer["closed"], sample.answer["by"]) == (True, "its client")
    assert isinstance(sample.answer["chunks"], int)
    assert sample.answer["chunks"] >= 2
    assert isinstance(sample.answer["after_ms"], float)
    assert sample.answer["after_ms"] >= 0


def test_a_client_that_leaves_is_skipped_where_another_worker_may_answer_for_it(
    environment: Environment, tmp_path: Path
) -> None:
    write_target(tmp_path, "streaming", STREAM, requests=LEFT)
    two = replace(plan(environment, tmp_path), server=ServerSettings.parse("uvicorn workers=2"))
    (absence,) = facts.measure(two)
    assert isinstance(absence, MissingSample)
    assert (absence.kind, "another worker" in absence.reason) == ("skipped", True)


def test_a_target_that_can_not_be_served_leaves_a_reason_for_each_of_its_cases(
    environment: Environment, tmp_path: Path
) -> None:
    write_target(tmp_path, "broken", "", requests=LEFT)
    file = tmp_path / "broken.py"
    file.write_text(file.read_text() + "\nraise RuntimeError('no app today')\n")
    (absence,) = facts.measure(plan(environment, tmp_path))
    assert isinstance(absence, MissingSample)
    assert "no app today" in absence.reason

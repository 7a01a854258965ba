"""A fact is what a case answered, kept as it came, and asked for once."""

from __future__ import annotations

from pathlib import Path

from plans import plan, write_target

from bench.measure import facts
from bench.model.run import FactSample, MissingSample
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

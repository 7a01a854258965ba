"""Two agents as one: apart while they prepare themselves, then together on the measured core."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from plans import plan, write_target

from bench.host.affinity import cores
from bench.runner.agent_pair import AgentPair, PairedPlan
from bench.runner.agent_process import Agent, AgentError
from bench.stack.environment import Environment


@pytest.fixture
def arms(environment: Environment, tmp_path: Path) -> PairedPlan:
    folders = tmp_path / "base", tmp_path / "head"
    for folder in folders:
        folder.mkdir()
        write_target(folder, "fine", "")
    write_target(folders[0], "apart", "")
    write_target(folders[1], "apart", "raise ValueError('no')")
    return PairedPlan(plan(environment, folders[0]), plan(environment, folders[1]))


def cores_of(agent: Agent) -> set[frozenset[int]]:
    """Where the threads of an agent may run."""
    threads = [int(thread.name) for thread in Path(f"/proc/{agent.pid}/task").iterdir()]
    return {frozenset(os.sched_getaffinity(thread)) for thread in threads}


def prepared(arms: PairedPlan, duo: AgentPair, target: str) -> None:
    (case,) = [case for case in arms.base.cases if case.target == target]
    duo.call("prepare", **arms.arguments(case))


@pytest.mark.skipif(cores().client is None, reason="needs two cores")
def test_both_prepare_themselves_on_a_core_of_their_own_and_are_measured_on_one(arms: PairedPlan) -> None:
    measured, client = cores().measured, cores().client
    assert measured
    assert client
    stayed = set()
    for launch in range(6):
        with arms.launch(launch) as duo:
            assert cores_of(duo.base) | cores_of(duo.head) == {frozenset(measured), frozenset(client)}
            stayed.add("base" if cores_of(duo.base) == {frozenset(measured)} else "head")
            prepared(arms, duo, "fine")
            duo.settle()
            assert cores_of(duo.base) == cores_of(duo.head) == {frozenset(measured)}
    assert stayed == {"base", "head"}  # neither arm has the measured core for itself in every launch


@pytest.mark.skipif(cores().client is None, reason="needs two cores")
def test_what_is_not_timed_is_asked_on_both_cores_to_the_end(arms: PairedPlan) -> None:
    counting = replace(arms, together=False).knowing(arms.base.cases).of(arms.base.cases)
    assert counting.at_once == 2
    with counting.launch(0) as duo:
        prepared(counting, duo, "fine")
        duo.settle()
        assert cores_of(duo.base).isdisjoint(cores_of(duo.head))
        assert [answer["pid"] for answer in duo.call("hello")] == [duo.base.pid, duo.head.pid]


def test_an_arm_that_fails_is_named_and_the_next_answers_are_those_to_the_next_questions(arms: PairedPlan) -> None:
    with arms.launch(1) as duo:
        with pytest.raises(AgentError, match=r"^head: ValueError: no$"):
            prepared(arms, duo, "apart")
        base, head = duo.call("hello")
        assert (base["pid"], head["pid"]) == (duo.base.pid, duo.head.pid)


def test_an_arm_that_died_before_it_was_asked_says_so(arms: PairedPlan) -> None:
    with arms.launch(1) as duo:
        duo.call("hello")
        os.kill(duo.base.pid, 9)
        with pytest.raises(AgentError, match=r"^base: the agent was ended by signal 9"):
            duo.call("hello")
        assert not duo.alive


def test_without_a_second_core_they_take_turns(arms: PairedPlan) -> None:
    with AgentPair(arms.base.launch(1), arms.head.launch(1), None) as duo:
        prepared(arms, duo, "fine")
        duo.settle()
        assert [answer["pid"] for answer in duo.call("hello")] == [duo.base.pid, duo.head.pid]

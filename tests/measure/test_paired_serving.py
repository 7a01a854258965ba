"""Two real servers on one core, asked in turn: what changed inside shows, and what is the same shows nothing."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from plans import plan, write_target

from bench.analysis.comparison.blocks import log_ratio
from bench.measure.paired_serving import PairedServing
from bench.model.pair_samples import PairSample
from bench.model.run import MissingSample
from bench.model.server import ServerSettings
from bench.runner.agent_pair import PairedPlan
from bench.runner.call_costs import CallCosts
from bench.runner.streams import CoreStream
from bench.stack.environment import Environment
from bench.stats.windows import undisturbed_us

ANYWHERE = CoreStream(None)
BURN = "until = time.thread_time() + {us} / 1e6\nwhile time.thread_time() < until: pass"


def arms(environment: Environment, folder: Path, base: str, head: str) -> PairedPlan:
    folders = folder / "base", folder / "head"
    for one, body in zip(folders, (base, head), strict=True):
        one.mkdir()
        write_target(one, "app", body)
    return PairedPlan(plan(environment, folders[0]), plan(environment, folders[1]))


def block(paired: PairedPlan, number: int = 1) -> PairSample:
    (found,) = PairedServing(paired).block(number, "pilot", paired.base.cases, ANYWHERE)
    assert isinstance(found, PairSample), found
    return found


def change(found: PairSample) -> float:
    quiet = undisturbed_us(found.base.reference_us), undisturbed_us(found.head.reference_us)
    log = log_ratio(found, quiet)
    assert isinstance(log, float), log
    return math.exp(log) - 1


@pytest.mark.measures
def test_cpu_time_that_the_head_burns_shows(environment: Environment, tmp_path: Path) -> None:
    found = block(arms(environment, tmp_path, BURN.format(us=200), BURN.format(us=300)))
    base_us = sorted(found.base.cpu_us)[len(found.base.cpu_us) // 2]
    assert base_us > 200
    assert change(found) == pytest.approx(100 / base_us, abs=0.08)


@pytest.mark.measures
def test_windows_of_one_app_cost_the_same_on_both_sides(environment: Environment, tmp_path: Path) -> None:
    found = block(arms(environment, tmp_path, "", ""))
    assert abs(change(found)) < 0.1
    assert len(found.base.cpu_us) == len(found.head.cpu_us) == len(found.head_first)
    assert 0.3 < sum(found.head_first) / len(found.head_first) < 0.7
    assert found.base.calls == found.head.calls
    assert found.latencies is not None
    requests = found.base.calls * len(found.head_first)
    assert (found.latencies.base.count, found.latencies.head.count) == (requests, requests)
    assert 0 < found.latencies.client_busy_share < 1


def test_a_side_that_fails_is_named_and_its_case_is_out(environment: Environment, tmp_path: Path) -> None:
    paired = arms(environment, tmp_path, "", "import os; os._exit(9)")
    pairing = PairedServing(paired)
    (absence,) = pairing.block(1, "pilot", paired.base.cases, ANYWHERE)
    assert isinstance(absence, MissingSample)
    assert absence.reason.startswith("head: ")
    assert pairing.failed == {"app:one"}
    assert list(pairing.block(2, "pilot", paired.base.cases, ANYWHERE)) == []


def test_a_server_that_closes_each_connection_is_compared_too(environment: Environment, tmp_path: Path) -> None:
    """As uvicorn does after an error."""
    headers = [(b"connection", b"close"), (b"content-length", b"4")]
    begin = f"await send({{'type': 'http.response.start', 'status': 200, 'headers': {headers}}})"
    body = f"{begin}\nawait send({{'type': 'http.response.body', 'body': b'fine'}})\nreturn"
    assert block(arms(environment, tmp_path, body, body)).base.calls > 0


def test_requests_count_whose_app_ends_after_its_answer(environment: Environment, tmp_path: Path) -> None:
    begin = "await send({'type': 'http.response.start', 'status': 200, 'headers': [(b'content-length', b'4')]})"
    whole = "await send({'type': 'http.response.body', 'body': b'fine', 'more_body': True})"
    later = "import asyncio; await asyncio.sleep(0.03)\nawait send({'type': 'http.response.body'})\nreturn"
    late = f"{begin}\n{whole}\n{later}"
    assert block(arms(environment, tmp_path, late, late)).base.calls > 0


def test_an_answer_that_is_wrong_under_load_is_no_cost(environment: Environment, tmp_path: Path) -> None:
    paired = arms(environment, tmp_path, "", "if calls > 30: answer = b'oops'")
    (absence,) = PairedServing(paired).block(1, "pilot", paired.base.cases, ANYWHERE)
    assert isinstance(absence, MissingSample), absence
    assert absence.reason.startswith("head: ")


def test_a_side_that_dies_between_windows_is_named(environment: Environment, tmp_path: Path) -> None:
    paired = arms(environment, tmp_path, "", "import os\nif calls > 900: os._exit(7)")
    (absence,) = PairedServing(paired).block(1, "pilot", paired.base.cases, ANYWHERE)
    assert isinstance(absence, MissingSample), absence
    assert absence.reason.startswith("head: ")


def test_each_side_has_the_server_that_its_plan_says(environment: Environment, tmp_path: Path) -> None:
    paired = arms(environment, tmp_path, "", "")
    served = (replace(one, server=ServerSettings.parse(f"uvicorn http={http}")) for one, http in (
        (paired.base, "h11"), (paired.head, "httptools")
    ))  # fmt: skip
    found = block(PairedPlan(*served))
    assert min(found.base.cpu_us) > min(found.head.cpu_us)


@pytest.mark.slow
def test_slow_requests_have_fewer_users_and_fit_a_block(environment: Environment, tmp_path: Path) -> None:
    paired = arms(environment, tmp_path, "time.sleep(0.1)", "time.sleep(0.1)")
    costs = CallCosts({"app:one": 0.1})
    slow = PairedPlan(replace(paired.base, costs=costs), replace(paired.head, costs=costs))
    pairing = PairedServing(slow)
    assert pairing.expected_s(slow.base.cases) < 10
    (found,) = pairing.block(1, "pilot", slow.base.cases, ANYWHERE)
    assert isinstance(found, PairSample), found
    assert found.base.calls == 4  # two users, who ask twice
    assert len(found.base.cpu_us) >= 5


def test_a_block_is_expected_to_take_both_starts_and_what_a_server_starts_again(
    environment: Environment, tmp_path: Path
) -> None:
    paired = arms(environment, tmp_path, "", "")
    at_once_s = PairedServing(paired).expected_s(paired.base.cases)
    for one in (paired.base, paired.head):
        one.costs.start_s, one.costs.lifespan_s = 8.0, 3.0
    assert PairedServing(paired).expected_s(paired.base.cases) == pytest.approx(at_once_s + 22.0, abs=2.0)

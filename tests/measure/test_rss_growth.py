"""The leak check under load takes as long as its requests need, or says how long that would be."""

from __future__ import annotations

from pathlib import Path

import pytest
from plans import plan, write_target

from bench.analysis.run.heap import LEAST_SERVED
from bench.catalog.scenarios import hot
from bench.measure import rss_growth
from bench.measure.job import Job
from bench.measure.rss_growth import TooSlowError, growth
from bench.stack.environment import Environment


def job(environment: Environment, folder: Path, body: str, costs: dict[str, float]) -> Job:
    write_target(folder, "one", body)
    ready = plan(environment, folder)
    for case, call_s in costs.items():
        ready.costs.saw(case, call_s)
    return Job(ready, ready.cases[0], *hot())


def test_what_no_server_could_answer_in_time_is_said_without_a_load(environment: Environment, tmp_path: Path) -> None:
    with pytest.raises(TooSlowError) as caught:
        growth(job(environment, tmp_path, "", {"one:one": 5.0}))
    assert str(caught.value) == (
        "served under load, 1,000 requests at 3.2/s take 8 min 20 s; the leak check stops at 2 min 0 s per launch"
    )


@pytest.mark.slow
def test_a_case_of_which_a_short_load_is_too_little_is_loaded_for_longer(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rss_growth, "LAUNCHES", 1)
    (launch,) = growth(job(environment, tmp_path, "time.sleep(0.005)", {}))
    assert launch.requests[-1] - launch.requests[0] >= LEAST_SERVED

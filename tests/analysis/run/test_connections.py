"""What connections cost: differences within a launch, intervals over launches; and when none of it may be believed."""

from __future__ import annotations

from typing import Any

import pytest
from factories import synthetic_run
from held import held_level, held_sample, windows

from bench.analysis.run.connections import connection_costs, none_lost, right_beside
from bench.analysis.run.figures import CaseSummary, Standing
from bench.analysis.run.summary import summarise
from bench.model.connections import RequestWindows
from bench.model.run import MissingSample
from bench.model.workload import Pass

CASE = "fastapi_plain:plain"


def summarised(*samples: Any, absences: tuple[MissingSample, ...] = ()) -> CaseSummary:
    run = synthetic_run()
    run = run.model_copy(update={"samples": (*run.samples, *samples), "absences": (*run.absences, *absences)})
    return summarise(run).cases[CASE]


def test_memory_of_each_is_the_slope_between_a_tenth_of_them_and_all() -> None:
    costs = connection_costs([held_sample(launch=at, levels=(held_level(each_kb=12.0 + at),)) for at in range(3)])
    (level,) = costs.levels
    assert level.connections == 1_000
    assert level.each_kb.mean == pytest.approx(13.0)
    assert level.each_kb.n == 3
    assert level.each_kb.low == pytest.approx(13.0 - 2.484, abs=0.01)


def test_what_the_server_uses_by_itself_is_taken_off_the_cpu_of_idle_connections() -> None:
    (level,) = connection_costs([held_sample()]).levels
    assert level.idle_cpu_ms_per_s.mean == pytest.approx(3.0 - 2.0)


def test_a_request_is_compared_with_one_without_idle_connections_and_a_new_connection_with_a_kept_one() -> None:
    costs = connection_costs([held_sample(launch=at) for at in range(2)])
    assert costs.fresh_added_us is not None
    assert costs.fresh_added_us.mean == pytest.approx(80.0)
    assert costs.kept_us is not None
    assert costs.levels[0].busy_added_us is not None
    assert costs.levels[0].busy_added_us.mean == pytest.approx(4.0, abs=0.1)


def test_a_window_on_a_slowed_core_says_nothing() -> None:
    slow, well = windows(900.0, 6, reference_us=300.0), windows(180.0)
    mixed = RequestWindows(
        requests=slow.requests[:3] + well.requests[:3],
        cpu_us=slow.cpu_us[:3] + well.cpu_us[:3],
        reference_us=slow.reference_us[:3] + well.reference_us[:3],
    )
    costs = connection_costs([held_sample(fresh=mixed)])
    assert costs.fresh_added_us is not None
    assert costs.fresh_added_us.mean == pytest.approx(80.0, abs=0.1)
    assert connection_costs([held_sample(fresh=slow)]).fresh_added_us is None


def test_streams_have_memory_and_idle_cpu_and_no_requests() -> None:
    nothing = RequestWindows()
    level = held_level(busy=nothing)
    costs = connection_costs([held_sample(holds="stream", kept=nothing, fresh=nothing, alone=nothing, levels=(level,))])
    assert costs.levels[0].each_kb.mean == pytest.approx(12.0)
    assert (costs.kept_us, costs.fresh_us, costs.fresh_added_us, costs.levels[0].busy_us) == (None,) * 4


def test_a_file_limit_is_told_only_where_it_kept_the_number_low() -> None:
    assert connection_costs([held_sample()]).file_limit is None
    short = held_sample(file_limit=500, levels=(held_level(wanted=400),))
    assert connection_costs([short]).file_limit == 500


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"client_open": 990, "lost": {"the server closed the connection": 10}}, "the client had 990 open"),
        ({"server_open": 998}, "the server 998"),
    ],
)
def test_one_connection_that_is_lost_on_either_side_makes_the_figures_invalid(
    changed: dict[str, Any], said: str
) -> None:
    sample = held_sample(levels=(held_level(**changed),))
    assert not none_lost(sample).passed
    figure = summarised(held_sample(launch=1), sample).connections
    assert figure.standing is Standing.INVALID
    assert said in figure.reasons[0]
    assert none_lost(held_sample()).passed


def test_wrong_responses_make_them_invalid_too() -> None:
    sample = held_sample(errors={"status 500, expected 200": 3})
    assert not right_beside(sample).passed
    assert "status 500" in summarised(sample).connections.reasons[0]


def test_without_the_pass_there_is_no_figure_and_no_hole_and_a_failure_is_one() -> None:
    assert summarised().connections.standing is Standing.UNMEASURED
    failed = MissingSample.invalid(CASE, Pass.CONNECTIONS, "the agent was ended by signal 9")
    assert summarised(absences=(failed,)).connections.reasons == ("the agent was ended by signal 9",)

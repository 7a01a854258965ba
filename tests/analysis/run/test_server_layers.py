"""What is planted is found: a setting's cost, over what runs beside, and what may not be believed."""

from __future__ import annotations

import pytest
from server_samples import ADDED_US, BARE_US, server_sample

from bench.analysis.run.checks import checks
from bench.analysis.run.figures import CheckedFigure, Standing
from bench.analysis.run.server_figures import ServerLayers
from bench.analysis.run.server_layers import server_layers
from bench.analysis.run.summary import summarise
from bench.model.run import MissingSample
from bench.model.workload import Pass
from tests.factories import synthetic_run

CASE = "raw_asgi:plain"


def layers_of(*samples: object) -> ServerLayers:
    found = server_layers(samples)  # type: ignore[arg-type]
    assert isinstance(found, ServerLayers)
    return found


def test_every_setting_costs_what_was_planted() -> None:
    found = layers_of(*(server_sample(CASE, launch) for launch in range(4)))
    assert found.bare_us.mean == pytest.approx(BARE_US, rel=0.02)
    assert {name: one.added_us.mean for name, one in found.settings.items()} == pytest.approx(ADDED_US, rel=0.02)
    asyncio = found.settings["asyncio instead of uvloop"]
    assert asyncio.changes == "http=h11"
    assert asyncio.times.mean == pytest.approx(51 / 30)
    assert asyncio.added_us.n == 4
    assert asyncio.added_us.low is not None


def test_rounds_beside_a_neighbour_are_left_out() -> None:
    found = layers_of(*(server_sample(CASE, launch, slowed={0: 1.5, 3: 1.4}) for launch in range(3)))
    assert found.settings["access log"].added_us.mean == pytest.approx(9.0, rel=0.02)


def test_launches_that_are_disturbed_throughout_give_no_figure() -> None:
    slow = dict.fromkeys(range(1, 6), 1.6)
    found = server_layers([server_sample(CASE, 0), *(server_sample(CASE, launch, slowed=slow) for launch in (1, 2, 3))])
    assert isinstance(found, CheckedFigure)
    assert found.standing is Standing.INVALID
    assert "in only 1 of 4 launches" in found.reasons[0]


def test_what_a_stack_lacks_is_told_with_its_reason() -> None:
    found = layers_of(server_sample(CASE, 0, {"access log": 9.0}, missing={"TLS": "no certificate"}))
    assert dict(found.missing) == {"TLS": "no certificate"}
    assert list(found.settings) == ["access log"]


@pytest.mark.parametrize(("lacking", "told"), [(1, True), (2, True), (3, False)])
def test_a_setting_that_some_launches_lack_is_told_where_half_have_it(lacking: int, told: bool) -> None:
    without = [server_sample(CASE, launch, {}, missing={"access log": "no port"}) for launch in range(lacking)]
    found = layers_of(*without, *(server_sample(CASE, launch, {"access log": 9.0}) for launch in range(lacking, 4)))
    assert ("access log" in found.settings, "access log" in found.missing) == (told, not told)
    if told:
        assert found.settings["access log"].added_us.n == 4 - lacking


@pytest.mark.parametrize(
    ("wrong", "check"),
    [
        ({"errors": {"status_500": 3}, "server_requests": 50_003}, "same responses by all servers"),
        ({"verified": 0}, "same responses by all servers"),
        ({"server_requests": 49_000}, "requests counted alike"),
        ({"users": 400}, "enough requests"),
    ],
)
def test_a_launch_that_may_not_be_believed_makes_its_case_invalid(wrong: dict[str, object], check: str) -> None:
    run = synthetic_run()
    samples = (server_sample(CASE, 0), server_sample(CASE, 1).model_copy(update=wrong))
    assert [one.name for one in checks(samples[1]) if not one.passed] == [check]
    figure = summarise(run.model_copy(update={"samples": samples})).cases[CASE].server
    assert figure.standing is Standing.INVALID
    assert figure.reasons[0].startswith(check)


def test_a_case_without_server_figures_lacks_nothing_else() -> None:
    run = synthetic_run()
    told = {"kind": "skipped", "reason": "requires uvloop", "this_pass_only": True}
    skipped = MissingSample(case=CASE, during=Pass.SERVER, **told)
    case = summarise(run.model_copy(update={"absences": (skipped,)})).cases[CASE]
    assert case.server.standing is Standing.SKIPPED
    assert case.timing.value is not None
    assert case.memory.standing is Standing.UNMEASURED

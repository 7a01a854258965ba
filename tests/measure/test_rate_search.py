"""The search finds where a service stops keeping its promise, in few steps, and isn't fooled by one bad moment."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from functools import partial

import pytest
from factories import synthetic_run
from hypothesis import given
from hypothesis import strategies as st

from bench.analysis.load.rate_search import (
    CLOSE_ENOUGH,
    MOST_STEPS,
    Tried,
    bracket,
    close,
    confirmed,
    first_rates,
    holds,
    next_trial,
)
from bench.measure.rate_search import connections
from bench.model.load import Ceiling, LoadSample, OpenLoad
from bench.model.scenario import ErrorLimit, Objective
from bench.stats.histogram import from_latencies

CAPACITY = 10_000.0
FIRST = tuple(share * CAPACITY for share in (0.25, 0.5, 0.7, 0.85, 1.0))


def found(
    holds: Callable[[float], bool],
    first: Sequence[float] = FIRST,
    for_long: Callable[[float], bool] | None = None,
) -> list[Tried]:
    """What is tried of a service that keeps its promise where `holds(rate)` says so, and `for_long(rate)` in long
    trials, if those say something else."""
    tried: list[Tried] = []
    while (trial := next_trial(tried, first)) is not None:
        rate, long = trial
        tried.append(Tried(rate, (for_long if long and for_long else holds)(rate), long))
        assert len(tried) <= MOST_STEPS
    return tried


@given(st.floats(math.log(1e-3), math.log(10)).map(math.exp))
def test_the_limit_is_bracketed_to_a_few_hundredths(share: float) -> None:
    limit = share * CAPACITY
    low, high = bracket(found(lambda rate: rate <= limit))
    assert high is not None
    assert low <= limit <= high
    assert high <= low * CLOSE_ENOUGH


def test_the_knee_is_drawn_from_several_rates_on_the_way() -> None:
    tried = found(lambda rate: rate <= 8000)
    assert len({one.rate for one in tried}) >= 6
    assert len(tried) <= 14


def test_a_search_begins_with_shares_of_what_a_saturated_server_reached(load_sample: LoadSample) -> None:
    saturated = load_sample.model_copy(update={"requests": 20_000, "duration_s": 2.0, "server_cpu_s": 1.9})
    assert first_rates(saturated) == FIRST
    assert first_rates(saturated.model_copy(update={"server_cpu_s": None})) == FIRST


def test_of_a_server_that_waited_it_begins_with_what_was_reached_and_goes_on_by_its_cpu(
    load_sample: LoadSample,
) -> None:
    """16 users of a route that waits 50 ms reach 313 requests/s, with 5% of a core: no hint at its limit."""
    waiting = load_sample.model_copy(
        update={
            "requests": 626,
            "duration_s": 2.0,
            "users": 16,
            "latency": from_latencies([51_000_000] * 626),
            "server_cpu_s": 0.1,
            "client_cpu_s": 0.1,
            "held_s": 0.0,
        }
    )
    assert first_rates(waiting) == pytest.approx((313, 1565, 3130, 4382, 5321, 6260))
    tried = found(lambda rate: rate <= 6000, first_rates(waiting))
    assert len(tried) <= 14
    assert len({one.rate for one in tried}) >= 6


def test_a_search_has_connections_for_all_requests_that_may_be_under_way_at_once() -> None:
    assert connections(100.0, PROMISE) == 256
    assert connections(10_000.0, PROMISE) == 400
    assert connections(1000.0, Objective(q=0.99, limit_ms=1200.0)) == 2400


def test_a_rate_that_failed_once_is_tried_again_before_it_counts() -> None:
    tried = [Tried(2500.0, True), Tried(5000.0, False)]
    assert next_trial(tried, FIRST) == (5000.0, False)
    held = [*tried, Tried(5000.0, True)]
    assert next_trial(held, FIRST) == (5000.0, False)  # as often as it failed
    assert next_trial([*held, Tried(5000.0, True)], FIRST) == (7000.0, False)
    after = next_trial([*tried, Tried(5000.0, False)], FIRST)
    assert after is not None
    assert 2500 < after[0] < 5000


def holds_mostly(chance: random.Random, rate: float) -> bool:
    return rate <= 8000 and chance.random() > 0.1


def test_a_neighbours_moments_do_not_move_the_answer_far() -> None:
    """One step in ten fails for no fault of the server's; the answer stays within a step of the truth."""
    answers = []
    for seed in range(200):
        answers.append(bracket(found(partial(holds_mostly, random.Random(seed))))[0])
    assert sum(0.9 * 8000 <= low <= 8000 for low in answers) >= 190


def test_the_answer_holds_for_long_and_a_good_moment_is_not_enough() -> None:
    """Above its limit the service keeps it three times in ten for short, and never for long."""
    for seed in range(200):
        chance = random.Random(seed)
        tried = found(
            lambda rate, chance=chance: rate <= 8000 or chance.random() < 0.3, for_long=lambda rate: rate <= 8000
        )
        low, high = bracket(tried)
        assert confirmed(tried, low)
        assert low <= 8000 <= (high or 0)
        assert close(low, high) or len(tried) == MOST_STEPS


@given(st.floats(0.3, 1.0), st.floats(0.5, 1.0))
def test_where_long_trials_show_a_lower_limit_few_of_them_find_it(share: float, lower: float) -> None:
    """A collection of garbage every few seconds: a p99 of a long trial has it, that of a short one often hasn't."""
    short, long = share * CAPACITY, share * lower * CAPACITY
    tried = found(lambda rate: rate <= short, for_long=lambda rate: rate <= long)
    low, high = bracket(tried)
    assert high is not None
    assert low <= long
    assert high <= low * CLOSE_ENOUGH
    assert confirmed(tried, low)
    assert len({one.rate for one in tried if one.long}) <= 10


def test_a_search_that_ends_before_a_rate_has_held_for_long_has_confirmed_none() -> None:
    tried = [Tried(8000.0, True), Tried(8300.0, False), Tried(8300.0, False)]
    assert next_trial(tried, FIRST) == (8000.0, True)
    assert not confirmed(tried, 8000.0)
    failed = [*tried, Tried(8000.0, False, long=True), Tried(8000.0, False, long=True)]
    assert bracket([Tried(6000.0, True), *failed]) == (6000.0, 8000.0)


def test_a_rate_that_failed_more_often_than_it_held_is_no_answer() -> None:
    tried = [Tried(5000.0, True), Tried(5000.0, False), Tried(5000.0, False), Tried(2500.0, True)]
    assert bracket(tried) == (2500.0, 5000.0)


def test_a_service_that_keeps_it_at_no_rate_ends_the_search() -> None:
    low, high = bracket(found(lambda _: False))
    assert low == 0.0
    assert high is not None


def step(load_sample: LoadSample, fast: int, slow: int, **changes: object) -> LoadSample:
    latency = from_latencies([1_000_000] * fast + [50_000_000] * slow)
    load = OpenLoad(
        rate=100.0,
        arrivals="constant",
        offered=fast + slow,
        due=fast + slow,
        ended=fast + slow,
        unsent=0,
        service=latency,
        lag=from_latencies([30_000] * (fast + slow)),
    )
    return load_sample.model_copy(
        update={"model": "open", "open": load, "latency": latency, "requests": fast + slow, "errors": {}} | changes
    )


PROMISE = Objective(q=0.99, limit_ms=20.0)


def test_a_step_holds_by_the_share_within_the_limit(load_sample: LoadSample) -> None:
    assert holds(step(load_sample, 990, 10), PROMISE) is True
    assert holds(step(load_sample, 989, 11), PROMISE) is False
    assert holds(step(load_sample, 0, 1000), Objective(q=0.99, limit_ms=50.0)) is True


def test_a_failed_request_is_slower_than_any_limit(load_sample: LoadSample) -> None:
    assert holds(step(load_sample, 2000, 0, errors={"status_500": 10}, failed_s=0.1), PROMISE) is True
    assert holds(step(load_sample, 2000, 0, errors={"status_500": 30}, failed_s=0.1), PROMISE) is False


def test_a_step_has_to_meet_what_else_is_required(load_sample: LoadSample) -> None:
    required = {"failed_s": 0.1, "require": (ErrorLimit(failed_share=0.001),)}
    assert holds(step(load_sample, 2000, 0, errors={"status_500": 2}, **required), PROMISE) is True
    assert holds(step(load_sample, 2000, 0, errors={"status_500": 10}, **required), PROMISE) is False


def test_a_step_at_which_the_client_gave_up_does_not_hold(load_sample: LoadSample) -> None:
    assert holds(step(load_sample, 5, 0, gave_up="every request has failed for 2 s"), PROMISE) is False


def test_a_step_of_which_too_little_was_answered_does_not_hold(load_sample: LoadSample) -> None:
    assert holds(step(load_sample, 1000, 0, requests=980), PROMISE) is False


def test_what_can_not_be_told_is_neither(load_sample: LoadSample) -> None:
    assert holds(load_sample, PROMISE) is None  # a closed load says nothing of a rate
    assert holds(step(load_sample, 999, 0), PROMISE) is None  # fewer than ten beyond a p99


@pytest.mark.parametrize(
    "blame",
    [
        {"client_cores": ()},
        {"client_waited_s": 2.0},
        {"stolen_before": {0: 0.9}},
        {"ceiling": Ceiling(requests=120, duration_s=1.0, client_cpu_s=1.0)},
    ],
)
def test_what_may_delay_requests_excuses_a_step_that_failed_and_spoils_none_that_held(
    load_sample: LoadSample, blame: dict[str, object]
) -> None:
    assert holds(step(load_sample, 900, 100, **blame), PROMISE) is None
    assert holds(step(load_sample, 1000, 0, **blame), PROMISE) is True


def test_a_client_that_stood_still_excuses_a_step_too(load_sample: LoadSample) -> None:
    late = step(load_sample, 900, 100)
    assert late.open is not None
    lag = late.open.model_copy(update={"lag": from_latencies([40_000_000] * 1000)})
    assert holds(late.model_copy(update={"open": lag}), PROMISE) is None


def test_a_rate_that_says_nothing_is_tried_again_but_not_for_ever() -> None:
    tried = [Tried(2500.0, True), Tried(5000.0, None), Tried(5000.0, None)]
    assert next_trial(tried, FIRST) == (5000.0, False)
    assert next_trial([*tried, Tried(5000.0, True)], FIRST) == (7000.0, False)
    assert next_trial([*tried, Tried(5000.0, None)], FIRST) is None
    assert bracket(tried) == (2500.0, None)


@pytest.fixture
def load_sample() -> LoadSample:
    return next(one for one in synthetic_run().samples if isinstance(one, LoadSample))

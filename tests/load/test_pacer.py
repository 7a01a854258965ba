"""The pacer hands out each arrival once, in order, on time, and to whoever has been free for longest."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from time import perf_counter_ns

import gevent
import pytest

from bench.load.pacer import Pacer
from bench.load.timerfd import Alarm

# What is timed here needs the machine for itself.
pytestmark = pytest.mark.measures

MS = 1_000_000


def every(ms: float) -> Iterator[int]:
    return (round(k * ms * MS) for k in itertools.count())


class Taker:
    """Takes arrivals, the next as soon as it has one, up to `most`."""

    def __init__(self, pacer: Pacer, most: int = 10**9) -> None:
        self.taken: list[int] = []
        self.over = False
        self._pacer = pacer
        self._most = most
        pacer.next(self.take)

    def take(self, due_ns: int | None) -> None:
        if due_ns is None:
            self.over = True
            return
        self.taken.append(due_ns)
        if len(self.taken) < self._most:
            self._pacer.next(self.take)


@pytest.fixture
def pacer() -> Pacer:
    return Pacer()


def test_arrivals_come_in_order_each_once_and_apart_as_the_schedule_says(pacer: Pacer) -> None:
    takers = [Taker(pacer) for _ in range(3)]
    pacer.start(lambda: every(2))
    gevent.sleep(0.05)
    pacer.end()
    gevent.sleep(0.01)
    taken = sorted(due for taker in takers for due in taker.taken)
    assert pacer.due == len(taken) > 10
    assert {later - earlier for earlier, later in itertools.pairwise(taken)} == {2 * MS}
    assert all(taker.over for taker in takers)
    assert max(len(taker.taken) for taker in takers) - min(len(taker.taken) for taker in takers) <= 1


def test_nobody_is_handed_an_arrival_before_it_is_due(pacer: Pacer) -> None:
    pacer.start(lambda: every(1))
    late: list[int] = []

    def take(due_ns: int | None) -> None:
        if due_ns is not None:
            late.append(perf_counter_ns() - due_ns)
            pacer.next(take)

    pacer.next(take)
    gevent.sleep(0.03)
    pacer.end()
    gevent.sleep(0)
    assert len(late) > 10
    assert min(late) >= 0
    lags = list(pacer.take_lags())
    assert lags[: len(late)] == pytest.approx(late, abs=MS)
    assert list(pacer.take_lags()) == []


def test_what_falls_due_while_nobody_is_free_waits_and_is_handed_out_one_by_one(pacer: Pacer) -> None:
    pacer.start(lambda: every(1))
    gevent.sleep(0.02)
    assert pacer.behind
    taker = Taker(pacer)
    assert len(taker.taken) >= 20
    assert not pacer.behind
    assert max(pacer.take_lags()) < 15 * MS  # the delay of whoever kept them busy is no lag of the client


def test_a_client_that_stood_still_was_late_for_all_that_fell_due_meanwhile(pacer: Pacer) -> None:
    Taker(pacer, most=1)
    pacer.start(lambda: every(1))
    gevent.sleep(0.01)
    pacer.take_lags()
    time.sleep(0.1)  # no greenlet runs
    gevent.sleep(0.005)
    lags = sorted(pacer.take_lags())
    assert len(lags) >= 90
    assert lags[-1] >= 95 * MS
    assert lags[len(lags) // 2] >= 40 * MS


def test_every_arrival_ends_once(pacer: Pacer) -> None:
    pacer.start(lambda: every(1))
    gevent.sleep(0.01)
    pacer.end()
    gevent.sleep(0.002)
    taker = Taker(pacer)
    for _ in taker.taken:
        pacer.done()
    assert pacer.ended == pacer.due


def test_after_the_end_what_had_fallen_due_is_still_handed_out_and_nothing_else(pacer: Pacer) -> None:
    pacer.start(lambda: every(1))
    gevent.sleep(0.01)
    pacer.end()
    gevent.sleep(0.02)
    taker = Taker(pacer)
    assert taker.over
    assert 9 <= len(taker.taken) <= 15
    assert pacer.due == len(taker.taken)


def test_what_is_abandoned_has_fallen_due_and_has_waited(pacer: Pacer) -> None:
    pacer.start(lambda: every(1))
    Taker(pacer, most=3)
    gevent.sleep(0.01)
    pacer.end()
    waits = pacer.abandon()
    assert pacer.due == 3 + len(waits)
    assert 5 <= len(waits) <= 12
    assert sorted(waits, reverse=True) == list(waits)
    assert not pacer.behind


def test_what_was_due_before_the_mark_is_not_offered(pacer: Pacer) -> None:
    pacer.start(lambda: every(1))
    gevent.sleep(0.01)
    pacer.mark()
    gevent.sleep(0.01)
    pacer.end()
    taker = Taker(pacer)
    assert 5 <= pacer.offered < len(taker.taken) == pacer.due
    assert pacer.due - pacer.offered >= 5


def test_who_has_left_is_handed_nothing(pacer: Pacer) -> None:
    gone, there = Taker(pacer), Taker(pacer)
    pacer.leave(gone.take)
    pacer.start(lambda: every(1))
    gevent.sleep(0.01)
    pacer.end()
    gevent.sleep(0)
    assert gone.taken == []
    assert len(there.taken) > 4


def test_an_alarm_rings_once_for_a_moment_and_not_when_it_is_silenced() -> None:
    rung: list[int] = []

    def ring() -> None:
        rung.append(perf_counter_ns())
        alarm.silence()

    alarm = Alarm(ring)
    at_ns = perf_counter_ns() + 5 * MS
    alarm.set(at_ns)
    gevent.sleep(0.02)
    assert len(rung) == 1
    assert rung[0] >= at_ns
    alarm.set(perf_counter_ns() + 5 * MS)
    alarm.silence()
    gevent.sleep(0.02)
    assert len(rung) == 1
    alarm.set(perf_counter_ns() - MS)
    gevent.sleep(0.01)
    assert len(rung) == 2

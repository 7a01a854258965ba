"""Work on several cores: what runs beside what, who is asked for more, and what becomes of it when something fails."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterator
from contextlib import closing, suppress

import pytest

from bench.runner.streams import CoreStream, Piece, observe

TWO = (None, -1)
"""Two streams whose threads are pinned nowhere: the kernel has no core of a negative number, and isn't asked."""
PATIENCE_S = 20.0


@pytest.fixture(autouse=True)
def unpinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_setaffinity", lambda _pid, _cores: None)


def saying(*words: str) -> Piece[str]:
    def say(_: CoreStream) -> Generator[str]:
        yield from words

    return Piece(say)


def test_two_streams_work_at_the_same_time() -> None:
    both_here = threading.Barrier(2, timeout=PATIENCE_S)

    def meet(stream: CoreStream) -> Generator[int | None]:
        both_here.wait()
        yield stream.core

    assert set(observe(TWO, [Piece(meet), Piece(meet)])) == set(TWO)


def test_everything_that_pieces_observe_comes_out_each_piece_in_its_order() -> None:
    seen = list(observe(TWO, [saying("a1", "a2"), saying("b1", "b2", "b3"), saying("c1")]))
    assert sorted(seen) == ["a1", "a2", "b1", "b2", "b3", "c1"]
    for name in "abc":
        own = [one for one in seen if one.startswith(name)]
        assert own == sorted(own)


def test_what_is_to_be_alone_has_nothing_beside_it_and_is_on_the_first_core() -> None:
    running: list[int] = []
    beside: list[int] = []

    def work(_: CoreStream) -> Generator[str]:
        running.append(1)
        yield "beside"
        running.pop()

    def alone(stream: CoreStream) -> Generator[str]:
        beside.append(len(running))
        assert not stream.shared
        assert stream.core is TWO[0]
        yield "alone"

    pieces: list[Piece[str]] = [Piece(work), Piece(work), Piece(alone, alone=True), Piece(work), Piece(work)]
    assert sorted(observe(TWO, pieces)) == ["alone", *["beside"] * 4]
    assert beside == [0]


def test_what_waits_to_be_alone_leaves_no_core_idle() -> None:
    """As of a comparison each of whose blocks has a part that is to be alone: the other parts still meet."""
    order: list[str] = []
    both_here = threading.Barrier(2, timeout=PATIENCE_S)

    def beside(_: CoreStream) -> Generator[str]:
        both_here.wait()
        order.append("beside")
        yield "beside"

    def alone(_: CoreStream) -> Generator[str]:
        order.append("alone")
        yield "alone"

    blocks = [Piece(beside), Piece(alone, alone=True)] * 4
    assert len(list(observe(TWO, blocks))) == 8
    assert order == ["beside", "beside", "alone", "alone"] * 2


def test_the_next_piece_is_asked_for_when_a_core_is_free_so_that_what_was_seen_can_decide_it() -> None:
    seen: list[str] = []

    def pieces() -> Iterator[Piece[str] | None]:
        yield saying("first")
        while "first" not in seen:
            yield None
        yield saying(f"after {seen[-1]}")

    for one in observe(TWO, pieces()):
        seen.append(one)
    assert seen == ["first", "after first"]


def test_while_an_observation_is_looked_at_the_stream_that_made_it_waits() -> None:
    going_on = threading.Event()

    def work(_: CoreStream) -> Generator[str]:
        yield "seen"
        going_on.set()

    with closing(observe(TWO, [Piece(work)])) as observed:
        assert next(observed) == "seen"
        assert not going_on.wait(0.05)
        assert list(observed) == []
    assert going_on.is_set()


def test_what_a_piece_raises_is_raised_and_ends_the_others() -> None:
    ended = threading.Event()
    begun = threading.Event()

    def long(stream: CoreStream) -> Generator[str]:
        begun.set()
        try:
            while not stream.stopping.wait(0.01):
                pass
            yield "too late"
        finally:
            ended.set()

    def failing(_: CoreStream) -> Generator[str]:
        begun.wait(PATIENCE_S)
        raise ValueError("broken")
        yield "never"

    with pytest.raises(ValueError, match="broken"):
        list(observe(TWO, [Piece(long), Piece(failing)]))
    assert ended.is_set()


def test_whoever_looks_may_stop_at_any_time_and_nothing_goes_on() -> None:
    closed: list[str] = []

    def work(name: str) -> Piece[str]:
        def endless(_: CoreStream) -> Generator[str]:
            try:
                while True:
                    yield name
            finally:
                closed.append(name)

        return Piece(endless)

    before = threading.active_count()
    with closing(observe(TWO, [work("a"), work("b")])) as observed:
        for _ in range(6):
            next(observed)
    assert sorted(closed) == ["a", "b"]
    assert threading.active_count() == before


@pytest.mark.parametrize("looks", [1, 2, 3])
def test_whoever_is_interrupted_while_looking_waits_for_nobody(looks: int) -> None:
    """As by Ctrl-C, or a full disk, while an observation is kept: the stream that made it waits for just that."""
    before = threading.active_count()
    ended = threading.Event()

    def interrupted() -> None:
        with suppress(KeyboardInterrupt), closing(observe(TWO, [saying(*"abc"), saying(*"abc")])) as observed:
            for number, _ in enumerate(observed, start=1):
                if number == looks:
                    raise KeyboardInterrupt
        ended.set()

    threading.Thread(target=interrupted, daemon=True).start()
    assert ended.wait(PATIENCE_S)
    assert threading.active_count() <= before + 1


def test_on_a_single_core_nothing_runs_in_a_thread() -> None:
    def work(stream: CoreStream) -> Generator[tuple[bool, bool]]:
        yield stream.shared, threading.current_thread() is threading.main_thread()

    assert list(observe((3,), [Piece(work), Piece(work)])) == [(False, True)] * 2

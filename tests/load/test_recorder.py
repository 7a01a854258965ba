"""The recorder gives everything away once, and counts an answer as what it was."""

from __future__ import annotations

from collections import Counter
from time import perf_counter

from hypothesis import given
from hypothesis import strategies as st

from bench.load.recorder import Recorder


@given(st.lists(st.lists(st.sampled_from(["right", "wrong", "timeout", "closed"]), max_size=8), max_size=5))
def test_batches_add_up_to_what_was_recorded(seconds: list[list[str]]) -> None:
    recorder = Recorder()
    endpoint = recorder.endpoint("GET", "/")
    batches = []
    for second in seconds:
        for event in second:
            if event == "right":
                endpoint.right(7, 3, verified=True)
            elif event == "wrong":
                endpoint.wrong("status_500")
            else:
                endpoint.lost(event, 11)
        batches += recorder.take()
    events = Counter(event for second in seconds for event in second)
    assert sum(len(batch.latencies) for batch in batches) == events["right"]
    assert sum(batch.verified for batch in batches) == events["right"]
    assert sum(batch.body_bytes for batch in batches) == 3 * events["right"]
    assert sum(batch.answered for batch in batches) == events["right"] + events["wrong"]
    assert sum(len(batch.timeouts) for batch in batches) == events["timeout"]
    assert sum(batch.failures.total() for batch in batches) == events.total() - events["right"]


def test_endpoints_are_told_apart_by_method_and_name() -> None:
    recorder = Recorder()
    recorder.endpoint("GET", "/").right(1, 0, verified=False)
    recorder.endpoint("POST", "/").wrong("status_422")
    recorder.endpoint("GET", "/").right(2, 0, verified=False)
    assert [(batch.method, list(batch.latencies)) for batch in recorder.take()] == [("GET", [1, 2]), ("POST", [])]


def test_while_draining_nothing_is_sent_but_what_was_due_before() -> None:
    recorder = Recorder()
    assert recorder.takes(None)
    before_s = perf_counter()
    recorder.drain()
    assert recorder.takes(before_s)
    assert not recorder.takes(None)
    assert not recorder.takes(perf_counter())

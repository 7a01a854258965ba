"""Claims about streams of server-sent events and JSON Lines, and about WebSockets."""

from __future__ import annotations

from bench.analysis.run.left_streams import LeftStream
from bench.claims.claim import Ruling, observed, overall, place
from bench.claims.evidence import NOTICEABLE, Evidence
from bench.serving.leaving_client import PATIENCE_S
from bench.text.numbers import listed, measured, number, share, times

SEVERAL_TIMES = 2.0

LEFT = (
    "stream_left:async_generator",
    "stream_left:silent_generator",
    "stream_left:plain_generator",
    "stream_left:base_middleware",
    "stream_left:raw_asgi",
    "stream_left_yield:sse",
    "stream_left_yield:silent_sse",
    "stream_left_yield:plain_sse",
    "stream_left_yield:jsonl",
)


def an_event_by_yield_is_as_cheap_as_by_hand(run: Evidence) -> Ruling:
    """Server-sent events by `yield` cost no more than events written by hand.

    Holds when an event of `EventSourceResponse` costs less than 10% more CPU than the same event that the endpoint
    writes itself into a `StreamingResponse`.
    """
    yielded, by_hand = run.piece_us("stream_sse", "sse"), run.piece_us("stream_by_hand", "sse")
    ratio = run.share(yielded, by_hand)
    finding = f"An event costs {measured(yielded, 'µs')} by `yield` and {measured(by_hand, 'µs')} by hand."
    return Ruling(place(ratio, most=1 + NOTICEABLE), finding)


def a_stream_of_items_costs_several_times_one_list(run: Evidence) -> Ruling:
    """Streaming items as JSON Lines costs several times the CPU of returning them as one list.

    "Several times" means at least twice, with 100 rows.
    """
    ratio = run.ratio("stream_jsonl:jsonl100", "fastapi_response_model:rows100")
    line = run.piece_us("stream_jsonl", "jsonl")
    finding = (
        f"100 rows as JSON Lines take {times(ratio)} the CPU of one list "
        f"({measured(run.cpu_us('fastapi_response_model:rows100'), 'µs')}); a line costs {measured(line, 'µs')}."
    )
    return Ruling(place(ratio, least=SEVERAL_TIMES), finding)


def a_message_is_cheaper_than_a_request(run: Evidence) -> Ruling:
    """A WebSocket message costs less CPU than an HTTP request.

    By a message that FastAPI sends back, against a request for a plain response, both without a server.
    """
    message, request = run.piece_us("websocket_echo", "echo"), run.cpu_us("fastapi_plain:plain")
    ratio = run.share(message, request)
    finding = (
        f"A message costs {measured(message, 'µs')}, a request {measured(request, 'µs')}: {share(ratio.mean)} of it."
    )
    return Ruling(place(ratio, most=1), finding)


def a_generator_is_closed_when_its_client_leaves(run: Evidence) -> Ruling:
    """When a client leaves a stream, its generator is closed.

    Holds for every kind of stream whose generator is closed within a second, and not by its own end, on a served app
    and a real connection. What only the garbage collector closes stays open for longer.
    """
    found = run.each(LEFT, run.left)
    verdict, scope = overall({f"`{case}`": observed(stream.was_closed) for case, stream in found.items()})
    closed = [stream for stream in found.values() if stream.was_closed]
    others = [f"`{case}` {_fate(stream)}" for case, stream in found.items() if not stream.was_closed]
    latest = max((stream.after_ms or 0.0 for stream in closed), default=0.0)
    parts = [
        f"{len(closed)} of {len(found)} were closed, at most {number(latest)} ms after the client left"
        if closed
        else "",
        listed(others) if others else "",
    ]
    return Ruling(verdict, f"{'; '.join(filter(None, parts))}.", scope)


def _fate(stream: LeftStream) -> str:
    if stream.by is None:
        return f"was still open {PATIENCE_S:g} s later"
    unread = "" if not stream.chunks_unread else f" and made {stream.chunks_unread} chunks for nobody"
    return f"ran to its own end{unread}"

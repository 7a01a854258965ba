"""A client process that measures: by itself, or as one of several workers that a conductor directs.

A worker finds the order among the options that Locust's master sends with its users. Then one message comes over
Locust's own connection, and one goes back:

    layercake-begin   all users are there; which share of the arrivals is this worker's
    layercake-part    what it saw, or why it gave up
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import gevent

from bench.host.procfs import ProcessGoneError
from bench.load.answer_reader import AnswerReader, AnswerSampling, FixedBody, SampledBody, compared_under_load
from bench.load.arrivals import offsets_ns
from bench.load.large_body import LargeBody
from bench.load.measured_interval import MeasuredInterval
from bench.load.messages import Abandoned, LoadSpec, WorkerReport
from bench.load.pacer import Pacer
from bench.load.recorder import Recorder
from bench.serving.headers import Headers
from bench.serving.meter import MeterError

BEGIN, PART = "layercake-begin", "layercake-part"
ORDER_OPTION = "layercake_order"


class Session:
    """What the users of one Locust process share. `order` is None when Locust was started without one."""

    def __init__(self) -> None:
        self.order: LoadSpec | None = None
        self.recorder = Recorder()
        self.pacer = Pacer()
        self._sampling: AnswerSampling | None = None

    def take(self, order: LoadSpec) -> None:
        self.order = order
        self._sampling = None if order.exchange.compared == "bytes" else AnswerSampling(order.exchange)

    def reader(self, *, tls: bool) -> AnswerReader:
        """What a connection reads the order's answers by; without an order any answer below 400 is right.

        What is encrypted has to be received as a whole.
        """
        if self._sampling is not None:
            return SampledBody(self._sampling)
        if self.order is None:
            return AnswerReader()
        right = self.order.exchange
        return FixedBody(right) if tls or compared_under_load(right) == "bytes" else LargeBody(right)

    @property
    def headers(self) -> Headers:
        """Those of every request."""
        return () if self.order is None else self.order.headers

    @property
    def paced(self) -> bool:
        """Whether requests wait for their turn on a schedule."""
        return self.order is not None and self.order.arrivals is not None


def session_of(environment: Any) -> Session:
    """The session of a Locust environment, which Locust's `init` event attached to it."""
    session: Session = environment.layercake
    return session


def observe(
    environment: Any, session: Session, share: tuple[int, int], at_edge: Callable[[], None]
) -> WorkerReport | Abandoned:
    """Warm up and measure, as client `share[0]` of `share[1]`. The session must have an order."""
    order = session.order
    assert order is not None  # noqa: S101
    stretch = MeasuredInterval(environment.stats, session.recorder, session.pacer, order, at_edge)
    if order.arrivals is not None:
        session.pacer.start(partial(offsets_ns, order.arrivals, *share))
    try:
        return stretch.measure()
    except (ProcessGoneError, MeterError) as error:
        return Abandoned(reason=str(error))


def count_raised(environment: Any, session: Session) -> None:
    """A task that raises is an error of the load; without an order Locust counts it by itself."""

    def count(**_: Any) -> None:
        if session.order is not None:
            session.recorder.endpoint("", "task").lost("raised")

    environment.events.user_error.add_listener(count)


def follow(environment: Any, session: Session) -> None:
    """Do as a conductor says, if one ever says something."""
    runner = environment.runner

    def take_order(**_: Any) -> None:
        order = getattr(environment.parsed_options, ORDER_OPTION, None)
        if order is not None:
            session.take(LoadSpec.model_validate_json(order))

    def begin(msg: Any, **_: Any) -> None:
        gevent.spawn(report, (msg.data["part"], msg.data["parts"]))

    def report(share: tuple[int, int]) -> None:
        part = observe(environment, session, share, at_edge=lambda: None)
        runner.send_message(PART, {"part": part.model_dump_json()})

    count_raised(environment, session)
    environment.events.test_start.add_listener(take_order)
    runner.register_message(BEGIN, begin)

"""One Locust process: the options that the harness gives it, its recorder, and the greenlet that empties that.

By itself Locust needs none of the options: what was recorded goes to its statistics four times a second, and is
forgotten. With an order, a stretch of it is measured and reported, and Locust ends.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gevent
from locust import events

from bench.load.locust_stats import feed
from bench.load.order import Order
from bench.load.recorder import Recorder
from bench.load.stretch import measure_stretch

_TICK_S = 0.25


class Session:
    """What the users of one Locust process share. `order` is None when Locust was started without one."""

    def __init__(self, order: Order | None, report: Path | None) -> None:
        self.order = order
        self.report = report
        self.recorder = Recorder()


def session_of(environment: Any) -> Session:
    """The session of a Locust environment, which Locust's `init` event attached to it."""
    session: Session = environment.layercake
    return session


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def _add_options(parser: Any) -> None:
    parser.add_argument(
        "--order-file", include_in_web_ui=False, help="(bench load) JSON: what to request, and for how long"
    )
    parser.add_argument(
        "--report-file", include_in_web_ui=False, help="(bench load) where to write what was observed, as JSON"
    )


@events.init.add_listener  # type: ignore[untyped-decorator]
def _attach(environment: Any, **_: Any) -> None:
    options = environment.parsed_options
    order = Order.model_validate_json(Path(options.order_file).read_bytes()) if options.order_file else None
    session = environment.layercake = Session(order, Path(options.report_file) if options.report_file else None)
    if order is not None and session.report is not None:
        _measure_when_spawned(environment, session.recorder, order, session.report)
    else:
        gevent.spawn(_empty_forever, environment, session.recorder)
        environment.events.test_stop.add_listener(lambda **_: feed(environment.stats, session.recorder.take()))


def _measure_when_spawned(environment: Any, recorder: Recorder, order: Order, report: Path) -> None:
    def begin(**_: Any) -> None:
        gevent.spawn(measure_stretch, environment, recorder, order, report)

    environment.events.user_error.add_listener(lambda **_: recorder.endpoint("", "task").lost("raised"))
    environment.events.spawning_complete.add_listener(begin)


def _empty_forever(environment: Any, recorder: Recorder) -> None:
    while True:
        gevent.sleep(_TICK_S)
        feed(environment.stats, recorder.take())

"""One Locust process: what its users share, and the greenlet that empties it into Locust's statistics.

By itself, or with workers of its own, Locust needs nothing else. An order, which only the harness gives, has a stretch
of it measured and reported, and Locust ended.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import gevent
from locust import events
from locust.runners import MasterRunner, WorkerRunner

from bench.load import master, worker
from bench.load.locust_stats import feed
from bench.load.messages import LoadSpec
from bench.load.worker import Session
from bench.serving.headers import with_values

_TICK_S = 0.25


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def _add_options(parser: Any) -> None:
    parser.add_argument("--path", default="/", help="Path to request, where the scenario doesn't say it")
    parser.add_argument(
        "--order-file", include_in_web_ui=False, help="(bench load) JSON: what to request, and for how long"
    )
    parser.add_argument(
        "--report-file", include_in_web_ui=False, help="(bench load) where to write what was observed, as JSON"
    )


@events.init.add_listener  # type: ignore[untyped-decorator]
def _attach(environment: Any, **_: Any) -> None:
    # gevent's clock has stood still since the imports began: Locust's --run-time would end as much too early.
    gevent.get_hub().loop.update_now()
    options = environment.parsed_options
    session = environment.layercake = Session()
    runner = environment.runner
    order = _order(Path(options.order_file)) if options.order_file else None
    if isinstance(runner, MasterRunner):
        if order is not None:
            master.direct(environment, order, Path(options.report_file), options.expect_workers)
        return
    if isinstance(runner, WorkerRunner):
        worker.follow(environment, session)
    elif order is not None:
        session.take(order)
        master.play_alone(environment, session, order, Path(options.report_file))
    gevent.spawn(_empty, environment, session)
    environment.events.test_stop.add_listener(lambda **_: feed(environment.stats, session.recorder.take()))


def _order(file: Path) -> LoadSpec:
    order = LoadSpec.model_validate_json(file.read_bytes())
    return order.model_copy(update={"headers": with_values(order.headers, os.environ)})


def _empty(environment: Any, session: Session) -> None:
    """While nothing is measured: what was recorded goes to Locust's statistics, and is forgotten."""
    while session.order is None:
        gevent.sleep(_TICK_S)
        if session.order is None:
            feed(environment.stats, session.recorder.take())

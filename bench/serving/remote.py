"""A target behind uvicorn for loads of other machines, and beside it a meter: what the server has used so far."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bench.host.procfs import ProcessGoneError
from bench.runner.agent_process import Agent, AgentError
from bench.runner.plan import Plan
from bench.serving.errors import LoadError
from bench.serving.meter import ProcessMeter
from bench.serving.reading import Serving
from bench.serving.server import LocalServer

Address = tuple[str, int]
_LOOK_S = 0.2
_PATIENCE_S = 5.0


@dataclass(frozen=True)
class ServedTarget:
    """What serves, and where."""

    name: str
    url: str
    meter: str
    _agent: Agent

    def wait(self) -> None:
        """For ever. Raises LoadError when the server ends."""
        while self._agent.alive:
            time.sleep(_LOOK_S)
        raise LoadError(f"the server ended{self._agent.last_words()}")


def _reached_at(address: str) -> str:
    """What others call an address that stands for every one of this machine: it depends on where they are."""
    return "THIS_HOST" if address in ("0.0.0.0", "::") else address  # noqa: S104  compared, and not bound to


@contextmanager
def serving(plan: Plan, target: str, listen: Address, meter: Address) -> Iterator[ServedTarget]:
    """Until the block ends. Raises LoadError when either address can't be had."""
    database_pid = plan.database.pid if plan.database else None
    try:
        with plan.launch(0) as agent:
            server = LocalServer(plan, target, listen[1], agent, host=listen[0])
            agent.call("only_serve")  # for hours, maybe: what its references say is asked by nobody
            serving_ = Serving(
                target=target,
                source_sha256=plan.targets[target].source_sha256,
                lock_sha256=plan.environment.stack.lock_sha256,
                server=server.name,
                settings=plan.server,
            )
            answers = _Metered(meter, agent, ProcessMeter(server.pid, database_pid), serving_)
            # A daemon, since an interruption may come before the block that ends it.
            thread = threading.Thread(target=answers.serve_forever, daemon=True)
            thread.start()
            try:
                host, port = answers.server_address[:2]
                url = f"http://{_reached_at(listen[0])}:{server.url.port}"
                yield ServedTarget(server.name, url, f"{_reached_at(str(host))}:{port}", agent)
            finally:
                answers.shutdown()
                thread.join()
                answers.server_close()
    except (AgentError, OSError) as error:
        raise LoadError(f"{target}: can't be served: {error}") from error


class _Metered(ThreadingHTTPServer):
    """Answers every GET with a Reading as JSON."""

    daemon_threads = True

    def __init__(self, address: Address, agent: Agent, meter: ProcessMeter, serving: Serving) -> None:
        super().__init__(address, _Handler)
        self._serving = serving
        self._agent = agent
        self._meter = meter
        self._one_at_a_time = threading.Lock()

    def reading(self) -> str:
        """Raises AgentError and ProcessGoneError."""
        with self._one_at_a_time:
            reading = self._meter.read()
            counted = self._agent.call("counted")
        return reading.model_copy(update={"requests": counted, "serving": self._serving}).model_dump_json()


class _Handler(BaseHTTPRequestHandler):
    server: _Metered
    timeout = _PATIENCE_S

    def do_GET(self) -> None:
        try:
            status, text = 200, self.server.reading()
        except (AgentError, ProcessGoneError) as error:
            status, text = 503, str(error)
        body = text.encode()
        self.send_response(status)
        self.send_header("content-type", "application/json" if status == 200 else "text/plain")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing: a line for every reading says nothing."""

"""A target behind uvicorn for loads of other machines, and beside it a meter: what the server has used so far."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bench.engine.launch import Agent, AgentError
from bench.engine.plan import Plan
from bench.load.drive import LoadError
from bench.load.meter import ProcessMeter
from bench.proctree import ProcessGoneError

Address = tuple[str, int]


@dataclass(frozen=True)
class Served:
    """What serves, and where."""

    name: str
    url: str
    meter: str


@contextmanager
def serving(plan: Plan, target: str, listen: Address, meter: Address) -> Iterator[Served]:
    """Until the block ends. Raises LoadError when either address can't be had."""
    database_pid = plan.database.pid if plan.database else None
    try:
        with plan.launch(0) as agent:
            started = agent.call("serve", target=target, host=listen[0], port=listen[1])
            answers = _Metered(meter, agent, ProcessMeter(agent.pid, database_pid))
            thread = threading.Thread(target=answers.serve_forever)
            thread.start()
            try:
                host, port = answers.server_address[:2]
                yield Served(started["server"], f"http://{listen[0]}:{started['port']}", f"{host!s}:{port}")
            finally:
                answers.shutdown()
                thread.join()
                answers.server_close()
    except (AgentError, OSError) as error:
        raise LoadError(f"{target}: can't be served: {error}") from error


class _Metered(ThreadingHTTPServer):
    """Answers every GET with a Reading as JSON."""

    daemon_threads = True

    def __init__(self, address: Address, agent: Agent, meter: ProcessMeter) -> None:
        super().__init__(address, _Handler)
        self._agent = agent
        self._meter = meter
        self._one_at_a_time = threading.Lock()

    def reading(self) -> str:
        """Raises AgentError and ProcessGoneError."""
        with self._one_at_a_time:
            reading = self._meter.read()
            counted = self._agent.call("counted")
        return reading.model_copy(update={"requests": counted}).model_dump_json()


class _Handler(BaseHTTPRequestHandler):
    server: _Metered

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

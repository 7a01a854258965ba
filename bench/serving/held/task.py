"""What the client of held connections is started with, and the requests that this comes to."""

from __future__ import annotations

from bench.model.base import Record
from bench.model.connections import HeldKind
from bench.model.exchange import Exchange
from bench.serving.address import LOOPBACK, ServerUrl
from bench.serving.http_wire import writer

_UPGRADE = {
    "connection": "Upgrade",
    "upgrade": "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "bGF5ZXJjYWtlLWNsaWVudA==",
}
_SWITCHING = 101


class ConnectionTask(Record):
    """A server of this machine by port and process, the `exchange` to repeat, and what to hold open. Of a stream or a
    WebSocket, only the status of the answer is known before. So many `users` ask at once beside what is held: after a
    single one's each request a server would go to sleep. A response may take `timeout_s`."""

    exchange: Exchange
    holds: HeldKind
    port: int
    server_pid: int
    users: int = 4
    timeout_s: float = 30.0

    @property
    def address(self) -> tuple[str, int]:
        return LOOPBACK, self.port

    @property
    def status(self) -> int:
        """That of a right answer."""
        return _SWITCHING if self.holds == "websocket" else self.exchange.status

    @property
    def request(self) -> bytes:
        """Raises ValueError for one that can't be sent."""
        own = {name.lower(): value for name, value in self.exchange.headers.items()}
        headers = tuple((own | (_UPGRADE if self.holds == "websocket" else {})).items())
        asked = writer(ServerUrl.loopback(self.port)).request
        return asked(self.exchange.method, self.exchange.path, headers, self.exchange.body)

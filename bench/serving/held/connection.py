"""One connection that is asked once, then left open: between requests, in an endless response, as a WebSocket."""

from __future__ import annotations

import socket
import struct

import httptools

from bench.serving.held.task import ConnectionTask

_RECEIVE_BYTES = 65_536
_PING, _PONG, _CLOSE = 0x9, 0xA, 0x8
_LONGEST_CONTROL = 125
CLOSED = "the server closed the connection"
UNASKED = "the server sent data that nobody asked for"


class HeldConnection:
    """`ready` once its answer has come as far as it will; `lost` says how it ended, if it has."""

    def __init__(self, task: ConnectionTask, request: bytes) -> None:
        """Raises OSError."""
        self.ready = False
        self.lost = ""
        self._holds, self._right = task.holds, task.status
        self._parser: httptools.HttpResponseParser | None = httptools.HttpResponseParser(self)
        self._frames = b""
        self.socket = socket.create_connection(task.address, task.timeout_s)
        self.socket.sendall(request)
        self.socket.setblocking(False)

    def receive(self) -> None:
        """What has come."""
        try:
            data = self.socket.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self.lost = f"{type(error).__name__}: {error.strerror}"
            return
        if not data:
            self.lost = self.lost or CLOSED
        elif self._parser is not None:
            self._parse(self._parser, data)
        elif self._holds == "websocket":
            self._receive_frames(data)
        else:
            self.lost = UNASKED

    def close(self) -> None:
        self.socket.close()

    def on_headers_complete(self) -> None:
        assert self._parser is not None  # noqa: S101
        status = self._parser.get_status_code()
        if status != self._right:
            self.lost = f"status {status}, expected {self._right}"
        elif self._holds != "connection":
            self.ready = True

    def on_message_complete(self) -> None:
        if self._holds == "stream":
            self.lost = self.lost or "the response ended, and was to stay open"
        elif self._parser is not None and not self._parser.should_keep_alive():
            self.lost = self.lost or "the response announced the end of the connection"
        else:
            self.ready = not self.lost

    def _parse(self, parser: httptools.HttpResponseParser, data: bytes) -> None:
        try:
            parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgraded:
            self._parser = None
            self._receive_frames(data[upgraded.args[0] :])
            return
        except httptools.HttpParserError as error:
            self.lost = f"the response isn't HTTP/1.1 ({error})"
        if self.ready and self._holds == "connection":
            self._parser = None  # thousands of them take memory, and nothing more is to come

    def _receive_frames(self, data: bytes) -> None:
        """Pings are answered, or the server would give the connection up; what else comes is let go by."""
        self._frames += data
        while (frame := _frame(self._frames)) is not None:
            opcode, payload, self._frames = frame
            if opcode == _CLOSE:
                code = struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else "none"
                self.lost = f"the server closed the WebSocket (code {code})"
            elif opcode == _PING:
                masked = bytes([0x80 | _PONG, 0x80 | len(payload)]) + bytes(4) + payload  # a mask of zeros
                self.socket.send(masked)


def _frame(data: bytes) -> tuple[int, bytes, bytes] | None:
    """Opcode and payload of the first whole frame, and what follows it."""
    if len(data) < 2:
        return None
    opcode, length, begin = data[0] & 0x0F, data[1] & 0x7F, 2
    if length > _LONGEST_CONTROL:
        size = 2 if length == _LONGEST_CONTROL + 1 else 8
        if len(data) < begin + size:
            return None
        length, begin = int.from_bytes(data[begin : begin + size]), begin + size
    if len(data) < begin + length:
        return None
    return opcode, data[begin : begin + length], data[begin + length :]

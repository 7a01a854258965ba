"""Reads what a server has used: from its process here, or over HTTP."""

from __future__ import annotations

import http.client
from time import perf_counter
from typing import Protocol

from pydantic import ValidationError

from bench.host.procfs import cpu_time, resident_mb, tree_cpu_s, waited_s
from bench.serving.reading import Reading

_PATIENCE_S = 2.0


class MeterError(Exception):
    """A server whose readings can't be had; the message says where, and why."""


class Meter(Protocol):
    """Something that can be read at both edges of a stretch."""

    def read(self) -> Reading:
        """Raises ProcessGoneError, or MeterError."""


class ProcessMeter:
    """A server's process of this machine, and the database's with all its descendants."""

    def __init__(self, server_pid: int, database_pid: int | None = None) -> None:
        self._server_pid = server_pid
        self._database_pid = database_pid

    def read(self) -> Reading:
        cpu = cpu_time(self._server_pid)
        return Reading(
            at_s=perf_counter(),
            cpu_s=cpu.total_s,
            user_s=cpu.user_s,
            system_s=cpu.system_s,
            waited_s=waited_s(self._server_pid),
            rss_mb=resident_mb(self._server_pid),
            database_cpu_s=None if self._database_pid is None else tree_cpu_s(self._database_pid),
        )


class RemoteMeter:
    """What `bench serve` answers at HOST:PORT."""

    def __init__(self, address: str) -> None:
        self._address = address

    def read(self) -> Reading:
        try:
            connection = http.client.HTTPConnection(self._address, timeout=_PATIENCE_S)
            connection.request("GET", "/")
            response = connection.getresponse()
            text = response.read()
            connection.close()
            if response.status != http.HTTPStatus.OK:
                raise MeterError(f"the meter at {self._address} answers: {text.decode(errors='replace')[:200]}")
            return Reading.model_validate_json(text)
        except (OSError, http.client.HTTPException, ValidationError) as error:
            raise MeterError(
                f"no reading from {self._address} ({type(error).__name__}); is it the meter of a `bench serve`?"
            ) from error

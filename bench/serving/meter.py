"""Reads what a server has used: from its process here, or over HTTP."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from time import perf_counter
from typing import Protocol

from pydantic import ValidationError

from bench.host.procfs import CpuTime, ProcessGoneError, cpu_time, resident_mb, tree, tree_cpu_s, waited_s
from bench.serving.reading import Reading

_PATIENCE_S = 2.0


class MeterError(Exception):
    """A server whose readings can't be had; the message says where, and why."""


class Meter(Protocol):
    """Something that can be read at both edges of a stretch."""

    def read(self) -> Reading:
        """Raises ProcessGoneError, or MeterError."""


class ProcessMeter:
    """A server's process of this machine and the database's, each with all its descendants."""

    def __init__(self, server_pid: int, database_pid: int | None = None) -> None:
        self._server_pid = server_pid
        self._database_pid = database_pid

    def read(self) -> Reading:
        at_s, server = perf_counter(), self._server_pid
        first, rss_mb, others = cpu_time(server), resident_mb(server), dict(_descendants(server))
        cpu = (first, *(time for time, _ in others.values()))
        return Reading(
            at_s=at_s,
            cpu_s=sum(one.total_s for one in cpu),
            user_s=sum(one.user_s for one in cpu),
            system_s=sum(one.system_s for one in cpu),
            waited_s=waited_s(server, *others),
            rss_mb=rss_mb + sum(mb for _, mb in others.values()),
            database_cpu_s=None if self._database_pid is None else tree_cpu_s(self._database_pid),
        )


def _descendants(pid: int) -> Iterator[tuple[int, tuple[CpuTime, float]]]:
    """CPU time and resident memory of each that is still there."""
    for child in tree(pid)[1:]:
        try:
            yield child, (cpu_time(child), resident_mb(child))
        except ProcessGoneError:
            continue


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

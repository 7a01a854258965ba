"""A worker of loads that another machine directs: Locust's own, again and again.

The scenario comes from the master: whoever answers there runs Python here, as the user that started the worker.
"""

from __future__ import annotations

import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.load.locust_process import client, last_line, trusted_by_tls

_PAUSE_S, _LONGER_PAUSE_S = 0.2, 3.0
_PATIENCE_S = 2.0


def work(host: str, port: int, log: Callable[[str], object]) -> None:
    """One load after another, each in a process of its own. Never returns; `log` gets what it waits for, and why a
    load ended early."""
    with tempfile.TemporaryDirectory(prefix="layercake-") as name:
        while True:
            _await_master(host, port, log)
            with tempfile.TemporaryFile() as words:
                process = client(
                    ["-m", "locust", "--headless", "--skip-log-setup", "--locustfile", "-", "--worker",
                     "--master-host", host, "--master-port", str(port)],
                    Path(name), words, variables=trusted_by_tls(),
                )  # fmt: skip
                try:
                    status = process.wait()
                finally:
                    _end(process)
                if status:
                    log(f"no load from {host}:{port} (status {status}{last_line(words)}); retrying")
            # A master that has just ended still has its port for a moment.
            time.sleep(_LONGER_PAUSE_S if status else _PAUSE_S)


def _await_master(host: str, port: int, log: Callable[[str], object]) -> None:
    """Until somebody listens there: Locust itself would try for five minutes, and not say so."""
    last_reason = ""
    while True:
        try:
            socket.create_connection((host, port), _PATIENCE_S).close()
            return
        except OSError as error:
            reason = error.strerror or str(error)
        if reason != last_reason:
            last_reason = reason
            log(f"no master at {host}:{port} yet ({reason}); retrying")
        time.sleep(_PAUSE_S)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()

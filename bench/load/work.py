"""A worker of loads that another machine directs: Locust's own, again and again."""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path

from bench.load.drive import client

_PAUSE_S = 0.2


def work(host: str, port: int) -> None:
    """One load after another, each in a process of its own, whose scenario comes from the master. Never returns."""
    with tempfile.TemporaryDirectory(prefix="layercake-") as name:
        while True:
            with tempfile.TemporaryFile() as words:
                process = client(
                    ["-m", "locust", "--headless", "--skip-log-setup", "--locustfile", "-", "--worker",
                     "--master-host", host, "--master-port", str(port)],
                    Path(name), words,
                )  # fmt: skip
                try:
                    process.wait()
                finally:
                    _end(process)
            time.sleep(_PAUSE_S)  # a master that has just ended still has its port for a moment


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()

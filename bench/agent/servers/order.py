"""The order for a server with processes of its own: from the agent to its first process, from that to its workers."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.agent.app.asgi_app import App, load
from bench.agent.app.error import AppError
from bench.agent.servers.unix_socket import unix_socket

FAILED, PORT, ASKED = "failed", "port", ".sock"
"""The files in `folder`: why it can't start; the port that it listens on; of each worker, where it is asked."""


def asked_at(folder: str, pid: int) -> str:
    """Where a worker is asked. Raises AppError."""
    return unix_socket(folder, f"{pid}{ASKED}")


@dataclass(frozen=True)
class ServerOrder:
    """`path` is what the agent imports from. It listens on `unix_socket`, or on `port` of `host` (0: any free one);
    `certificate` is a PEM file with its key. the process ends with its `parent`."""

    kind: str
    targets: str
    target: str
    settings: Mapping[str, Any]
    path: tuple[str, ...]
    folder: str
    host: str
    port: int
    parent: int
    unix_socket: str | None = None
    certificate: str | None = None

    @classmethod
    def parse(cls, text: str) -> ServerOrder:
        return cls(**json.loads(text))

    def text(self) -> str:
        return json.dumps(asdict(self))

    @property
    def workers(self) -> int:
        return int(self.settings.get("workers", 1))

    def app(self) -> App:
        """In a worker, of which the agent hears nothing else. Raises AppError."""
        try:
            return load(Path(self.targets), self.target)
        except AppError as error:
            self.fail_worker(str(error))
            raise
        except Exception as error:
            self.fail_worker(f"{type(error).__name__}: {error}")
            raise

    def fail_worker(self, reason: str) -> None:
        self.write(FAILED, f"a worker can't start: {reason}")

    def write(self, file: str, text: str) -> None:
        """To the agent; several workers may fail at once."""
        partial = Path(self.folder, f"{file}.{os.getpid()}")
        partial.write_text(text, "utf-8")
        partial.replace(Path(self.folder, file))

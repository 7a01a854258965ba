"""The library versions of a stack, and the fingerprint of a machine."""

from __future__ import annotations

from bench.model.base import Record


class Stack(Record):
    """A resolved set of library versions and a Python."""

    requirements: tuple[str, ...]
    python: str
    packages: dict[str, str]
    lock_sha256: str


class Host(Record):
    """The fingerprint of the machine; nothing that names its owner."""

    cpu_model: str
    cores: int
    memory_mb: int
    system: str
    kernel: str
    architecture: str
    virtualised: bool | None
    fingerprint: str

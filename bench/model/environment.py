"""The library versions of a stack, and the fingerprint of a machine."""

from __future__ import annotations

from bench.model.base import Plain, Record


class Stack(Record):
    """A resolved set of library versions and a Python: `3.14.0`, or `3.14.0t` of a free-threaded build.

    `no_wheel` names what layercake asks for by itself and that has no wheel for this Python. `python_build` is its
    compiler, with the options that make it faster or slower; empty where it isn't known.
    """

    requirements: tuple[str, ...]
    python: str
    packages: dict[str, str]
    lock_sha256: str
    no_wheel: tuple[str, ...] = ()
    python_build: str = ""

    @property
    def minor_python(self) -> str:
        """As it is named on a command line: `3.14`, `3.14t`."""
        return ".".join(self.python.split(".")[:2]) + ("t" if self.python.endswith("t") else "")

    def unavailable(self, *packages: str) -> str:
        """Why these can't be had on this Python; nothing where they can."""
        known = [name for name in packages if name.lower().replace("_", "-") in self.no_wheel]
        return f"needs {known[0]}, which has no wheel for Python {self.python}" if known else ""


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

    @property
    def published(self) -> PublishedHost:
        return PublishedHost(fingerprint=self.fingerprint, cpu_model=self.cpu_model)


class PublishedHost(Record):
    """What files that are committed say of a host: enough to tell machines apart, and nothing that names one."""

    fingerprint: str
    cpu_model: Plain

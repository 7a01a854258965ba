"""The certificate of servers under test, made when it is needed: for loopback, trusted by their clients alone."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bench.serving.address import LOOPBACK

_NAME = "localhost"


def write_certificate(file: Path) -> Path:
    """A PEM file with the certificate, its key, and who issued it: what a server needs, and what its client trusts."""
    file.touch(0o600)
    file.write_bytes(_certificate())
    return file


@cache
def _certificate() -> bytes:
    """One for all servers of this process."""
    import trustme  # noqa: PLC0415  slow to import, and seldom needed

    authority = trustme.CA()
    made = authority.issue_cert(_NAME, LOOPBACK)
    return made.private_key_and_cert_chain_pem.bytes() + authority.cert_pem.bytes()

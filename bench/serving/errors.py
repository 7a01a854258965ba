"""The errors of servers and loads."""

from __future__ import annotations

from bench.model.errors import RefusedError


class LoadError(RefusedError):
    """A load that gave no sample; the message says what happened, where, and what to do next."""

"""The errors of servers and loads."""

from __future__ import annotations

from bench.model.errors import RefusedError


class LoadError(RefusedError):
    """A load that gave no sample; the message says what happened, where, and what to do next."""


class HeaderError(RefusedError):
    """A header that can't be sent; the message names it, and what to do next, without its value."""


class ServerError(RefusedError):
    """A server elsewhere that can't be reached, or doesn't answer as a load needs; the message says what to do next."""

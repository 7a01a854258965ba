"""What a command refuses, with the reason in its message: all that its user needs to know."""

from __future__ import annotations


class RefusedError(Exception):
    """Base of all errors that are said in a line, and end a command with the status of wrong usage."""


class UsageError(RefusedError):
    """A command that can't be carried out as it was given."""

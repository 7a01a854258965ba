"""What keeps an app from being measured, in one line for its owner."""

from __future__ import annotations


class AppError(Exception):
    """An app that can't be imported or started; the message says which, where, and the next step."""

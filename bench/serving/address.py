"""The address at which local servers listen."""

from __future__ import annotations

LOOPBACK = "127.0.0.1"

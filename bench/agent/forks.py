"""Keeps copies of the agent, which an app makes when it forks, out of the conversation with the harness."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial

_AGENT = os.getpid()


def keep_out(descriptors: Sequence[int]) -> None:
    """From now on a copy reads nothing from these, and writes nothing to them."""
    os.register_at_fork(after_in_child=partial(_disconnect, tuple(descriptors)))


def end_copy() -> None:
    """End this process if it is a copy: it has done what the app wanted of it, and must not go on as the agent."""
    if os.getpid() != _AGENT:
        os._exit(0)


def _disconnect(descriptors: Sequence[int]) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for one in descriptors:
        os.dup2(nowhere, one)
    os.close(nowhere)

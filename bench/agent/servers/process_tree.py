"""The first process of a server that has several: it starts the others, and ends with the agent."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec

from bench.agent.app.error import AppError
from bench.agent.servers.order import FAILED, ServerOrder

_PR_SET_PDEATHSIG = 1


def serve(text: str) -> None:
    """Until SIGTERM. Why it can't start is written to a file for the agent."""
    order = ServerOrder.parse(text)
    end_with_parent(order.parent)
    sys.path[:] = order.path
    os.dup2(2, 1)
    try:
        _run(replace(order, parent=os.getpid()))
    except AppError as error:
        order.write(FAILED, str(error))
        raise SystemExit(1) from None
    except Exception as error:
        order.write(FAILED, f"{type(error).__name__}: {error}")
        raise


def end_with_parent(parent: int) -> None:
    """A worker whose supervisor was killed would serve for ever; of one that was killed before, no signal comes.

    Where workers are forked by a server for that, it is their parent, and ends with the supervisor.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent and multiprocessing.get_start_method(allow_none=True) != "forkserver":
        raise SystemExit(f"process {parent}, which has started this server, has ended")


def _run(order: ServerOrder) -> None:
    """A stack may have one server only."""
    if find_spec(order.kind) is None:
        raise AppError(f"this stack has no {order.kind}; add --with {order.kind}")
    import_module(f"bench.agent.servers.{order.kind}_processes").run(order)

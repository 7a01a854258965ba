"""Ctrl-C, SIGTERM and SIGHUP end a command with status 130, at whatever moment they arrive.

Python raises KeyboardInterrupt between any two instructions. That can be in an import, where C code turns it into
another error; in a finalizer, which can't raise; in a `finally` that ends a process; or between the start of a process
and the code that would end it. So an interruption is also remembered here, and `run` ends what it left behind.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType

INTERRUPTED = 130
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# A terminal, make and uvx may each pass on the same Ctrl-C: a second must not break the clean-up that the first began.
_REPEATED_S = 1.0
_RAISE_AGAIN_S = 0.01
_KILLED_WITHIN_S = 5.0


class _State:
    """What has happened in this process."""

    loaded = False
    last_s: float | None = None


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """While more of the command is imported: nothing has been started yet, and an import may swallow what is raised."""
    before = _State.loaded
    _State.loaded = False
    try:
        yield
    finally:
        _State.loaded = before


def came() -> bool:
    """Whether this command was interrupted, even if nothing shows it any more."""
    return _State.last_s is not None


@contextlib.contextmanager
def restored() -> Iterator[None]:
    """Raises KeyboardInterrupt for any error that comes after an interruption: it is what became of it."""
    try:
        yield
    except Exception as error:
        if came():
            raise KeyboardInterrupt from error
        raise


def run(load: Callable[[], Callable[[], object]]) -> None:
    """Import a command by `load`, then call it. If it is interrupted, exit with `INTERRUPTED`, and leave no process."""
    _listen()
    try:
        try:
            command = load()
            _State.loaded = True
            command()
        finally:
            _ignore()  # the exit status is known
        if came():
            raise KeyboardInterrupt
    except BaseException as ended:
        if not came() and not isinstance(ended, KeyboardInterrupt):
            raise
        _kill_offspring()
        if isinstance(ended, SystemExit) and ended.code == INTERRUPTED:  # the command has said so itself
            raise
        _say("interrupted; any results are saved")
        sys.exit(INTERRUPTED)


def _listen() -> None:
    """Signals that are ignored stay ignored: nohup asks for that."""
    for one in _SIGNALS:
        if signal.getsignal(one) is not signal.SIG_IGN:
            signal.signal(one, _interrupt)
    signal.signal(signal.SIGALRM, _interrupt)
    sys.unraisablehook = _not_raised


def _ignore() -> None:
    for one in (*_SIGNALS, signal.SIGALRM):
        signal.signal(one, signal.SIG_IGN)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    if not _State.loaded:  # nothing has been started yet, and an import may swallow what is raised in it
        _say("interrupted; no results")
        os._exit(INTERRUPTED)
    now_s = time.monotonic()
    if _State.last_s is None or now_s - _State.last_s > _REPEATED_S:
        _State.last_s = now_s
        raise KeyboardInterrupt


def _not_raised(lost: sys.UnraisableHookArgs) -> None:
    """Where nothing can be raised, such as in a finalizer, raise it a moment later."""
    if issubclass(lost.exc_type, KeyboardInterrupt):
        _State.last_s = -_REPEATED_S
        signal.setitimer(signal.ITIMER_REAL, _RAISE_AGAIN_S)
    else:
        sys.__unraisablehook__(lost)


def _say(what: str) -> None:
    """Past the buffers, which a signal handler may not enter; nobody needs to read it."""
    with contextlib.suppress(OSError):
        os.write(2, f"{what}\n".encode())


def _kill_offspring() -> None:
    """What an interruption kept the command from ending."""
    import psutil  # noqa: PLC0415  only an interrupted command needs it

    left = psutil.Process().children(recursive=True)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=_KILLED_WITHIN_S)

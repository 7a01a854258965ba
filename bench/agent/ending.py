"""How the agent's process ends."""

from __future__ import annotations

import atexit
import os
import sys
import threading


def end() -> None:
    """End the process at once: freeing each object of a large app by itself takes a fifth of its CPU time.

    What the app has registered for the end runs, and threads that an end waits for are waited for as usual.
    """
    if any(not one.daemon for one in threading.enumerate() if one is not threading.current_thread()):
        return
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0)

"""Run by path: starts PostgreSQL, and ends it when the input ends, so that it never outlives the harness.

The input is a pipe from the harness, which the kernel closes however the harness ends. Arguments: the user to run the
server as (empty: this one), then the server's command. Prints the server's process id. The server listens in a folder
of its own, which goes with it.
"""

from __future__ import annotations

import ctypes
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

# A folder that every user may enter, and short: a socket's whole path has to fit into 107 bytes.
_SOCKETS = "/tmp"  # noqa: S108  a fresh, private folder is made in it
_PR_SET_PDEATHSIG = 1
# Fast shutdown, immediate shutdown, and the end; with how long each may take.
_ENDINGS = ((signal.SIGINT, 15.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, None))


def main() -> int:
    user, *command = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="layercake-", dir=_SOCKETS) as sockets:
        if user:
            shutil.chown(sockets, user)
        server = subprocess.Popen(
            [*command, "-k", sockets],
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            user=user or None,
            group=pwd.getpwnam(user).pw_gid if user else None,
            extra_groups=[] if user else None,
            preexec_fn=_end_with_the_keeper,  # noqa: PLW1509  no thread has been started yet
        )
        print(server.pid, flush=True)
        threading.Thread(target=_end_with_the_input, args=(server,), daemon=True).start()
        return server.wait()


def _end_with_the_keeper() -> None:
    """Runs in the child: should even the keeper be killed, the kernel asks the server for a fast shutdown."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def _end_with_the_input(server: subprocess.Popen[bytes]) -> None:
    sys.stdin.buffer.read()
    for ending, patience_s in _ENDINGS:
        server.send_signal(ending)
        try:
            server.wait(timeout=patience_s)
            return
        except subprocess.TimeoutExpired:
            continue


if __name__ == "__main__":
    sys.exit(main())

"""Where Unix sockets stand: the kernel takes only short names of them."""

from __future__ import annotations

import os

from bench.agent.app.error import AppError

_MOST_BYTES = 107


def unix_socket(folder: str | os.PathLike[str], name: str) -> str:
    """The path of a socket in one of our folders of temporary files. Raises AppError where it is too long."""
    path = os.path.join(folder, name)  # noqa: PTH118  a string is what sockets take
    if len(os.fsencode(path)) > _MOST_BYTES:
        raise AppError("the folder of temporary files has too long a name for a Unix socket; set TMPDIR to a short one")
    return path

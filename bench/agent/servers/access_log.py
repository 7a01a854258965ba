"""The access log of a server under test: a file among the agent's temporary ones, and what could not be written."""

from __future__ import annotations

import logging
import os
import sys
import tempfile

from bench.agent.app.error import AppError

UNWRITABLE = "the access log can't be written: {}; make room in the folder of temporary files, or set TMPDIR"
_TIME = "[%Y-%m-%d %H:%M:%S %z]"
lost: list[str] = []
"""Why lines of the access log couldn't be written: the first reason."""


def access_log_file() -> str:
    """In the folder that is removed with the agent."""
    return os.path.join(tempfile.gettempdir(), "access.log")  # noqa: PTH118  a name in a dictionary of logging


def unwritable(error: BaseException | None) -> str | None:
    """Why the access log can't be written, where that is what an error comes from."""
    while error is not None and not isinstance(error, OSError):
        error = error.__cause__ or error.__context__
    return None if error is None else UNWRITABLE.format(error.strerror or error)


def access_logger() -> logging.Logger:
    """Of a server that takes one, written as hypercorn writes it. A process that is handed it has to make it again.
    Raises AppError where the file can't be opened."""
    logger = logging.getLogger("layercake.access")
    try:
        handler = AccessLog(access_log_file())
    except OSError as error:
        raise AppError(UNWRITABLE.format(error.strerror or error)) from error
    handler.setFormatter(logging.Formatter("%(asctime)s [%(process)d] [%(levelname)s] %(message)s", _TIME))
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.INFO)
    return logger


class AccessLog(logging.FileHandler):
    """Writes each line at once, as servers do on their standard output. What fails is in `lost`: the requests go on."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  logging's name
        error = sys.exc_info()[1]
        if not lost:
            lost.append(UNWRITABLE.format(getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"))

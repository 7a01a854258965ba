"""The variables that somebody's own app finds in its environment: those of its file, and those passed by name."""

from __future__ import annotations

import os
from pathlib import Path

from dotenv import dotenv_values

from bench.model.app_options import AppOptions
from bench.model.errors import UsageError


def app_variables(app: AppOptions) -> dict[str, str]:
    """Values by name. What was passed by name wins over the file. Raises UsageError."""
    unset = [name for name in app.variables if name not in os.environ]
    if unset:
        raise UsageError(f"--variable {unset[0]}: is not set in your environment; export it, or use --env-file FILE")
    read = _of_file(app.env_file) if app.env_file else {}
    return read | {name: os.environ[name] for name in app.variables}


def _of_file(file: Path) -> dict[str, str]:
    """A name without "=" has no value there, and is left out."""
    try:
        with file.open(encoding="utf-8") as opened:
            return {name: value for name, value in dotenv_values(stream=opened).items() if value is not None}
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"--env-file {file}: can't be read ({reason})") from error

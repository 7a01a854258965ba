"""The options of somebody's own app, the same for every verb that measures targets."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any, get_type_hints

from bench.cli.options import (
    App,
    AppDir,
    Before,
    Env,
    EnvFile,
    RequestsPath,
    Requirements,
    Variables,
    Writes,
    app_options,
)
from bench.model.app_options import AppOptions
from bench.model.errors import UsageError

_OPTIONS: dict[str, tuple[Any, Any]] = {
    "app": (App, None),
    "app_dir": (AppDir, Path()),
    "env": (Env, None),
    "env_file": (EnvFile, None),
    "variable": (Variables, None),
    "before": (Before, ""),
    "requests": (RequestsPath, None),
    "requirements": (Requirements, None),
    "writes": (Writes, False),
}


def with_app(command: Callable[..., None]) -> Callable[..., None]:
    """A verb with these options in the place of its parameter `app`, which is given what they say: AppOptions, or None
    without `--app`."""

    @wraps(command)
    def verb(**words: Any) -> None:
        said = {name: words.pop(name) for name in _OPTIONS}
        command(**words, app=_said(**said))

    hints = get_type_hints(command, include_extras=True)
    hints |= {name: kind for name, (kind, _) in _OPTIONS.items()}
    own = [one for one in inspect.signature(command).parameters.values() if one.name != "app"]
    more = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=usual) for name, (_, usual) in _OPTIONS.items()
    ]
    verb.__annotations__ = hints
    verb.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [one.replace(annotation=hints[one.name]) for one in (*own, *more)]
    )
    return verb


def _said(
    app: list[str] | None,
    app_dir: Path,
    env: Path | None,
    env_file: Path | None,
    variable: list[str] | None,
    before: str,
    requests: Path | None,
    requirements: Path | None,
    writes: bool,
) -> AppOptions | None:
    """Raises UsageError."""
    if app:
        if len(app) > 1:
            raise UsageError(f"--app {' --app '.join(app)}: one app is measured at a time; give --app once")
        options = app_options(app[0], app_dir, env, env_file, variable, before, requests, requirements)
        return replace(options, writes=writes)
    given: dict[str, object] = {"--app-dir": app_dir != Path(), "--env": env, "--env-file": env_file}
    given |= {"--variable": variable, "--before": before, "--requests": requests, "--requirements": requirements}
    given |= {"--writes": writes}
    stray = next((option for option, value in given.items() if value), None)
    if stray:
        raise UsageError(f"{stray} needs --app MODULE:ATTR")
    return None

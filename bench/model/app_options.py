"""Which app of somebody's own is measured, as a command line names it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class AppOptions:
    """`spec` is `module:attribute` or `module:factory()`, imported with `app_dir` as its working directory.

    `env` names an interpreter or an environment, None leaves it to be found. The app finds in its environment what
    `env_file` sets and the user's `variables` by name, which win; nothing else of the user's. `before` are the words
    of a command that runs there before each launch. `requests` is the requests file, None for the one in `app_dir`;
    `requirements` the file that the environment of each `git:REF` is made of, relative to `app_dir` or its repository.
    With `writes` also those of its requests are measured that change state.
    """

    spec: str
    app_dir: Path
    env: Path | None = None
    env_file: Path | None = None
    variables: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    requests: Path | None = None
    requirements: Path | None = None
    writes: bool = False

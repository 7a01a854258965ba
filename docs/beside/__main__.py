"""The way in to `make beside`."""

from __future__ import annotations

from collections.abc import Callable

from bench.cli import interruption


def _command() -> Callable[[], None]:
    from rounds import main  # noqa: PLC0415  takes a second, in which Ctrl-C is likely

    return main


if __name__ == "__main__":
    interruption.run(_command)

"""The way in: `bench`, or `python -m bench`."""

from __future__ import annotations

from collections.abc import Callable

from bench.cli import interruption


def main() -> None:
    """Run the command line."""
    interruption.run(_command)


def _command() -> Callable[[], None]:
    from bench.cli.main import main as command  # noqa: PLC0415  takes half a second, in which Ctrl-C is likely

    return command


if __name__ == "__main__":
    main()

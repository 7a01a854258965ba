"""The way in: `bench`, or `python -m bench`. A Ctrl-C while the command itself still loads is no traceback either."""

import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command line."""
    try:
        from bench.cli.main import main as command  # noqa: PLC0415  half a second, in which Ctrl-C is likely

        command()
    except KeyboardInterrupt:
        print("interrupted; nothing was measured", file=sys.stderr)
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()

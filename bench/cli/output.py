"""Where verbs print, and what their exit status says."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from bench.text.control import harmless
from bench.text.secrets import masked

if TYPE_CHECKING:
    from bench.model.run import Noise
    from bench.report.document import Document

_OTHER_NAMES = ("layercake", "fastapi-layercake")
# At the beginning of a line, or of what is quoted to be typed.
_NAME = re.compile(r"(?:(?<=`)|^(?P<indent> *))bench(?=[: ])", re.MULTILINE)


class Output(Console):
    """A console whose reader may leave: the command goes on without it, and its exit status says what it found."""

    def on_broken_pipe(self) -> None:
        """Instead of ending with 1, which would say that something is slower."""
        self.quiet = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.file.fileno())
        os.close(nowhere)


class Errors(Output):
    """Lines that name the command as it was called, since `uvx` puts no other name on anybody's path, no secret,
    and nothing that moves the cursor."""

    def print(self, *objects: Any, **how: Any) -> None:
        super().print(*(harmless(masked(as_called(one))) if isinstance(one, str) else one for one in objects), **how)


def as_called(text: str) -> str:
    """Our own words, with the name that the command was called by in the place of `bench`."""
    name = Path(sys.argv[0]).name
    return _NAME.sub(rf"\g<indent>{name}", text) if name in _OTHER_NAMES else text


# Names and reasons are data: "[red]" and ":one:" in them are no style and no emoji.
# What isn't a terminal, such as the log of a CI, has no width of its own, and gets plain text whatever is forced.
console = Output(
    width=None if sys.stdout.isatty() or os.environ.get("COLUMNS") else 100,
    force_terminal=None if sys.stdout.isatty() else False,
    highlight=False,
    markup=False,
    emoji=False,
)
errors = Errors(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)


class Exit(IntEnum):
    """What an exit status says."""

    FINE = 0
    REGRESSION = 1
    OBJECTIVE_NOT_MET = 1
    USAGE = 2
    NO_VALID_MEASUREMENT = 3
    INCONCLUSIVE = 4
    INTERRUPTED = 130


def warn_if_disturbed(noise: Sequence[Noise]) -> None:
    """Name the next step after a measurement that others got in the way of."""
    from bench.host import doctor  # noqa: PLC0415  looks at the machine with what most commands don't need

    if doctor.disturbed(noise):
        errors.print("bench: other processes disturbed the measurement; `bench doctor` shows which")


def print_json(text: str) -> None:
    """Print it as it stands."""
    console.print(text.rstrip("\n"), soft_wrap=True)


def show(document: Document) -> None:
    """Print a document."""
    from bench.report.renderers.terminal import print_document  # noqa: PLC0415  a help shows none

    print_document(console, document)


def show_page(page: str) -> None:
    """Print where the page lies."""
    console.print()
    console.print(Text.assemble("Full report: ", (page, "bold")), soft_wrap=True)

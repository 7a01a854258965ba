"""Where verbs print, and what their exit status says."""

from __future__ import annotations

import sys
from enum import IntEnum

from rich.console import Console

# Names and reasons are data: "[red]" and ":one:" in them are no style and no emoji.
# What isn't a terminal, such as the log of a CI, has no width of its own.
console = Console(width=None if sys.stdout.isatty() else 100, highlight=False, markup=False, emoji=False)
errors = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)


class Exit(IntEnum):
    """What an exit status says."""

    FINE = 0
    REGRESSION = 1
    USAGE = 2
    NO_VALID_MEASUREMENT = 3
    INCONCLUSIVE = 4
    INTERRUPTED = 130

"""Claims on a terminal: the verdict, and the claim with what it holds for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bench.claims.claim import Claim, Verdict
from bench.model import EffortName

STYLES = {
    Verdict.HOLDS: "bold green",
    Verdict.HOLDS_FOR: "bold cyan",
    Verdict.REFUTED: "bold red",
    Verdict.UNDECIDED: "bold yellow",
}


def claims_found(claims: Sequence[Claim], effort: EffortName) -> RenderableType | None:
    """Each claim that was measured, and how many were not; None when none was."""
    measured = [claim for claim in claims if claim.verdict is not Verdict.NOT_MEASURED]
    if not measured:
        return None
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    for claim in measured:
        scope = f" For {claim.scope}." if claim.scope else ""
        table.add_row(Text(claim.verdict, STYLES[claim.verdict]), named(claim.says + scope))
    return Group(table, *_missing(len(claims) - len(measured), effort))


def _missing(count: int, effort: EffortName) -> Iterator[RenderableType]:
    if not count:
        return
    more = "" if effort is EffortName.FULL else f", at {effort} effort; `bench run --full` measures more"
    many = "1 claim" if count == 1 else f"{count} claims"
    yield named(f"Not measured: {many}{more}. The page says why.")


def named(sentence: str) -> Text:
    """Names in backticks stand out without them."""
    text = Text("")
    for index, part in enumerate(sentence.split("`")):
        text.append(part, style="bold" if index % 2 else "")
    return text

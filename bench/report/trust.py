"""What self-tests say of this host: in a sentence beside every comparison, and case by case for one of them."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bench.compare import CHANGED, gate
from bench.model import Verdict
from bench.pairs import Comparison, Selftest
from bench.selftest import truth
from bench.wording import changed_by, listed, share


def trust(known: Selftest) -> str:
    """False alarms, and what was found of the slowdowns that were put there, by one rule for all."""
    same, *slowed = known.controls
    tests = (
        f"{known.tests} self-test{'s' if known.tests > 1 else ''} of this host, the last on {known.last_at:%d.%m.%Y}"
    )
    alarms = f"{known.alarms or 'no'} false alarm{'' if known.alarms == 1 else 's'} in {same.cases} unchanged cases"
    found = listed([f"{one.slower} of {one.cases} by {share(one.share)}" for one in slowed if one.share > known.margin])
    seen = listed([f"{one.seen} of {one.cases} by {share(one.share)}" for one in slowed])
    return (
        f"{tests}: {alarms} at a margin of {share(known.margin)}, where of cases slowed on purpose {found} were called "
        f"slower; an interval above no change had {same.seen} of the unchanged and {seen}; 99% intervals were "
        f"\u00b1{share(known.half_width)} in the median"
    )


def print_selftest(console: Console, test: Comparison, known: Selftest | None) -> None:
    """Print one self-test case by case, and what all of this host's say together."""
    injected = {one.case: one.share for one in test.injected}
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("case", "slowed by", "found", "99% interval", ""):
        table.add_column(column, justify="left" if column in ("case", "") else "right", no_wrap=True)
    for result in sorted(gate(test), key=lambda one: injected.get(one.case, 0.0)):
        put = injected.get(result.case, 0.0)
        if result.ratio is None or result.ci_low is None or result.ci_high is None:
            table.add_row(result.case, share(put), "INVALID", "", Text("; ".join(result.reasons), "yellow"))
            continue
        interval = f"{changed_by(result.ci_low)} to {changed_by(result.ci_high)}"
        table.add_row(
            result.case, share(put) if put else "nothing", changed_by(result.ratio), interval, _said(test, result.case)
        )
    console.print()
    console.print(Text("The same stack on both sides, some cases slowed on purpose", style="bold underline"))
    console.print(Padding(table, (0, 0, 0, 2)))
    if known is not None:
        console.print()
        console.print(Text(trust(known) + "."))


def _said(test: Comparison, case: str) -> Text:
    (result,) = [one for one in gate(test) if one.case == case]
    true = truth(test, case)
    if true == 1.0:
        return Text("FALSE ALARM", "bold red") if result.verdict in CHANGED else Text("no alarm", "dim")
    if (result.ci_low or 0) <= 1:
        return Text("not seen", "yellow")
    held = "" if (result.ci_low or 0) <= true <= (result.ci_high or 0) else ", but not the truth"
    said = "slower" if result.verdict is Verdict.SLOWER else "seen"
    return Text(f"{said}{held}", "green" if not held else "yellow")

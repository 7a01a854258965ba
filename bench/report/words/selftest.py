"""One sentence on what self-tests say of a comparison's reliability."""

from __future__ import annotations

from bench.model.selftest import Selftest
from bench.text.numbers import listed, share


def trust(known: Selftest) -> str:
    """False alarms, and how many of the injected slowdowns were found, by the same rule for all."""
    same, *slowed = known.controls
    tests = (
        f"{known.tests} self-test{'s' if known.tests > 1 else ''} on this host, the last on {known.last_at:%Y-%m-%d}"
    )
    alarms = f"{known.alarms or 'no'} false alarm{'' if known.alarms == 1 else 's'} in {same.cases} unchanged cases"
    found = listed([f"{one.slower} of {one.cases} by {share(one.share)}" for one in slowed if one.share > known.margin])
    seen = listed([f"{one.seen} of {one.cases} by {share(one.share)}" for one in slowed])
    return (
        f"{tests}: {alarms} at a margin of {share(known.margin)}. Of the cases that were slowed on purpose, {found} "
        f"were called slower. The interval was above zero for {same.seen} of the unchanged cases, and for {seen} "
        f"of the slowed ones. The median 99% interval was ±{share(known.half_width)}"
    )

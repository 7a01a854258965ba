"""One sentence on what self-tests say of a comparison's reliability."""

from __future__ import annotations

from bench.model.selftest import CoreControl, Selftest
from bench.stats.intervals import share_at_most
from bench.text.numbers import at_most, cores, listed, share

UNKNOWN = "How frequent false alarms are on this host is not known: bench selftest measures it."
_TELLING = 0.2
"""A limit above this says only that there were few cases."""


def false_alarms(known: Selftest | None) -> str:
    """How often a comparison calls something changed that isn't, at the most: seen so often, it can't be 0. Nothing
    without a self-test."""
    if known is None or not known.controls[0].cases:
        return ""
    same = known.controls[0]
    alarms = f"{known.alarms} of {same.cases}" if known.alarms else f"none of {same.cases}"
    most = share_at_most(known.alarms, same.cases)
    rate = f"so at most {at_most(most)} are (95% confidence)" if most <= _TELLING else "too few to state a rate"
    return (
        f"False alarms on this host: {alarms} unchanged cases were called changed in self-tests at a margin of "
        f"{share(known.margin)}, {rate}."
    )


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


def noisier(known: Selftest) -> str:
    """Which cores are much noisier than the quietest, and what to do; empty where none is."""
    if not known.noisy_cores:
        return ""
    them = "it" if len(known.noisy_cores) == 1 else "them"
    least_sd, quietest = min((one.block_sd, one.core) for one in known.cores if one.block_sd is not None)
    noisy = listed([_noise(one) for one in known.cores if one.core in known.noisy_cores])
    return (
        f"Much noisier than core {quietest} (blocks differ by {share(least_sd)}): {noisy}; stop what else uses "
        f"{cores(known.noisy_cores)}, or measure without {them} (`taskset -c`)"
    )


def _noise(one: CoreControl) -> str:
    differ = "too few undisturbed blocks" if one.block_sd is None else share(one.block_sd)
    return f"core {one.core} ({differ})"

"""What a comparison says of costs that grow with the requests that were sent."""

from __future__ import annotations

from collections.abc import Sequence

from bench.model.comparison import StateDrift
from bench.report.words.app_versions import plain
from bench.text.numbers import count, listed


def growing(drifts: Sequence[StateDrift]) -> list[str]:
    """Of each case that grows, in their order, by how much, and what that means for its verdict."""
    cases = dict.fromkeys(one.case for one in drifts)
    return [_said(case, [one for one in drifts if one.case == case]) for case in cases]


def _said(case: str, sides: Sequence[StateDrift]) -> str:
    by_how_much = listed([f"{_share(one)} on {one.side}" for one in sides])
    other = "" if len(sides) > 1 else f" and not on {'head' if sides[0].side == 'base' else 'base'}"
    seen = count(max(one.requests for one in sides))
    measured = f"per 1,000 requests{other}, measured over {seen} requests"
    return f"`{plain(case)}` costs more with each request: {by_how_much} {measured}"


def _share(one: StateDrift) -> str:
    return f"{one.per_thousand:+.0%} ({one.ci_low:.0%} to {one.ci_high:.0%})"

"""Growth with the requests is one sentence a case, with its size on each side and what it means for the verdict."""

from __future__ import annotations

from bench.model.comparison import StateDrift
from bench.report.words.state import growing


def test_both_sides_are_one_sentence_and_a_side_that_does_not_grow_is_named() -> None:
    base = StateDrift(case="POST /a", side="base", per_thousand=0.12, ci_low=0.1, ci_high=0.14, requests=340)
    head = base.model_copy(update={"side": "head", "per_thousand": 0.25, "ci_low": 0.22, "ci_high": 0.28})
    alone = head.model_copy(update={"case": "POST /b", "requests": 12_400})
    first, second = growing([base, head, alone])
    assert first == (
        "`POST /a` costs more with each request: +12% (10% to 14%) on base and +25% (22% to 28%) on head per 1,000 "
        "requests, measured over 340 requests"
    )
    assert second == (
        "`POST /b` costs more with each request: +25% (22% to 28%) on head per 1,000 requests and not on base, "
        "measured over 12,400 requests"
    )
    assert growing([]) == []

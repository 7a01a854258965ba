"""How each verdict is coloured, in every table that has one."""

from __future__ import annotations

from bench.model.comparison import Verdict
from bench.report.document import Tone

TONES: dict[Verdict, Tone] = {
    Verdict.SLOWER: "bad",
    Verdict.FASTER: "good",
    Verdict.INCONCLUSIVE: "warn",
    Verdict.INCOMPARABLE: "warn",
    Verdict.EQUIVALENT: "soft",
}

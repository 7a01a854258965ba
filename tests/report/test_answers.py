"""A report says how answers that vary were checked."""

from __future__ import annotations

import pytest
from factories import synthetic_run

from bench.analysis.run.summary import summarise
from bench.model.workload import Comparing
from bench.report.words.answers import checked
from bench.report.words.caveats import of_this_run


@pytest.mark.parametrize(
    ("compared", "varies", "words"),
    [
        ("content", (), "checked by status and decoded content; its bytes vary."),
        ("content", ("$.id",), "checked by status and content, except `$.id` (declared to vary)."),
        ("shape", ("$.id",), "checked by status, type and shape; `$.id` varies."),
        ("shape", ("$.at", "$.id"), "checked by status, type and shape; `$.at`, `$.id` vary."),
        ("shape", tuple(f"$.a{n}" for n in range(9)), "`$.a0`, `$.a1`, `$.a2`, `$.a3`, `$.a4` and 4 more vary."),
        ("shape", (), "checked by status, type and shape (declared to vary)."),
        ("type", (), "checked by status and content type only; its body varies."),
    ],
)
def test_a_case_whose_answers_vary_says_how_they_were_checked(
    compared: Comparing, varies: tuple[str, ...], words: str
) -> None:
    run = synthetic_run()
    first, *others = run.cases
    case = first.model_copy(update={"compared": compared, "varies": varies})
    (sentence,) = checked([case, *others])
    assert sentence.startswith(f"`{first.id}` was checked by ")
    assert sentence.endswith(words)
    assert sentence in list(of_this_run(summarise(run.model_copy(update={"cases": (case, *others)}))))

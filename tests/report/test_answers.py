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
        ("content", (), "checked by status and decoded content, because the bytes vary."),
        ("content", ("$.id",), "checked by status and content, except `$.id` (declared to vary)."),
        ("shape", ("$.id",), "checked by status, type and shape, because `$.id` varies."),
        ("shape", ("$.at", "$.id"), "checked by status, type and shape, because `$.at`, `$.id` vary."),
        ("shape", tuple(f"$.a{n}" for n in range(9)), "`$.a0`, `$.a1`, `$.a2`, `$.a3`, `$.a4` and 4 more vary."),
        ("shape", (), "checked by status, type and shape (declared to vary)."),
        ("type", (), "checked by status and content type only, because the body varies."),
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


@pytest.mark.parametrize(("alike", "named"), [(2, "`a:0` and `a:1`"), (5, "`a:0`, `a:1`, `a:2` and 2 more")])
def test_cases_that_vary_alike_share_a_sentence(alike: int, named: str) -> None:
    first = synthetic_run().cases[0]
    cases = [
        first.model_copy(
            update={"target": "a", "request": str(n), "compared": "shape", "varies": ("$.at" if n < alike else "$.id",)}
        )
        for n in range(alike + 1)
    ]
    assert list(checked(cases)) == [
        f"{named} were checked by status, type and shape, because `$.at` varies.",
        f"`a:{alike}` was checked by status, type and shape, because `$.id` varies.",
    ]

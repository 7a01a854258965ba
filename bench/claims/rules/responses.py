"""Claims about how a response is created: encoders, response models, and the fields that they return."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bench.claims.claim import ClaimVerdict, Ruling, observed, overall, place
from bench.claims.evidence import Evidence
from bench.stats.interpolation import range_between
from bench.stats.intervals import Estimate
from bench.text.numbers import listed, measured, number, times

ROWS = (1, 10, 100, 1000, 10_000)
LARGE = 100
"""A payload with at least this many rows is called large."""
LEAST_TIMES, MOST_TIMES = 2.0, 3.0

WITHOUT_MODEL = {
    "fastapi_dict": "returned dicts",
    "fastapi_json_response": "JSONResponse",
    "fastapi_orjson_response": "ORJSONResponse",
}
WITH_MODEL = {
    "fastapi_response_model": "model instances",
    "fastapi_response_model_dicts": "dicts",
    "fastapi_return_type": "the return type",
}
FILTERING = ("fastapi_response_model", "fastapi_response_model_dicts", "fastapi_return_type", "fastapi_orjson")
HIDDEN = frozenset({"hashed_password", "internal_flags"})


def orjson_is_two_to_three_times_faster(run: Evidence) -> Ruling:
    """ORJSONResponse is 2 to 3 times faster than JSONResponse for large payloads.

    Judged by the CPU of a whole request, with 100 rows or more. If it doesn't hold for all sizes, the scope is the
    range in which the whole interval lies between 2 and 3, interpolated between the measured sizes.
    """
    ratios = run.each(ROWS, lambda rows: run.ratio(f"fastapi_json_response:rows{rows}", _orjson_response(rows)))
    large = {str(rows): place(value, LEAST_TIMES, MOST_TIMES) for rows, value in ratios.items() if rows >= LARGE}
    finding = f"JSONResponse takes {_by_rows(ratios)} the CPU of ORJSONResponse."
    verdict = overall(large)[0] if large else ClaimVerdict.UNDECIDED
    if verdict is not ClaimVerdict.HOLDS and (ends := range_between(ratios, LEAST_TIMES, MOST_TIMES)):
        low, high = (number(float(f"{end:.2g}"), 0) for end in ends)
        return Ruling(ClaimVerdict.HOLDS_FOR, finding, f"about {low} to {high} rows")
    # Only what lies within the range all over its interval may carry a scope, and that was just looked for.
    return Ruling(ClaimVerdict.UNDECIDED if verdict is ClaimVerdict.HOLDS_FOR else verdict, finding)


def no_response_model_is_the_fast_path(run: Evidence) -> Ruling:
    """`response_model` validation adds overhead; `response_model=None` is the fast path.

    Holds for each way to respond without a model, and each number of rows, that takes less CPU than model instances
    with `response_model` in an otherwise identical request.
    """
    faster = run.each(
        [(target, rows) for target in WITHOUT_MODEL for rows in ROWS],
        lambda pair: place(run.ratio(f"fastapi_response_model:rows{pair[1]}", f"{pair[0]}:rows{pair[1]}"), least=1),
    )
    by_target = {
        name: [(rows, verdict) for (target, rows), verdict in faster.items() if target == key]
        for key, name in WITHOUT_MODEL.items()
    }
    scopes = [f"{name} at {_row_range(found)}" for name, found in by_target.items() if _held(found)]
    verdict, _ = overall({str(pair): found for pair, found in faster.items()})
    finding = _costs(run, max(rows for _, rows in faster))
    return Ruling(verdict, finding, "; ".join(scopes) if verdict is ClaimVerdict.HOLDS_FOR else "")


def a_response_model_writes_json_in_rust(run: Evidence) -> Ruling:
    """With a response model or a return type, FastAPI writes JSON directly in Pydantic's Rust core, without `json`.

    Holds for the numbers of rows (100 or more) at which model instances with `response_model` take less CPU than a
    JSONResponse with prepared dicts, which needs no validation before `json` writes it.
    """
    ratios = run.each(
        [rows for rows in ROWS if rows >= LARGE],
        lambda rows: run.ratio(f"fastapi_response_model:rows{rows}", f"fastapi_json_response:rows{rows}"),
    )
    verdict, scope = overall({_rows(rows): place(value, most=1) for rows, value in ratios.items()})
    return Ruling(verdict, f"`response_model` takes {_by_rows(ratios)} the CPU of a JSONResponse of dicts.", scope)


def orjson_response_is_deprecated(run: Evidence) -> Ruling:
    """ORJSONResponse is deprecated.

    Holds when creating one raises a deprecation warning in this stack.
    """
    warnings = run.fact("orjson_deprecation:warnings", "warnings", list)
    said = [f"{one.get('category')}: {one.get('says')}" for one in warnings if isinstance(one, dict)]
    finding = f"Creating one warns: {'; '.join(said)}." if said else "Creating one raises no warning in this stack."
    return Ruling(observed(any("Deprecat" in text.partition(":")[0] for text in said)), finding)


def response_model_strips_fields(run: Evidence) -> Ruling:
    """`response_model` removes fields that it doesn't declare: `hashed_password` is never sent.

    Holds when every variant with a response model or a return type returned the stored user without the hidden fields.
    """
    left = run.each(FILTERING, lambda target: HIDDEN & run.fields(f"{target}:stored"))
    verdict, scope = overall({f"`{target}`": observed(not leaked) for target, leaked in left.items()})
    leaks = [f"`{target}` leaks {listed(sorted(leaked))}" for target, leaked in left.items() if leaked]
    stripped = [f"`{target}`" for target, leaked in left.items() if not leaked]
    said = [f"{listed(stripped)} returned the stored user without it" if stripped else "", *leaks]
    return Ruling(verdict, f"{'; '.join(filter(None, said))}.", scope)


def _orjson_response(rows: int) -> str:
    return f"fastapi_orjson_response:rows{rows}"


def _by_rows(ratios: Mapping[int, Estimate]) -> str:
    return listed([f"at {_rows(rows)} {times(ratio)}" for rows, ratio in ratios.items()])


def _costs(run: Evidence, rows: int) -> str:
    """What every way costs at one number of rows, with a model and without."""
    parts = []
    for through, names in (("with a model", WITH_MODEL), ("without one", WITHOUT_MODEL)):
        costs = run.each(names, lambda target: run.cpu_us(f"{target}:rows{rows}"))
        ways = listed([f"{names[target]} {measured(cost, 'µs')}" for target, cost in costs.items()])
        parts.append(f"{through}, {ways}")
    return f"At {_rows(rows)}: {'; '.join(parts)}."


def _held(found: Iterable[tuple[int, ClaimVerdict]]) -> list[int]:
    return [rows for rows, verdict in found if verdict is ClaimVerdict.HOLDS]


def _row_range(found: list[tuple[int, ClaimVerdict]]) -> str:
    """`10 to 1,000 rows` when no number in between fails, else the numbers one by one."""
    held, counts = _held(found), [rows for rows, _ in found]
    first, last = counts.index(held[0]), counts.index(held[-1])
    if len(held) > 1 and last - first + 1 == len(held):
        return f"{number(held[0], 0)} to {_rows(held[-1])}"
    return f"{listed([number(rows, 0) for rows in held])} {'row' if held == [1] else 'rows'}"


def _rows(rows: int) -> str:
    return f"{number(rows, 0)} {'row' if rows == 1 else 'rows'}"

"""Claims about exporting a table as CSV: memory, CPU, and how the rows are fetched."""

from __future__ import annotations

from bench.analysis.run.figure_text import peak
from bench.analysis.run.figures import Memory
from bench.claims.claim import ClaimVerdict, Ruling, overall, place
from bench.claims.evidence import Evidence, NotMeasuredError
from bench.model.run import MemorySample
from bench.stats.intervals import Estimate, difference
from bench.text.numbers import listed, measured, number, size, times

SIZES = ("export5", "export50", "export500")
"""Export requests that read from a database, smallest first. Their actual size is the number of bytes in the body."""
SEVERAL_TIMES = 2.0
TOLERABLE_TIMES = 1.5
"""An export by OFFSET works if it takes at most this many times as long as one by key (keyset)."""

STREAMED = {
    "csv_stream:export": "csv_full:export",
    **{f"export_{how}:{size_}": f"export_string:{size_}" for size_ in SIZES for how in ("rows", "cursor")},
}
ROW_BY_ROW = {"csv_rows:csv1000": "csv_full:csv1000", "export_rows:csv1000": "export_string:csv1000"}
BATCHED = {
    "csv_stream:csv1000": "csv_full:csv1000",
    "export_cursor:csv1000": "export_string:csv1000",
    "export_keyset:csv1000": "export_string:csv1000",
}


def streaming_a_csv_saves_memory(run: Evidence) -> Ruling:
    """Streaming a CSV saves memory.

    Holds for every export whose peak memory is lower than when the same bytes are sent as one string.
    """
    peaks = run.each(STREAMED, lambda case: (run.memory(case), run.memory(STREAMED[case])))
    verdicts = {f"`{case}`": _less(streamed, whole) for case, (streamed, whole) in peaks.items()}
    verdict, scope = overall(verdicts)
    largest_of = {case.partition(":")[0]: case for case in peaks}
    said = [
        f"`{case}` adds {peak(peaks[case][0])} of memory, `{STREAMED[case]}` {peak(peaks[case][1])}"
        for case in largest_of.values()
    ]
    return Ruling(verdict, f"For the largest bodies: {'; '.join(said)}.", scope)


def a_yield_per_row_costs_several_times_the_cpu(run: Evidence) -> Ruling:
    """One `yield` per row costs several times the CPU of sending the CSV as one string.

    "Several times" means at least twice, with 1,000 rows.
    """
    ratios = run.each(ROW_BY_ROW, lambda case: run.ratio(case, ROW_BY_ROW[case]))
    verdict, scope = overall({f"`{case}`": place(value, least=SEVERAL_TIMES) for case, value in ratios.items()})
    said = [
        f"`{case}` takes {times(value)} the CPU of `{ROW_BY_ROW[case]}` ({measured(run.cpu_us(case), 'µs')})"
        for case, value in ratios.items()
    ]
    return Ruling(verdict, f"{listed(said)}.", scope)


def batches_cost_no_more_than_one_string(run: Evidence) -> Ruling:
    """Streaming a CSV in batches of 1,000 rows costs no more CPU than one string.

    Judged with 1,000 rows, which is one batch.
    """
    ratios = run.each(BATCHED, lambda case: run.ratio(case, BATCHED[case]))
    verdict, scope = overall({f"`{case}`": place(value, most=1) for case, value in ratios.items()})
    said = [f"`{case}` takes {times(value)} the CPU of `{BATCHED[case]}`" for case, value in ratios.items()]
    return Ruling(verdict, f"{listed(said)}.", scope)


def limit_offset_exports_a_table(run: Evidence) -> Ruling:
    """`LIMIT … OFFSET` batches work for exporting a table.

    Holds for the sizes at which they take at most 1.5 times as long as batches by key (keyset). With an offset, the
    database reads all rows before it, so the total time grows with the square of the number of rows.
    """
    ratios = run.each(SIZES, lambda name: run.delay(f"export_offset:{name}", f"export_keyset:{name}", _whole_ms))
    made = {name: run.memory(f"export_offset:{name}") for name in ratios}
    verdict, scope = overall(
        {size(made[name].body_bytes): place(ratio, most=TOLERABLE_TIMES) for name, ratio in ratios.items()}
    )
    said = [
        f"{size(made[name].body_bytes)} take {number(made[name].elapsed_ms.mean)} ms by OFFSET, {times(ratio)} as long "
        f"as with a keyset{_by_cursor(run, name)}"
        for name, ratio in ratios.items()
    ]
    return Ruling(verdict, f"{'; '.join(said)}.", scope)


def a_large_csv_as_one_string_goes_wrong(run: Evidence) -> Ruling:
    """Sending a 500 MB CSV as one string is a problem.

    Holds when the process grows by at least the size of the body, and the first byte is sent later than with a
    server-side cursor. Judged on the largest size in this run, which is named as the scope when it is below 500 MB.
    """
    name, whole, cursor = largest(run)
    later = first_byte_delay(run, name)
    verdict, scope = overall(
        {"memory": place(whole.peak_mb, least=whole.body_bytes / 1e6), "the first byte": place(later, least=1)}
    )
    if verdict is ClaimVerdict.HOLDS and name != SIZES[-1]:
        verdict, scope = ClaimVerdict.HOLDS_FOR, f"{size(whole.body_bytes)}, the largest of this run"
    finding = (
        f"{size(whole.body_bytes)} as one string add {peak(whole)} of memory, with a server-side cursor "
        f"{peak(cursor)}; the first byte comes after {number(whole.first_byte_ms.mean)} ms, {times(later)} as late."
    )
    return Ruling(verdict, finding, scope)


def first_byte_delay(run: Evidence, name: str) -> Estimate:
    """How many times as late the first byte of one string comes as that of a cursor."""
    return run.delay(f"export_string:{name}", f"export_cursor:{name}", lambda sample: sample.first_byte_ms)


def largest(run: Evidence) -> tuple[str, Memory, Memory]:
    """The largest export that was made both as one string and by a cursor: its request's name, and both."""
    made = run.each(SIZES, lambda name: (run.memory(f"export_string:{name}"), run.memory(f"export_cursor:{name}")))
    name, (whole, cursor) = list(made.items())[-1]
    return name, whole, cursor


def _less(streamed: Memory, whole: Memory) -> ClaimVerdict:
    if not whole.resolved:
        return ClaimVerdict.UNDECIDED
    return place(difference(whole.peak_mb, streamed.peak_mb), least=0)


def _by_cursor(run: Evidence, name: str) -> str:
    try:
        longer = run.delay(f"export_offset:{name}", f"export_cursor:{name}", _whole_ms)
    except NotMeasuredError:
        return ""
    return f" and {times(longer)} as long as with a server-side cursor"


def _whole_ms(sample: MemorySample) -> float:
    return sample.elapsed_ms

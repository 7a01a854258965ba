"""Claims about dependencies: how often they run, when they end, and what they cost."""

from __future__ import annotations

from bench.claims.claim import Ruling, observed, overall, place
from bench.claims.evidence import NOTICEABLE, Evidence, NotMeasuredError
from bench.text.numbers import gained, listed, measured, share

COSTS = {
    "deps_one:plain": "one",
    "deps_ten_nested:plain": "ten nested instead of one",
    "deps_five_cached:plain": "five that share one, instead of one",
    "deps_five_uncached:plain": "the same without the cache",
    "deps_yield:plain": "one with `yield` instead of `return`",
    "deps_one_def:plain": "one with `def` instead of `async def`",
}


def dependencies_are_cached_per_request(run: Evidence) -> Ruling:
    """Dependencies are cached: a dependency that is used twice in one request runs once.

    Judged by the number of sessions that one request created, with `Depends(get_db)` used twice by the endpoint, and
    used by the endpoint and by its dependency.
    """
    made = run.each(("cached", "nested"), lambda way: run.fact(f"deps_sessions:{way}", "sessions", int))
    names = {"cached": "used twice by one endpoint", "nested": "used by an endpoint and its dependency"}
    verdict, scope = overall({names[way]: observed(sessions == 1) for way, sessions in made.items()})
    said = listed([f"{sessions} {_sessions(sessions)} when {names[way]}" for way, sessions in made.items()])
    return Ruling(verdict, f"`get_db` created {said}.{_costs(run)}", scope)


def without_the_cache_each_use_is_a_call(run: Evidence) -> Ruling:
    """With `use_cache=False`, using a dependency twice calls it twice.

    Judged by the number of sessions that one request created.
    """
    sessions = run.fact("deps_sessions:uncached", "sessions", int)
    said = f"Two uses, one with `use_cache=False`, created {sessions} {_sessions(sessions)}."
    return Ruling(observed(sessions == 2), said)


def a_yield_dependency_ends_after_the_response(run: Evidence) -> Ruling:
    """The code after a dependency's `yield` runs after the response was sent.

    Judged by the order of events in one request. It changed in FastAPI 0.106, and again in 0.118.
    """
    events = run.fact("deps_sessions:order", "events", list)
    if not ("session closed" in events and "response sent" in events):
        raise NotMeasuredError("`deps_sessions:order` did not record when session and response ended")
    after = events.index("session closed") > events.index("response sent")
    return Ruling(observed(after), f"Order: {', '.join(str(event) for event in events)}.")


def a_def_endpoint_is_as_good(run: Evidence) -> Ruling:
    """`def` and `async def` endpoints perform the same.

    Holds when `def`, which runs in the thread pool, adds less than 10% to the request's CPU.
    """
    part, layer = run.added_share("fastapi_def:plain"), run.added_us("fastapi_def:plain")
    finding = f"`def` adds {gained(layer, 'µs')}, {share(part.mean)} of the request with `async def`."
    return Ruling(place(part, most=NOTICEABLE), finding)


def a_dependency_by_yield_is_free(run: Evidence) -> Ruling:
    """A dependency with `yield` costs no more than one with `return`.

    Holds when `yield` adds less than 10% to the request's CPU.
    """
    part, layer = run.added_share("deps_yield:plain"), run.added_us("deps_yield:plain")
    finding = f"`yield` adds {gained(layer, 'µs')}, {share(part.mean)} of the request with `return`."
    return Ruling(place(part, most=NOTICEABLE), finding)


def _costs(run: Evidence) -> str:
    try:
        costs = run.each(COSTS, run.added_us)
    except NotMeasuredError:
        return ""
    said = "; ".join(f"{COSTS[case]}, {measured(cost, 'µs')}" for case, cost in costs.items())
    return f" Added cost: {said}."


def _sessions(count: int) -> str:
    return "session" if count == 1 else "sessions"

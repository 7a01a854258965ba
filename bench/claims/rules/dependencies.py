"""Claims about dependencies: how often they run, when they end, and what they cost."""

from __future__ import annotations

from bench.claims.claim import Ruling, observed, overall, place
from bench.claims.evidence import NOTICEABLE, Evidence, NotMeasuredError
from bench.text.numbers import gained, listed, measured, share

COSTS = {
    "deps_one:plain": "one",
    "deps_ten_nested:plain": "ten nested over one",
    "deps_five_cached:plain": "five that share one over one",
    "deps_five_uncached:plain": "the same without the cache over those",
    "deps_yield:plain": "one by `yield` over one that returns",
    "deps_one_def:plain": "one by `def` over one by `async def`",
}


def dependencies_are_cached_per_request(run: Evidence) -> Ruling:
    """Dependencies are cached: used twice in one request, they run once.

    By counting the sessions that one request made, with `Depends(get_db)` used twice, and once more through another
    dependency.
    """
    made = run.each(("cached", "nested"), lambda way: run.fact(f"deps_sessions:{way}", "sessions", int))
    names = {"cached": "used twice by one endpoint", "nested": "used by an endpoint and its dependency"}
    verdict, scope = overall({names[way]: observed(sessions == 1) for way, sessions in made.items()})
    said = listed([f"{sessions} {_sessions(sessions)} when {names[way]}" for way, sessions in made.items()])
    return Ruling(verdict, f"`get_db` made {said}.{_costs(run)}", scope)


def without_the_cache_each_use_is_a_call(run: Evidence) -> Ruling:
    """With `use_cache=False`, two uses of a dependency are two calls.

    By counting the sessions that one request made.
    """
    sessions = run.fact("deps_sessions:uncached", "sessions", int)
    said = f"Two uses, one of them with `use_cache=False`, made {sessions} {_sessions(sessions)}."
    return Ruling(observed(sessions == 2), said)


def a_yield_dependency_ends_after_the_response(run: Evidence) -> Ruling:
    """What stands after a dependency's `yield` runs when the response has been sent.

    By the order of events of one request; it changed with FastAPI 0.106, and again with 0.118.
    """
    events = run.fact("deps_sessions:order", "events", list)
    if not ("session closed" in events and "response sent" in events):
        raise NotMeasuredError("`deps_sessions:order` didn't trace the ends of both session and response")
    after = events.index("session closed") > events.index("response sent")
    return Ruling(observed(after), f"In order: {', '.join(str(event) for event in events)}.")


def a_def_endpoint_is_as_good(run: Evidence) -> Ruling:
    """`def` or `async def`, an endpoint performs the same.

    Holds when `def`, which sends it to the thread pool, adds less than a tenth of the request's CPU.
    """
    part, layer = run.added_share("fastapi_def:plain"), run.added_us("fastapi_def:plain")
    finding = f"`def` adds {gained(layer, 'µs')}, {share(part.mean)} of the request with `async def`."
    return Ruling(place(part, most=NOTICEABLE), finding)


def a_dependency_by_yield_is_free(run: Evidence) -> Ruling:
    """A dependency by `yield` costs no more than one that returns.

    Holds when `yield` adds less than a tenth of the request's CPU.
    """
    part, layer = run.added_share("deps_yield:plain"), run.added_us("deps_yield:plain")
    finding = f"`yield` adds {gained(layer, 'µs')}, {share(part.mean)} of the request with one that returns."
    return Ruling(place(part, most=NOTICEABLE), finding)


def _costs(run: Evidence) -> str:
    try:
        costs = run.each(COSTS, run.added_us)
    except NotMeasuredError:
        return ""
    said = "; ".join(f"{COSTS[case]}, {measured(cost, 'µs')}" for case, cost in costs.items())
    return f" What they add: {said}."


def _sessions(count: int) -> str:
    return "session" if count == 1 else "sessions"

"""Claims about what stands around an endpoint: middleware, the order of things, and how errors are answered."""

from __future__ import annotations

from bench.claims.claim import Ruling, observed, overall, place
from bench.claims.evidence import NOTICEABLE, Evidence, NotMeasuredError
from bench.stats.intervals import difference
from bench.text.numbers import gained, listed, measured, share

MIDDLEWARE = {"request_id_asgi:plain": "pure ASGI middleware", "request_id_base:plain": "BaseHTTPMiddleware"}
TWO_MORE = {
    "request_id_asgi3:plain": "pure ASGI middlewares",
    "request_id_base3:plain": "BaseHTTPMiddlewares",
    "request_id_dependency3:plain": "dependencies",
}
ERRORS = {"errors_handlers:not_found": "a custom 404", "errors_handlers:invalid": "a custom 422"}


def middleware_is_cheaper_than_a_dependency(run: Evidence) -> Ruling:
    """For a cross-cutting concern, middleware is cheaper than a dependency.

    Judged by a request ID that is stored and returned, for each kind of middleware.
    """
    dependency = run.added_us("request_id_dependency:plain")
    costs = run.each(MIDDLEWARE, run.added_us)
    verdict, scope = overall(
        {MIDDLEWARE[case]: place(difference(cost, dependency), most=0) for case, cost in costs.items()}
    )
    said = [f"{measured(cost, 'µs')} by {MIDDLEWARE[case]}" for case, cost in costs.items()]
    ways = listed([*said, f"{measured(dependency, 'µs')} by a dependency"])
    return Ruling(verdict, f"A request ID costs {ways}.{_two_more(run)}", scope)


def validation_happens_after_middleware(run: Evidence) -> Ruling:
    """Validation happens after middleware, and before the endpoint.

    Judged by the order of events in a request that is rejected.
    """
    events = run.fact("validation_order:rejected", "events", list)
    if "validation rejected" not in events:
        raise NotMeasuredError("`validation_order:rejected` recorded no rejection")
    before = events[: events.index("validation rejected")]
    entered = "ASGI middleware in" in before and "BaseHTTPMiddleware in" in before
    return Ruling(observed(entered and "endpoint" not in events), f"Order: {', '.join(map(str, events))}.")


def exception_handlers_are_expensive(run: Evidence) -> Ruling:
    """Exception handlers are expensive: return the error response instead.

    "Expensive" means that it adds at least 10% to a request that returns the same response directly.
    """
    shares = run.each(ERRORS, run.added_share)
    verdict, scope = overall({ERRORS[case]: place(part, least=NOTICEABLE) for case, part in shares.items()})
    layers = {case: run.added_us(case) for case in shares}
    said = [f"{gained(layers[case], 'µs')} ({share(part.mean)}) for {ERRORS[case]}" for case, part in shares.items()]
    return Ruling(verdict, f"A handler adds {listed(said)}.", scope)


def _two_more(run: Evidence) -> str:
    try:
        costs = run.each(TWO_MORE, run.added_us)
    except NotMeasuredError:
        return ""
    said = listed([f"{measured(cost, 'µs')} as {TWO_MORE[case]}" for case, cost in costs.items()])
    return f" Two more cost: {said}."

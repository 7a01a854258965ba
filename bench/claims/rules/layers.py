"""Claims about what FastAPI and Pydantic add to a request."""

from __future__ import annotations

from collections.abc import Mapping

from bench.claims.claim import ClaimVerdict, Ruling, overall, place
from bench.claims.evidence import Evidence
from bench.stats.intervals import Estimate, total
from bench.text.numbers import gained, listed, measured, number, share

FEW_US = 10.0
NEGLIGIBLE = 0.05
VISIBLE = 0.05
CLAIMED_RATE = 100_000

ROUTES = {
    "fastapi_plain:plain": "a route without parameters",
    "fastapi_plain:rows1": "a route with a validated parameter",
}
QUERIES = {
    "service_asyncpg:user": "one user with asyncpg",
    "service_asyncpg:rows100": "100 users with asyncpg",
    "service_sqlalchemy:user": "one user with SQLAlchemy",
    "service_sqlalchemy:rows100": "100 users with SQLAlchemy",
}
PAYLOADS = {
    "fastapi_body:create": "a small body",
    "fastapi_body:create100": "a 100-row body",
    "fastapi_response_model:rows1": "a 1-row response",
    "fastapi_response_model:rows100": "a 100-row response",
    "fastapi_response_model:rows1000": "a 1,000-row response",
}


def fastapi_adds_a_few_microseconds(run: Evidence) -> Ruling:
    """FastAPI adds a few microseconds over Starlette.

    "A few" means at most 10 µs of CPU more than Starlette needs to send the same prepared bytes.
    """
    layers = run.each(ROUTES, run.added_us)
    verdict, scope = overall({ROUTES[case]: place(layer, most=FEW_US) for case, layer in layers.items()})
    said = [
        f"{gained(layer, 'µs')} for {ROUTES[case]} ({share(run.added_share(case).mean)} of Starlette's request)"
        for case, layer in layers.items()
    ]
    return Ruling(verdict, f"FastAPI adds {listed(said)}.", scope)


def fastapi_is_negligible_for_most_workloads(run: Evidence) -> Ruling:
    """FastAPI's overhead is negligible for most workloads.

    "Negligible" means at most 5% of the CPU that a request with a database query takes in the app and the database
    together. Waiting time isn't counted, because it would make any overhead look small.
    """
    layer = run.added_us("fastapi_plain:rows1")
    wholes = run.each(QUERIES, lambda case: _with_database(run, case))
    shares = {case: run.share(layer, whole) for case, whole in wholes.items()}
    verdict, scope = overall({QUERIES[case]: place(part, most=NEGLIGIBLE) for case, part in shares.items()})
    said = [
        f"{share(part.mean)} of the {measured(wholes[case], 'µs')} for {QUERIES[case]}" for case, part in shares.items()
    ]
    whose = "app plus database" if all(run.timing(case).database_us for case in wholes) else "of the app only"
    finding = f"FastAPI's {measured(layer, 'µs')} are {listed(said)}, {whose}."
    return Ruling(verdict, finding, scope)


def pydantic_shows_up_past_100k_requests(run: Evidence) -> Ruling:
    """Past 100,000 requests/s, Pydantic validation shows up in flame graphs.

    Validation shows up where it takes at least 5% of a request's CPU. The claim is refuted by any payload with such a
    share that takes too much CPU for one core to answer 100,000 requests per second.
    """
    shares = run.each(PAYLOADS, lambda case: run.share(run.added_us(case), run.cpu_us(case)))
    said = [f"{share(part.mean)} of {PAYLOADS[case]}" for case, part in shares.items()]
    rates = [load.rps.mean for case, load in run.loads() if case.startswith("fastapi_")]
    served = f", and one process served at most {number(max(rates), 0)}" if rates else ""
    fastest = number(1e6 / min(run.cpu_us(case).mean for case in shares), 0)
    finding = (
        f"Validation or serialisation takes {listed(said)}: it grows with the payload. One core can answer the "
        f"cheapest of these {fastest} times per second{served}."
    )
    return Ruling(_only_past(run, shares), finding)


def _only_past(run: Evidence, shares: Mapping[str, Estimate]) -> ClaimVerdict:
    """Whether what shows up does so only at rates past the claimed one."""
    shown = {case: place(part, least=VISIBLE) for case, part in shares.items()}
    below = {case: place(run.cpu_us(case), least=1e6 / CLAIMED_RATE) for case in shares}
    if any(shown[case] is below[case] is ClaimVerdict.HOLDS for case in shares):
        return ClaimVerdict.REFUTED
    may_show = [case for case in shares if shown[case] is not ClaimVerdict.REFUTED]
    past = all(below[case] is ClaimVerdict.REFUTED for case in may_show)
    return ClaimVerdict.HOLDS if past and ClaimVerdict.HOLDS in shown.values() else ClaimVerdict.UNDECIDED


def _with_database(run: Evidence, case: str) -> Estimate:
    """CPU of the app and of the database; of the app alone where the database's can't be read."""
    timing = run.timing(case)
    return total(timing.cpu_us, timing.database_us) if timing.database_us else timing.cpu_us

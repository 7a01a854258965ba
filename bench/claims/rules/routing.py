"""Claims about routers and the table of routes."""

from __future__ import annotations

from collections.abc import Mapping

from bench.claims.claim import Ruling, observed, overall, place
from bench.claims.evidence import NOTICEABLE, Evidence
from bench.text.numbers import gained, listed, share

NESTING = {
    "router_v1:plain": "a router with a dependency under /v1",
    "routes_nested:deep1": "one router",
    "routes_nested:deep3": "routers three deep",
    "routes_nested:deep6": "routers six deep",
}
TABLE = {
    "routes_20:last": "the last of 20",
    "routes_20:unmatched": "no match among 20",
    "routes_200:first": "the first of 200",
    "routes_200:last": "the last of 200",
    "routes_200:unmatched": "no match among 200",
}


def nested_routers_are_free(run: Evidence) -> Ruling:
    """Router-level dependencies and nested prefixes are free.

    "Free" means that they add less than 10% to the CPU of the same route without them.
    """
    return _free(run, NESTING)


def the_number_of_routes_does_not_matter(run: Evidence) -> Ruling:
    """The number of routes doesn't matter.

    Holds when matching a path against many routes adds less than 10% to the CPU of the same request with few routes.
    """
    return _free(run, TABLE)


def the_order_of_routes_does_not_matter(run: Evidence) -> Ruling:
    """`/users/bulk` can be declared after `/users/{user_id}`: the more specific route wins.

    Judged by requesting such a path with the routes declared in that order, and with the specific route first.
    """
    after, before = run.status("route_order:wrong_order"), run.status("route_order:right_order")
    return Ruling(observed(after == before), f"Declared after: it returns {after}; declared before: {before}.")


def _free(run: Evidence, names: Mapping[str, str]) -> Ruling:
    shares = run.each(names, run.added_share)
    layers = {case: run.added_us(case) for case in shares}
    verdict, scope = overall({names[case]: place(part, most=NOTICEABLE) for case, part in shares.items()})
    said = [f"{gained(layers[case], 'µs')} ({share(part.mean)}) for {names[case]}" for case, part in shares.items()]
    return Ruling(verdict, f"Added: {listed(said)}.", scope)

"""Claims about how an app starts."""

from __future__ import annotations

from bench.claims.claim import Ruling, overall, place
from bench.claims.evidence import NOTICEABLE, Evidence
from bench.stats.intervals import Estimate
from bench.text.numbers import listed, share, times

ROUTES = {
    "routes_1:start": "1 route",
    "routes_20:start": "20 routes",
    "routes_200:start": "200 routes",
    "routes_1000:start": "1,000 routes",
}
_FIRST, *_MORE = ROUTES
_MOST = 0.5


def most_of_a_start_is_importing_libraries(run: Evidence) -> Ruling:
    """Most of an app's start is importing libraries.

    Judged by the CPU of importing the app and of its lifespan: libraries are more than half of it.
    """

    def imports(case: str) -> Estimate:
        found = run.startup(case)
        return run.share(run.known(case, found.libraries_ms), found.start_ms)

    shares = run.each(ROUTES, imports)
    verdict, scope = overall({ROUTES[case]: place(part, least=_MOST) for case, part in shares.items()})
    said = [f"{share(part.mean)} with {ROUTES[case]}" for case, part in shares.items()]
    return Ruling(verdict, f"Imports are {listed(said)}.", scope)


def the_number_of_routes_does_not_matter_to_the_start(run: Evidence) -> Ruling:
    """The number of routes doesn't matter to the start of an app.

    Holds when an app with many routes takes less than 10% more CPU to start than one with a single route.
    """
    ratios = run.each(_MORE, lambda case: run.start_ratio(case, _FIRST))
    verdict, scope = overall({ROUTES[case]: place(ratio, most=1 + NOTICEABLE) for case, ratio in ratios.items()})
    said = [f"{times(ratio)} with {ROUTES[case]}" for case, ratio in ratios.items()]
    return Ruling(verdict, f"CPU of the start of an app with {ROUTES[_FIRST]}: {listed(said)}.", scope)

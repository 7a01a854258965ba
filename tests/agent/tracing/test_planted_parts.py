"""CPU that is planted in one part of an app is found in that part, in full, and nowhere else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import hypot, sqrt
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

import pytest

from bench.host.affinity import cores
from bench.runner.agent_process import Agent
from bench.stack.environment import Environment, build
from bench.stack.recipe import of_requirements
from bench.stats.windows import undisturbed_mask, undisturbed_us

HERE = Path(__file__).parent
RELEASES = ("0.100.1", "0.115.14", "0.136.3", "0.137.0", "0.165.0")
AMOUNTS_US = (20, 50, 200)
PLACES = {
    ("app", "/items"): {
        "enter": "middleware planted_app:Entering",
        "send": "middleware planted_app:Sending",
        "task": "middleware planted_app:Starting",
        "asynchronous": "dependency planted_app:asynchronous",
        "entered": "dependency planted_app:entered",
        "left": "dependency planted_app:left",
        "called": "dependency planted_app:Called",
        "validator": "validation validation",
        "serialiser": "serialisation serialisation",
        "handler": "handler planted_app:post",
        "background": "background background",
    },
    ("app", "/threads"): {
        "threaded": "dependency planted_app:threaded",
        "entered_in_thread": "dependency planted_app:entered_in_thread",
        "left_in_thread": "dependency planted_app:left_in_thread",
        "made": "dependency planted_app:Made",
        "handler in thread": "handler planted_app:get",
    },
    ("based", "/based"): {
        "before": "middleware planted_app:Before",
        "after": "middleware planted_app:after",
    },
}
"""Of each route of an app, where its burns are to be found."""
ALWAYS_IN_THREADS_US = 300
"""A loop that waits for a thread falls asleep only if that takes a while, and to wake it costs more."""
PAIRS, LEAST_ROUNDS, MOST_ROUNDS = 24, 3, 8
SURE_US = 1.0
"""The standard error that a figure has to reach: well below the 5 µs that it may be off."""
LOOKS = 5
"""Where the first look finds something else: so many in all, each in a process of its own, and their median."""

Windows = dict[str, list[float]]
Found = dict[str, float]
Request = dict[str, Any]


def burning(route: str, us: Mapping[str, int]) -> Request:
    """Each as long as the other, whatever it burns: the app reads its query."""
    body = {"number": 1} if route == "/items" else None
    return {
        "path": f"{route}?{urlencode({place: f'{amount:04}' for place, amount in us.items()})}",
        "method": "POST" if body else "GET",
        "headers": {},
        "body_json": body,
        "body": None,
        "expect": {"status": 200},
        "varies": False,
    }


def spend(agent: Agent, case: str, into: Windows) -> None:
    """µs by part of single requests, as far as the core was undisturbed beside them."""
    found = agent.call("part_windows", case=case, calls=1, pairs=PAIRS)
    assert found["missing"] == []
    sums_us = map(sum, zip(*found["spent_us"], strict=True))
    closes = median(us / whole_us for us, whole_us in zip(sums_us, found["timed"]["cpu_us"], strict=True))
    assert closes == pytest.approx(1, rel=0.03)
    references_us = found["timed"]["reference_us"]
    calm = undisturbed_mask(references_us, undisturbed_us(references_us))
    for part, windows in zip(found["parts"], found["spent_us"], strict=True):
        into[f"{part['kind']} {part['name']}"] += [us for us, kept in zip(windows, calm, strict=True) if kept]


def differences(planted: Windows, nothing: Windows) -> Found:
    """By part, what it spends more: of medians, which nobody beside moves. The collector strikes when it likes."""
    parts = {*planted, *nothing} - {"gc gc"}
    return {part: median(planted.get(part, [0.0])) - median(nothing.get(part, [0.0])) for part in parts}


def uncertain(planted: Windows, nothing: Windows) -> float:
    """The largest standard error of a part's difference, µs."""
    parts = {*planted, *nothing} - {"gc gc"}
    return max(hypot(error_of_median(planted.get(part, [])), error_of_median(nothing.get(part, []))) for part in parts)


def error_of_median(windows: Sequence[float]) -> float:
    """By the median absolute deviation, as of a normal distribution."""
    if not windows:
        return 0.0
    middle = median(windows)
    return 1.253 * 1.4826 * median(abs(us - middle) for us in windows) / sqrt(len(windows))


def wrong(found: Found, part: str, us: float, own: Found) -> Found:
    """Parts in which not what was planted was found: by 10% or 5 µs, where it wasn't by 2% of what they cost anyway."""
    return {
        name: more
        for name, more in found.items()
        if (name == part and abs(more - us) > max(5.0, 0.1 * us))
        or (name != part and abs(more) > max(5.0, 0.02 * own.get(name, 0.0)))
    }


@dataclass
class Look:
    """What one process says: of each part what it spends more, and what it spends anyway."""

    found: Found
    own: Found

    @classmethod
    def at(cls, agent: Agent) -> Look:
        """Rounds of both requests in turns, until the figures are sure or there were many: whatever they say."""
        nothing: Windows = defaultdict(list)
        planted: Windows = defaultdict(list)
        for turn in range(MOST_ROUNDS):
            for case, into in [("nothing", nothing), ("planted", planted)][:: 1 if turn % 2 else -1]:
                spend(agent, case, into)
            if turn + 1 >= LEAST_ROUNDS and uncertain(planted, nothing) <= SURE_US:
                break
        return cls(differences(planted, nothing), {part: median(us) for part, us in nothing.items() if us})


@contextmanager
def asked(environment: Environment, app: str, nothing: Request, hash_seed: int) -> Iterator[Callable[[Request], Look]]:
    """A process of an app, which is looked at for what a request costs more than the one without a burn."""
    with Agent(environment, HERE, hash_seed=hash_seed, cores=cores().measured) as agent:
        agent.call("trace_parts")
        agent.call("prepare", case="nothing", target=f"planted_app:{app}", request=nothing)

        def look(planted: Request) -> Look:
            agent.call("prepare", case="planted", target=f"planted_app:{app}", request=planted)
            return Look.at(agent)

        yield look


def check(environment: Environment, amounts: int) -> None:
    """Every place with so many of the amounts, one after the other, in turns with the same request without."""
    for (app, route), places in PLACES.items():
        always = dict.fromkeys(places, ALWAYS_IN_THREADS_US if route == "/threads" else 0)
        nothing = burning(route, always)
        with asked(environment, app, nothing, hash_seed=1) as look:
            for turn, (place, part) in enumerate(places.items()):
                for us in [AMOUNTS_US[(turn + more) % len(AMOUNTS_US)] for more in range(amounts)]:
                    planted = burning(route, {**always, place: always[place] + us})
                    first = look(planted)
                    if wrong(first.found, part, us, first.own):
                        looks = [first, *again(environment, app, nothing, planted)]
                        found, own = over(look.found for look in looks), over(look.own for look in looks)
                        assert not wrong(found, part, us, own), (place, us, [look.found[part] for look in looks])


def again(environment: Environment, app: str, nothing: Request, planted: Request) -> Iterator[Look]:
    """Where things lie in memory is a process's own luck, for as long as it lives."""
    for hash_seed in range(2, LOOKS + 1):
        with asked(environment, app, nothing, hash_seed) as look:
            yield look(planted)


def over(looks: Iterable[Found]) -> Found:
    """Their median by part."""
    every = list(looks)
    return {part: median(one.get(part, 0.0) for one in every) for part in {part for one in every for part in one}}


@pytest.mark.slow
@pytest.mark.parametrize(("app", "route"), PLACES)
def test_each_of_many_burns_is_found_in_its_part(environment: Environment, app: str, route: str) -> None:
    """All at once, and large. What runs beside spoils one look or two: what goes to a wrong part does so in each."""
    places, us = PLACES[app, route], 2000
    missed = []
    for hash_seed in range(1, LOOKS + 1):
        more = each_burning(environment, app, route, us, hash_seed)
        expected = {part: us if part in places.values() else 0 for part in more}
        wrongly = {part: found for part, found in more.items() if abs(found - expected[part]) > 0.25 * us}
        if not wrongly:
            return
        missed.append(wrongly)
    pytest.fail(f"in each of {LOOKS} processes something else was found: {missed}")


def each_burning(environment: Environment, app: str, route: str, us: int, hash_seed: int) -> Found:
    """By part, what a request costs more if every place burns."""
    nothing: Windows = defaultdict(list)
    planted: Windows = defaultdict(list)
    with Agent(environment, HERE, hash_seed=hash_seed, cores=None) as agent:
        agent.call("trace_parts")
        for case, burns, into in (("nothing", 0, nothing), ("planted", us, planted)):
            request = burning(route, dict.fromkeys(PLACES[app, route], burns))
            agent.call("prepare", case=case, target=f"planted_app:{app}", request=request)
            spend(agent, case, into)
    return differences(planted, nothing)


@pytest.mark.slow
@pytest.mark.measures
@pytest.mark.parametrize("release", RELEASES)
def test_a_planted_cost_is_found_within_a_tenth_in_its_part_and_nowhere_else(release: str, root: Path) -> None:
    check(build(of_requirements([f"fastapi=={release}"]), root), amounts=len(AMOUNTS_US))


@pytest.mark.slow
@pytest.mark.measures
def test_the_default_stack_s_planted_costs_are_found_within_a_tenth(environment: Environment) -> None:
    check(environment, amounts=1)

"""Claims about the server's settings: the loop, the parser, the access log, workers."""

from __future__ import annotations

from collections.abc import Mapping

from bench.claims.claim import Ruling, overall, place
from bench.claims.evidence import NOTICEABLE, Evidence, NotMeasuredError
from bench.stats.intervals import Estimate
from bench.text.numbers import gained, listed, share, times

APPS = {"raw_asgi:plain": "a raw ASGI app", "fastapi_plain:plain": "a small FastAPI app"}
LOG = "access log"
H11 = "h11 instead of httptools"
ASYNCIO = "asyncio instead of uvloop"
SECOND_CORE = "second worker on a core of its own"
FASTER = (2.0, 4.0)
WORTH = 1.8
_CLIENT_BUSY = 0.9


def uvloop_makes_it_2_to_4_times_faster(run: Evidence) -> Ruling:
    """uvloop makes a server 2 to 4 times faster.

    By the server's CPU time for one request, which is what limits how many one core answers: on asyncio's own loop it
    would be 2 to 4 times as much.
    """
    found = run.each(APPS, lambda case: run.setting(case, ASYNCIO).times)
    verdict, scope = overall({APPS[case]: place(one, *FASTER) for case, one in found.items()})
    return Ruling(verdict, f"asyncio takes {_of_each(found)} the CPU of uvloop.", scope)


def turn_the_access_log_off(run: Evidence) -> Ruling:
    """Turn the access log off.

    The advice is good where the log adds at least 10% to what a request costs behind the bare server.
    """
    added = run.each(APPS, lambda case: run.setting(case, LOG).added_us)
    shares = {case: run.share(one, run.server(case).bare_us) for case, one in added.items()}
    verdict, scope = overall({APPS[case]: place(part, least=NOTICEABLE) for case, part in shares.items()})
    said = [f"{gained(added[case], 'µs')} to {APPS[case]} ({share(part.mean)})" for case, part in shares.items()]
    return Ruling(verdict, f"The access log, written to a file, adds {listed(said)}.", scope)


def httptools_beats_h11(run: Evidence) -> Ruling:
    """httptools beats h11.

    By the server's CPU time for one request: h11 must take more.
    """
    found = run.each(APPS, lambda case: run.setting(case, H11).times)
    verdict, scope = overall({APPS[case]: place(one, least=1.0) for case, one in found.items()})
    return Ruling(verdict, f"h11 takes {_of_each(found)} the CPU of httptools.", scope)


def one_worker_per_core(run: Evidence) -> Ruling:
    """Run one worker per core.

    The advice is good where a second worker on a second core answers at least 1.8 times as many requests in the same
    time. Judged only where the client is fast enough, and on machines with a core for each worker and one more for the
    client.
    """
    found = run.each(APPS, lambda case: _second_core(run, case))
    verdict, scope = overall({APPS[case]: place(one, least=WORTH) for case, one in found.items()})
    said = listed([f"{times(one)} as many requests to {APPS[case]}" for case, one in found.items()])
    return Ruling(verdict, f"Two workers on two cores answer {said}.", scope)


def _second_core(run: Evidence, case: str) -> Estimate:
    """How many times as many requests. Raises NotMeasuredError where the client was the limit."""
    setting = run.setting(case, SECOND_CORE)
    if setting.client_busy > _CLIENT_BUSY:
        raise NotMeasuredError(f"`{case}` with two workers: the client was busy for {share(setting.client_busy)}")
    return setting.rate


def _of_each(found: Mapping[str, Estimate]) -> str:
    return listed([f"{times(one)} for {APPS[case]}" for case, one in found.items()])

"""The stack and the host of a run, and how to measure it again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bench.model.run import Run
from bench.report.document import Facts, Section
from bench.report.sections.provenance import again, host_facts, made_at, made_by, noise, packages
from bench.report.words.server import server_words
from bench.text.numbers import number


def setting(run: Run) -> Section:
    """Everything that the figures depend on."""
    remark = (
        "From the commit above, on the host above; another host measures other figures. The run.json of "
        f"`{run.id}` holds every window."
    )
    every = [] if run.url else [packages(f"All {len(run.stack.packages)} packages", list(run.stack.packages.items()))]
    blocks = (Facts(tuple(_facts(run))), *noise(run.noise), again([_command(run)], remark), *every)
    return Section("Stack and host", blocks, "setting", shown="page")


def _facts(run: Run) -> Iterator[tuple[str, str]]:
    yield from host_facts(run.host)
    if run.url:
        yield "server", f"`{run.url}`, without a target; its stack is unknown"
    else:
        lock = f"lock `{run.stack.lock_sha256[:12]}`"
        yield "stack", f"Python {run.stack.python}, {len(run.stack.packages)} packages, {lock}"
        served_by = server_words(run)
        yield "server", f"`{served_by}`" if served_by else "elsewhere; not known without its `--meter`"
    yield "run", f"`{run.id}`, {made_at(run.started_at)}, {run.effort} effort, seed {run.seed}"
    yield made_by(run)
    if run.elapsed_s:
        yield "took", ", ".join(f"{name} {number(seconds, 0)} s" for name, seconds in run.elapsed_s.items())


def _command(run: Run) -> str:
    """What to type to measure this again: the packages that were asked for, as they were resolved."""
    if run.url:
        return shlex.join(["bench", *run.command])
    names = [canonicalize_name(Requirement(text).name) for text in run.stack.requirements]
    pins = [f"{name}=={run.stack.packages[name]}" for name in names if name in run.stack.packages]
    python = run.stack.minor_python
    asked = _without_values(run.command or ("run", *_effort(run)), ("--python", "--stack"))
    return shlex.join(["bench", *asked, "--python", python, "--stack", " ".join(pins)])


def _effort(run: Run) -> list[str]:
    return [] if run.effort == "default" else [f"--{run.effort}"]


def _without_values(words: tuple[str, ...], options: tuple[str, ...]) -> list[str]:
    """Words of a command less these options and what follows each."""
    kept: list[str] = []
    skip = False
    for word in words:
        if not skip and word.partition("=")[0] not in options:
            kept.append(word)
        skip = not skip and word in options
    return kept

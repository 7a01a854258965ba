"""The verbs, each imported when it is called: half of them take longer to import than `bench list` to answer."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from bench.cli import interruption


def _without_types(params: list[Any]) -> list[Any]:
    """A flag takes no value, so its help has no type of one."""
    for param in params:
        if getattr(param, "is_flag", False):
            param.metavar = ""
    return params


class VerbCommand(TyperCommand):
    """A verb with its help."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The options, for parsing and for the help."""
        return _without_types(super().get_params(ctx))


@dataclass(frozen=True)
class Verb:
    """Where the function of a verb is, and what `bench --help` says of it: the first paragraph of its own help."""

    module: str
    function: str
    help: str

    def stand_in(self) -> None:
        """In the place of the function, until it is called."""

    def command(self, name: str) -> Any:
        """The verb itself, with all of its options."""
        alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        with interruption.loading():
            module = import_module(f"{__package__}.{self.module}")
        alone.command(name, cls=VerbCommand)(getattr(module, self.function))
        return get_command(alone)


VERBS = {
    "audit": Verb("audit", "audit", "Measure what each route of your own app costs, part by part."),
    "requests": Verb(
        "requests", "requests_command", "Find a request for each route of your own app; write them to a file."
    ),
    "run": Verb("run", "run_command", "Measure one stack and write a report."),
    "layers": Verb("run", "layers", "Measure what each layer adds to a request, in process."),
    "load": Verb("load", "load", "Load-test a server with Locust: requests/s, latency, server CPU."),
    "worker": Verb("load", "worker", "Send requests for a remote `bench load --master`."),
    "serve": Verb("load", "serve", "Serve one target for load tests from other machines."),
    "memory": Verb("memory", "memory", "Measure the peak memory that one request adds, in MB."),
    "flame": Verb("flame", "flame", "Draw flame graphs by layer."),
    "suite": Verb("run", "suite", "Run the cases as a pytest-benchmark suite in the stack."),
    "compare": Verb("compare", "compare_command", "Compare two versions; exit with 1 if HEAD is slower."),
    "sweep": Verb("sweep", "sweep_command", "Compare releases of a package. Repeat the command to resume."),
    "bisect": Verb("bisect", "bisect_command", "Find the release or commit that changed what a case costs."),
    "track": Verb("track", "track_command", "Add the HEAD of your own app to its trend; exit with 1 if it is slower."),
    "record": Verb(
        "record", "record_command", "Measure what each release of the stack changed. Repeat the command to resume."
    ),
    "selftest": Verb("selftest", "selftest_command", "Test how well comparisons work here: a stack against itself."),
    "report": Verb("report", "report", "Show a stored result again. Without NAME, write an index."),
    "list": Verb("inventory", "list_command", "List targets, cases, scenarios and stored results."),
    "doctor": Verb("doctor", "doctor", "Check if this machine is fit to measure; exit with 3 if not."),
}


class Verbs(TyperGroup):
    """The group of all: its help, and what a shell completes of it, need none of the verbs themselves."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The options of all."""
        return _without_types(super().get_params(ctx))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The verb that was called for."""
        name, known, rest = super().resolve_command(ctx, args)
        return name, known and VERBS[known.name or ""].command(known.name or ""), rest


def commands() -> dict[str, Any]:
    """Every verb with all of its options by name, in the order of the help."""
    return {name: verb.command(name) for name, verb in VERBS.items()}

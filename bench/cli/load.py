"""The verbs of loads: from this machine, and the other sides of those over several."""

from __future__ import annotations

import socket
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from bench.audit.targets import known_targets
from bench.catalog.source import CatalogError
from bench.cli import arguments
from bench.cli.completion import scenario_names, target_names
from bench.cli.options import (
    DEFAULT_SERVER,
    Cases,
    Full,
    Port,
    Python,
    Quick,
    ResultsFolder,
    Server,
    Stack,
    Targets,
    With,
    effort,
    packages,
    server_settings,
)
from bench.cli.output import Exit, console, errors
from bench.cli.own_app import with_app
from bench.cli.run import measure
from bench.load.remote_worker import work
from bench.load.topology import MASTER_PORT
from bench.model.app_options import AppOptions
from bench.model.errors import UsageError
from bench.model.workload import EffortName, Pass
from bench.runner import services
from bench.serving.remote import serving
from bench.serving.server import refuse_unstartable
from bench.text.suggest import nearest
from bench.workflows import planning
from bench.workflows.request import APP_TRAFFIC, LoadOptions, MeasurementRequest
from bench.workspace import RESULTS, TARGETS, Results

MEETING = f"127.0.0.1:{MASTER_PORT}"


@with_app
def load(
    scenario: Annotated[
        str | None,
        typer.Argument(
            metavar="SCENARIO",
            help="Scenario name; default: all.",
            autocompletion=scenario_names,
        ),
    ] = None,
    quick: Quick = False,
    full: Full = False,
    case: Cases = None,
    stack: Stack = "",
    added: With = None,
    python: Python = None,
    targets: Targets = TARGETS,
    results: ResultsFolder = RESULTS,
    port: Port = 0,
    server: Server = DEFAULT_SERVER,
    users: Annotated[int | None, typer.Option(metavar="N", help="Number of connections, from 1.")] = None,
    duration: Annotated[str | None, typer.Option(metavar="TIME", help="Measured time: 30s, 2m; from 0.2s.")] = None,
    rate: Annotated[
        float | None,
        typer.Option(metavar="N", help="Open model: requests per second, from 0.1."),
    ] = None,
    poisson: Annotated[bool, typer.Option("--poisson", help="With --rate: random arrivals.")] = False,
    find: Annotated[
        str | None,
        typer.Option(metavar="OBJECTIVE", help="Find max rate with 'p99<=20ms'."),
    ] = None,
    require: Annotated[
        list[str] | None,
        typer.Option(metavar="OBJECTIVE", help="Exit 1 if not 'p99<=50ms', 'errors<=1%'."),
    ] = None,
    workers: Annotated[
        int,
        typer.Option(metavar="N", help="Client processes; 0: as needed."),
    ] = 0,
    master: Annotated[bool, typer.Option("--master", help="Wait for remote `bench worker`s.")] = False,
    bind: Annotated[str | None, typer.Option(metavar="HOST:PORT", help=f"Master address ({MEETING}).")] = None,
    url: Annotated[str | None, typer.Option(metavar="URL", help="URL of a running server to test.")] = None,
    header: Annotated[
        list[str] | None,
        typer.Option("--header", metavar="HEADER", help="Header, e.g. 'Authorization: ${LOGIN}'."),
    ] = None,
    meter: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="CPU meter of that server (`bench serve`).")
    ] = None,
    traffic: Annotated[Path | None, typer.Option(metavar="FILE", help="With --app: access log, weighs routes.")] = None,
    app: AppOptions | None = None,
) -> None:
    """Load-test a server with Locust: requests/s, latency, server CPU."""
    arguments.within("--users", users, least=1)
    arguments.within("--rate", rate, least=0.1, most=1e6)
    arguments.within("--workers", workers, least=0)
    arguments.within("--port", port, least=0, most=65535)
    meeting = arguments.meeting(master, bind, MEETING)
    _refuse_taken("127.0.0.1", port, "--port")
    if meeting:
        _refuse_taken(*arguments.address(meeting, MASTER_PORT), "--bind")
    arguments.of_app(app, scenario, traffic)
    settings = server_settings(server)
    arguments.of_server(settings, server != DEFAULT_SERVER, port, url)
    elsewhere, requested = arguments.server_url(url, APP_TRAFFIC if app else scenario, case or ())
    if url and (stack or python) and (requested or not meter):
        raise UsageError("--stack and --python have no effect on the server at --url; add its --meter")
    loading = LoadOptions(
        scenario=scenario or (APP_TRAFFIC if app else "hot" if requested else None),
        users=users,
        duration_s=arguments.load_seconds(duration),
        rate=rate,
        poisson=poisson,
        objective=arguments.objective(find),
        require=arguments.requirements(require or ()),
        setting=arguments.setting(port, elsewhere, meter, arguments.crew(workers, meeting), header or ()),
        requested=requested,
        traffic=traffic,
    )
    arguments.check(loading)
    requirements, globs = tuple(stack.split()), tuple(case or ())
    chosen = MeasurementRequest(
        (Pass.LOAD,),
        effort(quick, full),
        globs,
        requirements,
        python,
        targets,
        loading,
        added=packages(added),
        app=app,
        server=settings,
    )
    measure(chosen, Results.kept_in(results))


def worker(
    master: Annotated[str, typer.Option(metavar="HOST[:PORT]", help="Address of the master.")],
) -> None:
    """Send requests for a remote `bench load --master`.

    The worker runs the Python code that the master sends, as your user. Connect only to a master that you trust.
    """
    host_, port = arguments.address(master, MASTER_PORT)
    console.print(f"working for {host_}:{port}; stop with Ctrl-C")
    with suppress(KeyboardInterrupt):
        work(host_, port, errors.print)
    raise typer.Exit(Exit.INTERRUPTED)


@with_app
def serve(
    target: Annotated[
        str | None, typer.Argument(metavar="TARGET", help="Target name.", autocompletion=target_names)
    ] = None,
    listen: Annotated[str, typer.Option(metavar="HOST:PORT", help="Server address.")] = "127.0.0.1:0",
    meter: Annotated[str, typer.Option(metavar="HOST:PORT", help="Meter address.")] = "127.0.0.1:0",
    stack: Stack = "",
    added: With = None,
    python: Python = None,
    targets: Targets = TARGETS,
    server: Server = DEFAULT_SERVER,
    app: AppOptions | None = None,
) -> None:
    """Serve one target for load tests from other machines."""
    addresses = arguments.address(listen, 0), arguments.address(meter, 0)
    target = target or (app.spec if app else None)
    if target is None:
        raise UsageError("name the target to serve, see `bench list`, or your own app with --app MODULE:ATTR")
    known = known_targets(targets, app)
    if target not in known:
        raise CatalogError(f"no target {target!r}, see `bench list`; {nearest(target, known)}")
    chosen = MeasurementRequest(
        (Pass.LOAD,),
        EffortName.FULL,
        () if app else (target,),
        requirements=tuple(stack.split()),
        python=python,
        targets=targets,
        added=packages(added),
        app=replace(app, writes=True) if app else None,  # it asks nothing by itself
        server=arguments.reachable(server_settings(server)),
    )
    with ExitStack() as running, suppress(KeyboardInterrupt):
        with console.status("preparing the stack's environment"):
            plan, skipped = planning.plan(chosen)
        refuse_unstartable(plan, addresses[0][1])
        plan, unserved = running.enter_context(services.beside(plan, Pass.LOAD))
        if absences := (*skipped, *unserved):
            raise UsageError(f"{target} can't be served: {absences[0].reason}")
        with serving(plan, target, *addresses) as served:
            console.print(f"serving {target} with {served.name}; stop with Ctrl-C")
            console.print(f"--url {served.url} --meter {served.meter}", soft_wrap=True)
            served.wait()
    raise typer.Exit(Exit.INTERRUPTED)


def _refuse_taken(address: str, port: int, option: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise UsageError(f"{option}: port {port} isn't available ({error.strerror}); use another one") from error

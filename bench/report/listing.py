"""An inventory on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.model import Target
from bench.report.inventory import Inventory
from bench.report.judged import named


def show_inventory(console: Console, inventory: Inventory) -> None:
    """Targets with what they add, their requests; scenarios; whatever is stored, oldest first."""
    console.print(_tree(inventory.targets))
    scenarios = _table("scenario", "model", "users", "seconds", "who asks for what")
    for scenario in inventory.scenarios:
        scenarios.add_row(
            scenario.name, scenario.model, str(scenario.users), f"{scenario.duration_s:g}", Text(scenario.description)
        )
    console.print(scenarios)
    runs = _table("run", "effort", "fastapi", "")
    for run in inventory.runs:
        state = [run.problem or "interrupted"] if run.problem or not run.complete else []
        state += [f"memory line by line: {' '.join(run.heaps)}"] if run.heaps else []
        runs.add_row(Text(run.id), Text(run.effort or ""), Text(run.fastapi or ""), Text("; ".join(state)))
    console.print(runs if inventory.runs else "no runs yet; `bench run` makes one")
    comparisons = _table("comparison", "base → head: verdict")
    for one in inventory.comparisons:
        stacks = f"{one.base or 'the default stack'} → {one.head or 'the default stack'}: "
        said = Text(one.problem) if one.problem else Text(stacks) + named(one.verdict or "")
        comparisons.add_row(Text(one.id), said if one.problem or one.complete else Text("interrupted; ") + said)
    console.print(comparisons if inventory.comparisons else "no comparisons yet; `bench compare BASE HEAD` makes one")
    sweeps = _table("sweep", "releases: what changed most")
    for swept in inventory.sweeps:
        most = Text(swept.problem) if swept.problem else Text(f"{swept.of}: ") + named(swept.said or "")
        sweeps.add_row(Text(swept.id), most if swept.problem or swept.complete else Text("interrupted; ") + most)
    if inventory.sweeps:
        console.print(sweeps)
    differences = _table("difference", "of", "base → head: cases")
    for seen in inventory.differences:
        stacks = f"{seen.base or 'the default stack'} → {seen.head or 'the default stack'}: {' '.join(seen.cases)}"
        told = seen.problem or (stacks if seen.complete else f"interrupted; {stacks}")
        differences.add_row(Text(seen.id), seen.of, Text(told))
    if inventory.differences:
        console.print(differences)


def _tree(targets: Sequence[Target]) -> Table:
    """Each target below the one that it stands over, which comes before it."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", expand=True)
    table.add_column("target, below what it stands over", overflow="fold")
    for heading in ("adds", "requests, headline first"):
        table.add_column(heading, ratio=1, overflow="fold")
    depth: dict[str | None, int] = {None: -1}
    for target in targets:
        depth[target.name] = depth.get(target.over, -1) + 1
        indented = "  " * depth[target.name] + target.name
        table.add_row(Text(indented), Text(target.adds), Text(" ".join(target.requests)))
    return table


def _table(*columns: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", title_justify="left")
    for column in columns[:-1]:
        table.add_column(column, no_wrap=True)
    table.add_column(columns[-1], overflow="fold")
    return table

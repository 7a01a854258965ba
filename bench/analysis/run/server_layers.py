"""What each setting of a server adds to the bare one: figures from the launches of a run. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.analysis.run.figures import CheckedFigure, Standing
from bench.analysis.run.server_figures import ServerLayers, SettingCost
from bench.model.server import ServerSettings
from bench.model.server_layers import ServerSample, ServerWindows
from bench.stats.intervals import estimate, ratio
from bench.stats.windows import enough_undisturbed, launch_cost, launch_difference, undisturbed_mask, undisturbed_us


def server_layers(samples: Sequence[ServerSample]) -> ServerLayers | CheckedFigure[ServerLayers]:
    """The figures of one case, or why too few windows ran on an undisturbed core to have any."""
    undisturbed = undisturbed_us([us for sample in samples for one in _all(sample) for us in one.reference_us])
    launches = [sample for sample in samples if enough_undisturbed(_mask(sample.bare, undisturbed))]
    if 2 * len(launches) < len(samples):
        return CheckedFigure(None, Standing.INVALID, (_disturbed(len(launches), len(samples)),))
    bare = {one.launch: _cost(one.bare, _mask(one.bare, undisturbed)) for one in launches}
    found, missing = {}, {name: why for one in samples for name, why in one.missing.items()}
    for name in dict.fromkeys(name for one in launches for name in one.variants):
        having = [one for one in launches if name in one.variants]
        if 2 * len(having) < len(launches):
            continue
        missing.pop(name, None)
        cost = _setting(name, having, undisturbed)
        if isinstance(cost, str):
            missing[name] = cost
        else:
            found[name] = cost
    first = samples[0]
    return ServerLayers(first.bare.server.words, estimate(list(bare.values())), first.users, found, missing)


def _setting(name: str, launches: Sequence[ServerSample], undisturbed: float) -> SettingCost | str:
    """Of the rounds in which both its window and the bare one were undisturbed."""
    costs: dict[int, float] = {}
    bare: dict[int, float] = {}
    walls: dict[int, float] = {}
    bare_walls: dict[int, float] = {}
    added: list[float] = []
    for sample in launches:
        own = sample.variants[name]
        mask = _mask(own, undisturbed) & _mask(sample.bare, undisturbed)
        if enough_undisturbed(mask):
            costs[sample.launch], bare[sample.launch] = _cost(own, mask), _cost(sample.bare, mask)
            walls[sample.launch], bare_walls[sample.launch] = _wall(own, mask), _wall(sample.bare, mask)
            added.append(launch_difference(_kept(own, mask), _kept(sample.bare, mask)))
    if 2 * len(costs) < len(launches) or not costs:
        return _disturbed(len(costs), len(launches))
    times, rate = ratio(costs, bare), ratio(bare_walls, walls)
    assert times is not None  # noqa: S101  there is a launch of both
    assert rate is not None  # noqa: S101
    changes = _changes(launches[0].bare.server, launches[0].variants[name].server)
    busy = max(_busy(one.variants[name]) for one in launches)
    return SettingCost(name, changes, estimate(list(costs.values())), estimate(added), times, rate, busy)


def _changes(bare: ServerSettings, own: ServerSettings) -> str:
    """What differs, as it is written on a command line."""
    changed = {name: value for name, value in own.settings.items() if bare.settings.get(name) != value}
    return ServerSettings(settings=changed).words.partition(" ")[2]


def _all(sample: ServerSample) -> list[ServerWindows]:
    return [sample.bare, *sample.variants.values()]


def _mask(windows: ServerWindows, undisturbed: float) -> np.ndarray:
    return undisturbed_mask(windows.reference_us, undisturbed)


def _wall(windows: ServerWindows, mask: np.ndarray) -> float:
    return launch_cost([float(us) for us in np.asarray(windows.wall_us)[mask]])


def _busy(windows: ServerWindows) -> float:
    """The client's share of a window, in the middle one."""
    return float(np.median(np.asarray(windows.client_us) / np.asarray(windows.wall_us)))


def _kept(windows: ServerWindows, mask: np.ndarray) -> list[float]:
    return [float(us) for us in np.asarray(windows.cpu_us)[mask]]


def _cost(windows: ServerWindows, mask: np.ndarray) -> float:
    return launch_cost(_kept(windows, mask))


def _disturbed(quiet: int, launches: int) -> str:
    return (
        f"the core was undisturbed in only {quiet} of {launches} launches; measure again when the machine is less busy"
    )

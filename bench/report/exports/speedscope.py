"""A profile in speedscope's file format, for anybody who would rather look at it there."""

from __future__ import annotations

from bench.profiles.folded import stacks

SCHEMA = "https://www.speedscope.app/file-format-schema.json"


def speedscope(name: str, folded: str, exporter: str, unit: str = "microseconds") -> dict[str, object]:
    """One sampled profile; weights as folded, in a `unit` that the format knows. Raises ValueError as `stacks` does."""
    frames: dict[str, int] = {}
    samples: list[list[int]] = []
    weights: list[int] = []
    for stack, value in stacks(folded):
        samples.append([frames.setdefault(frame, len(frames)) for frame in stack])
        weights.append(value)
    return {
        "$schema": SCHEMA,
        "name": name,
        "exporter": exporter,
        "activeProfileIndex": 0,
        "shared": {"frames": [{"name": frame} for frame in frames]},
        "profiles": [
            {
                "type": "sampled",
                "name": name,
                "unit": unit,
                "startValue": 0,
                "endValue": sum(weights),
                "samples": samples,
                "weights": weights,
            }
        ],
    }

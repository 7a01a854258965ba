"""Flame graphs of an audit's routes: a run of profiles in its folder, and where its page shows each."""

from __future__ import annotations

from pathlib import Path

from bench.model.run import ProfileSample
from bench.report.sections.run.profiles import profile_anchor
from bench.store import documents, locate

FOLDER = "flames"
"""Below the folder of an audit."""


def addresses(audit: Path) -> dict[str, str]:
    """By case, relative to the audit's page; none of one without profiles. Raises StoreError."""
    folder = audit / FOLDER
    runs = [documents.RUN.load(folder / name) for name in locate.ids(folder)]
    return {
        sample.case: f"{FOLDER}/{run.id}/report.html#{profile_anchor(sample)}"
        for run in runs
        for sample in run.samples
        if isinstance(sample, ProfileSample)
    }

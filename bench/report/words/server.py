"""What served a run: the settings that it was started with, or what a server elsewhere says of itself."""

from __future__ import annotations

from bench.model.load import LoadSample
from bench.model.run import Run


def server_words(run: Run) -> str | None:
    """None where nothing is known of it."""
    loads = [sample for sample in run.samples if isinstance(sample, LoadSample)]
    if not run.url and not (loads and all(sample.server_elsewhere for sample in loads)):
        return run.server.words
    servers = {sample.server_settings.words if sample.server_settings else sample.server for sample in loads}
    return "; ".join(sorted(one for one in servers if one)) or None

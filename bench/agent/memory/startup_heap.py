"""What an app that has started holds: its live allocations, one by one, by memray."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import memray

from bench.agent.app.asgi_app import Lifespan, load
from bench.agent.app.imports import import_all
from bench.agent.requests.prepared import check_status, prepared

_SUMMED_UP = memray.FileFormat.AGGREGATED_ALLOCATIONS
_MAPPED = {memray.AllocatorType.MMAP, memray.AllocatorType.MUNMAP}
"""Left out: what Python's own allocator maps is counted object by object."""


async def at_rest(
    folder: Path, target: str, request: Mapping[str, Any] | None, imports: Sequence[str]
) -> dict[str, int]:
    """How many allocations of building the app, its lifespan and its first request are still there, and their bytes,
    once the collector has run. Its libraries are imported before: they are not among them. Raises AppError."""
    import_all(imports)
    gc.collect()
    with tempfile.TemporaryDirectory() as temporary:
        file = Path(temporary) / "start.bin"
        with memray.Tracker(file, trace_python_allocators=True, file_format=_SUMMED_UP):
            app = load(folder, target)
            lifespan = Lifespan(app)
            await lifespan.start()
            if request is not None:
                exchange = prepared(app, request, lifespan.state)
                await exchange.perform()
                check_status(exchange, request)
            gc.collect()
        allocs = alloc_bytes = 0
        with memray.FileReader(file) as reader:
            for record in reader.get_leaked_allocation_records(merge_threads=True):
                if record.allocator not in _MAPPED:
                    allocs += record.n_allocations
                    alloc_bytes += record.size
    await lifespan.stop()
    return {"live_allocs": allocs, "live_bytes": alloc_bytes}

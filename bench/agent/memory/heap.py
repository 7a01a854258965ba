"""What the requests of a case hold, allocate and keep, by the stack and line that allocated it.

memray sees what Python allocates and what native code does; its figures are bytes as they were asked for, so that they
repeat, where resident memory is rounded to pages.
"""

from __future__ import annotations

import gc
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import memray

from bench.agent.profiles.frame_names import FrameNames, below_driver
from bench.agent.requests.asgi_client import PreparedRequest

FREES = {memray.AllocatorType.FREE, memray.AllocatorType.MUNMAP, memray.AllocatorType.PYMALLOC_FREE}
# An allocation of this size, give or take what the allocator adds, says that a block of requests is over.
_MARK_BYTES, _MARK_STEP = 7_654_321, 4096


async def high_water(exchange: PreparedRequest) -> dict[str, Any]:
    """Bytes by stack that one request held when its heap stood highest; what was there before isn't among them."""
    length = (await exchange.trace()).length
    gc.collect()
    names, held = FrameNames(), Counter[str]()
    with _file() as file:
        with memray.Tracker(file, trace_python_allocators=True, native_traces=True):
            await exchange.trace()
        with memray.FileReader(file) as reader:
            for record in reader.get_high_watermark_allocation_records(merge_threads=True):
                held[_stack(record, names)] += record.size
    return {"folded": _folded(held), "peak_bytes": sum(held.values()), "body_bytes": length}


async def allocated(exchange: PreparedRequest, requests: int) -> dict[str, Any]:
    """Allocations of `requests` requests by stack, counts and bytes: the slope, as the allocations pass takes it.
    One alone, as long requests are, is tracked once."""
    names = FrameNames()
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        if requests == 1:
            return _by_stack(1, *await _counted(exchange, 1, names))
        await _counted(exchange, requests, names)
        once, once_bytes = await _counted(exchange, requests, names)
        twice, twice_bytes = await _counted(exchange, 2 * requests, names)
    finally:
        gc.enable()
    twice.subtract(once)
    twice_bytes.subtract(once_bytes)
    return _by_stack(requests, twice, twice_bytes)


def _by_stack(requests: int, counts: Counter[str], sizes: Counter[str]) -> dict[str, Any]:
    stacks = [[stack, number, sizes[stack]] for stack, number in sorted(counts.items()) if number]
    return {"requests": requests, "stacks": stacks}


async def growth(exchange: PreparedRequest, requests: int, blocks: int) -> dict[str, Any]:
    """Live bytes after each of `blocks` blocks of `requests` requests and a first one, and by stack what was allocated
    after that first one and is still there at the end. The collector has run before each look."""
    gc.collect()
    with _file() as file:
        with memray.Tracker(file, trace_python_allocators=True):
            for block in range(blocks + 1):
                for _ in range(requests):
                    await exchange.perform()
                gc.collect()
                bytearray(_MARK_BYTES + block * _MARK_STEP)
        live_bytes, kept = _live(file)
    return {"requests": requests, "live_bytes": live_bytes, "folded": _folded(kept)}


def _live(file: Path) -> tuple[list[int], Counter[str]]:
    """Live bytes at each mark, and by stack those that came after the first mark and stayed."""
    live: dict[int, Any] = {}
    old: set[int] = set()
    at_marks: list[int] = []
    total = 0
    with memray.FileReader(file) as reader:
        for record in reader.get_allocation_records():
            gone = live.pop(record.address, None)
            total -= gone.size if gone is not None else 0
            if record.allocator in FREES:
                continue
            if 0 <= record.size - _MARK_BYTES - len(at_marks) * _MARK_STEP < 64:
                at_marks.append(total)
                old = old or set(live)
                continue
            old.discard(record.address)
            live[record.address] = record
            total += record.size
        names, kept = FrameNames(), Counter[str]()
        for address, record in live.items():
            if address not in old:
                kept[_stack(record, names)] += record.size
    return at_marks, kept


async def _counted(exchange: PreparedRequest, requests: int, names: FrameNames) -> tuple[Counter[str], Counter[str]]:
    """Allocations and bytes by stack."""
    found, found_bytes = Counter[str](), Counter[str]()
    stacks: dict[tuple[int, int], str] = {}
    with _file() as file:
        with memray.Tracker(file, trace_python_allocators=True):
            for _ in range(requests):
                await exchange.perform()
        with memray.FileReader(file) as reader:
            for record in reader.get_allocation_records():
                if record.allocator in FREES:
                    continue
                where = record.tid, record.stack_id
                stack = stacks[where] = stacks.get(where) or _stack(record, names)
                found[stack] += 1
                found_bytes[stack] += record.size
    return found, found_bytes


@contextmanager
def _file() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "heap.bin"


def _stack(record: Any, names: FrameNames) -> str:
    """Root first, below what put the request, and last the line that allocated."""
    trace = record.stack_trace()
    if not trace:
        return _native(record, names)
    stack = [names.at(*element) for element in reversed(trace)]
    return ";".join([*below_driver(stack), f"{stack[-1]}:{trace[0][2]}"])


def _native(record: Any, names: FrameNames) -> str:
    """What the loop has called in native code, such as a database driver's, by the extension module that it is in."""
    for _, file, _ in record.native_stack_trace():
        if (module := names.extension(file)) is not None:
            return f"{module}:<native>"
    return "<native>:<unknown>"


def _folded(values: Counter[str]) -> str:
    return "".join(f"{stack} {value}\n" for stack, value in sorted(values.items()) if value)

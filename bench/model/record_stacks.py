"""Where one request's time went on two releases: both profiles as one tree of calls, small enough to be committed.

A step of a record has a file of this for each case that was profiled.

History of the schema (`schema_version`): 1 is the first.
"""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from bench.model.base import Record

RECORD_STACKS_SCHEMA_VERSION = 1

_Whole = Annotated[int, Field(ge=0)]


class StackFrame(NamedTuple):
    """A function as profiles name it, and the layer of its time."""

    name: str
    layer: str


class StackNode(NamedTuple):
    """A frame below its callers, by its number in the list of frames, with what it takes itself on either side.

    `mark` says that only the head has it, or only the base; then it hangs below the nearest caller that both have.
    """

    depth: _Whole
    frame: _Whole
    mark: Literal["", "new", "removed"]
    base_ns: _Whole
    head_ns: _Whole


class RecordedStacks(Record):
    """A case's profiles on two releases. Nanoseconds per request while profiled, summed over `launches`; `nodes` are
    parents first, so that a node's children follow it, one deeper."""

    schema_version: int = RECORD_STACKS_SCHEMA_VERSION
    package: str
    base: str
    head: str
    case: str
    launches: Annotated[int, Field(gt=0)]
    frames: tuple[StackFrame, ...]
    nodes: Annotated[tuple[StackNode, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_a_tree(self) -> Self:
        depth = -1
        for at, node in enumerate(self.nodes):
            if node.frame >= len(self.frames):
                raise ValueError(f"node {at} has frame {node.frame} of {len(self.frames)}")
            if node.depth > depth + 1 or (at > 0 and node.depth == 0):
                raise ValueError(f"node {at} has no parent")
            depth = node.depth
        return self

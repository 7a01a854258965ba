"""A document in the making: additions are saved as they come, so that a crash loses no more than the last moment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Generic, TypeVar

from bench.model.base import Record

Document = TypeVar("Document", bound=Record)

_SAVING_SPARES = 20


class Recording(Generic[Document]):
    """A `document` and the `folder` that it lies in.

    A file that grows takes ever longer to write: at most a twentieth of the time goes into that.
    """

    def __init__(self, document: Document, folder: Path, save: Callable[[Document], object]) -> None:
        self.document = document
        self.folder = folder
        self._save = save
        self._due_s = 0.0

    def change(self, **changes: object) -> None:
        """Raises StoreError."""
        self.document = self.document.model_copy(update=changes)
        if perf_counter() >= self._due_s:
            self.flush()

    def flush(self) -> None:
        """Save what there is. Raises StoreError."""
        start_s = perf_counter()
        self._save(self.document)
        end_s = perf_counter()
        self._due_s = end_s + _SAVING_SPARES * (end_s - start_s)

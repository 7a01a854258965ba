"""Everything that the folder of a run or a comparison holds beside its data: the page and the exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from markupsafe import Markup

from bench.analysis.series.record import PackageRecord
from bench.model.audit import Audit
from bench.model.audit_figures import AuditFigures
from bench.model.comparison import Comparison
from bench.model.diff import HeapDiff, ProfileDiff, StackDiff
from bench.model.heap import Heaps
from bench.model.run import Run
from bench.report.document import Document
from bench.report.documents import audit as documents_audit
from bench.report.documents import bisection, heap, index, new_steps, profile_diff, sweep
from bench.report.documents import comparison as documents_comparison
from bench.report.documents import record as documents_record
from bench.report.documents import run as documents_run
from bench.report.documents import track as documents_track
from bench.report.exports import audit as exports_audit
from bench.report.exports import bisection as exports_bisection
from bench.report.exports import comparison as exports_comparison
from bench.report.exports import profile_diff as exports_profile_diff
from bench.report.exports import record as exports_record
from bench.report.exports import run as exports_run
from bench.report.exports import sweep as exports_sweep
from bench.report.figures import record_chart, record_flame, release_chart
from bench.report.renderers.html import page as html_page
from bench.report.renderers.markdown import markdown
from bench.report.words.bisection import BisectionNarrative
from bench.report.words.diff_case import DiffNarrative, of_memory, of_time
from bench.report.words.diff_kinds import MEMORY, TIME, DiffWording
from bench.report.words.heap import of
from bench.report.words.package_steps import PackageStep, confirmed
from bench.report.words.sweep import SweepNarrative
from bench.report.words.track import TrackNarrative
from bench.store.diffs import FLAMES_FOLDER, FLAMES_PAGE, heap_differences, profile_differences, profiles_beside
from bench.store.files import remove, write_atomically
from bench.store.series import COMPARISONS
from bench.store.stacks import load_profiles
from bench.text.file_names import file_name
from bench.workspace import Results


def publish(run: Run, folder: Path) -> tuple[Document, Path]:
    """Write the page and the exports of a run that lies in `folder`; what the page says, and its path. Raises
    StoreError."""
    profiles = load_profiles(run, folder)
    exports_run.write(run, profiles, folder / "exports")
    document = documents_run.document(run, profiles)
    return document, _page(document, folder / "report.html")


def publish_audit(
    audit: Audit, figures: AuditFigures, folder: Path, flames: Mapping[str, str] | None = None
) -> tuple[Document, Path]:
    """Write the page and the exports of an audit that lies in `folder`; what the page says, and its path. `flames` are
    addresses of flame graphs below the folder, by case. Raises StoreError."""
    document = documents_audit.document(audit, figures, flames)
    exports_audit.write(figures, document, folder / "exports")
    return document, _page(document, folder / "audit.html")


def publish_comparison(comparison: Comparison, folder: Path, profiled: Sequence[DiffNarrative] = ()) -> Path:
    """Write the page and the exports of a comparison that lies in `folder`; the page's path. `profiled` is what
    profiles say of its largest changes. Raises StoreError."""
    exports_comparison.write(comparison, folder / "exports")
    flames = FLAMES_PAGE if (folder / FLAMES_PAGE).exists() else None
    said = profile_diff.culprits(profiled)
    found = documents_comparison.document(comparison, str(flames) if flames else None, said)
    return _page(found, folder / "comparison.html")


def publish_flames(flames: ProfileDiff, folder: Path) -> tuple[list[DiffNarrative], Path | None]:
    """What two stacks' profiles in `folder` say, and the page of it, with its exports; None where nothing was
    profiled. Raises StoreError."""
    narratives = of_time(flames, profile_differences(flames, folder))
    return narratives, _publish_difference(flames, narratives, TIME, folder / FLAMES_PAGE.name)


def publish_flames_beside(folder: Path) -> list[DiffNarrative]:
    """What the profiles beside a comparison in `folder` say, whose page is written; nothing of one without any. Raises
    StoreError."""
    flames = profiles_beside(folder)
    return publish_flames(flames, folder / FLAMES_FOLDER)[0] if flames else []


def publish_heap_pairs(pairs: HeapDiff, folder: Path) -> tuple[list[DiffNarrative], Path | None]:
    """The same of two stacks' heaps. Raises StoreError."""
    narratives = of_memory(heap_differences(pairs, folder))
    return narratives, _publish_difference(pairs, narratives, MEMORY, folder / "memory.html")


def publish_heaps(heaps: Heaps, folder: Path) -> tuple[Document, Path]:
    """What heaps say whose stacks lie in `folder`, and the page of it. Raises StoreError."""
    said = heap.document(heaps, [of(sample, folder) for sample in heaps.samples])
    return said, _page(said, folder / "memory.html")


def publish_sweep(found: SweepNarrative, folder: Path) -> Path:
    """Write the page, picture and exports of a sweep that lies in `folder`, and the flame graphs of its steps; the
    page's path. Raises StoreError."""
    for asked in found.sweep.direct:
        publish_flames_beside(folder / COMPARISONS / asked.comparison)
    write_atomically(folder / "exports" / "sweep.json", exports_sweep.json_text(found))
    if picture := release_chart.alone(found):
        write_atomically(folder / "sweep.svg", picture)
    return _page(sweep.document(found), folder / "sweep.html")


def publish_bisection(found: BisectionNarrative, folder: Path) -> Path:
    """Write the page and the export of a bisection that lies in `folder`; the page's path. Raises StoreError."""
    write_atomically(folder / "exports" / "bisection.json", exports_bisection.json_text(found))
    return _page(bisection.document(found), folder / "bisection.html")


def publish_track(found: TrackNarrative, folder: Path) -> Path:
    """Write the page of a track, and its summary in Markdown, into `folder`; the page's path. Raises StoreError."""
    said = documents_track.document(found)
    write_atomically(folder / "exports" / "summary.md", markdown(said))
    return _page(said, folder / "track.html")


def publish_record(
    records: Sequence[PackageRecord], folder: Path, described: Mapping[str, str]
) -> tuple[Document, Path]:
    """Write the page, pictures and export of a record that lies in `folder`; what the page says, and its path.
    `described` says of each target what it is. Raises StoreError."""
    said = documents_record.document(records, graphs(records, folder), described)
    write_atomically(folder / "exports" / "record.json", exports_record.json_text(records))
    for record in records:
        if picture := record_chart.alone(record):
            write_atomically(folder / "exports" / f"{file_name(record.header.package)}.svg", picture)
    return said, _page(said, folder / "record.html")


def graphs(records: Sequence[PackageRecord], folder: Path) -> dict[str, Markup]:
    """The flame graphs of the differences of confirmed steps, by the file in the folder that holds their stacks. Raises
    StoreError."""
    profiled = ((one.package, one.profile) for one in confirmed(records) if one.profile)
    drawn = {of.stacks: record_flame.picture(package, of, folder) for package, of in profiled if of.stacks}
    return {file: graph for file, graph in drawn.items() if graph}


def publish_new_steps(found: Sequence[PackageStep], folder: Path) -> None:
    """Write what a record that lies in `folder` has that it hadn't before, and remove what was new then. Raises
    StoreError."""
    file = folder / "exports" / "new-steps.md"
    if found:
        write_atomically(file, markdown(new_steps.document(found)))
    else:
        remove(file)


def publish_index(kept: Results) -> Path:
    """Write the index of a folder of results into it; its path. Raises StoreError."""
    return _page(index.document(kept), kept.folder / "index.html")


def _publish_difference(
    seen: StackDiff, narratives: Sequence[DiffNarrative], words: DiffWording, page: Path
) -> Path | None:
    if not narratives:
        return None
    exports_profile_diff.write(seen, [one.found for one in narratives], words, page.parent / "exports")
    return _page(profile_diff.document(seen, narratives, words), page)


def _page(document: Document, file: Path) -> Path:
    write_atomically(file, html_page(document))
    return file

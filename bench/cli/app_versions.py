"""Two versions of somebody's own app, prepared as a command line names them: `git:REF`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.cli.kept import nothing_measured
from bench.cli.output import console, errors
from bench.cli.paired import Prepared
from bench.model.app_options import AppOptions
from bench.model.comparison import Comparison
from bench.model.errors import UsageError
from bench.profiles.diff import Difference
from bench.stack.git.checkout import is_ref, names_version
from bench.stack.uv import StackError
from bench.store.files import StoreError
from bench.store.recording import Recording
from bench.workflows.app.versions import VersionPair, app_of, version_pair
from bench.workflows.difference import changed_functions
from bench.workflows.request import MeasurementRequest, Pythons


def prepared_versions(chosen: MeasurementRequest, words: tuple[str, str], pythons: Pythons) -> Prepared:
    """Both versions, ready to be measured. Exits when it is interrupted. Raises StackError, StoreError, CatalogError
    and UsageError."""
    app = app_of(chosen)
    strays = [word for word in words if not names_version(word)]
    refuse_bare_refs(strays, app)
    if strays:
        raise UsageError(f"{strays[0]}: git:REF can only be compared with another git:REF; `git:` is the working tree")
    if any(pythons):
        raise UsageError("--python has no effect on git:REF; a version runs on the Python that its project names")
    if chosen.added and app.env is not None:
        raise UsageError("--with can't add to --env; install it there, or leave out --env")
    with nothing_measured(), console.status("preparing both versions and their environments"):
        pair = version_pair(chosen, *words)
        arms, skipped = pair.paired(chosen)
    for note in pair.notes:
        console.print(note, soft_wrap=True)
    return Prepared(arms, pair.sides(), skipped, pair)


def refuse_bare_refs(words: Sequence[str], app: AppOptions) -> None:
    """A branch without `git:` would be looked for as a package. Raises UsageError."""
    for word in words:
        if not Path(word).exists() and is_ref(app.app_dir, word):
            raise UsageError(f"{word}: for a commit of your app, write git:{word}")


def name_functions(recording: Recording[Comparison], versions: VersionPair, profiles: Sequence[Difference]) -> None:
    """Add the functions that the difference of both versions touches, by the profiles of what changed."""
    try:
        changed_functions.record(recording, versions.base, versions.head, profiles)
    except (StackError, StoreError) as error:
        errors.print(f"bench: can't tell in which functions the code changed: {error}")

"""Two versions of somebody's own app, prepared as a command line names them: `git:REF`."""

from __future__ import annotations

from bench.cli.kept import nothing_measured
from bench.cli.output import console
from bench.cli.paired import Prepared
from bench.model.errors import UsageError
from bench.stack.checkout import names_version
from bench.workflows.app_versions import version_pair
from bench.workflows.request import MeasurementRequest


def prepared_versions(chosen: MeasurementRequest, words: tuple[str, str]) -> Prepared:
    """Both versions, ready to be measured. Exits when it is interrupted. Raises StackError, StoreError and
    UsageError."""
    stray = next((word for word in words if not names_version(word)), None)
    if stray is not None:
        raise UsageError(f"{stray}: a version of an app is compared with another one; write git:REF for both")
    if chosen.app is None:
        raise UsageError(f"{' '.join(words)}: git:REF is a version of your own app; name it with --app MODULE:ATTR")
    with nothing_measured(), console.status("preparing both versions and their environments"):
        pair = version_pair(chosen.app, *words)
        arms, skipped = pair.paired(chosen)
    return Prepared(arms, pair.sides(), skipped, pair)

"""`bench doctor`: is this machine fit to measure."""

from __future__ import annotations

import typer

from bench.cli.options import AsJson, ResultsFolder
from bench.cli.output import Exit, print_json, show
from bench.cli.paired import known_selftest
from bench.host import doctor as host_doctor
from bench.host import fingerprint, state
from bench.host.doctor import Fitness
from bench.report.documents import doctor as documents_doctor
from bench.workspace import RESULTS, Results

# Without a word meanwhile: what turns on a terminal takes time from the loop that looks for it.
LOOKS_S = 2.0


def doctor(as_json: AsJson = False, results: ResultsFolder = RESULTS) -> None:
    """Check if this machine is fit to measure; exit with 3 if not."""
    found = host_doctor.diagnose(fingerprint.describe(), state.look(results, LOOKS_S), known_selftest(Results(results)))
    if as_json:
        print_json(found.model_dump_json(indent=1))
    else:
        show(documents_doctor.document(found))
    raise typer.Exit(Exit.NO_VALID_MEASUREMENT if found.fitness is Fitness.UNFIT else Exit.FINE)

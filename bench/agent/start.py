"""Run by path with a stack's Python: makes `bench.agent` importable where the harness isn't installed, and starts it.

Putting the harness's folder on `sys.path` instead would let its `statistics.py` and `profile.py` shadow the
standard library's, and its site-packages shadow the stack's.
"""

import sys
from pathlib import Path
from types import ModuleType


def main() -> None:
    here = Path(__file__).resolve().parent
    sys.path = [entry for entry in sys.path if not entry or Path(entry).resolve() != here]
    bench = ModuleType("bench")
    bench.__path__ = [str(here.parent)]
    sys.modules["bench"] = bench
    from bench.agent.commands import serve_commands  # noqa: PLC0415  importable only now

    targets, stack_file, *overlay = sys.argv[1:]
    sys.path += overlay  # last, so that whatever the app's environment has wins
    serve_commands(Path(targets), Path(stack_file))


if __name__ == "__main__":
    main()

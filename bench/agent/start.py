"""Run by path with a stack's Python: makes `bench.agent` importable where the harness isn't installed, and starts it;
or with `--server` a server with processes of its own, which run this file again where they are spawned.

Putting the harness's folder on `sys.path` instead would let its `statistics.py` and `profile.py` shadow the
standard library's, and its site-packages shadow the stack's.
"""

import time

INTERPRETER_MS = time.process_time_ns() / 1e6  # before anything else is imported

import sys  # noqa: E402
from pathlib import Path  # noqa: E402
from types import ModuleType  # noqa: E402


def make_importable() -> None:
    here = Path(__file__).resolve().parent
    sys.path = [entry for entry in sys.path if not entry or Path(entry).resolve() != here]
    bench = ModuleType("bench")
    bench.__path__ = [str(here.parent)]
    sys.modules["bench"] = bench


def main() -> None:
    first, *others = sys.argv[1:]
    if first == "--server":
        from bench.agent.servers.process_tree import serve  # noqa: PLC0415  importable only now

        serve(others[0])
        return
    from bench.agent.commands import serve_commands  # noqa: PLC0415  importable only now

    stack_file, loop, *overlay = others
    sys.path += overlay  # last, so that whatever the app's environment has wins
    serve_commands(Path(first), Path(stack_file), loop, INTERPRETER_MS)


make_importable()

if __name__ == "__main__":
    main()

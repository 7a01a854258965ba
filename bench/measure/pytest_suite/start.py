"""Run by path with a stack's Python: pytest, which may lie in an overlay, last on the path."""

import sys
from pathlib import Path


def main() -> int:
    here = Path(__file__).resolve().parent
    sys.path = [entry for entry in sys.path if not entry or Path(entry).resolve() != here]
    overlay, *words = sys.argv[1:]
    sys.path += [overlay] if overlay else []
    import pytest  # noqa: PLC0415  importable only now

    return int(pytest.main(words))


if __name__ == "__main__":
    sys.exit(main())

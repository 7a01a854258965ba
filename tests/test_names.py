"""One word, one meaning: no two classes of the package share a name."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path


def test_no_two_classes_share_a_name(root: Path) -> None:
    defined: defaultdict[str, list[str]] = defaultdict(list)
    for file in sorted((root / "bench").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                defined[node.name].append(str(file.relative_to(root)))
    assert {name: files for name, files in defined.items() if len(files) > 1} == {}

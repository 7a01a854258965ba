"""JUnit XML, which CI systems show: a suite of test cases."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from xml.etree import ElementTree as ET

from bench.text.control import one_line

Trouble = Literal["failure", "error", "skipped"]
_COUNTED: dict[Trouble, str] = {"failure": "failures", "error": "errors", "skipped": "skipped"}


@dataclass(frozen=True)
class TestCase:
    """One test; `trouble` is None when it passed, and `message` says why it didn't."""

    name: str
    trouble: Trouble | None = None
    message: str = ""


def suite(verb: str, started_at: datetime, cases: Iterable[TestCase]) -> str:
    """The XML of all test cases of a verb."""
    # What can't be printed, XML can't hold.
    root = ET.Element("testsuite", name=f"layercake {verb}", timestamp=started_at.isoformat())
    counts = dict.fromkeys(("tests", *_COUNTED.values()), 0)
    for case in cases:
        test = ET.SubElement(root, "testcase", classname=f"layercake.{verb}", name=one_line(case.name))
        counts["tests"] += 1
        if case.trouble is not None:
            counts[_COUNTED[case.trouble]] += 1
            ET.SubElement(test, case.trouble, message=one_line(case.message))
    for name, number in counts.items():
        root.set(name, str(number))
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"

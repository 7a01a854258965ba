"""Where a process stands is read from what it wrote, in Python or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.runner.standing import answered, standing

TARGETS = Path("/home/me/targets")
DUMP = """\
Current thread 0x00007f0000000000 (most recent call first):
  File "/usr/lib/python3.11/json/decoder.py", line 353 in raw_decode
  File "/home/me/targets/slow.py", line 7 in <module>
  File "<frozen importlib._bootstrap>", line 241 in _call_with_frames_removed
"""


@pytest.mark.parametrize(
    ("dump", "found"),
    [
        (f"{DUMP}at: slow.py:7 json.loads\n", "slow.py:7 json.loads"),
        (f"{DUMP}at: \n", "slow.py:7 <module>"),
        (DUMP, "slow.py:7 <module>"),
        ("\n".join(DUMP.splitlines()[:2]), "decoder.py:353 raw_decode"),
        ("", ""),
    ],
)
def test_the_line_is_pythons_own_answer_or_else_the_targets_in_the_interpreters_dump(dump: str, found: str) -> None:
    assert standing(dump, TARGETS) == found
    assert answered(dump) == ("at: " in dump)

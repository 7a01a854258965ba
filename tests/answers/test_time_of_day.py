"""An answer that holds the time of day is known by its text."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import formatdate

import pytest

from bench.answers.time_of_day import holds_a_second

NOW_S = 1_795_945_634.6


@pytest.mark.parametrize(
    "told",
    [
        str(int(NOW_S)),
        f'{{"now": {NOW_S}}}',
        datetime.fromtimestamp(NOW_S, UTC).isoformat(),
        datetime.fromtimestamp(NOW_S).isoformat(timespec="seconds"),  # noqa: DTZ006 - as an app may do it
        formatdate(NOW_S, usegmt=True),
        time.strftime("%H:%M:%S", time.localtime(NOW_S)),
    ],
)
def test_a_moment_is_found_however_it_is_written(told: str) -> None:
    assert holds_a_second(b"at " + told.encode(), NOW_S - 0.3, NOW_S + 0.1)
    assert not holds_a_second(b"at " + told.encode(), NOW_S + 5, NOW_S + 6)


def test_what_holds_no_moment_is_left_alone() -> None:
    assert not holds_a_second(b'{"items": [1, 2, 3], "id": 17}', NOW_S, NOW_S + 1)

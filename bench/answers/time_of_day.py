"""Does an answer hold the time of day, to the second? Then two that come within one second may only look constant."""

from __future__ import annotations

import time

OTHER_SECOND_S = 1.1
"""After so long it is another second, whatever the moment."""
_ZONES = (time.gmtime, time.localtime)


def holds_a_second(content: bytes, begin_s: float, end_s: float) -> bool:
    """Whether a content tells one of the seconds between two moments (`time.time`): since 1970, or as HH:MM:SS in UTC
    or in local time. Another number may look so; that costs one more request."""
    seconds = range(int(begin_s), int(end_s) + 1)
    texts = {str(second) for second in seconds}
    texts |= {time.strftime("%H:%M:%S", zone(second)) for second in seconds for zone in _ZONES}
    return any(text.encode() in content for text in texts)

"""The users as CSV."""

import csv
import io
from collections.abc import Iterable, Iterator

from _users import users

Row = tuple[object, ...]


def rows(limit: int) -> Iterator[Row]:
    """The header, then a row for each user, one at a time."""
    yield "id", "name", "email"
    for user in users(limit):
        yield user.id, user.name, user.email


def csv_text(rows: Iterable[Row]) -> str:
    """The rows as CSV; an empty string if there are none."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()

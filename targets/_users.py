"""The data set that all targets share: `User(id, name, email)`, and two fields that must never leave.

User n is always the same, and is made when asked for, so that a large export need not be held in memory.
"""

from collections.abc import Iterator
from typing import NamedTuple

# Accents, other scripts, quotes and commas give every encoder real work. The lengths have no common factor.
FIRST_NAMES = ("Ada", "Björn", "Chloé", "Đorđe", 'Eleanor "Nell"', "Fatima", "Grażyna", "太郎", "İpek", "지우", "Kwame")
LAST_NAMES = ("Andersson", "Brontë", "Çelik", "Dvořák", "Eze", "Fernández, Jr.", "Müller", "Nguyễn", "O'Neill", "山田")


class User(NamedTuple):
    """A user as a database would hold it."""

    id: int
    name: str
    email: str
    hashed_password: str
    internal_flags: tuple[str, ...]

    def public(self) -> dict[str, object]:
        """What may leave."""
        return {"id": self.id, "name": self.name, "email": self.email}


def users(limit: int) -> Iterator[User]:
    """Users 1 to `limit`, one at a time."""
    for number in range(1, limit + 1):
        yield User(
            id=number,
            name=f"{FIRST_NAMES[number % len(FIRST_NAMES)]} {LAST_NAMES[number % len(LAST_NAMES)]}",
            email=f"user{number}@mail.example",
            hashed_password=f"$hidden${number:040x}",
            internal_flags=("hidden:vip",) if number % 7 == 0 else (),
        )

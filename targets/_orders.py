"""The orders that all targets with a database share. Order n is always the same, and is made when asked for."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

# Order n belongs to user 1 + (n - 1) % BUYERS: the users after these have none, which leaves them to tests that write.
BUYERS = 1000

EPOCH = datetime(2024, 1, 1)  # noqa: DTZ001  UTC throughout, said nowhere: SQLite would lose it
PRODUCTS = (
    "Espresso machine",
    'Monitor 27", matt',
    "Desk, oak",
    "Café au lait bowl",
    "Garden hose 25 m",
    "Lampe à pied",
)
STREETS = ("Hauptstraße", "Rue de l'Église", "Calle Mayor", "Östra Ågatan", "High Street", "Via Garibaldi", "Brønngata")
NOTES = (
    "Please leave it with the neighbours at number 7 if nobody answers the door; ring twice, and give them the slip",
    "It is the second bell from the top; the lift stops one floor below, mind the last flight of stairs (no light)",
    'Marked "fragile" by the sender, to be signed for, not between noon and two in the afternoon, nor on Fridays',
    "This is a present: no invoice in the box, wrapped in the blue paper, with the card that was sent on Monday",
)


class Order(NamedTuple):
    """An order as a database would hold it: about 200 bytes of CSV."""

    id: int
    user_id: int
    product: str
    quantity: int
    price_cents: int
    placed_at: datetime
    address: str
    note: str


def orders(start: int, stop: int) -> Iterator[Order]:
    """Orders `start` to `stop - 1`, one at a time."""
    for number in range(start, stop):
        yield Order(
            id=number,
            user_id=1 + (number - 1) % BUYERS,
            product=PRODUCTS[number % len(PRODUCTS)],
            quantity=1 + number % 5,
            price_cents=199 + number * 37 % 100_000,
            placed_at=EPOCH + timedelta(minutes=number),
            address=f"{STREETS[number % len(STREETS)]} {1 + number % 190}, {10_000 + number % 89_999}",
            note=NOTES[number % len(NOTES)],
        )

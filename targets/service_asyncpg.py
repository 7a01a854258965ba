"""The service on PostgreSQL by asyncpg: one repository for all requests, whose pool is made when the app starts."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg
from _models import StoredUser
from _postgres import open_pool
from _service import NewOrder, service
from fastapi import FastAPI

TARGET = {
    "over": "service_memory",
    "adds": "asyncpg",
    "requires": ["fastapi>=0.100", "asyncpg"],
    "services": ["postgresql"],
    "effort": "default",
    "requests": {
        "rows100": {"path": "/v1/users?limit=100", "expect": {"rows": 100}},
        "user": {"path": "/v1/users/1", "expect": {"json_file": "user_1"}},
        "orders": {"path": "/v1/users/1/orders", "effort": "full", "expect": {"rows": 10}},
        "create": {
            "effort": "full",
            "path": "/v1/orders",
            "method": "POST",
            "json": {
                "id": 10001,
                "user_id": 1001,
                "product": "Café au lait bowl",
                "quantity": 2,
                "price_cents": 1450,
                "placed_at": "2025-06-01T12:30:00",
                "address": "Rue de l'Église 7, 10117",
                "note": "Ring twice",
            },
            "expect": {"status": 201, "json_file": "order_10001"},
        },
        "missing": {
            "path": "/v1/users/999999",
            "effort": "full",
            "expect": {"status": 404, "json_file": "not_found"},
        },
        "invalid": {
            "path": "/v1/users?limit=many",
            "effort": "full",
            "expect": {"status": 422, "json_file": "invalid"},
        },
    },
}

PLACE = """
INSERT INTO layercake_orders (id, user_id, product, quantity, price_cents, placed_at, address, note)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (id) DO UPDATE SET
    user_id = excluded.user_id,
    product = excluded.product,
    quantity = excluded.quantity,
    price_cents = excluded.price_cents,
    placed_at = excluded.placed_at,
    address = excluded.address,
    note = excluded.note
RETURNING *
"""


class AsyncpgRepository:
    """Made once, at import; it can be asked between `start` and `stop`."""

    pool: asyncpg.Pool

    async def start(self) -> None:
        self.pool = await open_pool(8)

    async def stop(self) -> None:
        await self.pool.close()

    async def users(self, limit: int) -> Sequence[StoredUser]:
        rows = await self.pool.fetch("SELECT * FROM layercake_users ORDER BY id LIMIT $1", limit)
        return [StoredUser(**row) for row in rows]

    async def user(self, user_id: int) -> StoredUser | None:
        row = await self.pool.fetchrow("SELECT * FROM layercake_users WHERE id = $1", user_id)
        return StoredUser(**row) if row else None

    async def orders_of(self, user_id: int) -> Sequence[NewOrder]:
        rows = await self.pool.fetch("SELECT * FROM layercake_orders WHERE user_id = $1 ORDER BY id", user_id)
        return [NewOrder(**row) for row in rows]

    async def place(self, order: NewOrder) -> NewOrder:
        row = await self.pool.fetchrow(
            PLACE,
            order.id,
            order.user_id,
            order.product,
            order.quantity,
            order.price_cents,
            order.placed_at,
            order.address,
            order.note,
        )
        return NewOrder(**row)

    async def ping(self) -> None:
        await self.pool.fetchval("SELECT 1")


REPOSITORY = AsyncpgRepository()


async def repository() -> AsyncpgRepository:
    return REPOSITORY


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    await REPOSITORY.start()
    yield
    await REPOSITORY.stop()


app = service(repository, lifespan)

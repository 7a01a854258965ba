"""The PostgreSQL that runs beside a target, by asyncpg: its address, and pools of connections."""

import os

import asyncpg


def address() -> str:
    """What the harness says by DATABASE_URL, as would anybody who serves a target by hand."""
    if "DATABASE_URL" not in os.environ:
        raise RuntimeError("DATABASE_URL isn't set; name a PostgreSQL that `bench` has put its data into")
    return os.environ["DATABASE_URL"]


async def connect() -> asyncpg.Connection:
    """For SQLAlchemy's engines: it would read an address with parameters in another way."""
    return await asyncpg.connect(address())


async def open_pool(size: int) -> asyncpg.Pool:
    """So many connections from the start to the end: a request that makes a new one would cost more than the next."""
    return await asyncpg.create_pool(
        address(), min_size=size, max_size=size, max_inactive_connection_lifetime=0, max_queries=10**9
    )

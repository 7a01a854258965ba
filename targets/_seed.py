"""Puts the data that the targets expect into PostgreSQL, in bulk, and leaves alone what is there already."""

import asyncpg
from _orders import Order, orders
from _users import User, users

USERS = 10_000
ORDERS = 10_000

# Any number will do, as long as nobody else on the same server takes it for something else.
LOCK = 7_204_151_632

# Everything is called layercake_*: it may be a database of the user's own.
SCHEMA = """
DROP TABLE IF EXISTS layercake_seed, layercake_users, layercake_orders, layercake_archive;
CREATE TABLE layercake_seed (source text NOT NULL, archive_rows integer NOT NULL);
CREATE TABLE layercake_users (
    id integer PRIMARY KEY,
    name text NOT NULL,
    email text NOT NULL,
    hashed_password text NOT NULL,
    internal_flags text[] NOT NULL
);
CREATE TABLE layercake_orders (
    id integer PRIMARY KEY,
    user_id integer NOT NULL,
    product text NOT NULL,
    quantity integer NOT NULL,
    price_cents integer NOT NULL,
    placed_at timestamp NOT NULL,
    address text NOT NULL,
    note text NOT NULL
);
CREATE INDEX ON layercake_orders (user_id);
CREATE TABLE layercake_archive (LIKE layercake_orders, PRIMARY KEY (id));
"""


async def seed(url: str, source: str, rows: int) -> None:
    """Users, orders, and an archive of at least `rows` orders.

    `source` stands for the code that makes them: made by another, all of it is dropped and made anew. Each step is a
    transaction, so that one that was interrupted has not been; who comes meanwhile waits.
    """
    connection = await connect(url)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
        if await source_of(connection) != source:
            async with connection.transaction():
                await create(connection, source)
        async with connection.transaction():
            await renew_orders(connection)
        async with connection.transaction():
            added = await extend_archive(connection, rows)
        await connection.execute("VACUUM (ANALYZE) layercake_orders")
        if added:
            await connection.execute("VACUUM (ANALYZE) layercake_archive")
    finally:
        await connection.close()  # and so gives the lock back


async def connect(url: str) -> asyncpg.Connection:
    """Raises ConnectionError, which doesn't say to whom: a run may not hold the names of a user or a host."""
    try:
        return await asyncpg.connect(url)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise ConnectionError(f"the database can't be reached ({type(error).__name__}); see DATABASE_URL") from error


async def source_of(connection: asyncpg.Connection) -> str | None:
    """What the tables that are there were made by."""
    if await connection.fetchval("SELECT to_regclass('layercake_seed')") is None:
        return None
    return await connection.fetchval("SELECT source FROM layercake_seed")


async def create(connection: asyncpg.Connection, source: str) -> None:
    await connection.execute(SCHEMA)
    await connection.copy_records_to_table("layercake_users", columns=User._fields, records=users(USERS))
    await connection.execute("ANALYZE layercake_users")
    await connection.execute("INSERT INTO layercake_seed VALUES ($1, 0)", source)


async def renew_orders(connection: asyncpg.Connection) -> None:
    """Targets write orders: every run finds the same ones."""
    await connection.execute("TRUNCATE layercake_orders")
    await connection.copy_records_to_table("layercake_orders", columns=Order._fields, records=orders(1, ORDERS + 1))


async def extend_archive(connection: asyncpg.Connection, rows: int) -> int:
    """How many were missing, and have been added."""
    there = await connection.fetchval("SELECT archive_rows FROM layercake_seed")
    if there >= rows:
        return 0
    missing = orders(there + 1, rows + 1)
    await connection.copy_records_to_table("layercake_archive", columns=Order._fields, records=missing)
    await connection.execute("UPDATE layercake_seed SET archive_rows = $1", rows)
    return rows - there

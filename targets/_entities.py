"""The tables as SQLAlchemy's ORM has them, and the service's repository over one session."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from _service import NewOrder
from sqlalchemy import JSON, Text, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class UserEntity(Base):
    __tablename__ = "layercake_users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text)
    hashed_password: Mapped[str] = mapped_column(Text)
    internal_flags: Mapped[list[str]] = mapped_column(ARRAY(Text).with_variant(JSON(), "sqlite"))


class OrderEntity(Base):
    __tablename__ = "layercake_orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(index=True)
    product: Mapped[str] = mapped_column(Text)
    quantity: Mapped[int]
    price_cents: Mapped[int]
    placed_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)


class SessionRepository:
    """`insert` is the dialect's own: ON CONFLICT isn't part of the SQL that all share."""

    def __init__(self, session: AsyncSession, insert: Callable[..., Any]) -> None:
        self._session = session
        self._insert = insert

    async def users(self, limit: int) -> Sequence[UserEntity]:
        return (await self._session.scalars(select(UserEntity).order_by(UserEntity.id).limit(limit))).all()

    async def user(self, user_id: int) -> UserEntity | None:
        return await self._session.get(UserEntity, user_id)

    async def orders_of(self, user_id: int) -> Sequence[OrderEntity]:
        query = select(OrderEntity).where(OrderEntity.user_id == user_id).order_by(OrderEntity.id)
        return (await self._session.scalars(query)).all()

    async def place(self, order: NewOrder) -> OrderEntity:
        fields = order.model_dump()
        insert = self._insert(OrderEntity).values(fields)
        replace = insert.on_conflict_do_update(index_elements=[OrderEntity.id], set_=fields)
        placed = (await self._session.scalars(replace.returning(OrderEntity))).one()
        await self._session.commit()
        return placed

    async def ping(self) -> None:
        await self._session.execute(select(1))

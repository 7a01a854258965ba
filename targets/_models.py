"""The users as Pydantic models: what is stored, and what may leave."""

from _users import users
from pydantic import BaseModel


class UserOut(BaseModel):
    """What may leave: the response model."""

    id: int
    name: str
    email: str


class StoredUser(UserOut):
    """What a database would return."""

    hashed_password: str
    internal_flags: tuple[str, ...]


USERS = [StoredUser(**user._asdict()) for user in users(10_000)]

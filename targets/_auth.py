"""Who is asking: from the token to its session, and from there to the user."""

from _users import User, users
from fastapi import HTTPException

SESSIONS = {"token-of-user-1": 1, "token-of-user-2": 2}
USERS = {user.id: user for user in users(2)}
# What middleware lets through without asking. Dependencies need no such list: a route that has none isn't guarded.
OPEN_PATHS = frozenset({"/public"})


def denied() -> HTTPException:
    return HTTPException(401, "Not authenticated", headers={"WWW-Authenticate": "Bearer"})


def token_of(authorization: str) -> str:
    """Raises HTTPException, as do the next two."""
    scheme, _, token = authorization.partition(" ")
    if scheme != "Bearer":
        raise denied()
    return token


def session_of(token: str) -> int:
    if token not in SESSIONS:
        raise denied()
    return SESSIONS[token]


def user_of(session: int) -> User:
    if session not in USERS:
        raise denied()
    return USERS[session]


def authenticated(authorization: str) -> User:
    """All three steps at once, for middleware."""
    return user_of(session_of(token_of(authorization)))

"""How the answers of one case are compared: found by asking it several times, or declared by its request."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import get_args

from bench.answers.app_response import AppResponse
from bench.answers.json_path import differing, leads_somewhere, without
from bench.model.workload import Case, Comparing


class DeclarationError(ValueError):
    """A request's `varies` that its answers don't bear out; the message says how."""


def seen(case: Case, answers: Sequence[AppResponse]) -> Case:
    """The case, with what several of its answers show about how they can be compared.

    Raises DeclarationError where its request declares something else.
    """
    if case.compared == "content":
        _check_paths(case.varies, answers)
        return case
    compared, varies = found(answers, at_least=case.compared)
    return case.model_copy(update={"compared": compared, "varies": varies})


def found(answers: Sequence[AppResponse], at_least: Comparing = "bytes") -> tuple[Comparing, tuple[str, ...]]:
    """How such answers can be compared, and the paths at which they vary: no stricter than `at_least`."""
    if at_least == "bytes":
        if len({as_sent(answer.body, answer.content_encoding) for answer in answers}) == 1:
            return "bytes", ()
        if all(answer.says_the_same_as(answers[0]) for answer in answers):
            return "content", ()
    return ("shape", _varying(answers)) if all(answer.is_json for answer in answers) else ("type", ())


def looser(one: Case, other: Case) -> Case:
    """A case as it can be compared on two sides, each of which may vary: the first, by as little as either allows."""
    order = get_args(Comparing)
    compared = max(one.compared, other.compared, key=order.index)
    return one.model_copy(update={"compared": compared, "varies": tuple(sorted({*one.varies, *other.varies}))})


def as_sent(body: bytes, content_encoding: str) -> bytes:
    """A body without what its coding puts before the content: gzip's header holds the time of day (RFC 1952, 2.3)."""
    return body[skipped_bytes(content_encoding) :]


def skipped_bytes(content_encoding: str) -> int:
    """How many bytes at the beginning of a body say when it was packed."""
    return 8 if content_encoding.strip().lower() in ("gzip", "x-gzip") else 0


def _varying(answers: Sequence[AppResponse]) -> tuple[str, ...]:
    """The paths at which any two differ."""
    documents = [answer.document for answer in answers]
    return tuple(sorted({path for one, other in combinations(documents, 2) for path in differing(one, other)}))


def _check_paths(paths: Sequence[str], answers: Sequence[AppResponse]) -> None:
    if not all(answer.is_json for answer in answers):
        raise DeclarationError('`varies` names JSON paths, but the response isn\'t JSON; write "varies": True')
    documents = [answer.document for answer in answers]
    for path in paths:
        if not any(leads_somewhere(document, path) for document in documents):
            raise DeclarationError(f"`varies` names {path}, which the response doesn't have; correct or remove it")
    fixed = [without(document, paths) for document in documents]
    others = {path for one, other in combinations(fixed, 2) for path in differing(one, other)}
    if others:
        raise DeclarationError(f"{', '.join(sorted(others))} also varies; add it to `varies`, or make it constant")

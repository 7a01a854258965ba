"""Bodies without their content codings (RFC 9110, 8.4): gzip, deflate, br and zstd; others stay as they were sent."""

from __future__ import annotations

import sys
import zlib

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_ANY_HEADER, _RAW = 32 + zlib.MAX_WBITS, -zlib.MAX_WBITS


class UndecodableError(ValueError):
    """A body that isn't in the coding that its content-encoding names; the message says which."""


def decoded(body: bytes, content_encoding: str) -> bytes:
    """The content. A coding that isn't known ends the decoding: what is left of the body is compared as it stands.

    Raises UndecodableError.
    """
    for coding in reversed(codings(content_encoding)):
        match coding:
            case "gzip" | "x-gzip":
                body = _inflated(body, coding)
            case "deflate":
                body = _deflated(body)
            case "br":
                body = _brotli(body)
            case "zstd":
                body = _zstd(body)
            case _:
                return body
    return body


def codings(content_encoding: str) -> list[str]:
    """The codings of a content-encoding header, in the order in which they were applied; identity is none."""
    return [name for one in content_encoding.split(",") if (name := one.strip().lower()) not in ("", "identity")]


def _inflated(body: bytes, coding: str) -> bytes:
    """All members of a gzip file, one after another."""
    content = b""
    while body:
        inflater = zlib.decompressobj(_ANY_HEADER)
        try:
            content += inflater.decompress(body)
        except zlib.error as error:
            raise UndecodableError(f"content-encoding is {coding}, but the body isn't ({error})") from error
        if not inflater.eof:
            raise UndecodableError(f"content-encoding is {coding}, but the body is cut off")
        body = inflater.unused_data
    return content


def _deflated(body: bytes) -> bytes:
    """With zlib's header, as it should be, or without, as some send it."""
    for wbits in (zlib.MAX_WBITS, _RAW):
        try:
            return zlib.decompress(body, wbits)
        except zlib.error:
            continue
    raise UndecodableError("content-encoding is deflate, but the body isn't")


def _brotli(body: bytes) -> bytes:
    try:
        content: bytes = brotli.decompress(body)
    except brotli.error as error:
        raise UndecodableError("content-encoding is br, but the body isn't") from error
    return content


def _zstd(body: bytes) -> bytes:
    try:
        return zstd.decompress(body)
    except zstd.ZstdError as error:
        raise UndecodableError(f"content-encoding is zstd, but the body isn't ({error})") from error

"""What several codings pack comes out as it went in, and what isn't in its coding is told."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.answers.decoding import UndecodableError, decoded, zstd


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("X-GZip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", raw_deflate),
        ("br", brotli.compress),
        ("zstd", zstd.compress),
        ("br, gzip", lambda body: gzip.compress(brotli.compress(body))),
        ("", bytes),
        ("identity", bytes),
    ],
)
@given(body=st.binary(max_size=200))
def test_what_was_packed_comes_out(coding: str, pack: Callable[[bytes], bytes], body: bytes) -> None:
    assert decoded(pack(body), coding) == body


def test_a_gzip_body_may_have_several_members() -> None:
    assert decoded(gzip.compress(b"one, ") + gzip.compress(b"two"), "gzip") == b"one, two"


def test_a_coding_that_nobody_knows_leaves_the_body_as_it_was_sent() -> None:
    assert decoded(b"\x1f\x9d\x90", "compress") == b"\x1f\x9d\x90"


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_body_that_is_not_in_its_coding_is_told(coding: str) -> None:
    with pytest.raises(UndecodableError, match=f"content-encoding is {coding}"):
        decoded(b"plain text", coding)


def test_a_body_that_is_cut_off_is_told() -> None:
    with pytest.raises(UndecodableError, match="cut off"):
        decoded(gzip.compress(b"a long story")[:-3], "gzip")

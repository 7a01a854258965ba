"""TLS over a connection that somebody else reads and writes: by the standard library, certificates verified."""

from __future__ import annotations

import functools
import ssl
from pathlib import Path
from typing import Protocol

_RECEIVE_BYTES = 65536
_RECORD_BYTES = 16384  # the most that one record of TLS holds


class Stream(Protocol):
    """A socket that waits."""

    def recv(self, size: int, /) -> bytes: ...

    def sendall(self, data: bytes, /) -> None: ...


@functools.cache
def client_context(trusted: Path | None = None) -> ssl.SSLContext:
    """Trusts the certificates in the file `trusted`; or what the system does, or SSL_CERT_FILE and SSL_CERT_DIR. One
    for all connections: making it takes long."""
    context = ssl.create_default_context(cafile=trusted)
    context.set_alpn_protocols(["http/1.1"])
    return context


class Tls:
    """The client's side of one connection: makes ciphertext of what is to be sent, and plaintext of what came.

    It has no socket of its own beyond the handshake, so that a loop may use its own in any way.
    """

    def __init__(self, stream: Stream, server_name: str) -> None:
        """Shakes hands. Raises OSError, of which ssl.SSLError is one."""
        self.ended = False
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = client_context().wrap_bio(self._incoming, self._outgoing, server_hostname=server_name)
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self._flush(stream)
                received = stream.recv(_RECEIVE_BYTES)
                if not received:
                    raise ConnectionResetError("the server closed the connection during the TLS handshake") from None
                self._incoming.write(received)
            except ssl.SSLError:
                self._flush(stream)  # the server gets the reason
                raise
            else:
                break
        self._flush(stream)

    def encrypted(self, data: bytes) -> bytes:
        """What is to be sent for it."""
        self._tls.write(data)
        return self._outgoing.read()

    def decrypted(self, received: bytes) -> bytes:
        """All that can be read now; empty where a record isn't whole, or holds no data, or where the server has `ended`
        the connection. Raises ssl.SSLError."""
        self._incoming.write(received)
        chunks = []
        try:
            while self._incoming.pending and not self.ended:
                chunks.append(self._tls.read(_RECORD_BYTES))
                self.ended = not chunks[-1]
        except ssl.SSLWantReadError:
            pass
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def _flush(self, stream: Stream) -> None:
        if self._outgoing.pending:
            stream.sendall(self._outgoing.read())

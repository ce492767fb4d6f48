"""`tlsVerifyCert=false`: trusts whatever certificate the server shows, for this connection only.

gRPC cannot switch verification off, so the certificate is fetched first and then trusted by name.
For trial set-ups: it keeps no one out who can stand between the two.
"""

from __future__ import annotations

import socket
import ssl
from typing import Final

FETCH_TIMEOUT_S: Final = 2.0


def pinned_certificate(address: str) -> tuple[bytes, str]:
    """The server's certificate (PEM) and a name that it carries. Blocks. Raises OSError."""
    host, _, port = address.rpartition(":")
    place = (host.strip("[]"), int(port))
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    with _connect(trusting, place) as wrapped:
        shown = wrapped.getpeercert(binary_form=True)
    if shown is None:
        raise OSError("the server shows no certificate")
    pem = ssl.DER_cert_to_PEM_cert(shown)
    # Only a verified certificate is handed out parsed, so it is verified against itself.
    pinned = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    pinned.check_hostname = False
    pinned.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    pinned.load_verify_locations(cadata=pem)
    with _connect(pinned, place) as wrapped:
        parsed = wrapped.getpeercert()
    return pem.encode("ascii"), _a_name(parsed or {})


def _connect(context: ssl.SSLContext, place: tuple[str, int]) -> ssl.SSLSocket:
    context.set_alpn_protocols(["h2"])
    plain = socket.create_connection(place, timeout=FETCH_TIMEOUT_S)
    try:
        return context.wrap_socket(plain)
    except BaseException:
        plain.close()
        raise


def _a_name(parsed: object) -> str:
    names = parsed.get("subjectAltName", ()) if isinstance(parsed, dict) else ()
    for kind, name in names:
        if kind in ("DNS", "IP Address"):
            return str(name).replace("*", "any", 1)
    raise OSError("the server's certificate names no host")

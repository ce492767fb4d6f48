"""What it costs that a connection carries one question:
`python -m tests.gateways.bench_connections`.

Charges a second and our CPU for each, over connections that are used again and over one each, plain
and sealed, against a server of raw bytes in a process of its own. Prints, asserts nothing.
"""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

import psutil
import uvloop

from adapters.gateways.http import HttpGateway
from tests.gateways.building import ask, charge_request
from tests.gateways.stub import Received, Stub, charge_answer, http

SECONDS: Final = 5.0
CERTIFICATE: Final = Path(__file__).parents[1] / "eventstoredb" / "certificate"
Binding = Literal["body", "connection"]


async def serve(sealed: bool) -> None:
    """Until it is ended."""

    async def charges(received: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(http(200, json.dumps(charge_answer(received.key)).encode()))

    stub, context = Stub(), None
    stub.handle = charges
    if sealed:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(CERTIFICATE / "node.crt", CERTIFICATE / "node.key")
    server = await asyncio.start_server(stub.serve, "127.0.0.1", 0, ssl=context, backlog=1024)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


@contextmanager
def own_server(sealed: bool) -> Iterator[str]:
    command = [sys.executable, "-m", __spec__.name, "serve", "sealed" if sealed else "plain"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        try:
            yield f"{'https' if sealed else 'http'}://localhost:{port}"
        finally:
            process.terminate()


async def measure(url: str, binding: Binding, in_flight: int) -> None:
    stub = Stub()
    stub.url = url
    settings = stub.settings(bound_by=binding)
    gateway = HttpGateway(settings)
    until_s = time.perf_counter() + SECONDS
    waits_s: list[float] = []

    async def one_after_the_other() -> None:
        while (begun_s := time.perf_counter()) < until_s:
            await ask(gateway, charge_request())
            waits_s.append(time.perf_counter() - begun_s)

    cpu_s = time.process_time()
    await asyncio.gather(*(one_after_the_other() for _ in range(in_flight)))
    cpu_s = time.process_time() - cpu_s
    await gateway.aclose()
    waits_s.sort()
    waiting = sum(one.status == psutil.CONN_TIME_WAIT for one in psutil.net_connections("tcp4"))
    sys.stdout.write(
        f"{url.split(':')[0]:5} {binding:10} {in_flight:3} in flight:"
        f" {len(waits_s) / SECONDS:6.0f}/s"
        f"  p50 {1000 * waits_s[len(waits_s) // 2]:5.2f} ms"
        f"  p99 {1000 * waits_s[len(waits_s) * 99 // 100]:6.2f} ms"
        f"  our CPU {1e6 * cpu_s / len(waits_s):4.0f} us  in TIME_WAIT {waiting}\n"
    )


def main() -> None:
    if sys.argv[1:2] == ["serve"]:
        uvloop.run(serve(sys.argv[2] == "sealed"))
        return
    if os.environ.get("SSL_CERT_FILE") != str(CERTIFICATE / "node.crt"):  # read when aiohttp is
        trusting = os.environ | {"SSL_CERT_FILE": str(CERTIFICATE / "node.crt")}
        os.execve(sys.executable, [sys.executable, "-m", __spec__.name], trusting)
    for sealed in (False, True):
        with own_server(sealed) as url:
            for in_flight in (1, 64):
                for binding in ("body", "connection"):
                    uvloop.run(measure(url, binding, in_flight))


if __name__ == "__main__":
    main()

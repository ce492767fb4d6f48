"""The load generator as a process of its own: NAME URL CONCURRENCY SECONDS as arguments.

The API key comes on stdin, the measurement goes to stdout as JSON.
"""

from __future__ import annotations

import json
import sys

import aiohttp
import uvloop

from tests.bench.calls import create_over_http
from tests.bench.load import measure


async def generate(name: str, url: str, api_key: str, concurrency: int, seconds: float) -> str:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        call = create_over_http(session, url, api_key)
        measured = await measure(name, call, concurrency=concurrency, seconds=seconds)
    return json.dumps(measured.as_json())


def main() -> None:
    name, url, concurrency, seconds = sys.argv[1:]
    api_key = sys.stdin.readline().strip()
    sys.stdout.write(
        uvloop.run(generate(name, url, api_key, int(concurrency), float(seconds))) + "\n"
    )


if __name__ == "__main__":
    main()

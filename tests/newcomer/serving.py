"""`interlock serve` in a terminal of 80 columns, in a folder of somebody's own project, behind a
proxy that refuses: what the other tests look at."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx

from api.own_packages import NAMES
from tests.newcomer.person import Installed, Person, Screen, at_home
from tests.peers.readme import create_body

NOWHERE: Final = "http://127.0.0.1:9"
PROXIES: Final = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy")
READY: Final = re.compile(r"Interlock is ready at (http://127\.0\.0\.1:(\d+))\n")
SIMULATOR: Final = re.compile(r"gateway simulator  http://127\.0\.0\.1:(\d+)\n")
KEY: Final = re.compile(r"API key of acme \(shown once\):\n +(ik_acme_\S+)\n")
OLD, NEW, NOBODYS = (f"whsec_{one * 8}" for one in ("b2xk", "bmV3", "bm9v"))
SETTINGS: Final = {
    "INTERLOCK_NOTICE_SECRETS": json.dumps({"stripe": [OLD, NEW]}),
    "INTERLOCK_SIMULATOR_LATENCY_SCALE": "0",
    # Of somebody else: what Kubernetes makes of a service of our name, and of a test.
    "INTERLOCK_PORT": "tcp://10.0.0.1:80",
    "INTERLOCK_SERVICE_HOST": "10.0.0.1",
    "INTERLOCK_TEST_ANYTHING": "ignored",
}


@dataclass(frozen=True, slots=True)
class Serving:
    person: Person
    screen: Screen
    url: str
    port: int
    simulator_port: int
    key: str

    def client(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.Client(base_url=self.url, headers=headers, trust_env=False, timeout=30.0)

    def pays(self, key: str, **more: Any) -> httpx.Response:
        """README's own request."""
        with self.client() as client:
            body = create_body() | more
            return client.post("/v1/payments", json=body, headers={"Idempotency-Key": key})


@contextmanager
def served(installed: Installed) -> Iterator[Serving]:
    with at_home(installed) as person:
        for name in NAMES:
            person.writes(f"{name}/__init__.py", "open('executed', 'w')\n")
        person.environment |= dict.fromkeys(PROXIES, NOWHERE) | SETTINGS
        with person.opens("serve", "--port", "0") as screen:
            url, port = screen.sees(READY).groups()
            simulator = screen.sees(SIMULATOR)[1]
            key = screen.sees(KEY)[1]
            yield Serving(person, screen, url, int(port), int(simulator), key)

"""A whole embedded Interlock on free ports: PostgreSQL, simulator, API and worker."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from api.composition.first_run import first_merchants
from api.processes.embedded import READY_S_MAX, Embedded, started
from api.settings import read_settings
from tests.end_to_end.ports import free_pair, free_port
from tests.end_to_end.shop import Shop

TAKE_OVER_S = 2.0  # short, so that a take-over does not need its ordinary half minute


@contextmanager
def whole_interlock(data: Path) -> Iterator[Embedded]:
    settings = read_settings(
        data=data,
        port=free_port(),
        simulator_port=free_port(),
        operations_port=free_pair(),
        simulator_latency_scale=0.0,
        complete_within_s=10.0,
        log_level="error",
    )
    with started(settings) as embedded:
        embedded.wait_until_ready(time.sleep, READY_S_MAX)
        yield embedded


@pytest.fixture(scope="module")
def data_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="interlock-end-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def interlock(data_folder: Path) -> Iterator[Embedded]:
    with whole_interlock(data_folder) as embedded, embedded.watched():
        yield embedded


@pytest.fixture(scope="module")
def shops(interlock: Embedded) -> dict[str, Shop]:
    """The two merchants of the first start, by name."""
    keys = first_merchants(interlock.dsn)
    books = interlock.settings.data / "books"
    return {name: Shop(interlock.url, key, books, interlock.simulator_url) for name, key in keys}


@pytest.fixture
def shop(shops: dict[str, Shop]) -> Shop:
    return shops["acme"]


def kill(embedded: Embedded, name: str) -> None:
    """`kill -9` of one child; its parent starts it again."""
    child = next(one for one in embedded.children if one.name == name)
    assert child.process is not None
    os.kill(child.process.pid, signal.SIGKILL)
    child.process.wait()

"""One installation for all that newcomers do, and a person for each test."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.newcomer.person import Installed, Person, at_home, install
from tests.newcomer.serving import Serving, served


@pytest.fixture(scope="session")
def installed() -> Iterator[Installed]:
    folder = Path(tempfile.mkdtemp(prefix="interlock-installed-"))
    yield install(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def serving(installed: Installed) -> Iterator[Serving]:
    """One for all that only look at it."""
    with served(installed) as running:
        yield running


@pytest.fixture
def person(installed: Installed) -> Iterator[Person]:
    with at_home(installed) as someone:
        yield someone

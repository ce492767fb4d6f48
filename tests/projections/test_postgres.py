"""The contracts over read models in PostgreSQL."""

from collections.abc import AsyncIterator

import pytest

from tests.projections.models import Models, postgres_models
from tests.projections.queries_contract import QueriesContract, WaitsContract, WorkListContract
from tests.projections.runner_contract import RunnerContract
from tests.projections.store_contract import StoreContract

pytestmark = pytest.mark.slow


class TestPostgres(StoreContract, RunnerContract, QueriesContract, WaitsContract, WorkListContract):
    @pytest.fixture
    async def models(self, read_models_dsn: str) -> AsyncIterator[Models]:
        async with postgres_models(read_models_dsn) as models:
            yield models

"""The contracts over read models in PostgreSQL."""

from collections.abc import AsyncIterator

import pytest

from adapters.read_models.postgres import open_pool
from tests.projections.models import Models, postgres_models
from tests.projections.queries_contract import QueriesContract, WaitsContract
from tests.projections.runner_contract import RunnerContract
from tests.projections.sites import PostgresSite
from tests.projections.store_contract import StoreContract
from tests.projections.sweep_contract import SweepContract
from tests.projections.versions_contract import DroppingContract, Site, VersionsContract
from tests.projections.work_list_contract import WorkListContract

pytestmark = pytest.mark.slow


class TestPostgres(
    StoreContract, RunnerContract, QueriesContract, WaitsContract, WorkListContract, SweepContract
):
    @pytest.fixture
    async def models(self, read_models_dsn: str) -> AsyncIterator[Models]:
        async with postgres_models(read_models_dsn) as models:
            yield models


class TestPostgresVersions(VersionsContract, DroppingContract):
    @pytest.fixture
    async def site(self, database_dsn: str) -> AsyncIterator[Site]:
        async with open_pool(database_dsn) as pool:
            site = PostgresSite(database_dsn, pool)
            try:
                yield site
            finally:
                await site.aclose()

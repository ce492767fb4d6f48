"""The contracts over read models in memory."""

import pytest

from tests.projections.models import Models, memory_models
from tests.projections.queries_contract import QueriesContract, WaitsContract
from tests.projections.runner_contract import RunnerContract
from tests.projections.sites import MemorySite
from tests.projections.store_contract import StoreContract
from tests.projections.sweep_contract import SweepContract
from tests.projections.versions_contract import DroppingContract, Site, VersionsContract
from tests.projections.work_list_contract import WorkListContract


class TestMemory(
    StoreContract, RunnerContract, QueriesContract, WaitsContract, WorkListContract, SweepContract
):
    @pytest.fixture
    def models(self) -> Models:
        return memory_models()


class TestMemoryVersions(VersionsContract, DroppingContract):
    @pytest.fixture
    def site(self) -> Site:
        return MemorySite()

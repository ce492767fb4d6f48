"""The event loop of these tests: real connections, virtual time."""

from collections.abc import Callable, Mapping

from tests.gateways.hostile.virtual import VirtualNetworkLoop


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], VirtualNetworkLoop]]:
    return {"virtual": VirtualNetworkLoop}

"""The definition of the EventStore port: every store passes this suite.

A store's own test module subclasses EventStoreContract and overrides `make_store` and `stalled`.
The suite looks at the port only, and at nothing that was stored before the test began.
"""

from tests.event_store.contract_appends import AppendContract
from tests.event_store.contract_bounds import BoundsContract
from tests.event_store.contract_concurrency import ConcurrencyContract
from tests.event_store.contract_reads import ReadContract
from tests.event_store.contract_repeats import RepeatContract
from tests.event_store.contract_subscriptions import SubscriptionContract


class EventStoreContract(
    AppendContract,
    RepeatContract,
    ConcurrencyContract,
    BoundsContract,
    ReadContract,
    SubscriptionContract,
):
    """All chapters of the contract."""

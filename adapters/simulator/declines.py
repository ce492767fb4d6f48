"""The declines that a payer's bank may give, and the pick among them by a given draw."""

from dataclasses import dataclass

from adapters.simulator.profiles import METHODS


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline:
    """One reason; ``weight`` is its share among the reasons that fit the method."""

    code: str
    network_code: str
    message: str
    weight: int
    methods: tuple[str, ...] = METHODS


INSUFFICIENT_FUNDS = Decline(
    code="insufficient_funds", network_code="51", message="Not enough funds.", weight=45
)
DO_NOT_HONOR = Decline(
    code="do_not_honor", network_code="05", message="The bank declined without a reason.", weight=25
)
EXPIRED_CARD = Decline(
    code="expired_card",
    network_code="54",
    message="The card has expired.",
    weight=10,
    methods=("card",),
)
LIMIT_EXCEEDED = Decline(
    code="limit_exceeded", network_code="61", message="Above the payer's limit.", weight=10
)
INCORRECT_PIN = Decline(
    code="incorrect_pin",
    network_code="55",
    message="The PIN was wrong.",
    weight=5,
    methods=("upi", "card"),
)
SUSPECTED_FRAUD = Decline(
    code="suspected_fraud", network_code="59", message="The bank suspects fraud.", weight=5
)
DECLINES = (
    INSUFFICIENT_FUNDS,
    DO_NOT_HONOR,
    EXPIRED_CARD,
    LIMIT_EXCEEDED,
    INCORRECT_PIN,
    SUSPECTED_FRAUD,
)


def decline_for(method: str, draw: float) -> Decline:
    """The reason that ``draw`` in [0, 1) picks among those that fit the method."""
    fitting = [decline for decline in DECLINES if method in decline.methods]
    mark = draw * sum(decline.weight for decline in fitting)
    for decline in fitting:
        mark -= decline.weight
        if mark < 0:
            return decline
    return fitting[-1]

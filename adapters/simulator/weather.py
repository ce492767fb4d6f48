"""What a scripted outage does to one request. Pure: the draws decide, the plan says it."""

from adapters.simulator.chance import Draws
from adapters.simulator.controls import Weather
from adapters.simulator.plans import PLAIN, UNAVAILABLE, Delivery, Fate, Plan, Refusal

_NOT = Fate.NOT_PROCESSED
FLAKY_PLANS = (
    Plan(fate=_NOT),
    Plan(fate=_NOT, delivery=Delivery.ERROR),
    Plan(delivery=Delivery.ERROR),
    Plan(delivery=Delivery.LOST),
    Plan(fate=_NOT, delivery=Delivery.LOST),
)


def plan_under(weather: Weather, draws: Draws) -> Plan | None:
    """The outage's plan for a request, or None when it is not hit.

    A plan that is not NOT_PROCESSED says only how the answer travels: what is booked is decided
    as in fair weather.
    """
    if weather.outage is None or draws.weather >= weather.rate:
        return None
    if weather.outage == "maintenance":
        return Plan(
            fate=_NOT,
            refusal=Refusal(
                status=503,
                code="maintenance",
                message="Closed for maintenance; nothing was processed.",
                retry_after_s=weather.retry_after_s,
            ),
        )
    if weather.outage == "down":
        delivery = Delivery.LOST if weather.mode == "close" else Delivery.PROMPT
        return Plan(fate=_NOT, delivery=delivery, refusal=UNAVAILABLE)
    if weather.outage == "timeout":
        dropped = weather.mode == "dropped" or (weather.mode == "mixed" and draws.failure < 0.5)
        return Plan(fate=_NOT if dropped else PLAIN.fate, delivery=Delivery.HELD)
    return FLAKY_PLANS[int(draws.failure * len(FLAKY_PLANS))]

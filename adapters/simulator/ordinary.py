"""What happens to a charge without magic: approved or failed by seeded chance. Keeps no state."""

from adapters.simulator.chance import Draws
from adapters.simulator.declines import decline_for
from adapters.simulator.plans import PLAIN, Delivery, Fate, Once, Plan
from adapters.simulator.profiles import GatewayProfile, success_probability

# Of all failures: most are the payer's bank, a third the gateway's own and harmless, and few leave
# the caller in doubt, as in production. What these shares leave (0.60) is declined.
FAULT_SHARES = (
    (0.34, Plan(fate=Fate.NOT_PROCESSED)),
    (0.02, Plan(fate=Fate.NOT_PROCESSED, delivery=Delivery.ERROR, once=Once.PER_KEY)),
    (0.02, Plan(delivery=Delivery.ERROR)),
    (0.02, Plan(delivery=Delivery.LOST)),
)


def ordinary_plan(
    profile: GatewayProfile, draws: Draws, *, method: str, bank: str | None, success: float | None
) -> Plan:
    """The plan that the draws give a charge whose method the gateway supports."""
    if draws.success < success_probability(profile, method=method, bank=bank, success=success):
        return PLAIN
    mark = draws.failure
    for share, plan in FAULT_SHARES:
        mark -= share
        if mark < 0:
            return plan
    return Plan(fate=Fate.DECLINED, decline=decline_for(method, draws.decline))

"""Bugs of the gateways' idempotency keys: a new one where the old one counts, and the reverse."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from application.payments import asking
from application.ports.gateways import GatewayRequest
from domain.canonical import derived_id
from domain.gateway.capabilities import Capabilities
from domain.payment.attempt import Attempt
from domain.payment.decisions import settle
from domain.payment.rules import REPEATS_PER_KEY_MAX
from domain.payment.state import Facts
from tests.simulation.sabotage.loosened import KNOWN_KEYS
from tests.simulation.sabotage.planting import plants
from tests.simulation.sabotage.sends import NO_HASH_OF_THE_BODY

_request_for = asking.request_for


@plants(
    "application.payments.asking:request_for",
    "recorded_before_sent",
    "one_try_one_key",
    layers=(NO_HASH_OF_THE_BODY,),
)
def new_key_after_a_crash(facts: Facts, attempt: Attempt) -> GatewayRequest:
    """Draws a new key where a try was taken over from a process that died."""
    made = _request_for(facts, attempt)
    if not attempt.taken_over:
        return made
    return replace(made, key=derived_id(str(attempt.key), attempt.owner))


@plants("domain.payment.decisions.sender:attempt_key", "one_try_one_key", layers=(KNOWN_KEYS,))
def one_key_for_two_refunds(payment: UUID, operation: UUID, number: int) -> UUID:
    """Derives the key from the payment and the try, and forgets which operation it is."""
    charge = derived_id(str(payment), "charge")
    return derived_id(str(payment), "charge" if operation == charge else "follow-up", number)


@plants(
    "domain.payment.decisions.sender:attempt_key",
    "one_try_one_key",
    "retries_draw_new_keys",
    layers=(KNOWN_KEYS,),
)
def retry_under_the_old_key(payment: UUID, operation: UUID, number: int) -> UUID:
    """Derives the key from the operation alone: every retry is a repeat."""
    return derived_id(str(payment), str(operation), 1)


@plants("domain.payment.decisions.settle:may_repeat", "repeats_in_time")
def repeat_after_the_keys_lifetime(
    facts: Facts,
    attempt: Attempt,
    capabilities: Capabilities,
    *,
    owner: str,
    now: datetime,
    asked_again: bool = False,
) -> bool:
    """Never asks whether the gateway still remembers the key."""
    wanted = attempt.kind != "charge" or settle.is_wanted(facts, now)
    alone = attempt.owner == owner and attempt.unknown and attempt.pending is None
    idempotent = capabilities.key_lifetime_s > 0
    return idempotent and wanted and alone and attempt.repeats < REPEATS_PER_KEY_MAX


@plants("domain.payment.decisions.settle:may_repeat", "single_send_without_keys")
def repeat_without_keys(
    facts: Facts,
    attempt: Attempt,
    capabilities: Capabilities,
    *,
    owner: str,
    now: datetime,
    asked_again: bool = False,
) -> bool:
    """Believes that every gateway knows idempotency keys, for a day."""
    believed = replace(capabilities, key_lifetime_s=capabilities.key_lifetime_s or 86_400.0)
    return _may_repeat(facts, attempt, believed, owner=owner, now=now, asked_again=asked_again)


@plants(
    "domain.payment.decisions.settle:is_wanted",
    "repeats_in_time",
    weather={"answer_lost": 0.8, "look_up_fails": 0.95, "request_lost": 0.5},
)
def repeat_after_complete_by(facts: Facts, now: datetime) -> bool:
    """Repeats a charge for a payer who left long ago."""
    return facts.cancel is None


_may_repeat = settle.may_repeat

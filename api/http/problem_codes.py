"""What each code of a problem document means, and what to do. `type` of a problem leads here:
`/docs/problems/CODE`. Codes are stable; tests/api/test_pages.py finds every one in use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_REQUEST: Final = {
    "malformed_json": "The body is no JSON that can be read strictly: no duplicate member, no NaN, "
    "UTF-8. Mend the request.",
    "body_incomplete": "The client left before its body was here. Send it again with the same key.",
    "body_timeout": "The body did not arrive in 10 seconds. Send it again with the same key.",
    "parameter_malformed": "A parameter of the query is unknown, came twice, or cannot be read; "
    "`detail` says which form it has.",
    "cursor_malformed": "A cursor goes on with the list that gave it out, and with no other.",
    "position_malformed": "`at_least` takes an Interlock-Position as this installation gave it.",
    "unknown_version": "Interlock-Version names no published version; `detail` lists them.",
    "idempotency_key_missing": "Every command needs an Idempotency-Key, drawn afresh for it and "
    "sent again on every repeat.",
    "idempotency_key_malformed": "A key is 1 to 255 printable ASCII characters, bare or quoted.",
    "idempotency_key_reused": "This key was used with another request. Nothing was done. Use a key "
    "of its own for each command.",
    "encoding_unsupported": "Send the body without a content encoding.",
    "media_type_unsupported": "Send application/json.",
    "too_large": "The body, or what would have to be recorded of it, is too large.",
    "validation_failed": "A member is missing, unknown or not valid; `errors` points at each.",
    "card_number_refused": "Something in the request looks like a card number. It was not kept. "
    "Send a token of the instrument instead.",
    "not_found": "There is nothing at this path.",
    "method_not_allowed": "The path takes other methods, which `Allow` names.",
}
_WHO: Final = {
    "not_authenticated": "No valid API key came as a bearer token.",
    "scope_missing": "The API key is valid, but not meant for this.",
    "payment_not_found": "There is no such payment, or it is another merchant's.",
    "refund_not_found": "There is no such refund, or it is another merchant's.",
    "gateway_not_found": "No notices are taken for a gateway of this name.",
    "bad_signature": "The notice is not signed with a secret of this gateway, or not lately.",
}
_CHARGE: Final = {
    "declined": "The payer's bank or instrument declined. `decline` says why and what to tell the "
    "payer. Final for this key; `retry_with_new_key` says whether a new command may go better.",
    "no_gateway_available": "No gateway could take the payment; nothing was charged. Final for "
    "this key; a new command may go better.",
    "not_charged": "The outcome was unknown for a while; it was settled that nothing was charged. "
    "Final for this key.",
    "not_completed_in_time": "The payment was not completed in its time; nothing was charged. "
    "Final for this key.",
    "capture_failed": "The gateway refused the capture; `failure` says why. The hold stays.",
    "cancel_failed": "The gateway refused to release the hold; `failure` says why.",
    "refund_failed": "The gateway refused the refund; `failure` says why. The money stays "
    "captured.",
}
_STATE: Final = {
    "not_capturable": "Nothing is held that could be captured.",
    "capture_exceeds_authorized": "More than is still held; `detail` says how much is.",
    "not_refundable": "Nothing is captured that could be given back.",
    "refund_exceeds_captured": "More than can still be given back; `detail` says how much can.",
    "refunds_not_offered": "The gateway of this charge gives no money back by its API.",
    "not_cancelable": "The payment is captured or over: refund it instead.",
    "currency_mismatch": "The amount is in another currency than the payment.",
    "attempt_still_open": "A charge of this payment is not settled yet. Ask again later.",
    "operation_still_open": "An earlier capture, cancellation or refund is not settled yet. Ask "
    "again later, with a new key.",
    "no_more_tries": "The bound on tries for this payment is reached.",
    "rejected": "The payment refuses this command as it is now; `detail` says why.",
}
_NOT_NOW: Final = {
    "in_progress": "The same command is still being carried out. Repeat it with the same key after "
    "Retry-After.",
    "conflict": "Others change this payment at the same time. Repeat with the same key.",
    "too_many_waiting": "Too many requests wait for their twins. Repeat with the same key.",
    "too_many_refusals": "This payment refused too many commands, and hears no more for an hour.",
    "busy": "Too much is going on. Nothing was recorded. Repeat with the same key.",
    "not_recorded": "Nothing was recorded. Repeat with the same key.",
    "outcome_of_append_unknown": "It is not known whether the command was recorded. Repeat with "
    "the same key: it is carried out once.",
    "store_unavailable": "The event log does not answer. Repeat with the same key.",
    "store_refuses": "The event log refuses to record this; an operator has to look.",
    "format_too_low": "This needs `interlock format --raise` first (docs/versions.md).",
    "newer_version_needed": "The record is of a newer version than this process.",
    "history_damaged": "The record of this payment is damaged; nothing is done until an operator "
    "has looked.",
    "read_models_unavailable": "Lists and timelines cannot be read now; payments can be made.",
    "not_yet_projected": "The read models have not seen this position yet. Ask again.",
    "gateway_not_configured": "The gateway of this charge is not in the gateways file now.",
    "not_looked_up": "For gateways: the notice is kept, but a look-up does not tell of it yet. "
    "Send it again.",
    "internal_error": "Something went wrong here. Repeat commands with the same key, and tell us "
    "the `request_id`.",
}
_REVIEW: Final = {
    "nothing_to_review": "Nothing of this payment is under review.",
    "review_not_named": "Several attempts are under review: name one in `attempt`.",
    "outcome_does_not_fit": "This outcome is none that such a review can have.",
    "amount_does_not_fit": "The amount is none that can have moved here; `detail` says why.",
    "contradicted": "The gateway, asked once more, says otherwise; `detail` says what.",
    "try_still_open": "The attempt is still being carried out: nothing is decided yet.",
    "must_be_carried_out": "This must be done, not said to have been done.",
    "too_many_resolves": "Operators said too much of this payment; ask again in an hour.",
    "gateway_not_heard": "The gateway does not answer now, and nothing is decided without it. "
    "Repeat with the same key.",
}
CODES: Final[Mapping[str, str]] = {
    **_REQUEST, **_WHO, **_CHARGE, **_STATE, **_REVIEW, **_NOT_NOW,
}  # fmt: skip

"""Facts as JSON that a person can read, and back."""

from adapters.codec.event_codec import (
    EventCodec,
    MsgspecCodec,
    installation_codec,
    merchant_codec,
    notice_codec,
    operator_codec,
)

__all__ = [
    "EventCodec",
    "MsgspecCodec",
    "installation_codec",
    "merchant_codec",
    "notice_codec",
    "operator_codec",
]

"""The servers that the double can be: where they differ, by what was recorded from them.

Plain values. Everything else is common to all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Engine: TypeAlias = Literal["23.10", "24.2", "26.1"]
ENGINES: tuple[Engine, ...] = get_args(Engine)

NOTHING_YET = 2**64 - 1  # -1 on the wire: a checkpoint before the first of all positions


@dataclass(frozen=True, slots=True)
class Traits:
    """What one server does in its own way.

    classic: it has the subscriptions of up to 23.10. tells_last_only: the checkpoint at the end of
    a catch-up repeats what the subscriber was told last, nothing yet included; otherwise it tells
    how far the last page began. The others are words and limits.
    """

    version: str  # three parts
    classic: bool = False
    tells_last_only: bool = False
    append_bytes_max: int = 1_048_576
    end_of_stream_forwards: str = "Unexpected ReadStreamResult: Error"
    bad_position: str = "InvalidPosition"
    missing_property: str = "The given key was not present in the dictionary."
    empty_stream_name: str = "Value cannot be null. (Parameter 'value')"


TRAITS: dict[Engine, Traits] = {
    "23.10": Traits("23.10.8", classic=True, bad_position="Error"),
    "24.2": Traits("24.2.0", tells_last_only=True),
    "26.1": Traits(
        "26.1.0",
        append_bytes_max=256 << 20,
        end_of_stream_forwards=(
            "Unexpected ReadStreamResult: Error >> fromEventNumber should be non negative."
            " (Parameter 'fromEventNumber')"
        ),
        # The place is that of the recorded server's file; the double has no file to name one of.
        bad_position=(
            "InvalidPosition >> Log record at actual pos 8738777 has non-positive length: 0. "
            " in chunk #0-0 (chunk-000000.000000)."
        ),
        missing_property=(
            'Status(StatusCode="InvalidArgument", Detail="Required Metadata Property \'{name}\''
            ' is missing")'
        ),
        empty_stream_name="Invalid stream ID:  (Parameter 'eventStreamIds')",
    ),
}

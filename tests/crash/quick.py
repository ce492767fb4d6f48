"""Settings under which nothing stays open for long, whatever happens to it.

A gateway that was not heard of is followed sooner than by default, yet later than any request
waits for it. A payment whose gateway answers "not processed" to every repeat ends when nobody
wants it any more, which by default is after a minute. What goes on in the background is tried
again every five seconds at least.
"""

from __future__ import annotations

from typing import Final

QUICK: Final = {
    "late_answer_within_s": 10.0,
    "clock_skew_s": 1.0,
    "complete_within_s": 20.0,
    "verify_first_s": 1.0,
    "verify_most_s": 5.0,
}

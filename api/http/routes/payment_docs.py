"""The OpenAPI of the questions about payments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_args

from pydantic import BaseModel

from api.http import documentation as docs
from api.http import samples
from api.http.schemas import Attempt, Decision, ListOf, Payment, PaymentStatus

STATUSES: Final[tuple[str, ...]] = get_args(PaymentStatus)
LIST_PARAMETERS: Final = (
    "status", "needs_review", "created_after", "created_before", "cursor", "limit", "at_least",
)  # fmt: skip
IN_PATH: Final = docs.in_path("payment", "^pay_[0-9a-f]{32}$", samples.PAYMENT_ID)

_TIME: Final = {"type": "string", "format": "date-time"}
_POSITION: Final = {"Interlock-Position": docs.COMMAND_HEADERS["Interlock-Position"]}
TAGGED: Final = {**_POSITION, "ETag": docs.ETAG}
_PAGE: Final = {"data": [samples.PAYMENT], "has_more": False, "next_cursor": None}


def about_one(
    shape: type[BaseModel],
    description: str,
    *more: Any,
    example: Any = None,
    headers: Mapping[str, Any] = _POSITION,
) -> Any:
    """A question about the payment in the path."""
    found = docs.answer(description, shape, example=example, headers=headers)
    return {
        "parameters": [IN_PATH, docs.AT_LEAST, *more],
        "responses": {"200": found} | docs.problems(docs.READ_PROBLEMS),
    }


LIST: Final = {
    "parameters": [
        docs.in_query("status", {"type": "string", "enum": list(STATUSES)}, "In this state."),
        docs.in_query(
            "needs_review", {"type": "boolean"}, "Something of it waits for a person, or nothing."
        ),
        docs.in_query("created_after", _TIME, "Exclusive; from 1970 on."),
        docs.in_query("created_before", _TIME, "Exclusive; from 1970 on."),
        docs.CURSOR,
        docs.LIMIT,
        docs.AT_LEAST,
    ],
    "responses": {"200": docs.answer("A page.", ListOf[Payment], example=_PAGE)}
    | docs.problems(docs.LIST_PROBLEMS),
}
_ONE: Final = about_one(
    Payment,
    "As it is now, or was then.",
    docs.IF_NONE_MATCH,
    docs.in_query(
        "as_of",
        _TIME,
        "As it was at this time, from 1970 on. Neither at_least nor as_of_revision with it.",
    ),
    docs.in_query(
        "as_of_revision",
        {"type": "integer", "minimum": 0},
        "As it was after this fact. Neither at_least nor as_of with it.",
    ),
    example=samples.PAYMENT,
    headers=TAGGED,
)
ONE: Final = _ONE | {"responses": {**_ONE["responses"], "304": docs.NOT_MODIFIED}}
ATTEMPTS: Final = about_one(ListOf[Attempt], "Oldest first, all of them.")
DECISION: Final = about_one(Decision, "The recorded decision.")

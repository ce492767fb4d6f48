"""The bodies that merchants may send. Strict: no coercion, no unknown fields, a bound on all."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from api.http.problems import Problem
from api.http.screening import pointer_to
from domain.countries import COUNTRIES
from domain.currencies import EXPONENTS
from domain.money import AMOUNT_MINOR_MAX
from domain.payment.method import PaymentMethod

METADATA_KEYS_MAX: Final = 20
ERRORS_MAX: Final = 20
POINTER_CHARACTERS_MAX: Final = 200


def _currency(code: str) -> str:
    if code not in EXPONENTS:
        raise ValueError("not an ISO 4217 code")
    return code


def _country(code: str) -> str:
    if code not in COUNTRIES:
        raise ValueError("not an ISO 3166-1 alpha-2 code")
    return code


Amount = Annotated[
    int,
    Field(ge=1, le=AMOUNT_MINOR_MAX, description="In minor units: 1999 is 19.99 EUR or 1999 JPY."),
]
Currency = Annotated[
    str,
    Field(min_length=3, max_length=3, pattern="^[A-Z]{3}$", description="ISO 4217."),
    AfterValidator(_currency),
]
Country = Annotated[
    str,
    Field(min_length=2, max_length=2, pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2."),
    AfterValidator(_country),
]
MetadataKey = Annotated[str, Field(min_length=1, max_length=40)]
MetadataValue = Annotated[str, Field(max_length=500)]


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


class PaymentMethodBody(_Body):
    """A token of the payer's instrument, and what is known of it. Never a card number."""

    type: Literal["card", "upi", "netbanking", "wallet"]
    token: Annotated[str, Field(min_length=1, max_length=255)]
    bank: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    brand: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    bin: Annotated[str, Field(min_length=1, max_length=8, pattern="^[0-9]+$")] | None = None
    last4: Annotated[str, Field(min_length=4, max_length=4, pattern="^[0-9]+$")] | None = None
    country: Country | None = None

    def method(self) -> PaymentMethod:
        return PaymentMethod(**self.model_dump())


class CreatePaymentBody(_Body):
    amount: Amount
    currency: Currency
    payment_method: PaymentMethodBody
    capture_method: Literal["automatic", "manual"] = "automatic"
    customer: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    description: Annotated[str, Field(max_length=500)] | None = None
    metadata: Annotated[dict[MetadataKey, MetadataValue], Field(max_length=METADATA_KEYS_MAX)] = {}
    merchant_initiated: bool = False


class CaptureBody(_Body):
    amount: Amount | None = Field(None, description="All that is left when absent.")


class CancelBody(_Body):
    pass


class RefundBody(_Body):
    amount: Amount | None = Field(None, description="All that is left when absent.")
    reason: Annotated[str, Field(min_length=1, max_length=200)] | None = None


Body = TypeVar("Body", bound=BaseModel)


def validated(model: type[Body], value: Any) -> Body:
    """Raises Problem 422 that names the wrong fields and repeats none of their values."""
    try:
        return model.model_validate(value)
    except ValidationError as wrong:
        found = wrong.errors(include_url=False, include_context=False, include_input=False)
        errors = [{"pointer": _pointer(one), "detail": one["msg"]} for one in found[:ERRORS_MAX]]
        raise Problem(
            422, "validation_failed", "The request is not valid.", errors=errors
        ) from None


def _pointer(error: ErrorDetails) -> str:
    steps = [one for one in error["loc"] if one != "[key]"]
    return pointer_to(*steps)[:POINTER_CHARACTERS_MAX]

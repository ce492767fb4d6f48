"""The bodies that merchants may send. Strict: no coercion, no unknown fields, a bound on all."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel, ValidationError
from pydantic.config import JsonDict
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
    Field(
        min_length=3,
        max_length=3,
        pattern="^[A-Z]{3}$",
        description="ISO 4217.",
        json_schema_extra={"enum": sorted(EXPONENTS)},
    ),
    AfterValidator(_currency),
]
Country = Annotated[
    str,
    Field(
        min_length=2,
        max_length=2,
        pattern="^[A-Z]{2}$",
        description="ISO 3166-1 alpha-2.",
        json_schema_extra={"enum": sorted(COUNTRIES)},
    ),
    AfterValidator(_country),
]
# For the document only: screening.py has refused the others before a model sees them.
_PLAIN: Final[JsonDict] = {"pattern": r"^[^\x00-\x1f\x7f-\x9f]*$"}


def _text(most: int, *, least: int = 1) -> Any:
    return Field(min_length=least, max_length=most, json_schema_extra=_PLAIN)


# A pattern of its own would make pydantic say `patternProperties`, which lets all others pass.
MetadataKey = Annotated[str, Field(min_length=1, max_length=40)]
_NAMES: Final[JsonDict] = {"minLength": 1, "maxLength": 40, **_PLAIN}
MetadataValue = Annotated[str, _text(500, least=0)]


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


class PaymentMethodBody(_Body):
    """A token of the payer's instrument, and what is known of it. Never a card number."""

    type: Literal["card", "upi", "netbanking", "wallet"]
    token: Annotated[str, _text(255)]
    bank: Annotated[str, _text(60)] | None = None
    brand: Annotated[str, _text(40)] | None = None
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
    customer: Annotated[str, _text(100)] | None = None
    description: Annotated[str, _text(500, least=0)] | None = None
    metadata: Annotated[
        dict[MetadataKey, MetadataValue],
        Field(max_length=METADATA_KEYS_MAX, json_schema_extra={"propertyNames": _NAMES}),
    ] = {}
    merchant_initiated: bool = False


class CaptureBody(_Body):
    amount: Amount | None = Field(None, description="All that is left when absent.")


class CancelBody(_Body):
    pass


class RefundBody(_Body):
    amount: Amount | None = Field(None, description="All that is left when absent.")
    reason: Annotated[str, _text(200)] | None = None


class _Word(_Body):
    """`attempt`: the try under review, where there are several."""

    attempt: Annotated[str, Field(pattern="^att_[0-9a-f]{32}$")] | None = None
    reason: Annotated[str, _text(500)]
    evidence: Annotated[str, _text(500)]


class _Moved(_Word):
    reference: Annotated[str, _text(128)]
    amount: Amount


class ChargedWord(_Moved):
    """The charge stands at the gateway."""

    outcome: Literal["charged"]
    captured: bool | None = Field(None, description="Taken, or only held; as asked when absent.")


class DoneWord(_Moved):
    """The capture, void, refund or compensation was carried out, by whatever means."""

    outcome: Literal["done"]


class GivenBackWord(_Moved):
    """A charge that nobody wants, and that no interface gives back, was given back by hand."""

    outcome: Literal["given_back"]


class NothingDoneWord(_Word):
    """The try did nothing."""

    outcome: Literal["not_charged", "not_done"]


class AcknowledgedWord(_Word):
    """Nothing is left to settle, and a person has seen it."""

    outcome: Literal["acknowledged"]


Word: TypeAlias = ChargedWord | NothingDoneWord | DoneWord | GivenBackWord | AcknowledgedWord


class ResolveBody(RootModel[Annotated[Word, Field(discriminator="outcome")]]):
    """What an operator says became of what is under review."""

    model_config = ConfigDict(strict=True, frozen=True, hide_input_in_errors=True)


Body = TypeVar("Body", bound=BaseModel)


def validated(model: type[Body], value: Any) -> Body:
    """Raises Problem 422 that names the wrong fields and repeats none of their values."""
    try:
        return model.model_validate(value)
    except ValidationError as wrong:
        found = wrong.errors(include_url=False, include_context=False, include_input=False)
        tags = int(issubclass(model, RootModel))  # of a union, the member comes first
        errors = [
            {"pointer": _pointer(one, tags), "detail": one["msg"]} for one in found[:ERRORS_MAX]
        ]
        raise Problem(
            422, "validation_failed", "The request is not valid.", errors=errors
        ) from None


def _pointer(error: ErrorDetails, tags: int) -> str:
    steps = [one for one in error["loc"][tags:] if one != "[key]"]
    return pointer_to(*steps)[:POINTER_CHARACTERS_MAX]

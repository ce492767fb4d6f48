"""The OpenAPI document: FastAPI's own, with the shapes of bodies and answers filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.http.documentation import VERSION, VERSION_HEADER, name_of
from api.http.models import (
    CancelBody,
    CaptureBody,
    CreatePaymentBody,
    RefundBody,
    ResolveBody,
)
from api.http.operations import Operation
from api.http.schemas import SHAPES
from api.http.versions import HEADER
from domain.api_versions import NEWEST

# Of the document, as a package index takes it; which answers it tells of stands in its description.
VERSION_OF_DOCUMENT: Final = ".".join(str(int(one)) for one in NEWEST.split("-"))
SERVERS: Final = [{"url": "/", "description": "Where this document was read."}]
LICENCE: Final = {"name": "Apache 2.0", "identifier": "Apache-2.0"}
CONTACT: Final = {"name": "Whoever runs this installation"}
TAGS: Final = [
    {"name": "payments", "description": "Charging a payer, and all that follows from it."},
    {"name": "refunds", "description": "Money given back."},
    {"name": "reviews", "description": "What a person has to decide, by an operator's word."},
    {"name": "operations", "description": "How gateways, read models and processes fare."},
    {"name": "notices", "description": "What gateways tell us unasked."},
]
BODIES: Final[tuple[type[BaseModel], ...]] = (
    CreatePaymentBody,
    CaptureBody,
    CancelBody,
    RefundBody,
    ResolveBody,
)
DESCRIPTION: Final = """\
Charges a payer once, through whichever gateway serves best, and tells what happened.

Every command takes an `Idempotency-Key`: send the same key on every repeat, and the command is
carried out once and answered the same. A 202 means that the end is not known yet: no second charge
is tried, and the payment will tell. Errors are problem documents (RFC 9457) with a stable `code`.

This describes version 2026-12-01. `Interlock-Version` asks for another one: commands are answered
as that version answered them, questions with today's truth in its members.
"""


def document(app: FastAPI, operations: Iterable[Operation]) -> dict[str, Any]:
    made = get_openapi(
        title=app.title,
        version=app.version,
        description=DESCRIPTION,
        routes=app.routes,
        servers=SERVERS,
        tags=TAGS,
        license_info=LICENCE,
        contact=CONTACT,
    )
    for operation in operations:
        found = made["paths"][operation.path][operation.method.lower()]
        found.update(_versioned(operation.docs))
        found["description"] = _told_by(operation)
    components = made.setdefault("components", {})
    components["schemas"] = _schemas() | components.get("schemas", {})
    components["securitySchemes"] = {
        "api_key": {
            "type": "http",
            "scheme": "bearer",
            "description": "`ik_...` of a merchant, `io_...` of an operator",
        }
    }
    made["security"] = [{"api_key": []}]
    return made


def _told_by(operation: Operation) -> str:
    """What its handler says of itself, if it does; nothing of how it is implemented."""
    first = next(iter(operation.docs["responses"].values()))["description"]
    return f"{operation.summary}. {first}"


def _versioned(docs: Mapping[str, Any]) -> dict[str, Any]:
    """Whatever asks for an API key is answered in a version."""
    if "security" in docs:
        return dict(docs)
    responses = {
        status: {**one, "headers": {HEADER: VERSION_HEADER, **one["headers"]}}
        if status < "300"
        else one
        for status, one in docs["responses"].items()
    }
    parameters = list(docs.get("parameters", ()))
    if HEADER not in [one["name"] for one in parameters]:  # else it is in some versions only
        parameters.append(VERSION)
    return {**docs, "parameters": parameters, "responses": responses}


def _schemas() -> dict[str, Any]:
    shapes = [*BODIES, *SHAPES]
    _, found = models_json_schema(
        [(one, "validation") for one in shapes], ref_template="#/components/schemas/{model}"
    )
    renamed = {_component(one): name_of(one) for one in shapes}
    schemas: dict[str, Any] = found["$defs"]
    return {renamed.get(name, name): _without_titles(one) for name, one in schemas.items()}


def _component(shape: type[BaseModel]) -> str:
    """As pydantic writes it: `ListOf[Payment]` becomes `ListOf_Payment_`."""
    return shape.__name__.replace("[", "_").replace("]", "_")


def _without_titles(schema: Any) -> Any:
    """Pydantic titles every field with its own name again, and says null of one that may be absent:
    here it is absent."""
    if isinstance(schema, dict):
        return {
            name: _without_titles(one)
            for name, one in schema.items()
            if not (name == "title" and isinstance(one, str))
            and not (name == "default" and one is None)
        }
    if isinstance(schema, list):
        return [_without_titles(one) for one in schema]
    return schema

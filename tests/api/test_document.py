"""The OpenAPI document: valid, complete, and its examples true."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.openapi.models import OpenAPI
from pydantic import BaseModel

from api.http import samples, schemas
from api.http.documentation import name_of
from api.http.models import CreatePaymentBody, RefundBody, validated
from api.http.problems import Problem
from api.http.routes import OPERATIONS
from tests.api.shop import Shop


async def test_the_document_is_valid_and_complete(shop: Shop) -> None:
    answer = await shop.client.get("/openapi.json")
    document = answer.json()
    OpenAPI.model_validate(document)

    components = document["components"]["schemas"]
    for name in references(document):
        assert name in components, name
    operations = [one for path in document["paths"].values() for one in path.values()]
    assert len(operations) == len(OPERATIONS) == len({one["operationId"] for one in operations})
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert all(one["description"] for one in operation["responses"].values())
            in_path = {
                one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"
            }
            assert in_path == {part[1:-1] for part in path.split("/") if part.startswith("{")}


def test_the_examples_are_of_their_shapes() -> None:
    shapes = {name_of(one): one for one in schemas.SHAPES}
    checked = 0
    for operation in OPERATIONS:
        for answer in operation.docs["responses"].values():
            for content in answer.get("content", {}).values():
                if "example" in content:
                    shape: type[BaseModel] = shapes[content["schema"]["$ref"].rsplit("/", 1)[-1]]
                    shape.model_validate(content["example"])
                    checked += 1
    assert checked > 20
    for body in (samples.CREATE, samples.CREATE_MANUAL):
        assert validated(CreatePaymentBody, body).amount == body["amount"]
    assert validated(RefundBody, samples.REFUND_REQUEST).reason == "returned"
    with pytest.raises(Problem):
        validated(RefundBody, {**samples.REFUND_REQUEST, "payment": "x"})


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        found = {value["$ref"].removeprefix("#/components/schemas/")} if "$ref" in value else set()
        return found.union(*(references(one) for one in value.values()))
    if isinstance(value, list):
        return set().union(*(references(one) for one in value))
    return set()

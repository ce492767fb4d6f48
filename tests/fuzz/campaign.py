"""Requests made from the OpenAPI document, good ones and bad ones, and what each answer must be.

The document is judged with the API: an answer that it does not announce fails, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any, Final

import httpx
import requests
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from api.http import schemas
from tests.api.shop import CREATE
from tests.fuzz.budget import tried
from tests.fuzz.world import BASE_URL, World

CHECKS: Final[list[Any]] = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.missing_required_header,
    checks.unsupported_method,
    checks.allow_header_conformance,
]
# What no schema can say of a single request: it depends on others, or on two fields at once.
REASONS: Final = {
    "idempotency_key_reused",
    "card_number_refused",
    "cursor_malformed",
    "position_malformed",
    "parameter_malformed",
}
MONEY_MAY_HAVE_MOVED: Final = {200, 201, 202, 402, 409}
TOKENS: Final = ("tok_ok", "tok_insufficient_funds", "tok_not_processed", "tok_pending_captured")
WAYS: Final = (1, 2, 3, 4, 5, 6, 7, 0)  # which payment; 0: as it was drawn
Name = tuple[str, str]  # method and path


class Campaign:
    """Against one shop. `answers` counts statuses by operation and kind of request."""

    def __init__(self, world: World) -> None:
        self._world = world
        document = world.send("GET", f"{BASE_URL}/openapi.json", []).json()
        self.schema = schemathesis.openapi.from_dict(document)
        self.operations: Mapping[Name, APIOperation[Any, Any, Any, Any]] = {
            (one.method.upper(), one.path): one
            for one in (_read(found) for found in self.schema.get_all_operations())
        }
        self.answers: Counter[tuple[str, str, int]] = Counter()
        self._keys = count()
        self._payments = self._stocked()
        answer = world.run(world.shop.post("/v1/payments", CREATE, key="first"))
        self._position: str = answer.headers["interlock-position"]
        self._tokens = world.shop.tokens

    def attack(self, name: Name, times: int) -> None:
        """Asks the operation about so many things. Raises what hypothesis raises."""
        operation = self.operations[name]
        modes = [GenerationMode.POSITIVE] if self.takes_nothing(name) else list(GenerationMode)
        for mode in modes:
            cases, ways = self._cases(operation, mode), st.sampled_from(WAYS)
            tried(times // len(modes))(given(case=cases, way=ways)(self._try))()

    def _authorization(self, path: str) -> str:
        """Of somebody who may ask it."""
        return f"Bearer {self._tokens['anna' if path.endswith('/resolve') else 'alma']}"

    def takes_nothing(self, name: Name) -> bool:
        """Then there is nothing to vary."""
        operation = self.operations[name]
        return not (_takes_a_key(operation) or [*operation.iter_parameters(), *operation.body])

    def attack_edges(self, name: Name) -> None:
        """Every bound of every field once, other methods, headers left out."""
        operation = self.operations[name]
        config = self.schema.config.generation_for(operation=operation, phase="coverage")
        cases: Iterator[Case[Any]] = self.schema.iter_coverage_cases(
            operation, generation_modes=list(GenerationMode), generation_config=config
        )
        for case in cases:
            if _takes_a_key(operation) and not _is_about(case, "Authorization"):
                case.headers["Authorization"] = self._authorization(operation.path)
            if _is_positive(case) and not _is_about(case, "Idempotency-Key"):
                self._draw_key(case)
            self._judge(case)

    def _cases(
        self, operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode
    ) -> st.SearchStrategy[Case[Any]]:
        """As the document says; of the bad ones, half are good in payment and API key."""
        wild = operation.as_strategy(mode)
        if mode == GenerationMode.POSITIVE or not _takes_a_key(operation):
            return wild
        headers = {"Authorization": self._authorization(operation.path)}
        if "{payment}" not in operation.path:
            return wild | operation.as_strategy(mode, headers=headers)
        known = (
            operation.as_strategy(mode, headers=headers, path_parameters={"payment": one})
            for one in self._payments[:9]
        )
        return wild | st.one_of(*known)

    def _try(self, case: Case[Any], way: int) -> None:
        if _is_positive(case) and way:
            self._make_sense_of(case, way)
        self._judge(case)

    def _make_sense_of(self, case: Case[Any], way: int) -> None:
        """What a schema cannot draw: our API key, a fresh key, payments and positions that are."""
        if _takes_a_key(case.operation):
            case.headers["Authorization"] = self._authorization(case.operation.path)
        self._draw_key(case)
        if "payment" in case.path_parameters:
            is_command = case.method == "POST" and way < 5
            capture = "automatic" if way % 2 or "refunds" in case.path else "manual"
            case.path_parameters["payment"] = (
                self._new(capture) if is_command else self._payments[-way]
            )
        self._make_sense_of_query(case.query, way)

    def _make_sense_of_query(self, query: dict[str, Any], way: int) -> None:
        query.pop("cursor", None)
        if "payment" in query:
            query["payment"] = self._payments[-way]
        if "at_least" in query:
            query["at_least"] = self._position
        for time in {"as_of", "created_after", "created_before"} & query.keys():
            query[time] = "20" + str(query[time])[2:]  # not before there were computers
        exclusive = [one for one in ("at_least", "as_of", "as_of_revision") if one in query]
        for one in exclusive[1:] if way % 2 else exclusive[:-1]:
            del query[one]

    def _new(self, capture: str) -> str:
        """A payment that nobody has touched: captured, or only held."""
        bought = self._world.shop.create(f"new-{next(self._keys)}", capture_method=capture)
        made: str = self._world.run(bought)["id"]
        return made

    def _draw_key(self, case: Case[Any]) -> None:
        if "Idempotency-Key" in case.headers:
            case.headers["Idempotency-Key"] = f"fuzz-{next(self._keys)}"

    def _judge(self, case: Case[Any]) -> None:
        before = self._world.head()
        answer = self._send(case)
        kind = "allowed" if _is_positive(case) else "forbidden"
        self.answers[case.operation.label, kind, answer.status_code] += 1
        self._position = answer.headers.get("interlock-position", self._position)
        if answer.status_code == 201 and answer.json()["object"] == "payment":
            self._payments.append(answer.json()["id"])
        case.validate_response(answer, checks=CHECKS)
        if answer.status_code >= 400:
            said = schemas.Problem.model_validate(answer.json())
            assert said.request_id in (None, answer.headers["request-id"])
            if _is_positive(case) and answer.status_code in (400, 413, 415, 422):
                known = said.code in REASONS or _is_a_whole_fraction(case.body)
                assert known, f"{said} to {case.as_curl_command()}"
        if answer.status_code not in MONEY_MAY_HAVE_MOVED:
            assert self._world.head() == before, "something was kept of a refused request"

    def _send(self, case: Case[Any]) -> httpx.Response:
        asked: dict[str, Any] = case.as_transport_kwargs(base_url=BASE_URL)
        made = requests.Request(
            method=asked["method"],
            url=asked["url"],
            params=asked.get("params"),
            headers=asked["headers"],
            json=asked.get("json"),
            data=asked.get("data"),
        ).prepare()
        assert made.method
        assert made.url
        headers = [(_bytes(name), _bytes(value)) for name, value in made.headers.items()]
        body: Any = made.body or b""  # never a stream: nothing of ours is one
        return self._world.send(made.method, made.url, headers, _bytes(body, "utf-8"))

    def _stocked(self) -> list[str]:
        """Payments in different states, a stranger's, and one that nobody has."""
        shop, run = self._world.shop, self._world.run
        made = [
            run(shop.create(f"{way}-{token}", **_bought(token, way)))
            for token in TOKENS
            for way in ("automatic", "manual")
        ]
        theirs = run(shop.create("theirs", merchant="basil"))
        ids = [one.get("payment", one.get("id", "")) for one in (*made, theirs)]
        return [*ids, "pay_" + "0" * 32]


def _read(found: Any) -> APIOperation[Any, Any, Any, Any]:
    """Raises InvalidSchema."""
    operation: APIOperation[Any, Any, Any, Any] = found.ok()
    return operation


def _is_a_whole_fraction(body: Any) -> bool:
    """1.0 is an integer for a schema, and none for an API that knows no fractions."""
    return isinstance(body, dict) and isinstance(body.get("amount"), float)


def _takes_a_key(operation: APIOperation[Any, Any, Any, Any]) -> bool:
    return bool(operation.definition.raw.get("security", True))


def _is_positive(case: Case[Any]) -> bool:
    return case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE


def _is_about(case: Case[Any], parameter: str) -> bool:
    """Whether this parameter is what the case of an edge tries."""
    about = case.meta.phase.data if case.meta else None
    return getattr(about, "parameter", None) == parameter


def _bought(token: str, way: str) -> dict[str, Any]:
    return {"capture_method": way, "payment_method": {**CREATE["payment_method"], "token": token}}


def _bytes(text: str | bytes, encoding: str = "latin-1") -> bytes:
    return text if isinstance(text, bytes) else text.encode(encoding)

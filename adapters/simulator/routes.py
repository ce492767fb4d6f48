"""The HTTP side of the simulator: paths, headers and closed connections. Decides nothing."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web

from adapters.simulator import charges, lookups, operations
from adapters.simulator.books import Books
from adapters.simulator.by_hand import ByHand, move
from adapters.simulator.controls import ControlChange
from adapters.simulator.desk import Desk
from adapters.simulator.records import CAPTURE, PENDING, REFUND, VOID, Charge
from adapters.simulator.wire import (
    Reply,
    charge_answer,
    error,
    operation_answer,
)

BODY_BYTES_MAX = 65_536
ALL = "all"
_KEY = re.compile(r"[!-~]{1,255}")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
OPERATION_PATHS = {"capture": CAPTURE, "void": VOID, "refunds": REFUND}


def _response(request: web.Request, reply: Reply | None) -> web.Response:
    if reply is None:
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)
    response = web.Response(status=reply.status, body=reply.body, content_type="application/json")
    if reply.retry_after_s is not None:
        response.headers["Retry-After"] = str(reply.retry_after_s)
    if reply.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    key = request.headers.get("Idempotency-Key", request.query.get("key", ""))
    if _KEY.fullmatch(key):
        response.headers["Idempotency-Key"] = key  # whoever asked can tell whose answer it is
    return response


async def _read(request: web.Request) -> bytes | Reply:
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        return error(413, "too_large", f"A body has at most {BODY_BYTES_MAX} bytes.")


def _posting(answer: Callable[[web.Request, bytes, str], Awaitable[Reply | None]]) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        raw = await _read(request)
        if isinstance(raw, Reply):
            return _response(request, raw)
        header = request.headers.get("Idempotency-Key", "")
        return _response(request, await answer(request, raw, header))

    return handle


def _looking(answer: Callable[[str], Awaitable[Reply | None]]) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        return _response(request, await answer(request.query.get("key", "")))

    return handle


def gateway_routes(desk: Desk) -> list[web.RouteDef]:
    """The protocol's endpoints of one gateway under its own base path."""
    base = f"/{desk.name}/v1"
    routes = [
        web.post(f"{base}/charges", _posting(lambda _, raw, key: charges.charge(desk, raw, key))),
        web.get(f"{base}/charges", _looking(lambda key: lookups.find_charge(desk, key))),
        web.get(f"{base}/operations", _looking(lambda key: lookups.find_operation(desk, key))),
        web.post(f"{base}/cancellations", _posting(lambda _, raw, __: lookups.cancel(desk, raw))),
    ]
    for path, kind in OPERATION_PATHS.items():
        routes.append(web.post(f"{base}/charges/{{id}}/{path}", _operating(desk, kind)))
    return routes


def _operating(desk: Desk, kind: str) -> Handler:
    return _posting(
        lambda request, raw, key: operations.operate(desk, kind, request.match_info["id"], raw, key)
    )


def _by_hand(desks: dict[str, Desk]) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        desk, *others = _chosen(desks, request)
        try:
            wanted = msgspec.json.decode(await request.read(), type=ByHand)
        except ValueError as failure:
            return _response(request, error(400, "malformed", f"{failure}."))
        if others:
            return _response(request, error(400, "malformed", "One gateway moves one charge."))
        return _response(request, move(desk, wanted))

    return handle


def witness_routes(desks: dict[str, Desk]) -> list[web.RouteDef]:
    """Control and books: for scripts, demonstrations and tests, no part of the protocol."""

    async def shown(_: web.Request) -> web.StreamResponse:
        return _json({name: desk.controls.shown() for name, desk in desks.items()})

    async def change(request: web.Request) -> web.StreamResponse:
        chosen = _chosen(desks, request)
        try:
            wanted = msgspec.json.decode(await request.read(), type=ControlChange)
            for desk in chosen:
                desk.controls.change(wanted)
        except ValueError as failure:
            return _response(request, error(400, "malformed", f"{failure}."))
        return _json({desk.name: desk.controls.shown() for desk in chosen})

    async def release(request: web.Request) -> web.StreamResponse:
        counts = [
            {"gateway": desk.name, "settled": desk.settler.settle_all(), "released": released}
            for desk in _chosen(desks, request)
            for released in [desk.holds.release()]
        ]
        return _json(counts)

    async def books(request: web.Request) -> web.StreamResponse:
        payment_id = request.query.get("payment_id")
        if payment_id is None:
            return _json({name: _summary(desk) for name, desk in desks.items()})
        return _json(
            [
                _told(desk.name, charge)
                for desk in desks.values()
                for charge in desk.books.charges_of(payment_id)
            ]
        )

    async def nothing(request: web.Request) -> web.StreamResponse:
        words = f"Nothing answers {request.method} {request.path[:80]}."
        return _response(request, error(404, "no_such_path", words, charged="unknown"))

    return [
        web.get("/_control", shown),
        web.post("/_control/{gateway}", change),
        web.post("/_control/{gateway}/release", release),
        web.post("/_control/{gateway}/by_hand", _by_hand(desks)),
        web.get("/_books", books),
        web.route("*", "/{path:.*}", nothing),
    ]


def _json(value: Any) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")


def _chosen(desks: dict[str, Desk], request: web.Request) -> list[Desk]:
    name = request.match_info["gateway"]
    if name == ALL:
        return list(desks.values())
    if name not in desks:
        raise web.HTTPNotFound(text=f"There is no gateway {name!r}; there are {list(desks)}.")
    return [desks[name]]


def _told(gateway: str, charge: Charge) -> dict[str, Any]:
    """A charge with everything that was done to it."""
    return {
        "gateway": gateway,
        **msgspec.structs.asdict(charge_answer(charge)),
        "operations": [operation_answer(one) for one in charge.operations],
    }


def _summary(desk: Desk) -> dict[str, Any]:
    return {**_sums(desk.books), "held": desk.holds.held, "in_flight": desk.busy}


def _sums(books: Books) -> dict[str, Any]:
    """Counts by status and sums by currency in minor units."""
    statuses: dict[str, int] = {}
    sums: dict[str, dict[str, int]] = {}
    for charge in books.charges():
        statuses[charge.status] = statuses.get(charge.status, 0) + 1
        if charge.approved:
            currency = sums.setdefault(
                charge.entry.currency, {"captured": 0, "voided": 0, "refunded": 0}
            )
            currency["captured"] += charge.captured
            currency["voided"] += charge.voided
            currency["refunded"] += charge.refunded
    return {"charges": statuses, "pending": statuses.get(PENDING, 0), "sums": sums}

"""The application as a server runs it. Made of services, and of nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from api.http import pages
from api.http.dependencies import Services
from api.http.middleware import REQUEST_ID, Requests
from api.http.openapi import VERSION_OF_DOCUMENT, document
from api.http.operations import Api, routes
from api.http.problems import Problem, response_to
from api.http.routes import OPERATIONS


def create_app(services: Services) -> FastAPI:
    """Opens nothing and closes nothing but what it started: when the server shuts down, commands
    under way are waited for, bounded (`app.state.api.drain`)."""
    api = Api(services)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await api.drain()

    app = FastAPI(
        title="Interlock",
        version=VERSION_OF_DOCUMENT,
        docs_url=None,  # both pages load scripts from elsewhere; api/http/pages does not
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        exception_handlers={HTTPException: _not_routed, Exception: _unexpected},
    )
    app.state.api = api
    for operation in OPERATIONS:
        app.router.routes.extend(routes(api, operation))
    app.router.routes.extend(pages.ROUTES)
    app.add_middleware(Requests, metrics=api.metrics)
    _document_once(app)
    return app


def _document_once(app: FastAPI) -> None:
    made: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not made:
            made.update(document(app, OPERATIONS))
        return made

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend it


async def _not_routed(request: Request, failure: Exception) -> Response:
    """Unknown paths and methods; Starlette knows no other reason to raise here."""
    status = failure.status_code if isinstance(failure, HTTPException) else 500
    match status:
        case 404:
            said = Problem(404, "not_found", "There is nothing here.")
        case 405:
            allowed = {"Allow": ", ".join(_methods_here(request))}
            said = Problem(405, "method_not_allowed", "Not with this method.", headers=allowed)
        case _:
            return response_to(failure, request.scope[REQUEST_ID])
    return response_to(said, request.scope[REQUEST_ID])


async def _unexpected(request: Request, failure: Exception) -> Response:
    return response_to(failure, request.scope.get(REQUEST_ID, "unknown"))


def _methods_here(request: Request) -> list[str]:
    there: list[Any] = request.app.routes
    return sorted(
        {
            method
            for one in there
            if isinstance(one, Route) and one.matches(request.scope)[0] is not Match.NONE
            for method in one.methods or ()
        }
    )

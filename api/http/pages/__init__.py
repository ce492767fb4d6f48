"""Pages for people: the API's documentation and its problems. Work offline: everything they load is
here, and a browser is forbidden to ask anybody else."""

from __future__ import annotations

import html
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from api.http.middleware import OPERATION
from api.http.problem_codes import CODES

DOCS: Final = "/docs"
PROBLEMS: Final = f"{DOCS}/problems"
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self';"
    " style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
KEPT: Final = {"Cache-Control": "public, max-age=3600"}
# Swagger UI as it was released (swagger-ui/README.md), and the lines that start it.
ASSETS: Final[Mapping[str, tuple[str, str]]] = {
    "swagger-ui-bundle.js": ("swagger-ui/swagger-ui-bundle.js", "text/javascript"),
    "swagger-ui.css": ("swagger-ui/swagger-ui.css", "text/css"),
    "favicon.png": ("swagger-ui/favicon-32x32.png", "image/png"),
    "LICENSE": ("swagger-ui/LICENSE", "text/plain"),
    "start.js": ("start.js", "text/javascript"),
    "page.css": ("page.css", "text/css"),
}


async def documentation(request: Request) -> Response:
    return _page(request, files(__name__).joinpath("index.html").read_text())


async def asset(request: Request) -> Response:
    """Raises HTTPException 404."""
    found = ASSETS.get(request.path_params["name"])
    if found is None:
        raise HTTPException(404)
    request.scope[OPERATION] = "docs"
    body = files(__name__).joinpath(found[0]).read_bytes()
    return Response(body, media_type=found[1], headers=HEADERS | KEPT)


async def problems(request: Request) -> Response:
    rows = "".join(
        f'<tr><td><a href="{PROBLEMS}/{code}"><code>{code}</code></a></td>'
        f"<td>{html.escape(said)}</td></tr>"
        for code, said in CODES.items()
    )
    return _page(request, _framed("Problems", f"<table>{rows}</table>"))


async def one_problem(request: Request) -> Response:
    """Raises HTTPException 404."""
    code = request.path_params["code"]
    if code not in CODES:
        raise HTTPException(404)
    told = f"<p>{html.escape(CODES[code])}</p><p><a href='{PROBLEMS}'>All problems</a></p>"
    return _page(request, _framed(f"<code>{code}</code>", told))


async def home(request: Request) -> Response:
    request.scope[OPERATION] = "docs"
    return RedirectResponse(DOCS, headers=HEADERS)


def _page(request: Request, text: str) -> Response:
    request.scope[OPERATION] = "docs"
    return HTMLResponse(text, headers=HEADERS)


def _framed(title: str, body: str) -> str:
    return (
        "<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>Interlock</title>"
        f"<link rel='stylesheet' href='{DOCS}/page.css'>"
        f"<link rel='icon' href='{DOCS}/favicon.png'></head>"
        f"<body class='words'><h1>{title}</h1>{body}</body></html>"
    )


ROUTES: Final = (
    Route("/", home),
    Route(DOCS, documentation),
    Route(PROBLEMS, problems),
    Route(PROBLEMS + "/{code}", one_problem),
    Route(DOCS + "/{name}", asset),
)

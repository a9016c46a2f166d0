"""The page's server: every address begins with a secret, and answers only to this machine's own name."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from importlib.resources import files
from pathlib import Path
from typing import Any

from anyio.to_thread import run_sync
from pyproj import CRS, Transformer
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sovs_map.errors import SovsMapError
from sovs_map.viewing.asking import Conversation
from sovs_map.viewing.folder import ShownScene, draw_tile
from sovs_map.viewing.outlines import outlines_in
from sovs_map.viewing.sheet import Sheet
from sovs_map.window import Window

ASSETS = {
    "view.js": "text/javascript",
    "view.css": "text/css",
    "leaflet.js": "text/javascript",
    "leaflet.css": "text/css",
}
"""Files that the page loads; no others are given out."""

POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'"
"""Nothing is loaded from elsewhere, and nothing in the page itself runs."""


@dataclass(frozen=True, slots=True, eq=False)
class Exhibition:
    """Everything that the page shows."""

    scenes: tuple[ShownScene, ...]
    """Of a folder of results."""

    conversation: Conversation | None
    """With a store."""

    output: Path
    """Where answers are saved."""

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """Return what the page is told of each scene."""
        own = (self.conversation.sheet,) if self.conversation else ()
        return (*(scene.sheet for scene in self.scenes), *own)


def make_app(shown: Exhibition, token: str, hosts: frozenset[str]) -> Starlette:
    """Return the server's application.

    Args:
        shown: what it shows.
        token: the secret.
        hosts: names, with port, that it answers to; others come from pages that point their own name here.
    """
    tiles = lru_cache(maxsize=512)(partial(_tile, shown))

    async def tile(request: Request) -> Response:
        path = request.path_params
        hidden = frozenset(int(label) for label in request.query_params.get("hidden", "").split(",") if label.isdigit())
        place = (path["scene"], path["layer"], path["z"], path["y"], path["x"], hidden)
        content = await run_sync(lambda: tiles(*place))
        return Response(content, media_type="image/png", headers={"Cache-Control": "private, max-age=3600"})

    routes = [
        Route("/", _page),
        Route("/assets/{name}", _asset),
        Route("/facts", partial(_facts, shown)),
        Route("/tile/{scene:int}/{layer}/{z:int}/{x:int}/{y:int}", tile),
        Route("/place/{scene:int}", partial(_place, shown)),
        Route("/outlines/{scene:int}", partial(_outlines, shown)),
        Route("/ask", partial(_ask, shown), methods=["POST"]),
        Route("/example", partial(_example, shown), methods=["POST"]),
        Route("/save", partial(_save, shown), methods=["POST"]),
    ]
    app = Starlette(
        routes=routes,
        exception_handlers=dict.fromkeys((KeyError, IndexError, ValueError), _unknown) | {SovsMapError: _told},
    )
    return Starlette(routes=[Route("/{rest:path}", _Guard(app, token, hosts), methods=["GET", "POST"])])


class _Guard:
    """Lets those through who know the secret."""

    def __init__(self, app: Starlette, token: str, hosts: frozenset[str]) -> None:
        self._app, self._token, self._hosts = app, token, hosts

    async def __call__(
        self, scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        """Answer a request, or refuse it."""
        request = Request(scope)
        _, given, *rest = request.scope["path"].split("/", 2) if "/" in request.scope["path"] else ("", "")
        trusted = request.headers.get("host", "") in self._hosts
        if not trusted or not secrets.compare_digest(given.encode(), self._token.encode()):
            await Response("this address is not known here", status_code=403)(scope, receive, send)
            return
        inner = dict(scope) | {"path": "/" + (rest[0] if rest else ""), "root_path": "", "raw_path": b""}
        await self._app(inner, receive, send)


async def _page(_request: Request) -> Response:
    return Response(_content("index.html"), media_type="text/html", headers=_headers())


async def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in ASSETS:
        raise HTTPException(404)
    return Response(_content(name), media_type=ASSETS[name], headers=_headers())


def _content(name: str) -> bytes:
    return (files("sovs_map.viewing") / "assets" / name).read_bytes()


def _headers() -> dict[str, str]:
    return {
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }


async def _facts(shown: Exhibition, _request: Request) -> Response:
    return JSONResponse([asdict(sheet) | {"levels": sheet.levels} for sheet in shown.sheets])


def _tile(shown: Exhibition, number: int, layer: str, z: int, y: int, x: int, hidden: frozenset[int]) -> bytes:
    sheet = shown.sheets[number]
    if not 0 <= z <= sheet.levels:
        raise HTTPException(404)
    step = 2 ** (sheet.levels - z)
    side = sheet.tile * step
    place = Window(y * side, x * side, side, side)
    if (place & Window(0, 0, sheet.height, sheet.width)).is_empty or min(x, y) < 0:
        raise HTTPException(404)
    if number < len(shown.scenes):
        return draw_tile(shown.scenes[number], layer, place, step=step, hidden=hidden)
    assert shown.conversation is not None  # noqa: S101 - the last sheet is its
    return shown.conversation.draw(layer, place, step=step)


async def _place(shown: Exhibition, request: Request) -> Response:
    number = request.path_params["scene"]
    row, col = (float(request.query_params[name]) for name in ("row", "col"))
    if number < len(shown.scenes):
        grid = shown.scenes[number].grid
        crs, transform = grid.crs, grid.transform
    else:
        assert shown.conversation is not None  # noqa: S101 - the last sheet is its
        scene, store = shown.conversation.cube.scene, shown.conversation.cube.store
        crs, transform = scene.georeference.crs, scene.georeference.transform
        row, col = row + store.row, col + store.col
    a, b, c, d, e, f = transform
    x, y = a * col + b * row + c, d * col + e * row + f
    told: dict[str, float] = {"row": row, "col": col, "x": x, "y": y}
    if crs is not None:
        lon, lat = _to_degrees(crs).transform(x, y)
        told |= {"lon": lon, "lat": lat}
    return JSONResponse(told)


@lru_cache(maxsize=8)
def _to_degrees(crs: str) -> Transformer:
    return Transformer.from_crs(CRS.from_wkt(crs), "EPSG:4326", always_xy=True)


async def _outlines(shown: Exhibition, request: Request) -> Response:
    scene = shown.scenes[request.path_params["scene"]]
    if scene.polygons is None:
        raise HTTPException(404)
    row, col, height, width = (int(request.query_params[name]) for name in ("row", "col", "height", "width"))
    window = Window(row, col, height, width)
    content = await run_sync(lambda: outlines_in(scene.polygons, scene.grid, window))
    return Response(content, media_type="application/json")


def _conversation(shown: Exhibition) -> Conversation:
    if shown.conversation is None:
        raise HTTPException(404)
    return shown.conversation


async def _ask(shown: Exhibition, request: Request) -> Response:
    talk, told = _conversation(shown), await request.json()
    key = await run_sync(lambda: talk.ask(str(told["phrase"])))
    return JSONResponse({"key": key, "name": talk.question(key).name})


async def _example(shown: Exhibition, request: Request) -> Response:
    talk, told = _conversation(shown), await request.json()
    store = talk.cube.store
    row, col = int(told["row"]) + store.row, int(told["col"]) + store.col
    key = await run_sync(lambda: talk.point(row, col))
    return JSONResponse({"key": key, "name": talk.question(key).name})


async def _save(shown: Exhibition, request: Request) -> Response:
    talk, told = _conversation(shown), await request.json()
    threshold = None if told.get("threshold") is None else float(told["threshold"])
    paths = await run_sync(lambda: talk.save(str(told["key"]), shown.output, threshold=threshold))
    return JSONResponse({"files": [str(path) for path in paths]})


async def _told(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, status_code=400)


async def _unknown(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": f"there is nothing here ({error})"}, status_code=404)

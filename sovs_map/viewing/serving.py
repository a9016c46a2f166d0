"""Serving the page on this machine until the user stops it."""

from __future__ import annotations

import secrets
import socket
import webbrowser
from collections.abc import Callable
from pathlib import Path

import uvicorn

from sovs_map.cube import open_cube
from sovs_map.plan import bound_libraries
from sovs_map.scene.store import is_store
from sovs_map.viewing.app import Exhibition, make_app
from sovs_map.viewing.asking import Conversation
from sovs_map.viewing.folder import read_folder

HOST = "127.0.0.1"


def exhibit(target: Path, *, model: str | None, output: Path) -> Exhibition:
    """Return what a folder of results or a store shows.

    Args:
        target: folder or store.
        model: bundle that made the store; None finds it by its name.
        output: where answers are saved.

    Raises:
        SceneError: it is neither.
    """
    bound_libraries()
    if is_store(str(target)):
        return Exhibition((), Conversation(open_cube(target, model=model)), output)
    return Exhibition(read_folder(target), None, output)


def serve(shown: Exhibition, *, port: int, tell: Callable[[str], None], browse: bool) -> None:
    """Serve the page until the process is interrupted.

    Args:
        shown: what it shows.
        port: 0 takes a free one.
        tell: called with the address.
        browse: whether the user's browser is opened.
    """
    token = secrets.token_urlsafe(24)
    with socket.create_server((HOST, port)) as listener:
        number = listener.getsockname()[1]
        address = f"http://{HOST}:{number}/{token}/"
        app = make_app(shown, token, frozenset({f"{HOST}:{number}", f"localhost:{number}"}))
        tell(address)
        if browse:
            webbrowser.open(address)
        uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listener])

"""How long a browser waits for a window of a store's answer while one pans.

usage: python benchmarks/panning.py STORE [--pans 50] [--side 1000] [--phrase "open water"]

Each pan is a window of ``side`` x ``side`` pixels at a random place, at full resolution; its tiles, picture and heat, are
fetched over HTTP by six connections, as browsers have. No window is asked for twice.
"""

from __future__ import annotations

import argparse
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import httpx
import numpy as np
import uvicorn

from sovs_map.viewing.app import make_app
from sovs_map.viewing.serving import HOST, exhibit

CONNECTIONS = 6
"""Of a browser to one server."""

WORD = "measured"
"""The page's secret here."""


def main() -> None:
    """Serve, pan, print."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("store", type=Path)
    ask.add_argument("--pans", type=int, default=50)
    ask.add_argument("--side", type=int, default=1000)
    ask.add_argument("--phrase", default="open water")
    asked = ask.parse_args()
    with _served(asked.store) as address, httpx.Client(base_url=address, timeout=60) as client:
        (sheet,) = client.get("facts").json()
        key = client.post("ask", json={"phrase": asked.phrase}).json()["key"]
        chance = np.random.default_rng(0)
        seconds = []
        with ThreadPoolExecutor(CONNECTIONS) as connections:
            for _ in range(asked.pans):
                row, col = (int(chance.integers(0, max(1, sheet[axis] - asked.side))) for axis in ("height", "width"))
                tiles = _tiles(sheet["tile"], row, col, asked.side)
                names = [f"tile/0/{layer}/{sheet['levels']}/{x}/{y}" for layer in ("picture", key) for y, x in tiles]
                started = time.monotonic()
                for answer in connections.map(client.get, names):
                    answer.raise_for_status()
                seconds.append(time.monotonic() - started)
    half, most = np.percentile(seconds, (50, 95))
    print(f"{asked.pans} pans of {asked.side} x {asked.side} pixels: median {half:.3f} s, 95th percentile {most:.3f} s")


def _tiles(tile: int, row: int, col: int, side: int) -> list[tuple[int, int]]:
    rows, cols = (range(start // tile, -(-(start + side) // tile)) for start in (row, col))
    return list(product(rows, cols))


@contextmanager
def _served(store: Path) -> Iterator[str]:
    with socket.create_server((HOST, 0)) as listener:
        place = f"{HOST}:{listener.getsockname()[1]}"
        app = make_app(exhibit(store, model=None, output=Path()), WORD, frozenset({place}))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield f"http://{place}/{WORD}/"
        server.should_exit = True
        thread.join()


if __name__ == "__main__":
    main()

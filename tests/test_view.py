"""The local page: what it shows is what the files hold, and nobody else gets in."""

import io
import re
import shutil
import socket
import threading
import time

import numpy as np
import pytest
import rasterio
import uvicorn
from click.testing import CliRunner
from matplotlib import image
from playwright.sync_api import expect, sync_playwright
from starlette.testclient import TestClient
from test_embedding import CLASSES, SMALL, make_db, write_scene

import sovs_map
from sovs_map.cli import cli
from sovs_map.viewing.app import make_app
from sovs_map.viewing.serving import HOST, exhibit

WORD = "a-secret"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("view")
    scene = write_scene(folder / "bay.tif", make_db(300, hole=True))
    sovs_map.embed_scene(scene, folder / "bay.zarr", **SMALL)
    sovs_map.map_scene(scene, classes=CLASSES, output=folder / "maps", **SMALL)
    return folder


def client(folder, target, *, host="127.0.0.1:1"):
    app = make_app(exhibit(folder / target, model=None, output=folder / "saved"), WORD, frozenset({"127.0.0.1:1"}))
    return TestClient(app, base_url=f"http://{host}", raise_server_exceptions=False)


def picture(answer):
    assert answer.headers["content-type"] == "image/png"
    return np.moveaxis(np.rint(image.imread(io.BytesIO(answer.content)) * 255).astype(int), -1, 0)


def test_tiles_of_labels_have_the_palette_of_the_raster(folder):
    got = picture(client(folder, "maps").get(f"/{WORD}/tile/0/labels/1/0/0"))

    with rasterio.open(folder / "maps" / "bay_labels.tif") as source:
        labels, palette = source.read(1)[:256, :256], source.colormap(1)
    expected = np.array([palette[label] for label in range(256)])[labels]
    np.testing.assert_array_equal(np.moveaxis(got[:3], 0, -1)[labels != 255], expected[labels != 255][:, :3])
    np.testing.assert_array_equal(got[3] == 0, labels == 255)


def test_hidden_classes_are_left_out(folder):
    got = picture(client(folder, "maps").get(f"/{WORD}/tile/0/labels/1/0/0?hidden=1,3"))

    with rasterio.open(folder / "maps" / "bay_labels.tif") as source:
        np.testing.assert_array_equal(got[3] > 0, source.read(1)[:256, :256] == 2)


def test_areas_are_those_of_the_raster(folder):
    (sheet,) = client(folder, "maps").get(f"/{WORD}/facts").json()

    with rasterio.open(folder / "maps" / "bay_labels.tif") as source:
        pixels = np.bincount(source.read(1).ravel(), minlength=256)
    assert [one["name"] for one in sheet["classes"]] == ["water", "forest", "urban area"]
    assert [one["area_m2"] for one in sheet["classes"]] == pytest.approx([400 * pixels[k] for k in (1, 2, 3)], rel=1e-3)


def test_outlines_lie_where_the_labels_do(folder):
    got = client(folder, "maps").get(f"/{WORD}/outlines/0?row=0&col=0&height=300&width=300").json()

    points = np.array([point for one in got["features"] for point in one["geometry"]["coordinates"][0]])
    assert (points[:, 0].min(), points[:, 0].max(), points[:, 1].min(), points[:, 1].max()) == (0, 300, -300, 0)


def test_heat_is_what_the_cube_answers(folder):
    page, cube = client(folder, "bay.zarr"), sovs_map.open_cube(folder / "bay.zarr")
    key = page.post(f"/{WORD}/ask", json={"phrase": "open water"}).json()["key"]
    (sheet,) = page.get(f"/{WORD}/facts").json()

    got = picture(page.get(f"/{WORD}/tile/0/{key}/{sheet['levels']}/2/2"))

    row, col = 2 * sheet["tile"] + cube.store.row, 2 * sheet["tile"] + cube.store.col
    heat = cube.query("open water").values[row : row + sheet["tile"], col : col + sheet["tile"]]
    np.testing.assert_allclose(got[3], 255 * 0.75 * np.sqrt(np.nan_to_num(heat)), atol=1.01)


@pytest.mark.parametrize(
    ("path", "host"),
    [
        ("/facts", None),
        ("/wrong/facts", None),
        ("/", None),
        (f"/{WORD}x/", None),
        (f"/{WORD}/facts", "evil.example:1"),
    ],
)
def test_who_does_not_know_the_secret_or_comes_by_another_name_is_refused(folder, path, host):
    assert client(folder, "maps", host=host or "127.0.0.1:1").get(path).status_code == 403


@pytest.mark.parametrize("name", ["../app.py", "..%2fapp.py", "%2e%2e/app.py", "leaflet-LICENSE.txt", "nothing"])
def test_no_other_file_is_given_out(folder, name):
    assert client(folder, "maps").get(f"/{WORD}/assets/{name}").status_code in (403, 404)


@pytest.mark.parametrize(
    "address", ["tile/0/labels/9/0/0", "tile/0/labels/1/7/0", "tile/0/nothing/1/0/0", "outlines/7?row=0"]
)
def test_what_is_not_there_is_an_error_and_no_crash(folder, address):
    assert client(folder, "maps").get(f"/{WORD}/{address}").status_code == 404


def test_a_phrase_that_is_too_long_is_told_to_the_page(folder):
    answer = client(folder, "bay.zarr").post(f"/{WORD}/ask", json={"phrase": "a long river " * 20})

    assert answer.status_code == 400
    assert "Shorten it" in answer.json()["error"]


def test_folders_without_results_are_refused_with_advice(tmp_path):
    result = CliRunner().invoke(cli, ["view", str(tmp_path), "--no-browser"])

    assert result.exit_code == 5
    assert "sovs-map scene.tif --classes" in result.stderr


@pytest.fixture(scope="module")
def serve(folder):
    servers = []

    def start(target):
        listener = socket.create_server((HOST, 0))
        place = f"{HOST}:{listener.getsockname()[1]}"
        app = make_app(exhibit(folder / target, model=None, output=folder / "saved"), WORD, frozenset({place}))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.02)
        servers.append((server, thread, listener))
        return place

    yield start
    for server, thread, listener in servers:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, serve):
    """Open a page, and see at the end that it neither complained nor loaded anything from elsewhere."""
    opened = []

    def go(target):
        place, page = serve(target), browser.new_page(viewport={"width": 1400, "height": 900})
        told, asked = [], []
        page.on("console", lambda message: told.append(message.text))
        page.on("pageerror", lambda error: told.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"http://{place}/{WORD}/")
        expect(page.locator("#status")).to_have_text("Ready.")
        opened.append((page, place, told, asked))
        return page

    yield go
    for page, place, told, asked in opened:
        page.close()
        assert told == []
        assert all(url.startswith((f"http://{place}/", "data:")) for url in asked)


def test_phrases_are_typed_examples_are_clicked_and_answers_are_saved(open_page, folder):
    page = open_page("bay.zarr")
    for phrase in ("open water", "dense forest"):
        page.get_by_label("Ask for anything").fill(phrase)
        page.get_by_role("button", name="Ask").click()
        expect(page.locator("#status")).to_have_text(f"Shown: {phrase}")
    page.get_by_role("button", name="Pick an example").click()
    page.locator("#map").click(position={"x": 600, "y": 500})
    expect(page.locator("#status")).to_have_text(re.compile("Shown: like row"))
    expect(page.locator("#answers li")).to_have_count(3)

    saving = page.locator("#answers li").filter(has_text="open water")
    saving.get_by_role("button", name="Save polygons from").click()

    expect(page.locator("#status")).to_have_text(re.compile("Saved: "), timeout=30_000)
    assert (folder / "saved" / "bay_open-water_probability.tif").exists()
    assert (folder / "saved" / "bay_open-water_polygons.gpkg").exists()
    page.wait_for_load_state("networkidle")
    assert page.locator("img.leaflet-tile-loaded").count() > 0


def test_classes_are_switched_off_by_keyboard_and_outlines_are_drawn(open_page):
    page = open_page("maps")
    with page.expect_request(re.compile("hidden=1$")):
        page.get_by_role("checkbox", name=re.compile("^water")).focus()
        page.keyboard.press("Space")
    with page.expect_response(re.compile("/outlines/")):
        page.get_by_role("checkbox", name="Outlines").check()
    expect(page.locator("path.leaflet-interactive").first).to_be_visible()
    before = page.locator("#cursor").text_content()

    page.locator("#map").hover(position={"x": 500, "y": 450})

    expect(page.locator("#cursor")).to_have_text(re.compile(r"row \d+, column \d+ · x .*°"))
    assert before == ""

"""STAC documents of a few lines, and where tests write them."""

import json

from sovs_map.scene import find_scenes

COG = "image/tiff; application=geotiff; profile=cloud-optimized"


def asset(href, **facts):
    return {"href": href, "type": COG, "roles": ["data"], **facts}


VV_VH = {"vv": asset("./a.tif"), "vh": asset("./b.tif")}


def make_item(name="S1A_x", assets=VV_VH, **properties):
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": name,
        "geometry": None,
        "properties": {"datetime": "2024-01-01T00:00:00Z", **properties},
        "links": [],
        "assets": assets,
    }


def make_catalog(*links, kind="Catalog"):
    told = [{"rel": rel, "href": href} for rel, href in links]
    return {"type": kind, "stac_version": "1.0.0", "id": "c", "description": "c", "links": told}


def write(path, document):
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document))
    return str(path)


def found(document, folder):
    return find_scenes([write(folder / "in.json", document)])

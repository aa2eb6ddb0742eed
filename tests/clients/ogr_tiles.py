"""GDAL's MVT driver reads our tiles: the same features at the same places as the items of the collection."""

import json
import math
import os
import re
import subprocess
import tempfile
import urllib.error
import urllib.request

from server import REGISTERS, URL, ClientTest, collection_ids, features, get, matched, run

HANOI = (105.75, 20.98)


def tile_of(zoom, lon, lat):
    """Row and column by the formulas of the standard."""
    side = 2 ** zoom
    col = int((lon + 180) / 360 * side)
    row = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * side)
    return row, col


def corner(zoom, row, col):
    side = 2 ** zoom
    return col / side * 360 - 180, math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / side))))


def read(path, zoom, row, col):
    """Layers of a tile as GDAL gives them in longitude and latitude: features by layer name."""
    request = urllib.request.Request(f"{URL}{path}/tiles/WebMercatorQuad/{zoom}/{row}/{col}")
    with urllib.request.urlopen(request, timeout=60) as response:
        body = response.read()
        if response.status == 204:
            return {}
    with tempfile.TemporaryDirectory() as folder:
        tile = os.path.join(folder, "tile.mvt")
        with open(tile, "wb") as file:
            file.write(body)
        place = ["-oo", f"X={col}", "-oo", f"Y={row}", "-oo", f"Z={zoom}"]
        layers = {}
        listed = ogr("ogrinfo", "-ro", "-q", *place, tile)
        for line in listed.splitlines():
            name = line.split(": ", 1)[1].split(" (")[0]
            out = os.path.join(folder, f"{name}.geojson")
            ogr("ogr2ogr", "-t_srs", "OGC:CRS84", *place, out, tile, name)
            with open(out, encoding="utf-8") as file:
                layers[name] = json.load(file)["features"]
        return layers


def ogr(program, *arguments):
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0 or "ERROR" in done.stderr:
        raise AssertionError(f"{program} {' '.join(arguments)}\n{done.stdout}{done.stderr}")
    return done.stdout


class ReadsTiles(ClientTest):
    def test_every_place_of_a_collection_lies_where_its_items_say(self):
        zoom = 13
        for collection in ("craft_villages", "treatment_stations"):
            tiles = {}
            for feature in features(collection):
                if feature["geometry"] is None:
                    continue
                lon, lat = feature["geometry"]["coordinates"][:2]
                row, col = tile_of(zoom, lon, lat)
                layers = tiles.setdefault((row, col), None) or read(f"/collections/{collection}", zoom, row, col)
                tiles[row, col] = layers
                places = {f["properties"]["id"]: f["geometry"]["coordinates"] for f in layers[collection]}
                # Grouped into a more important neighbour of the same pixel (19 m), or there itself.
                near = [(x, y) for x, y in places.values() if abs(x - lon) < 2e-4 and abs(y - lat) < 2e-4]
                self.assertTrue(near, f"{collection} {feature['id']} at {lon} {lat}")
                if feature["id"] in places:
                    x, y = places[feature["id"]]
                    self.assertLess(max(abs(x - lon), abs(y - lat)), 1e-5, feature["id"])

    def test_a_tile_of_all_collections_has_one_layer_for_each_and_lies_in_its_square(self):
        zoom = 10
        row, col = tile_of(zoom, *HANOI)
        layers = read("", zoom, row, col)
        self.assertTrue({"clusters", "craft_villages", "admin_units", "waterways"} <= set(layers), sorted(layers))
        with_places = {name for name, kind in REGISTERS.items() if kind}
        self.assertEqual({name for name in layers if name in REGISTERS} - with_places, set())
        west, north = corner(zoom, row, col)
        east, south = corner(zoom, row + 1, col + 1)
        beyond = (east - west) / 50

        def check(at):
            if isinstance(at[0], list):
                for part in at:
                    check(part)
            else:
                self.assertTrue(west - beyond <= at[0] <= east + beyond and south - beyond <= at[1] <= north + beyond, at)

        for layer in layers.values():
            for feature in layer:
                check(feature["geometry"]["coordinates"])

    def test_attributes_arrive_as_the_tileset_declares_them(self):
        row, col = tile_of(11, *HANOI)
        declared = get("/collections/clusters/tiles/WebMercatorQuad")["layers"][0]["propertiesSchema"]["properties"]
        for feature in read("/collections/clusters", 11, row, col)["clusters"]:
            values = {name: value for name, value in feature["properties"].items() if name != "mvt_id"}
            self.assertEqual(set(values) - set(declared), set())
            self.assertIn(feature["properties"]["compliance_status"], declared["compliance_status"]["enum"])


class OpensTilesets(ClientTest):
    """The driver OGCAPI, which finds the tilesets by the links of a collection."""

    def test_every_collection_is_found_from_the_root(self):
        listed = ogr("ogrinfo", "-ro", f"OGCAPI:{URL}")
        for collection in collection_ids():
            self.assertIn(f"OGCAPI:{URL}/collections/{collection}", listed)
        read = ogr("ogrinfo", "-ro", "-so", "-oo", "API=ITEMS", f"OGCAPI:{URL}/collections/clusters", "clusters")
        self.assertIn(f"Feature Count: {matched('clusters')}", read)

    def test_tiles_are_read_zoom_by_zoom(self):
        version = tuple(int(part) for part in re.search(r"GDAL (\d+)\.(\d+)\.(\d+)", ogr("ogrinfo", "--version")).groups())
        if version < (3, 7, 1):
            # From 3.5 to 3.7.0 the part of the driver that reads vector tiles is not compiled in (OSGeo/gdal #7993): it
            # reads every document of the tileset and then opens nothing, of whatever server.
            self.skipTest(f"GDAL {version} has no vector tiles in its driver OGCAPI")
        # It takes the extent of a collection, which is in degrees, for one in the metres of the matrix set: the deeper
        # zooms are there for who names the extent in metres.
        extent = ["MINX=11700000", "MINY=2300000", "MAXX=11900000", "MAXY=2500000"]
        extent = [part for pair in extent for part in ("-oo", pair)]
        source = f"OGCAPI:{URL}/collections/clusters"
        listed = ogr("ogrinfo", "-ro", "-q", "-oo", "API=TILES", *extent, source)
        self.assertEqual(listed.count("Zoom level"), 21, listed)
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "out.geojson")
            ogr("ogr2ogr", "-t_srs", "OGC:CRS84", "-oo", "API=TILES", *extent, out, source, "Zoom level 9")
            with open(out, encoding="utf-8") as file:
                read = json.load(file)["features"]
        known = {feature["id"] for feature in features("clusters") if feature["geometry"] is not None}
        self.assertTrue(read)
        self.assertEqual({feature["properties"]["id"] for feature in read} - known, set())


class Refuses(ClientTest):
    def test_a_tile_beyond_the_limits_is_not_found(self):
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{URL}/tiles/WebMercatorQuad/9/0/0", timeout=60)
        self.assertEqual(caught.exception.code, 404)


if __name__ == "__main__":
    run()

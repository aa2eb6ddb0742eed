"""GDAL's OAPIF driver reads every collection: ogrinfo and ogr2ogr as a user runs them."""

import json
import os
import re
import sqlite3
import subprocess
import tempfile
import unicodedata

from server import (COMPLIANCE, HOSTILE, REGISTERS, URL, ClientTest, collection_ids, features, hostile_rows, matched, run,
                    valued_types)

# What OGR calls the types that a collection declares. Its JSON reader takes whole numbers for Integer or Integer64 by size.
OGR_TYPES = {
    "string": {"String"},
    "integer": {"Integer", "Integer64"},
    "number": {"Real"},
    "boolean": {"Integer(Boolean)"},
    "date": {"Date"},
    "date-time": {"DateTime"},
}
OGR_GEOMETRY = {
    "Point": "Point",
    "Polygon": "Polygon",
    "MultiPolygon": "Multi Polygon",
    "MultiLineString": "Multi Line String",
    # GeoJSON has no word for a table without geometry, so the driver leaves it open.
    None: "Unknown (any)",
}


def ogr(program, *arguments):
    """Output of a GDAL program; its warnings are faults of ours until shown otherwise."""
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=600, check=False,
                          env={**os.environ, "LC_ALL": "C.UTF-8"})
    if done.returncode != 0 or "ERROR" in done.stderr:
        raise AssertionError(f"{program} {' '.join(arguments)}\n{done.stdout}{done.stderr}")
    return done.stdout


def summary(collection, *arguments):
    return ogr("ogrinfo", "-ro", "-so", *arguments, "OAPIF:" + URL, collection)


def feature_count(text):
    return int(re.search(r"^Feature Count: (\d+)$", text, re.MULTILINE).group(1))


def field_types(text):
    """Fields of a summary: `area_m2: Real (0.0)`, `is_demo: Integer(Boolean) (0.0)`."""
    return dict(re.findall(r"^(\w+): (\w+(?:\(\w+\))?) \(\d+\.\d+\)", text, re.MULTILINE))


class ListsCollections(ClientTest):
    def test_every_collection_of_the_contract_is_listed(self):
        listed = set(re.findall(r"^\d+: ([\w-]+)", ogr("ogrinfo", "-ro", "OAPIF:" + URL), re.MULTILINE))
        self.assertEqual(set(REGISTERS) - listed, set(), "registers that ogrinfo does not list")
        self.assertEqual(set(collection_ids()) ^ listed, set(), "ogrinfo and /collections differ")

    def test_no_register_of_the_sample_is_empty(self):
        self.assertEqual([collection for collection in REGISTERS if matched(collection) == 0], [])


class ReadsCollections(ClientTest):
    def test_every_feature_is_counted(self):
        for collection in collection_ids():
            with self.subTest(collection):
                self.assertEqual(feature_count(summary(collection)), matched(collection))

    def test_fields_have_the_declared_types(self):
        for collection in collection_ids():
            found = field_types(summary(collection))
            for name, declared in valued_types(collection).items():
                with self.subTest(collection, field=name):
                    self.assertIn(found.get(name, "no such field"), OGR_TYPES[declared])

    def test_compliance_is_attached_to_sites(self):
        for collection in ("clusters", "craft_villages"):
            self.assertEqual(set(COMPLIANCE) - set(field_types(summary(collection))), set(), collection)

    def test_geometry_types_are_those_of_the_contract(self):
        for collection, geometry in REGISTERS.items():
            if geometry == "any":
                continue
            with self.subTest(collection):
                found = re.search(r"^Geometry: (.*)$", summary(collection), re.MULTILINE).group(1)
                self.assertEqual(found, OGR_GEOMETRY[geometry])

    def test_places_are_in_longitude_and_latitude_of_hanoi(self):
        text = summary("clusters")
        self.assertRegex(text, r'(?s)GEOG(CRS|CS)\["WGS 84')
        west, south, east, north = map(float, re.search(
            r"Extent: \(([\d.]+), ([\d.]+)\) - \(([\d.]+), ([\d.]+)\)", text).groups())
        self.assertTrue(105 < west < east < 106.2 and 20.4 < south < north < 21.6, (west, south, east, north))


class Filters(ClientTest):
    BOX = ("105.70", "20.90", "105.90", "21.10")

    def test_a_box_gives_what_bbox_gives(self):
        for collection in ("clusters", "craft_villages", "buildings", "waterways"):
            with self.subTest(collection):
                # OGR keeps only features that have a place; the standard lets the others match every box.
                wanted = [f for f in features(collection, bbox=",".join(self.BOX)) if f["geometry"] is not None]
                self.assertEqual(feature_count(summary(collection, "-spat", *self.BOX)), len(wanted))

    def test_an_attribute_filter_gives_what_the_query_parameter_gives(self):
        for status in ("compliant", "non_compliant", "unknown"):
            with self.subTest(status):
                text = summary("craft_villages", "-where", f"compliance_status = '{status}'")
                self.assertEqual(feature_count(text), matched("craft_villages", compliance_status=status))

    def test_a_feature_is_found_by_its_id(self):
        wanted = next(features("clusters"))
        text = ogr("ogrinfo", "-ro", "-where", f"id = '{wanted['id']}'", "OAPIF:" + URL, "clusters")
        self.assertEqual(feature_count(text), 1)
        self.assertIn(f"= {wanted['id']}\n", text)


class Copies(ClientTest):
    """ogr2ogr to GeoPackage and back by plain SQL."""

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="langxanh-")
        cls.addClassCleanup(directory.cleanup)
        cls.path = os.path.join(directory.name, "copy.gpkg")
        ogr("ogr2ogr", "-f", "GPKG", cls.path, "OAPIF:" + URL)

    def rows(self, collection):
        with sqlite3.connect(self.path) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(f'SELECT * FROM "{collection}"').fetchall()

    def test_every_row_arrives_with_its_text_intact(self):
        for collection in collection_ids():
            with self.subTest(collection):
                rows = {row["id"]: row for row in self.rows(collection)}
                served = {feature["id"]: feature["properties"] for feature in features(collection)}
                self.assertEqual(rows.keys() ^ served.keys(), set(), "ids on one side only")
                for identity, properties in served.items():
                    for name, value in properties.items():
                        # Dates and times are text in JSON and in SQL, in different clothes.
                        if isinstance(value, str) and not re.match(r"\d{4}-\d\d-\d\dT", value):
                            self.assertEqual(rows[identity][name], value, f"{identity}.{name}")
                            self.assertTrue(unicodedata.is_normalized("NFC", value), f"{identity}.{name} is not NFC")

    def test_attribute_tables_arrive_without_places(self):
        for collection in (name for name, geometry in REGISTERS.items() if geometry is None):
            with sqlite3.connect(self.path) as connection:
                column, = connection.execute(
                    "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?", [collection]).fetchone()
            places = [row[column] for row in self.rows(collection)]
            self.assertEqual(places, [None] * matched(collection), collection)

    def test_quotes_backslashes_and_control_characters_arrive(self):
        self.require_hostile_strings()
        found = {row["ref"]: row["text"] for row in self.rows(HOSTILE)}
        self.assertEqual(found, {ref: row["text"] for ref, row in hostile_rows().items()})


if __name__ == "__main__":
    run()

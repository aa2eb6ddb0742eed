"""Headless QGIS reads every collection through its OGC API - Features provider."""

import os
import tempfile

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# QGIS keeps a disk cache of metadata in its profile: a profile of our own has none.
PROFILE = tempfile.TemporaryDirectory(prefix="langxanh-qgis-")
os.environ["HOME"] = PROFILE.name
os.environ["XDG_RUNTIME_DIR"] = PROFILE.name
os.environ["QGIS_CUSTOM_CONFIG_PATH"] = PROFILE.name

from qgis.core import QgsApplication, QgsFeatureRequest, QgsRectangle, QgsVectorLayer, QgsWkbTypes  # noqa: E402
from qgis.PyQt.QtCore import QDate, QVariant  # noqa: E402

from server import (COMPLIANCE, HOSTILE, REGISTERS, URL, ClientTest, collection_ids, features, hostile_rows, matched,  # noqa: E402
                    run, valued_types)

APPLICATION = QgsApplication([], False)
APPLICATION.initQgis()

# Its JSON reader takes whole numbers for Int or LongLong by size.
QT_TYPES = {
    "string": {QVariant.String},
    "integer": {QVariant.Int, QVariant.LongLong},
    "number": {QVariant.Double},
    "boolean": {QVariant.Bool, QVariant.Int},
    "date": {QVariant.Date},
    "date-time": {QVariant.DateTime},
}
GEOMETRY = {
    "Point": QgsWkbTypes.Point,
    "Polygon": QgsWkbTypes.Polygon,
    "MultiPolygon": QgsWkbTypes.MultiPolygon,
    "MultiLineString": QgsWkbTypes.MultiLineString,
    None: QgsWkbTypes.NoGeometry,
}


def layer(collection, subset=None):
    uri = f"url='{URL}' typename='{collection}'"
    if subset is not None:
        uri += f" sql={subset}"
    made = QgsVectorLayer(uri, collection, "OAPIF")
    if not made.isValid():
        reason = made.dataProvider().error().summary() if made.dataProvider() else "there is no OAPIF provider"
        raise AssertionError(f"QGIS does not open {collection}: {reason}")
    return made


class ReadsCollections(ClientTest):
    def test_every_feature_is_counted_and_read(self):
        for collection in collection_ids():
            with self.subTest(collection):
                opened = layer(collection)
                self.assertEqual(opened.featureCount(), matched(collection))
                self.assertEqual(sum(1 for _ in opened.getFeatures()), matched(collection))

    def test_fields_have_the_declared_types(self):
        for collection in collection_ids():
            fields = {field.name(): field for field in layer(collection).fields()}
            for name, declared in valued_types(collection).items():
                with self.subTest(collection, field=name):
                    self.assertIn(name, fields)
                    self.assertIn(fields[name].type(), QT_TYPES[declared], fields[name].typeName())

    def test_compliance_is_attached_to_sites(self):
        for collection in ("clusters", "craft_villages"):
            self.assertEqual(set(COMPLIANCE) - {field.name() for field in layer(collection).fields()}, set(), collection)

    def test_geometry_types_are_those_of_the_contract(self):
        for collection, geometry in REGISTERS.items():
            if geometry == "any":
                continue
            with self.subTest(collection):
                found = layer(collection).wkbType()
                self.assertEqual(QgsWkbTypes.displayString(found), QgsWkbTypes.displayString(GEOMETRY[geometry]))

    def test_layers_are_in_wgs_84_and_lie_in_hanoi(self):
        opened = layer("craft_villages")
        self.assertIn(opened.crs().authid(), ("OGC:CRS84", "EPSG:4326"))
        extent = opened.extent()
        self.assertTrue(QgsRectangle(105, 20.4, 106.2, 21.6).contains(extent), extent.toString())
        first = next(opened.getFeatures())
        wanted = next(f for f in features("craft_villages") if f["id"] == first["id"])
        longitude, latitude = wanted["geometry"]["coordinates"][:2]
        point = first.geometry().asPoint()
        self.assertAlmostEqual(point.x(), longitude, places=9)
        self.assertAlmostEqual(point.y(), latitude, places=9)


class Filters(ClientTest):
    def test_a_rectangle_gives_what_bbox_gives(self):
        request = QgsFeatureRequest(QgsRectangle(105.7, 20.9, 105.9, 21.1))
        for collection in ("craft_villages", "clusters"):
            with self.subTest(collection):
                found = {feature["id"] for feature in layer(collection).getFeatures(request)}
                # QGIS compares the boxes of geometries unless asked for an exact intersection, as it is here.
                exact = QgsFeatureRequest(request).setFlags(QgsFeatureRequest.ExactIntersect)
                exactly = {feature["id"] for feature in layer(collection).getFeatures(exact)}
                served = features(collection, bbox="105.7,20.9,105.9,21.1")
                wanted = {feature["id"] for feature in served if feature["geometry"] is not None}
                self.assertEqual(exactly, wanted)
                self.assertEqual(wanted - found, set())

    def test_a_subset_filter_gives_what_the_query_parameter_gives(self):
        for status in ("compliant", "non_compliant", "unknown"):
            with self.subTest(status):
                opened = layer("craft_villages")
                self.assertTrue(opened.setSubsetString(f"compliance_status = '{status}'"))
                found = {feature["id"] for feature in opened.getFeatures()}
                self.assertEqual(found, {feature["id"] for feature in features("craft_villages", compliance_status=status)})

    def test_a_filter_by_date_gives_the_days_from_then_on(self):
        opened = layer("effluent_samples")
        field = next(field.name() for field in opened.fields() if field.type() == QVariant.Date)
        newest = max(f["properties"][field] for f in features("effluent_samples") if f["properties"][field] is not None)
        self.assertTrue(opened.setSubsetString(f"{field} >= '{newest}'"))
        found = {feature["id"] for feature in opened.getFeatures()}
        wanted = {f["id"] for f in features("effluent_samples") if (f["properties"][field] or "") >= newest}
        self.assertEqual(found, wanted)


class KeepsValues(ClientTest):
    def test_vietnamese_names_arrive_letter_by_letter(self):
        served = {feature["id"]: feature["properties"] for feature in features("clusters")}
        for feature in layer("clusters").getFeatures():
            for name, value in served[feature["id"]].items():
                if isinstance(value, str) and isinstance(feature[name], str):
                    self.assertEqual(feature[name], value, f"{feature['id']}.{name}")

    def test_quotes_backslashes_and_control_characters_arrive(self):
        self.require_hostile_strings()
        found = {feature["ref"]: feature["text"] for feature in layer(HOSTILE).getFeatures()}
        self.assertEqual(found, {ref: row["text"] for ref, row in hostile_rows().items()})

    def test_whole_numbers_dates_and_nulls_keep_their_types(self):
        self.require_hostile_strings()
        rows = {feature["ref"]: feature for feature in layer(HOSTILE).getFeatures()}
        self.assertEqual((type(rows[1]["ratio"]), rows[1]["ratio"]), (float, 9.0))
        self.assertEqual(rows[1]["seen_on"], QDate(2024, 2, 29))
        self.assertTrue(QVariant(rows[3]["seen_on"]).isNull())
        self.assertTrue(QVariant(rows[4]["ratio"]).isNull())


if __name__ == "__main__":
    run()

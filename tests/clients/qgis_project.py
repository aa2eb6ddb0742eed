"""Headless QGIS opens the project that the service offers, and its styles."""

import os
import tempfile
import urllib.request

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# QGIS keeps a disk cache of metadata in its profile: a profile of our own has none.
PROFILE = tempfile.TemporaryDirectory(prefix="langxanh-qgis-")
os.environ["HOME"] = PROFILE.name
os.environ["XDG_RUNTIME_DIR"] = PROFILE.name
os.environ["QGIS_CUSTOM_CONFIG_PATH"] = PROFILE.name

from qgis.core import (QgsApplication, QgsLayoutExporter, QgsLayoutItemMap, QgsProject, QgsRenderContext,  # noqa: E402
                       QgsVectorLayer)  # noqa: E402
from qgis.PyQt.QtGui import QImage  # noqa: E402

from server import URL, ClientTest, collection_ids, matched, run  # noqa: E402

APPLICATION = QgsApplication([], False)
APPLICATION.initQgis()
MESSAGES = []
APPLICATION.messageLog().messageReceived.connect(lambda text, tag, level: MESSAGES.append((int(level), tag, text)))

STATUSES = {"compliant", "non_compliant", "unknown", "not_applicable"}
FILE = os.path.join(PROFILE.name, "langxanh.qgz")
with urllib.request.urlopen(f"{URL}/qgis/langxanh.qgz".replace("//qgis", "/qgis")) as answer:
    DISPOSITION = answer.headers["Content-Disposition"]
    with open(FILE, "wb") as file:
        file.write(answer.read())
PROJECT = QgsProject.instance()
OPENED = PROJECT.read(FILE)


def tearDownModule():
    PROJECT.clear()
    APPLICATION.exitQgis()


def layer(collection):
    return PROJECT.mapLayer(f"langxanh_layer_{collection}")


class OpensTheProject(ClientTest):
    def test_it_opens_without_a_warning_and_every_layer_is_there(self):
        self.assertTrue(OPENED, PROJECT.error())
        self.assertIn("langxanh.qgz", DISPOSITION)
        self.assertEqual(PROJECT.crs().authid(), "EPSG:5897")
        bad = [made.id() for made in PROJECT.mapLayers().values() if not made.isValid()]
        self.assertEqual(bad, [])
        self.assertEqual(sorted(PROJECT.mapLayers()), sorted(f"langxanh_layer_{name}" for name in collection_ids() + ["tiles"]))
        self.assertEqual([message for message in MESSAGES if message[0] in (1, 2)], [])

    def test_every_layer_reads_the_features_of_its_collection(self):
        for collection in collection_ids():
            with self.subTest(collection):
                self.assertEqual(layer(collection).featureCount(), matched(collection))

    def test_layers_are_in_groups_and_nothing_is_left_at_the_root_but_the_tiles(self):
        root = PROJECT.layerTreeRoot()
        self.assertEqual([child.name() for child in root.children() if child.nodeType() == 1], ["Tất cả, ô vector / All, as vector tiles"])
        self.assertIn("Cơ sở / Sites", [group.name() for group in root.findGroups()])
        self.assertEqual(sorted(found.layer().id() for found in root.findLayers()), sorted(PROJECT.mapLayers()))

    def test_colours_are_those_of_the_map_on_the_page(self):
        renderer = layer("clusters").renderer()
        self.assertEqual((renderer.type(), renderer.classAttribute()), ("categorizedSymbol", "compliance_status"))
        colours = {category.value(): category.symbol().color().name() for category in renderer.categories()}
        self.assertEqual(colours["compliant"], "#0b62a4")
        self.assertEqual(colours["non_compliant"], "#b84a00")
        self.assertEqual(set(colours) - {""}, STATUSES)

    def test_names_lists_and_forms_are_vietnamese_first(self):
        clusters = layer("clusters")
        at = clusters.fields().indexOf("compliance_status")
        self.assertEqual(clusters.attributeAlias(clusters.fields().indexOf("name_vi")), "Tên / Name")
        widget = clusters.editorWidgetSetup(at)
        self.assertEqual(widget.type(), "ValueMap")
        values = {code for entry in widget.config()["map"] for code in entry.values()}
        self.assertEqual(values, STATUSES)
        tabs = [tab.name() for tab in clusters.editFormConfig().tabs()]
        self.assertEqual(tabs, ["Thông tin / Facts", "Tuân thủ / Compliance", "Liên quan / Related", "Nguồn / Source"])
        self.assertTrue(clusters.editFormConfig().readOnly(at), "a derived field can be edited")
        self.assertEqual(clusters.displayExpression(), '"name_vi"')

    def test_relations_lead_from_a_site_to_its_stations_and_from_a_station_to_its_samples(self):
        relations = PROJECT.relationManager().relations()
        self.assertEqual([name for name, relation in relations.items() if not relation.isValid()], [])
        stations = relations["treatment_stations_of_clusters_site_id"]
        samples = relations["effluent_samples_of_treatment_stations_station_id"]
        for site in layer("clusters").getFeatures():
            found = list(stations.getRelatedFeatures(site))
            for station in found:
                self.assertEqual(station["site_id"], site["id"])
                if next(samples.getRelatedFeatures(station), None) is not None:
                    return
        self.fail("no site has a station with samples")

    def test_the_sheet_is_at_1_to_500_and_prints(self):
        layout = PROJECT.layoutManager().layoutByName("1:500 A3")
        self.assertIsNotNone(layout)
        page = layout.pageCollection().page(0).pageSize()
        self.assertEqual((page.width(), page.height()), (420, 297))
        map_item = next(item for item in layout.items() if isinstance(item, QgsLayoutItemMap))
        self.assertAlmostEqual(map_item.scale(), 500, delta=0.5)
        self.assertEqual(map_item.grid().intervalX(), 50)
        picture = os.path.join(PROFILE.name, "sheet.png")
        settings = QgsLayoutExporter.ImageExportSettings()
        settings.dpi = 60
        self.assertEqual(QgsLayoutExporter(layout).exportToImage(picture, settings), QgsLayoutExporter.Success)
        image = QImage(picture)
        colours = {image.pixelColor(x, y).name() for x in range(40, 800, 4) for y in range(40, 640, 4)}
        self.assertGreater(len(colours), 40, "the sheet shows no plan")
        kept = os.environ.get("LANGXANH_SHEET")
        if kept:
            image.save(kept)

    def test_styles_of_one_collection_are_read_as_qml_and_as_sld(self):
        for form, read in (("qml", "loadNamedStyle"), ("sld", "loadSldStyle")):
            file = os.path.join(PROFILE.name, f"clusters.{form}")
            urllib.request.urlretrieve(f"{URL}/styles/clusters?f={form}", file)
            styled = QgsVectorLayer(f"url='{URL}' typename='clusters'", "clusters", "OAPIF")
            message, worked = getattr(styled, read)(file)
            self.assertTrue(worked, message)
            symbols = styled.renderer().symbols(QgsRenderContext())
            self.assertIn("#0b62a4", {symbol.color().name() for symbol in symbols}, form)

    def test_a_downloaded_geopackage_is_shown_like_the_map_and_names_its_columns(self):
        file = os.path.join(PROFILE.name, "clusters.gpkg")
        urllib.request.urlretrieve(f"{URL}/collections/clusters/download?f=gpkg", file)
        found = QgsVectorLayer(f"{file}|layername=clusters", "clusters", "ogr")
        self.assertTrue(found.isValid())
        self.assertEqual(found.featureCount(), matched("clusters"))
        renderer = found.renderer()
        self.assertEqual((renderer.type(), renderer.classAttribute()), ("categorizedSymbol", "compliance_status"))
        colours = {category.value(): category.symbol().color().name() for category in renderer.categories()}
        self.assertEqual(colours["compliant"], "#0b62a4")
        self.assertEqual(found.attributeAlias(found.fields().indexOf("name_vi")), "Tên / Name")
        self.assertEqual(found.listStylesInDatabase()[0], 1)


if __name__ == "__main__":
    run()

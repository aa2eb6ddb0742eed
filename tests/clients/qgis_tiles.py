"""Headless QGIS opens our vector tiles as a layer, takes our style, and draws what lies there in the colours of the legend."""

import os
import tempfile

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
PROFILE = tempfile.TemporaryDirectory(prefix="langxanh-qgis-")
os.environ["HOME"] = PROFILE.name
os.environ["XDG_RUNTIME_DIR"] = PROFILE.name
os.environ["QGIS_CUSTOM_CONFIG_PATH"] = PROFILE.name

from qgis.core import (QgsApplication, QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsMapRendererSequentialJob,  # noqa: E402
                       QgsMapSettings, QgsProject, QgsRectangle, QgsVectorTileLayer)
from qgis.PyQt.QtCore import QSize  # noqa: E402
from qgis.PyQt.QtGui import QColor  # noqa: E402

from server import URL, ClientTest, get, run  # noqa: E402

APPLICATION = QgsApplication([], False)
APPLICATION.initQgis()

MERCATOR = QgsCoordinateReferenceSystem("EPSG:3857")
HANOI = QgsRectangle(105.6, 20.9, 106.0, 21.2)
GROUND = QColor("#ffffff")


def layer(of, style):
    uri = f"type=xyz&url={URL}{of}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}&zmin=0&zmax=20&styleUrl={URL}/styles/{style}"
    made = QgsVectorTileLayer(uri, style)
    if not made.isValid():
        raise AssertionError(f"QGIS does not open the tiles of {of or 'all collections'}")
    told = made.loadDefaultStyle()
    # A text and whether it went well; later releases add warnings.
    if True not in told:
        raise AssertionError(f"QGIS does not take the style {style}: {told}")
    return made


def drawn(made, degrees):
    """The image of a layer within a rectangle of longitudes and latitudes."""
    transform = QgsCoordinateTransform(QgsCoordinateReferenceSystem("OGC:CRS84"), MERCATOR, QgsProject.instance())
    settings = QgsMapSettings()
    settings.setLayers([made])
    settings.setDestinationCrs(MERCATOR)
    settings.setExtent(transform.transformBoundingBox(degrees))
    settings.setOutputSize(QSize(600, 500))
    settings.setBackgroundColor(GROUND)
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    return job.renderedImage()


def colours(image):
    seen = {}
    for x in range(0, image.width(), 2):
        for y in range(0, image.height(), 2):
            name = image.pixelColor(x, y).name()
            seen[name] = seen.get(name, 0) + 1
    return seen


class DrawsTiles(ClientTest):
    def test_a_collection_is_drawn_in_the_colours_of_its_legend(self):
        legend = {entry["colour"] for entry in get("/styles/craft_villages/legend")["layers"][0]["entries"]}
        seen = colours(drawn(layer("/collections/craft_villages", "craft_villages"), HANOI))
        self.assertGreater(sum(count for name, count in seen.items() if name != GROUND.name()), 200, seen)
        self.assertTrue(legend & set(seen), f"none of {legend} in {sorted(seen)}")

    def test_all_collections_are_drawn_in_one_map(self):
        seen = colours(drawn(layer("", "langxanh"), HANOI))
        self.assertGreater(len(seen), 20, seen)

    def test_where_nothing_lies_nothing_is_drawn(self):
        seen = colours(drawn(layer("/collections/craft_villages", "craft_villages"), QgsRectangle(10, 50, 10.4, 50.3)))
        self.assertEqual(set(seen), {GROUND.name()})

    def test_the_style_names_the_layers_that_tiles_have(self):
        made = layer("/collections/clusters", "clusters")
        self.assertEqual({style.layerName() for style in made.renderer().styles()}, {"clusters"})
        self.assertEqual((made.sourceMinZoom(), made.sourceMaxZoom()), (0, 20))


if __name__ == "__main__":
    run()

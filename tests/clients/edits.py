"""Clients edit: what QGIS's provider sends, request by request, and QGIS in the file itself.

QGIS 3.22, which Debian 12 has, edits no layer of OGC API - Features. Newer ones send what is sent here: OPTIONS of the
collection and of a feature, a POST with all properties and a bare `Content-Crs`, two PATCHes for one edit, a DELETE. The tests
start a service of their own, since they change its store; LANGXANH_BINARY names the program.
"""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = os.environ.get("LANGXANH_BINARY", os.path.join(ROOT, "target", "debug", "langxanh"))
VN2000 = "http://www.opengis.net/def/crs/EPSG/0/5897"


def clean_environment():
    return {name: value for name, value in os.environ.items() if not name.startswith("LANGXANH_")}


class Service:
    """A service that everybody may edit."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="langxanh-edits-")
        self.store = os.path.join(self.folder.name, "store.gpkg")
        config = os.path.join(self.folder.name, "open.toml")
        with open(config, "w", encoding="utf-8") as file:
            file.write("open_editing = true\n")
        command = [BINARY, "serve", "--store", self.store, "--listen", "127.0.0.1:0", "--config", config]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                        env=clean_environment())
        first = self.process.stdout.readline()
        self.url = first.strip().removeprefix("listening on ")
        self.address = self.url.removeprefix("http://")

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
        self.folder.cleanup()

    def ask(self, method, path, body=None, **headers):
        """Status, headers as they came, and JSON or nothing."""
        connection = http.client.HTTPConnection(self.address, timeout=60)
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        body = None if body is None else json.dumps(body).encode()
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response.status, dict(response.getheaders()), json.loads(content) if content else None

    def get(self, path):
        status, _, content = self.ask("GET", path)
        assert status == 200, (path, status, content)
        return content

    def first(self, collection, query=""):
        return self.get(f"/collections/{collection}/items?limit=1{query}")["features"][0]


class Edits(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.service = Service()

    @classmethod
    def tearDownClass(cls):
        cls.service.stop()

    def test_a_building_is_drawn_moved_named_and_deleted_as_qgis_does_it(self):
        ask, items = self.service.ask, "/collections/buildings/items"
        first = self.service.first("buildings")
        status, headers, _ = ask("OPTIONS", items)
        self.assertEqual((status, "POST" in headers["Allow"]), (200, True))
        status, headers, _ = ask("OPTIONS", f"{items}/{first['id']}")
        self.assertTrue(all(verb in headers["Allow"] for verb in ("PUT", "PATCH", "DELETE")), headers)
        # All properties, those without a value as null; no id; the system without angle brackets.
        properties = {name: None for name in first["properties"]}
        for name in ("site_collection", "site_id"):
            properties[name] = first["properties"][name]
        ring = [[588591.944, 2326345.311], [588600.5, 2326345.3], [588600.5, 2326360.125], [588591.944, 2326345.311]]
        body = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}, "properties": properties}
        status, headers, content = ask("POST", items, body, Content_Type="application/geo+json", Content_Crs=VN2000)
        self.assertEqual(status, 201, content)
        # Exactly this spelling: QGIS up to 3.40.6 looks for no other.
        made = headers["Location"].rsplit("/", 1)[1]
        self.assertEqual(self.service.get(f"{items}/{made}")["id"], made)
        patch = {"Content_Type": "application/merge-patch+json"}
        status, _, content = ask("PATCH", f"{items}/{made}", {"properties": {"name_vi": "Nhà kho", "storeys": 2}}, **patch)
        self.assertEqual(status, 204, content)
        moved = [[x + 10.0, y] for x, y in ring]
        geometry = {"geometry": {"type": "Polygon", "coordinates": [moved]}}
        status, _, content = ask("PATCH", f"{items}/{made}", geometry, Content_Crs=VN2000, **patch)
        self.assertEqual(status, 204, content)
        now = self.service.get(f"{items}/{made}?crs={VN2000}")
        self.assertEqual((now["geometry"]["coordinates"][0], now["properties"]["name_vi"]), (moved, "Nhà kho"))
        self.assertEqual(ask("DELETE", f"{items}/{made}")[0], 204)
        self.assertEqual(ask("GET", f"{items}/{made}")[0], 404)

    def test_a_whole_feature_with_computed_values_is_put_back(self):
        first = self.service.first("clusters")
        path = f"/collections/clusters/items/{first['id']}"
        first["properties"]["notes"] = "sửa trong QGIS"
        status, _, content = self.service.ask("PUT", path, first, Content_Type="application/geo+json")
        self.assertEqual(status, 204, content)
        self.assertEqual(self.service.get(path)["properties"]["notes"], "sửa trong QGIS")


def in_qgis(service, row, notes):
    """Edits a row of the store's file in QGIS, in a process of its own: its SQLite is not ours to share."""
    script = """
import os, sys
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["HOME"] = os.environ["XDG_RUNTIME_DIR"] = os.environ["QGIS_CUSTOM_CONFIG_PATH"] = sys.argv[1]
from qgis.core import QgsApplication, QgsFeatureRequest, QgsVectorLayer
application = QgsApplication([], False)
application.initQgis()
layer = QgsVectorLayer(f"{sys.argv[2]}|layername=clusters", "clusters", "ogr")
assert layer.isValid() and layer.startEditing()
feature = next(layer.getFeatures(QgsFeatureRequest().setFilterExpression(f"id = '{sys.argv[3]}'")))
assert layer.changeAttributeValue(feature.id(), layer.fields().indexOf("notes"), sys.argv[4])
assert layer.commitChanges(), layer.commitErrors()
oapif = QgsVectorLayer(f"url='{sys.argv[5]}' typename='clusters'", "clusters", "OAPIF")
assert oapif.isValid()
print("editable" if oapif.dataProvider().capabilities() & oapif.dataProvider().ChangeAttributeValues else "readable")
"""
    with tempfile.TemporaryDirectory(prefix="langxanh-qgis-") as profile:
        command = [sys.executable, "-c", script, profile, service.store, row, notes, service.url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    return done


class QgisEdits(unittest.TestCase):
    def test_an_edit_in_the_file_is_served_and_whoever_edited_meanwhile_is_told(self):
        probe = subprocess.run([sys.executable, "-c", "import qgis.core"], capture_output=True)
        if probe.returncode:
            self.skipTest("python3-qgis is not installed")
        service = Service()
        self.addCleanup(service.stop)
        first = service.first("clusters")
        path = f"/collections/clusters/items/{first['id']}"
        headers = service.ask("GET", path)[1]
        etag = next(value for name, value in headers.items() if name.lower() == "etag")
        done = in_qgis(service, first["id"], "đã đi thực địa")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(done.stdout.strip(), ("readable", "editable"))
        deadline = time.monotonic() + 30
        while service.get(path)["properties"]["notes"] != "đã đi thực địa":
            self.assertLess(time.monotonic(), deadline, "the edit is not served")
            time.sleep(0.1)
        patch = {"properties": {"notes": "ghi đè"}}
        status, _, content = service.ask("PATCH", path, patch, Content_Type="application/merge-patch+json", If_Match=etag)
        self.assertEqual((status, content["current"]["properties"]["notes"]), (412, "đã đi thực địa"))
        status, _, content = service.ask("PATCH", path, patch, Content_Type="application/merge-patch+json",
                                         If_Match=content["etag"])
        self.assertEqual(status, 204, content)


if __name__ == "__main__":
    unittest.main(verbosity=1)

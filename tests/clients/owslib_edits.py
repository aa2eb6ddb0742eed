"""OWSLib creates, updates and deletes features. Debian 12's is too old for that: this runs in the virtual environment."""

import json
import unittest

from edits import Service
from owslib.ogcapi.features import Features


class Edits(unittest.TestCase):
    def setUp(self):
        self.service = Service()
        self.addCleanup(self.service.stop)

    def test_a_feature_is_created_updated_and_deleted(self):
        client = Features(self.service.url, headers={"Content-Type": "application/geo+json"})
        feature = {"type": "Feature", "id": "by-owslib", "geometry": None, "properties": {"name_vi": "Cụm của OWSLib"}}
        self.assertTrue(client.collection_item_create("clusters", json.dumps(feature)))
        location = client.response_headers["Location"]
        self.assertEqual(location, f"{self.service.url}/collections/clusters/items/by-owslib")
        feature["properties"]["area_ha"] = 5.0
        self.assertTrue(client.collection_item_update("clusters", "by-owslib", json.dumps(feature)))
        self.assertEqual(client.collection_item("clusters", "by-owslib")["properties"]["area_ha"], 5.0)
        feature["properties"]["area_ha"] = -5.0
        with self.assertRaisesRegex(RuntimeError, "/properties/area_ha"):
            client.collection_item_update("clusters", "by-owslib", json.dumps(feature))
        self.assertTrue(client.collection_item_delete("clusters", "by-owslib"))
        self.assertEqual(self.service.ask("GET", "/collections/clusters/items/by-owslib")[0], 404)


if __name__ == "__main__":
    unittest.main(verbosity=1)

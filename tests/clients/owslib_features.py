"""OWSLib's OGC API - Features client reads the landing page, the API document and items."""

from owslib.ogcapi.features import Features

from server import REGISTERS, URL, ClientTest, collection_ids, matched, run


class ReadsTheService(ClientTest):
    @classmethod
    def setUpClass(cls):
        cls.service = Features(URL)

    def test_links_and_conformance_are_found(self):
        relations = {link["rel"] for link in self.service.links}
        self.assertEqual({"self", "service-desc", "conformance", "data"} - relations, set())
        core = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core"
        self.assertIn(core, self.service.conformance()["conformsTo"])

    def test_the_api_document_is_openapi_3_0(self):
        document = self.service.api()
        self.assertTrue(document["openapi"].startswith("3.0."), document["openapi"])
        self.assertIn("/collections/clusters/items", document["paths"])

    def test_collections_are_listed(self):
        listed = self.service.feature_collections()
        self.assertEqual(set(REGISTERS) - set(listed), set())
        self.assertEqual(set(listed) ^ set(collection_ids()), set())

    def test_items_are_limited_and_filtered(self):
        page = self.service.collection_items("craft_villages", limit=7)
        self.assertEqual((page["numberReturned"], len(page["features"])), (7, 7))
        self.assertEqual(page["numberMatched"], matched("craft_villages"))
        boxed = self.service.collection_items("craft_villages", bbox=[105.7, 20.9, 105.9, 21.1])
        self.assertEqual(boxed["numberMatched"], matched("craft_villages", bbox="105.7,20.9,105.9,21.1"))

    def test_one_feature_is_read_by_its_id(self):
        first = self.service.collection_items("clusters", limit=1)["features"][0]
        self.assertEqual(self.service.collection_item("clusters", first["id"])["properties"], first["properties"])

    def test_queryables_name_the_attributes(self):
        self.assertIn("compliance_status", self.service.collection_queryables("clusters")["properties"])


if __name__ == "__main__":
    run()

"""What every client test knows: where the server is, what the public contract promises, and what plain HTTP answers.

The server is given by LANGXANH_URL. Expected counts and values are read here with Python's own HTTP and JSON, so that a
client is compared with the wire and not with another client.
"""

import json
import os
import sys
import unittest
import urllib.parse
import urllib.request

URL = os.environ.get("LANGXANH_URL", "").rstrip("/")

# Registers of the contract: id and geometry type; None is an attribute table.
REGISTERS = {
    "clusters": "MultiPolygon",
    "craft_villages": "Point",
    "treatment_stations": "Point",
    "effluent_samples": "Point",
    "infrastructure_items": None,
    "milestones": None,
    "violations": "any",
    "plans": "MultiPolygon",
    "plan_parcels": "Polygon",
    "buildings": "Polygon",
    "admin_units": "MultiPolygon",
    "waterways": "MultiLineString",
}

# Types of the attributes that the contract attaches to sites.
COMPLIANCE = {
    "compliance_status": "string",
    "detail_status": "string",
    "compliance_as_of": "date",
    "breached_rules": "string",
    "unknown_rules": "string",
    "wastewater_status": "string",
    "effluent_worst_parameter": "string",
    "effluent_worst_ratio": "number",
    "effluent_sampled_on": "date",
    "infrastructure_done": "integer",
    "infrastructure_total": "integer",
    "plan_500_status": "string",
    "land_handed_over_pct": "number",
    "open_violations": "integer",
    "demo_data": "boolean",
}

# A table of the user's own; hostile_strings.geojson beside this file is imported into it.
HOSTILE = "hostile_strings"


def get(path, **parameters):
    """The JSON of a path below the server, or of a whole URL."""
    url = path if path.startswith("http") else URL + path
    if parameters:
        url += "?" + urllib.parse.urlencode(parameters)
    request = urllib.request.Request(url, headers={"Accept": "application/geo+json, application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


def items_path(collection):
    return f"/collections/{collection}/items"


def matched(collection, **parameters):
    """numberMatched of a query."""
    return get(items_path(collection), limit=1, **parameters)["numberMatched"]


def features(collection, **parameters):
    """Every feature of a query, by its next links."""
    page = get(items_path(collection), limit=10000, **parameters)
    while True:
        yield from page["features"]
        following = [link["href"] for link in page["links"] if link["rel"] == "next"]
        if not following:
            return
        page = get(following[0])


def collection_ids():
    return [collection["id"] for collection in get("/collections")["collections"]]


def property_types(collection):
    """Declared type of each attribute: string, integer, number, boolean, date or date-time."""
    properties = get(f"/collections/{collection}/queryables")["properties"]
    types = {name: schema.get("format") if schema.get("format") in ("date", "date-time") else schema.get("type")
             for name, schema in properties.items()}
    return {name: kind for name, kind in types.items() if kind in TYPES}


TYPES = ("string", "integer", "number", "boolean", "date", "date-time")


def valued_types(collection):
    """The declared types of attributes that have a value somewhere; of others a client can see no more than text."""
    types = property_types(collection)
    valued = set()
    for feature in features(collection):
        valued.update(name for name, value in feature["properties"].items() if value is not None)
    return {name: kind for name, kind in types.items() if name in valued}


def hostile_rows():
    """The rows of hostile_strings.geojson by `ref`."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "hostile_strings.geojson")
    with open(path, encoding="utf-8") as file:
        return {feature["properties"]["ref"]: feature["properties"] for feature in json.load(file)["features"]}


class ClientTest(unittest.TestCase):
    """A test against the running server; differences are shown whole."""

    maxDiff = None

    def require_hostile_strings(self):
        if HOSTILE not in collection_ids():
            self.skipTest(f"the server has no collection {HOSTILE}: import tests/clients/hostile_strings.geojson into it")


def run():
    """Runs the tests of the calling file; without a server there is nothing to test."""
    if not URL:
        sys.exit("Set LANGXANH_URL to the address of a running server with the sample.")
    unittest.main(verbosity=1)

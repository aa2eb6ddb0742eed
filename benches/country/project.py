"""Writes the project that QGIS Server publishes: `project.py OUT PORT DATABASE`."""

import os
import sys

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
from qgis.core import QgsApplication, QgsProject, QgsVectorLayer

out, port, database = sys.argv[1:]
app = QgsApplication([], False)
app.initQgis()
source = (
    f"host=127.0.0.1 port={port} dbname='{database}' user='postgres' sslmode=disable key='fid' "
    "estimatedmetadata=true srid=5897 type=Polygon table=\"public\".\"parcels\" (geom)"
)
layer = QgsVectorLayer(source, "parcels", "postgres")
assert layer.isValid(), layer.error().message()
project = QgsProject.instance()
project.addMapLayer(layer)
project.writeEntry("WFSLayers", "/", [layer.id()])
project.writeEntry("WFSLayersPrecision", "/" + layer.id(), 8)
assert project.write(out), project.error()
# What belongs to QGIS goes before QGIS does.
del layer
project.clear()
app.exitQgis()

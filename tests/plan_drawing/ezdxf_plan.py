"""Writes drawings of a known plan with ezdxf, and reads drawings back with it: `write DIR`, `read FILE`. With `faces`, tells how many
faces GEOS finds in each list of lines on standard input, and their areas together.

The plan is that of tests/plan_drawing/fixtures.rs: 200 m x 100 m, two industrial lots of 8000 m2 and a green strip of 4000 m2,
drawn with what real drawings have: blocks with attributes, hatches, fonts of TCVN3, paragraphs with formatting.
"""

import json
import pathlib
import sys

import ezdxf
from ezdxf.math import area

E, N = 572_000.123, 2_330_000.456


def plan(version, swap=False):
    doc = ezdxf.new(version)
    doc.header["$INSUNITS"] = 6
    space = doc.modelspace()
    style = doc.styles.add("CHU", font="arial.ttf")
    style.set_extended_font_data(family=".VnTime")
    block = doc.blocks.new("NHA XUONG")
    block.add_lwpolyline([(0, 0), (30, 0), (30, 30), (0, 30)], close=True)
    label = doc.blocks.new("KY HIEU LO")
    for name in ("KY_HIEU", "DIEN_TICH", "MAT_DO", "TANG_CAO"):
        label.add_attdef(name, (0, 0))

    def place(x, y):
        return (N + y, E + x) if swap else (E + x, N + y)

    def ring(layer, *places):
        return space.add_lwpolyline([place(*at) for at in places], close=True, dxfattribs={"layer": layer})

    ring("RANH GIOI QH", (0, 0), (200, 0), (200, 100), (0, 100))
    ring("CN", (0, 0), (100, 0), (100, 80), (0, 80))
    ring("CN", (100, 0), (200, 0), (200, 80), (100, 80))
    green = [place(*at) for at in ((0, 80), (200, 80), (200, 100), (0, 100))]
    space.add_hatch(color=3, dxfattribs={"layer": "CX"}).paths.add_polyline_path(green, is_closed=True)
    first = space.add_blockref("KY HIEU LO", place(50, 40), dxfattribs={"layer": "KY HIEU"})
    first.add_auto_attribs({"KY_HIEU": "CN-01", "DIEN_TICH": "8.000", "MAT_DO": "60", "TANG_CAO": "5"})
    for attrib in first.attribs:
        attrib.dxf.layer = "KY HIEU"
    words = "{\\fArial|b1|i0;CN-02}\\PS = 8.000 m\\S2^ ;\\PM\\U+0110XD: 60%\\PTC: 3-5"
    space.add_mtext(words, dxfattribs={"layer": "KY HIEU", "insert": place(150, 40)})
    space.add_text("CX-01", dxfattribs={"layer": "KY HIEU"}).set_placement(place(150, 90))
    # "Đất cây xanh" as TCVN3 bytes look in Latin-1.
    space.add_text("§Êt c©y xanh", dxfattribs={"layer": "KY HIEU", "style": "CHU"}).set_placement(place(50, 90))
    space.add_blockref("NHA XUONG", place(10, 10), dxfattribs={"layer": "0"})
    space.add_line(place(0, 5), place(200, 5), dxfattribs={"layer": "CGDD"})
    return doc


def write(folder):
    for version in ("R12", "R2000", "R2010", "R2018"):
        plan_of(version).saveas(folder / f"{version}.dxf")
    plan("R2010").saveas(folder / "binary.dxf", fmt="bin")
    plan("R2010", swap=True).saveas(folder / "swapped.dxf")


def plan_of(version):
    if version != "R12":
        return plan(version)
    # R12 has no light polylines, hatches or paragraphs.
    doc = ezdxf.new("R12")
    space = doc.modelspace()
    for layer, places in (
        ("RANH GIOI QH", ((0, 0), (200, 0), (200, 100), (0, 100))),
        ("CN", ((0, 0), (100, 0), (100, 80), (0, 80))),
        ("CN", ((100, 0), (200, 0), (200, 80), (100, 80))),
        ("CX", ((0, 80), (200, 80), (200, 100), (0, 100))),
    ):
        space.add_polyline2d([(E + x, N + y) for x, y in places], close=True, dxfattribs={"layer": layer})
    for text, (x, y) in (("CN-01", (50, 40)), ("CN-02", (150, 40)), ("CX-01", (150, 90))):
        space.add_text(text, dxfattribs={"layer": "KY HIEU"}).set_placement((E + x, N + y))
    return doc


def read(path):
    doc = ezdxf.readfile(path)
    rings = []
    for line in doc.modelspace().query("LWPOLYLINE"):
        places = [list(map(float, at)) for at in line.get_points("xy")]
        own = line.get_xdata("LANGXANH") if line.has_xdata("LANGXANH") else []
        said = [str(tag.value) for tag in own if tag.code == 1000]
        size = area([(x - E, y - N) for x, y in places])
        rings.append({"layer": line.dxf.layer, "places": places, "area": size, "said": said})
    texts = [text.plain_text() for text in doc.modelspace().query("MTEXT")]
    audit = doc.audit()
    faults = [str(fault.message) for fault in audit.errors]
    unit = doc.header.get("$INSUNITS")
    known = "LANGXANH" in doc.appids
    print(json.dumps({"known": known, "rings": rings, "texts": texts, "faults": faults, "version": doc.dxfversion, "unit": unit}))


def faces():
    import shapely

    answers = []
    for lines in json.load(sys.stdin):
        noded = shapely.node(shapely.MultiLineString(lines))
        found = shapely.polygonize(list(noded.geoms)).geoms
        answers.append([len(found), sum(face.area for face in found)])
    print(json.dumps(answers))


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(pathlib.Path(sys.argv[2]))
    elif sys.argv[1] == "read":
        read(sys.argv[2])
    else:
        faces()

"""What GEOS says of a plan: areas, overlaps, gaps, buildings against lots, frontages. Reads a plan as JSON and answers with
what it found and how long each check took, in milliseconds."""

import json
import sys
import time

import numpy
import shapely

plan = json.load(sys.stdin)
started = time.perf_counter()
laps = {}


def lap(name):
    global started
    now = time.perf_counter()
    laps[name] = 1000 * (now - started)
    started = now


def polygon(rings):
    return shapely.Polygon(rings[0], rings[1:])


boundary = polygon(plan["boundary"])
lots = numpy.array([polygon(rings) for rings in plan["lots"]])
buildings = numpy.array([polygon(rings) for rings in plan["buildings"]])
is_road = numpy.array(plan["roads"], dtype=bool)
lap("read")

valid = shapely.is_valid(lots).sum() + shapely.is_valid(buildings).sum()
areas = shapely.area(lots)
lap("valid and area")

tree = shapely.STRtree(lots)
first, second = tree.query(lots)
pairs = numpy.stack([first, second])[:, first < second]
shared = shapely.area(shapely.intersection(lots[pairs[0]], lots[pairs[1]]))
is_wide = shared > plan["least_m2"]
overlaps = [[int(a), int(b), float(m2)] for a, b, m2 in zip(*pairs[:, is_wide], shared[is_wide])]
lap("overlaps")

covered = shapely.union_all(lots)
gaps = shapely.difference(boundary, covered)
outside = shapely.difference(covered, boundary)
parts = [part for part in shapely.get_parts(gaps) if shapely.area(part) > plan["least_m2"]]
lap("gaps")

of_building, of_lot = tree.query(buildings)
built = shapely.area(shapely.intersection(buildings[of_building], lots[of_lot]))
on_lots = numpy.bincount(of_lot, weights=built, minlength=len(lots))
beyond = shapely.area(buildings) - numpy.bincount(of_building, weights=built, minlength=len(buildings))
lap("buildings")

roads = shapely.STRtree(lots[is_road])
near = roads.query(lots[~is_road], predicate="dwithin", distance=plan["tolerance_m"])[0]
lap("access")

fence = shapely.boundary(boundary)
distances = shapely.distance(lots, fence)
lap("belt")

json.dump(
    {
        "valid": int(valid),
        "areas": areas.tolist(),
        "overlaps": overlaps,
        "gaps": sorted(float(shapely.area(part)) for part in parts),
        "outside": float(shapely.area(outside)),
        "on_lots": on_lots.tolist(),
        "beyond": beyond.tolist(),
        "with_road": int(len(numpy.unique(near))),
        "nearest": float(distances.min()),
        "laps": laps,
    },
    sys.stdout,
)

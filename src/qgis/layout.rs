//! The print layout of the project: an A3 sheet at 1:500 with a VN-2000 grid, legend, scale bar and north arrow.

use super::symbol::{Mark, symbol};
use super::xml::{Element, option, options};
use crate::geom::Envelope;

/// Width and height of the sheet and of its map, in millimetres.
const SHEET: (f64, f64) = (420.0, 297.0);
const MAP: (f64, f64) = (320.0, 257.0);
const MARGIN: f64 = 15.0;
/// Metres of ground under a millimetre of the sheet at 1:500.
const METRES_PER_MM: f64 = 0.5;
/// Distance of grid lines, in metres: 10 cm on the sheet.
const GRID_M: u32 = 50;

/// QGIS's numbers of the kinds of items.
const PAGE: u32 = 65_638;
const MAP_ITEM: u32 = 65_639;
const PICTURE: u32 = 65_640;
const LABEL: u32 = 65_641;
const LEGEND: u32 = 65_642;
const SCALE_BAR: u32 = 65_646;

/// Any identifiers will do as long as no two items share one.
const MAP_UUID: &str = "{1b500000-0000-4000-8000-000000000001}";

/// The layouts of a project whose first sheet shows the ground around a place in metres of the project's system.
/// It shows the given layers alone, the topmost first, whatever the map window shows.
pub fn layouts(centre: (f64, f64), layers: &[String]) -> Element {
    let (half_width, half_height) = (MAP.0 * METRES_PER_MM / 2.0, MAP.1 * METRES_PER_MM / 2.0);
    let (x, y) = centre;
    let shown =
        Envelope { min_x: x - half_width, min_y: y - half_height, max_x: x + half_width, max_y: y + half_height };
    let right = MARGIN + MAP.0 + 8.0;
    let map = item(MAP_ITEM, MAP_UUID, (MARGIN, MARGIN), MAP)
        .attr("followPreset", "false")
        .attr("keepLayerSet", "true")
        .attr("drawCanvasItems", "true")
        .attr("mapRotation", 0)
        .attr("frame", "true")
        .attr("background", "true")
        .child(extent("Extent", &shown))
        .child(Element::new("LayerSet").children(layers.iter().map(|id| Element::new("Layer").text(id))))
        .child(grid());
    let title = label("{1b500000-0000-4000-8000-000000000002}", (right, MARGIN), (62.0, 24.0), "[% @project_title %]");
    let scale = label(
        "{1b500000-0000-4000-8000-000000000003}",
        (right, 232.0),
        (62.0, 30.0),
        "Tỷ lệ / Scale 1:[% format_number(map_get(item_variables('map'), 'map_scale'), 0) %]\nVN-2000, EPSG:5897, \nlưới / grid 50 m, [% format_date(now(), 'dd/MM/yyyy') %]",
    );
    let north = item(PICTURE, "{1b500000-0000-4000-8000-000000000004}", (right, 200.0), (18.0, 18.0))
        .attr("file", ":/images/north_arrows/layout_default_north_arrow.svg")
        .attr("mapUuid", MAP_UUID)
        .attr("svgFillColor", "35,35,35,255")
        .attr("svgBorderColor", "35,35,35,255");
    let bar = item(SCALE_BAR, "{1b500000-0000-4000-8000-000000000005}", (right, 221.0), (60.0, 12.0))
        .attr("style", "Single Box")
        .attr("mapUuid", MAP_UUID)
        .attr("unitType", "meters")
        .attr("unitLabel", "m")
        .attr("numSegments", 4)
        .attr("numSegmentsLeft", 0)
        .attr("numUnitsPerSegment", 5)
        .attr("numMapUnitsPerScaleBarUnit", 1)
        .attr("segmentSizeMode", 0)
        .attr("height", 3);
    let legend = item(LEGEND, "{1b500000-0000-4000-8000-000000000006}", (right, 45.0), (62.0, 150.0))
        .attr("title", "Chú giải / Legend")
        .attr("map_uuid", MAP_UUID)
        .attr("legendFilterByMap", 1)
        .attr("resizeToContents", 1)
        .attr("symbolWidth", 5)
        .attr("symbolHeight", 3)
        .attr("boxSpace", 0)
        .child(Element::new("styles").children(LEGEND_FONTS.map(|(of, size)| {
            let font = Element::new("styleFont").attr("description", font(size)).attr("style", "");
            Element::new("style").attr("name", of).attr("alignment", 1).attr("marginTop", 1).child(font)
        })));
    let page = item(PAGE, "{1b500000-0000-4000-8000-000000000007}", (0.0, 0.0), SHEET).attr("background", "true");
    let pages = Element::new("PageCollection").child(page);
    let layout = Element::new("Layout")
        .attr("name", "1:500 A3")
        .attr("units", "mm")
        .attr("printResolution", 300)
        .child(pages)
        .children([map, title, legend, north, bar, scale]);
    Element::new("Layouts").child(layout)
}

/// Parts of a legend with the sizes of their letters, in points.
const LEGEND_FONTS: [(&str, u32); 5] =
    [("title", 10), ("group", 7), ("subgroup", 7), ("symbol", 6), ("symbolLabel", 6)];

/// QGIS's description of the reader's own font in a size in points.
fn font(size: u32) -> String {
    format!("Sans Serif,{size},-1,5,50,0,0,0,0,0")
}

/// The corners of a rectangle as attributes.
pub fn extent(name: &'static str, of: &Envelope) -> Element {
    Element::new(name).attr("xmin", of.min_x).attr("ymin", of.min_y).attr("xmax", of.max_x).attr("ymax", of.max_y)
}

fn item(kind: u32, uuid: &str, (x, y): (f64, f64), (width, height): (f64, f64)) -> Element {
    Element::new("LayoutItem")
        .attr("type", kind)
        .attr("uuid", uuid)
        .attr("templateUuid", uuid)
        .attr("id", if kind == MAP_ITEM { "map" } else { "" })
        .attr("position", format_args!("{x},{y},mm"))
        .attr("positionOnPage", format_args!("{x},{y},mm"))
        .attr("size", format_args!("{width},{height},mm"))
        .attr("referencePoint", 0)
        .attr("visibility", 1)
        .attr("opacity", 1)
}

fn label(uuid: &str, position: (f64, f64), size: (f64, f64), text: &str) -> Element {
    let font = Element::new("LabelFont").attr("description", font(8)).attr("style", "");
    let item = item(LABEL, uuid, position, size).attr("labelText", text).attr("htmlState", 0).attr("halign", 1);
    item.attr("valign", 32).child(font)
}

/// Lines of the VN-2000 grid with their coordinates at the frame.
fn grid() -> Element {
    let lines = Element::new("lineStyle").child(symbol(0, Mark::Line, "#9a958c"));
    let style =
        Element::new("text-style").attr("fontSize", 7).attr("fontSizeUnit", "Point").attr("textColor", "35,35,35,255");
    let properties = options([option("type", "QString", "collection")]);
    Element::new("ComposerMapGrid")
        .attr("name", "VN-2000")
        .attr("uuid", "{1b500000-0000-4000-8000-000000000008}")
        .attr("show", 1)
        .attr("gridStyle", 1)
        .attr("crossLength", 3)
        .attr("intervalX", GRID_M)
        .attr("intervalY", GRID_M)
        .attr("offsetX", 0)
        .attr("offsetY", 0)
        .attr("unit", 0)
        .attr("position", 3)
        .attr("showAnnotation", 1)
        .attr("annotationFormat", 0)
        .attr("annotationPrecision", 0)
        .attr("frameAnnotationDistance", 1)
        .attr("leftAnnotationPosition", 1)
        .attr("rightAnnotationPosition", 1)
        .attr("topAnnotationPosition", 1)
        .attr("bottomAnnotationPosition", 1)
        .attr("leftAnnotationDirection", 1)
        .attr("rightAnnotationDirection", 1)
        .attr("gridFrameStyle", 0)
        .child(lines)
        .child(style)
        .child(Element::new("LayoutObject").child(Element::new("dataDefinedProperties").child(properties)))
}

//! The QGIS project with every collection as a layer of this service.

use super::layout::layouts;
use super::style::{VERSION, min_scale, parts};
use super::symbol::{Mark, symbol};
use super::xml::Element;
use crate::domain::portrayal::{DRAWING_ORDER, Portrayal};
use crate::domain::{Collection, Kind};
use crate::geom::{Crs, Envelope, crs};

/// A collection with more features than that is asked for by what the map shows, and not shown at first.
const MANY: usize = 20_000;

/// What a project shows.
pub struct View<'a> {
    /// Where links start, without a slash at the end.
    pub base: &'a str,
    /// Every collection with the number of its features.
    pub collections: Vec<(&'a Collection, usize)>,
    /// What the map shows at first, in metres of VN-2000.
    pub extent: Option<Envelope>,
    /// What the first printed sheet shows the middle of.
    pub sheet: Option<(f64, f64)>,
}

/// Groups of layers, the topmost first, with the collections that belong there.
const GROUPS: [(&str, &[&str]); 5] = [
    ("Cơ sở / Sites", &["clusters", "craft_villages", "violations", "infrastructure_items", "milestones"]),
    (
        "Điểm nóng và nước thải / Hotspots and wastewater",
        &["treatment_stations", "effluent_samples", "hotspot_zones", "hotspots", "waterway_reaches", "waterways"],
    ),
    ("Quy hoạch 1/500 / 1/500 plans", &["plan_findings", "plans", "plan_lines", "buildings", "plan_parcels"]),
    ("Đơn vị hành chính / Administrative units", &["admin_units", "admin_unit_changes"]),
    ("Bảng khác / Other tables", &[]),
];

/// What a printed sheet of a plan shows, the topmost first.
const SHEET_LAYERS: [&str; 4] = ["plan_findings", "plan_lines", "buildings", "plan_parcels"];

/// Hanoi's middle, for a store without places.
const HANOI: (f64, f64) = (588_600.0, 2_326_300.0);

/// The project as a QGS document.
pub fn qgs(view: &View<'_>) -> String {
    let relations = relations(view);
    let at = view.sheet.unwrap_or(HANOI);
    let is_there = |id: &&&str| view.collections.iter().any(|(collection, _)| collection.id == **id);
    let of_plans: Vec<String> = SHEET_LAYERS.iter().filter(is_there).map(|id| layer_id(id)).collect();
    let shown = view.extent.unwrap_or(Envelope {
        min_x: HANOI.0 - 40_000.0,
        min_y: HANOI.1 - 50_000.0,
        max_x: HANOI.0 + 40_000.0,
        max_y: HANOI.1 + 50_000.0,
    });
    let reference = srs(&Crs::Epsg(crs::EPSG_HANOI));
    let canvas = Element::new("mapcanvas")
        .attr("name", "theMapCanvas")
        .child(Element::new("units").text("meters"))
        .child(extent_of(&shown))
        .child(Element::new("rotation").text(0))
        .child(Element::new("destinationsrs").children(reference.clone()));
    let layer = |(collection, count): &(&Collection, usize)| map_layer(view.base, collection, *count, &relations);
    Element::new("qgis")
        .attr("projectname", "langxanh")
        .attr("version", VERSION)
        .child(Element::new("homePath").attr("path", ""))
        .child(Element::new("title").text("làng xanh"))
        .child(Element::new("projectCrs").children(reference))
        .child(tree(view))
        .child(Element::new("relations").children(relations.iter().map(Relation::element)))
        .child(canvas)
        .child(
            Element::new("projectlayers")
                .children(view.collections.iter().map(layer))
                .child(tiles(view.base, &view.collections)),
        )
        .child(layouts(at, &of_plans))
        .child(properties())
        .document(Some("qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'"))
}

/// The id of a collection's layer. QGIS gives a layer another one where it is no longer than ten letters.
fn layer_id(collection: &str) -> String {
    format!("langxanh_layer_{collection}")
}

/// A system by its code: QGIS knows the rest. It looks at the code only where there is a number of its own, too.
fn srs(crs: &Crs) -> Option<Element> {
    let code = match crs {
        Crs::Crs84 | Crs::Crs84h => 4326,
        Crs::Epsg(code) => *code,
        Crs::Wkt(_) => return None,
    };
    let authority = Element::new("authid").text(format_args!("EPSG:{code}"));
    Some(Element::new("spatialrefsys").child(Element::new("srsid").text(code)).child(authority))
}

fn extent_of(shown: &Envelope) -> Element {
    let [x0, y0, x1, y1] = shown.to_array();
    let corner = |name, value: f64| Element::new(name).text(value);
    Element::new("extent").children([corner("xmin", x0), corner("ymin", y0), corner("xmax", x1), corner("ymax", y1)])
}

/// What a layer is opened with. Many features are asked for by what the map shows.
fn source(base: &str, collection: &Collection, count: usize) -> String {
    let only_shown = if count > MANY && collection.geometry.is_some() { " restrictToRequestBBOX='1'" } else { "" };
    let id = &collection.id;
    format!("pagingEnabled='true'{only_shown} typename='{id}' url='{base}/' version='OGC_API_FEATURES'")
}

/// The layers in their groups, those that lie on top first.
fn tree(view: &View<'_>) -> Element {
    let group_of = |collection: &Collection| {
        let known = GROUPS.iter().position(|(_, ids)| ids.contains(&collection.id.as_str()));
        known.unwrap_or(GROUPS.len() - 1)
    };
    let group = |(at, (name, ids)): (usize, &(&str, &[&str]))| {
        let mut inside: Vec<_> = view.collections.iter().filter(|(collection, _)| group_of(collection) == at).collect();
        inside.sort_by_key(|(collection, _)| ids.iter().position(|id| *id == collection.id));
        let layer = |(collection, count): &&(&Collection, usize)| {
            let is_shown = *count <= MANY && is_shown_at_first(collection);
            leaf(
                &layer_id(&collection.id),
                &collection.title.to_string(),
                "OAPIF",
                &source(view.base, collection, *count),
                is_shown,
            )
        };
        Element::new("layer-tree-group")
            .attr("name", name)
            .attr("checked", "Qt::Checked")
            .attr("expanded", u8::from(at < 3))
            .children(inside.iter().map(layer))
    };
    let groups = GROUPS.iter().enumerate().map(group);
    let all = leaf(&layer_id(TILES), TILES_TITLE, "", &tile_source(view.base), false);
    Element::new("layer-tree-group").children(groups).child(all)
}

fn is_shown_at_first(collection: &Collection) -> bool {
    DRAWING_ORDER.contains(&collection.id.as_str())
        && !["effluent_samples", "hotspots"].contains(&collection.id.as_str())
        || collection.id == "craft_villages"
}

fn leaf(id: &str, name: &str, provider: &str, source: &str, is_shown: bool) -> Element {
    Element::new("layer-tree-layer")
        .attr("id", id)
        .attr("name", name)
        .attr("providerKey", provider)
        .attr("source", source)
        .attr("checked", if is_shown { "Qt::Checked" } else { "Qt::Unchecked" })
        .attr("expanded", 0)
}

fn map_layer(base: &str, collection: &Collection, count: usize, relations: &[Relation]) -> Element {
    let geometry = match collection.geometry.as_ref().map(|geometry| Mark::of(geometry.kind)) {
        Some(Some(Mark::Marker)) => "Point",
        Some(Some(Mark::Line)) => "Line",
        Some(Some(Mark::Fill)) => "Polygon",
        Some(None) => "Unknown geometry",
        None => "No geometry",
    };
    let scale = min_scale(&Portrayal::of(collection));
    let own: Vec<String> =
        relations.iter().filter(|of| of.referenced == collection.id).map(|relation| relation.id.clone()).collect();
    Element::new("maplayer")
        .attr("type", "vector")
        .attr("geometry", geometry)
        .attr("styleCategories", "AllStyleCategories")
        .attr("readOnly", u8::from(collection.kind == Kind::Derived))
        .attr("hasScaleBasedVisibilityFlag", u8::from(scale.is_some()))
        .attr("minScale", scale.unwrap_or(1e8))
        .attr("maxScale", 0)
        .child(Element::new("id").text(layer_id(&collection.id)))
        .child(Element::new("datasource").text(source(base, collection, count)))
        .child(Element::new("layername").text(&collection.title))
        .child(Element::new("abstract").text(&collection.description))
        .children(collection.geometry.as_ref().map(|_| Element::new("srs").children(srs(&Crs::Crs84))))
        .child(Element::new("provider").attr("encoding", "UTF-8").text("OAPIF"))
        .children(parts(collection, &own))
}

/// All collections as vector tiles, for looking at what is too much to be read feature by feature.
const TILES: &str = "tiles";
const TILES_TITLE: &str = "Tất cả, ô vector / All, as vector tiles";

fn tile_source(base: &str) -> String {
    let tiles = format!("{base}/tiles/WebMercatorQuad/%7Bz%7D/%7By%7D/%7Bx%7D");
    format!("type=xyz&url={tiles}&zmin=0&zmax=20&styleUrl={base}/styles/langxanh")
}

/// The layer of tiles; a renderer without any style would draw nothing.
fn tiles(base: &str, collections: &[(&Collection, usize)]) -> Element {
    let mut drawn: Vec<&Collection> = collections.iter().map(|(collection, _)| *collection).collect();
    drawn.sort_by_key(|collection| DRAWING_ORDER.iter().position(|id| *id == collection.id).unwrap_or(usize::MAX));
    let styles = drawn.into_iter().flat_map(tile_styles);
    let renderer = Element::new("renderer").attr("type", "basic").child(Element::new("styles").children(styles));
    Element::new("maplayer")
        .attr("type", "vector-tile")
        .child(Element::new("id").text(layer_id(TILES)))
        .child(Element::new("datasource").text(tile_source(base)))
        .child(Element::new("layername").text(TILES_TITLE))
        .child(Element::new("srs").children(srs(&Crs::Epsg(3857))))
        .child(renderer)
}

/// How one collection looks in the tiles: a style for each colour of its legend.
fn tile_styles(collection: &Collection) -> Vec<Element> {
    let portrayal = Portrayal::of(collection);
    let Some(mark) = collection.geometry.as_ref().and_then(|geometry| Mark::of(geometry.kind)) else {
        return Vec::new();
    };
    let geometry = match mark {
        Mark::Marker => 0,
        Mark::Line => 1,
        Mark::Fill => 2,
    };
    let style = |name: &str, expression: String, colour: &str| {
        Element::new("style")
            .attr("name", name)
            .attr("layer", &collection.id)
            .attr("geometry", geometry)
            .attr("enabled", 1)
            .attr("expression", expression)
            .attr("min-zoom", portrayal.from_zoom)
            .attr("max-zoom", -1)
            .child(Element::new("symbols").child(symbol(0, mark, colour)))
    };
    let Some(legend) = portrayal.legend else {
        let shown = portrayal.shown.map(|(field, code)| format!("\"{field}\" = '{code}'")).unwrap_or_default();
        return vec![style(&collection.id, shown, portrayal.colour)];
    };
    let field = legend.field;
    let named = |(code, colour): &(&str, &str)| {
        style(&format!("{}: {code}", collection.id), format!("\"{field}\" = '{code}'"), colour)
    };
    legend.colours.iter().map(named).collect()
}

/// Rows of one collection that belong to a feature of another.
struct Relation {
    id: String,
    name: String,
    referencing: String,
    field: String,
    referenced: String,
}

impl Relation {
    fn element(&self) -> Element {
        let pair = Element::new("fieldRef").attr("referencingField", &self.field).attr("referencedField", "id");
        Element::new("relation")
            .attr("id", &self.id)
            .attr("name", &self.name)
            .attr("referencingLayer", layer_id(&self.referencing))
            .attr("referencedLayer", layer_id(&self.referenced))
            .attr("strength", "Association")
            .child(pair)
    }
}

/// What the declarations say: fields that hold an id of another collection, and rows of sites.
fn relations(view: &View<'_>) -> Vec<Relation> {
    let mut all = Vec::new();
    // QGIS reads the fields of a layer from its features: of an empty one it knows none, and a relation would be a fault.
    let is_there = |id: &str| view.collections.iter().any(|(collection, count)| collection.id == id && *count > 0);
    for (collection, _) in view.collections.iter().filter(|(_, count)| *count > 0) {
        for reference in collection.references() {
            let field = &reference.field.name;
            for referenced in reference.to.iter().filter(|id| is_there(id) && **id != collection.id) {
                all.push(Relation {
                    id: format!("{}_of_{referenced}_{field}", collection.id),
                    name: collection.title.to_string(),
                    referencing: collection.id.clone(),
                    field: field.clone(),
                    referenced: (*referenced).to_owned(),
                });
            }
        }
    }
    all
}

/// Measuring in metres and hectares on the plane of VN-2000, positions to the millimetre.
fn properties() -> Element {
    let property = |name, kind: &str, value: &str| Element::new(name).attr("type", kind).text(value);
    let measure = Element::new("Measure").child(property("Ellipsoid", "QString", "NONE"));
    let units = Element::new("Measurement").child(property("DistanceUnits", "QString", "meters")).child(property(
        "AreaUnits",
        "QString",
        "m2",
    ));
    let precision = Element::new("PositionPrecision").child(property("Automatic", "bool", "false")).child(property(
        "DecimalPlaces",
        "int",
        "3",
    ));
    // Without this word QGIS does not look at the project's system.
    let system = Element::new("SpatialRefSys").child(property("ProjectionsEnabled", "int", "1"));
    Element::new("properties").children([system, measure, units, precision])
}

//! How QGIS shows one collection: colours, labels, names of fields, lists of codes and the form, as a QML style and as part
//! of a project.

use super::symbol::{Mark, symbol};
use super::xml::{Element, option, options};
use crate::domain::portrayal::{OTHER, Portrayal};
use crate::domain::{Collection, DataType, Field};

/// The scale denominator at which a tile of zoom 0 is drawn, by the definition of WebMercatorQuad.
const SCALE_OF_ZOOM_0: f64 = 559_082_264.028_717_8;

/// The version in whose terms documents are written; newer ones read them too.
pub const VERSION: &str = "3.22.16-Białowieża";

/// The first scale denominator at which a collection is shown, if not at all.
pub fn min_scale(portrayal: &Portrayal) -> Option<f64> {
    (portrayal.from_zoom > 0).then(|| SCALE_OF_ZOOM_0 / f64::from(1u32 << portrayal.from_zoom))
}

/// The style of a collection as a QML document.
pub fn qml(collection: &Collection) -> String {
    let scale = min_scale(&Portrayal::of(collection));
    Element::new("qgis")
        .attr("version", VERSION)
        .attr("styleCategories", "AllStyleCategories")
        .attr("hasScaleBasedVisibilityFlag", u8::from(scale.is_some()))
        .attr("minScale", scale.unwrap_or(1e8))
        .attr("maxScale", 0)
        .children(parts(collection, &[]))
        .document(Some("qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'"))
}

/// All that says how a collection is shown; the form has a tab for each relation whose rows belong to a feature.
pub fn parts(collection: &Collection, relations: &[String]) -> Vec<Element> {
    let portrayal = Portrayal::of(collection);
    let mut parts = Vec::new();
    parts.extend(renderer(collection, &portrayal));
    if let Some(label) = portrayal.label.as_deref().filter(|_| collection.geometry.is_some()) {
        parts.push(labelling(label));
    }
    let each = |of: fn(&Field) -> Option<Element>| collection.fields.iter().filter_map(of).collect::<Vec<_>>();
    parts.push(Element::new("fieldConfiguration").children(each(|field| Some(widget(field)))));
    parts.push(
        Element::new("aliases")
            .children(each(|field| Some(Element::new("alias").attr("field", &field.name).attr("name", title(field))))),
    );
    let must = |field: &Field| {
        Element::new("constraint")
            .attr("field", &field.name)
            .attr("constraints", 1)
            .attr("notnull_strength", 1)
            .attr("unique_strength", 0)
            .attr("exp_strength", 0)
    };
    parts.push(Element::new("constraints").children(collection.fields.iter().filter(|field| field.required).map(must)));
    parts.push(Element::new("editorlayout").text("tablayout"));
    parts.push(form(collection, relations));
    parts.push(Element::new("editable").children(each(|field| {
        Some(Element::new("field").attr("name", &field.name).attr("editable", u8::from(!field.derived)))
    })));
    let shown = portrayal.label.as_deref().or_else(|| collection.fields.first().map(|field| field.name.as_str()));
    parts.push(Element::new("previewExpression").text(shown.map_or_else(|| "\"id\"".to_owned(), quoted)));
    parts
}

/// A field in an expression.
fn quoted(field: &str) -> String {
    format!("\"{}\"", field.replace('"', "\"\""))
}

/// What a field is called, with its unit.
pub fn title(field: &Field) -> String {
    match field.unit {
        Some(unit) if unit != "1" => format!("{} ({unit})", field.title),
        _ => field.title.to_string(),
    }
}

/// Colours by the legend's codes, or one colour; `None` where QGIS has to choose: for tables and mixed kinds of geometry.
fn renderer(collection: &Collection, portrayal: &Portrayal) -> Option<Element> {
    let mark = Mark::of(collection.geometry.as_ref()?.kind)?;
    let renderer = |kind| Element::new("renderer-v2").attr("type", kind).attr("symbollevels", 0).attr("forceraster", 0);
    let Some(legend) = portrayal.legend else {
        let symbols = Element::new("symbols").child(symbol(0, mark, portrayal.colour));
        return Some(renderer("singleSymbol").child(symbols));
    };
    let (_, field) = collection.field(legend.field)?;
    let named = |code: &str| {
        let known = field.codes.iter().find(|known| known.code == code);
        known.map_or_else(|| code.to_owned(), |known| known.title.to_string())
    };
    let coloured = legend.colours.iter().map(|(code, colour)| (*code, named(code), *colour));
    let all: Vec<_> = coloured.chain([("", OTHER.to_string(), legend.other)]).collect();
    let category = |(at, (code, label, _)): (usize, &(&str, String, &str))| {
        Element::new("category")
            .attr("render", "true")
            .attr("symbol", at)
            .attr("value", code)
            .attr("type", "string")
            .attr("label", label)
    };
    let categories = Element::new("categories").children(all.iter().enumerate().map(category));
    let symbols = all.iter().enumerate().map(|(at, (_, _, colour))| symbol(at, mark, colour));
    Some(
        renderer("categorizedSymbol")
            .attr("attr", legend.field)
            .child(categories)
            .child(Element::new("symbols").children(symbols)),
    )
}

fn labelling(field: &str) -> Element {
    let buffer =
        Element::new("text-buffer").attr("bufferDraw", 1).attr("bufferSize", "0.8").attr("bufferSizeUnits", "MM");
    let style = Element::new("text-style")
        .attr("fieldName", field)
        .attr("isExpression", 0)
        .attr("fontSize", 8)
        .attr("fontSizeUnit", "Point")
        .attr("textColor", "35,35,35,255")
        .child(buffer.attr("bufferColor", "255,255,255,255"));
    let rendering = Element::new("rendering").attr("obstacle", 1);
    let settings = Element::new("settings").attr("calloutType", "simple").child(style).child(rendering);
    Element::new("labeling").attr("type", "simple").child(settings)
}

/// How a value is shown and entered.
fn widget(field: &Field) -> Element {
    let (kind, config) = if !field.codes.is_empty() {
        let value = |code: &crate::domain::Code| {
            let named =
                Element::new("Option").attr("name", &code.title).attr("type", "QString").attr("value", code.code);
            Element::new("Option").attr("type", "Map").child(named)
        };
        let list = Element::new("Option").attr("name", "map").attr("type", "List");
        ("ValueMap", options([list.children(field.codes.iter().map(value))]))
    } else {
        match field.data_type {
            DataType::Date => ("DateTime", moments("yyyy-MM-dd", "dd/MM/yyyy")),
            DataType::DateTime => ("DateTime", moments("yyyy-MM-dd HH:mm:ss", "dd/MM/yyyy HH:mm")),
            DataType::Text => ("TextEdit", options([option("IsMultiline", "bool", "false")])),
            DataType::Boolean => ("CheckBox", options([])),
            DataType::Integer | DataType::Number => ("TextEdit", options([])),
        }
    };
    let widget = Element::new("editWidget").attr("type", kind).child(Element::new("config").child(config));
    Element::new("field").attr("name", &field.name).attr("configurationFlags", "None").child(widget)
}

fn moments(stored: &str, shown: &str) -> Element {
    options([
        option("allow_null", "bool", "true"),
        option("calendar_popup", "bool", "true"),
        option("display_format", "QString", shown),
        option("field_format", "QString", stored),
        option("field_iso_format", "bool", "false"),
    ])
}

/// Fields that say where a row comes from.
const PROVENANCE: [&str; 4] = ["position_precision_m", "source", "source_date", "is_demo"];

fn form(collection: &Collection, relations: &[String]) -> Element {
    let tab = |name: &str, of: &dyn Fn(&Field) -> bool| {
        let inside = collection.fields.iter().enumerate().filter(|(_, field)| of(field));
        let fields: Vec<_> = inside
            .map(|(at, field)| {
                Element::new("attributeEditorField").attr("name", &field.name).attr("index", at).attr("showLabel", 1)
            })
            .collect();
        (!fields.is_empty()).then(|| container(name).children(fields))
    };
    let is_source = |field: &Field| PROVENANCE.contains(&field.name.as_str());
    let relation = |id: &String| {
        Element::new("attributeEditorRelation")
            .attr("name", id)
            .attr("relation", id)
            .attr("showLabel", 1)
            .attr("forceSuppressFormPopup", 0)
            .attr("nmRelationId", "")
            .attr("relationWidgetTypeId", "")
            .attr("label", "")
    };
    let related =
        (!relations.is_empty()).then(|| container("Liên quan / Related").children(relations.iter().map(relation)));
    let tabs = [
        tab("Thông tin / Facts", &|field| !field.derived && !is_source(field)),
        tab("Tuân thủ / Compliance", &|field| field.derived),
        related,
        tab("Nguồn / Source", &|field| !field.derived && is_source(field)),
    ];
    Element::new("attributeEditorForm").children(tabs.into_iter().flatten())
}

fn container(name: &str) -> Element {
    Element::new("attributeEditorContainer")
        .attr("name", name)
        .attr("groupBox", 0)
        .attr("columnCount", 1)
        .attr("showLabel", 1)
        .attr("visibilityExpressionEnabled", 0)
        .attr("visibilityExpression", "")
}

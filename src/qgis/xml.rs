//! QGIS's own forms of XML elements.

pub use crate::text::xml::Element;

/// QGIS's own form of a value with a name.
pub fn option(name: &'static str, kind: &str, value: impl ToString) -> Element {
    Element::new("Option").attr("name", name).attr("type", kind).attr("value", value)
}

/// QGIS's own form of a map of values.
pub fn options(all: impl IntoIterator<Item = Element>) -> Element {
    Element::new("Option").attr("type", "Map").children(all)
}

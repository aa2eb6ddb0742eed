//! A style as OGC Styled Layer Descriptor 1.1: for whatever does not read QML.

use super::symbol::Mark;
use super::xml::Element;
use crate::domain::Collection;
use crate::domain::portrayal::{OTHER, Portrayal};

/// The style of a collection. Where kinds of geometry are mixed, each kind of mark stands in every rule: a renderer draws
/// what fits the feature.
pub fn sld(collection: &Collection) -> String {
    let portrayal = Portrayal::of(collection);
    let marks = match collection.geometry.as_ref().map(|geometry| Mark::of(geometry.kind)) {
        Some(Some(mark)) => vec![mark],
        Some(None) => vec![Mark::Fill, Mark::Line, Mark::Marker],
        None => Vec::new(),
    };
    let mut rules = Vec::new();
    let legend = portrayal.legend.and_then(|legend| Some((legend, collection.field(legend.field)?.1)));
    match legend {
        Some((legend, field)) => {
            for (code, colour) in legend.colours {
                let known = field.codes.iter().find(|known| known.code == *code);
                let title = known.map_or_else(|| (*code).to_owned(), |known| known.title.to_string());
                let property = Element::new("ogc:PropertyName").text(legend.field);
                let equal =
                    Element::new("ogc:PropertyIsEqualTo").child(property).child(Element::new("ogc:Literal").text(code));
                rules.push(rule(code, &title, Some(Element::new("ogc:Filter").child(equal)), &marks, colour));
            }
            let other = OTHER.to_string();
            rules.push(rule("other", &other, Some(Element::new("se:ElseFilter")), &marks, legend.other));
        }
        None => rules.push(rule(&collection.id, &collection.title.to_string(), None, &marks, portrayal.colour)),
    }
    if let Some(label) = portrayal.label.filter(|_| collection.geometry.is_some()) {
        let property = Element::new("ogc:PropertyName").text(label);
        let font = Element::new("se:Font").child(parameter("font-size", 11));
        let text = Element::new("se:TextSymbolizer")
            .child(Element::new("se:Label").child(property))
            .child(font)
            .child(Element::new("se:Fill").child(parameter("fill", "#232323")));
        rules.push(Element::new("se:Rule").child(Element::new("se:Name").text("label")).child(text));
    }
    let style = Element::new("UserStyle")
        .child(Element::new("se:Name").text(&collection.id))
        .child(Element::new("se:FeatureTypeStyle").children(rules));
    let layer = Element::new("NamedLayer").child(Element::new("se:Name").text(&collection.id)).child(style);
    Element::new("StyledLayerDescriptor")
        .attr("version", "1.1.0")
        .attr("xmlns", "http://www.opengis.net/sld")
        .attr("xmlns:se", "http://www.opengis.net/se")
        .attr("xmlns:ogc", "http://www.opengis.net/ogc")
        .child(layer)
        .document(None)
}

fn rule(name: &str, title: &str, filter: Option<Element>, marks: &[Mark], colour: &str) -> Element {
    let described = Element::new("se:Description").child(Element::new("se:Title").text(title));
    Element::new("se:Rule")
        .child(Element::new("se:Name").text(name))
        .child(described)
        .children(filter)
        .children(marks.iter().map(|mark| symbolizer(*mark, colour)))
}

fn parameter(name: &str, value: impl ToString) -> Element {
    Element::new("se:SvgParameter").attr("name", name).text(value)
}

fn symbolizer(mark: Mark, colour: &str) -> Element {
    let fill = |opacity: &str| {
        Element::new("se:Fill").child(parameter("fill", colour)).child(parameter("fill-opacity", opacity))
    };
    let stroke = |colour: &str, width: &str| {
        Element::new("se:Stroke").child(parameter("stroke", colour)).child(parameter("stroke-width", width))
    };
    match mark {
        Mark::Fill => Element::new("se:PolygonSymbolizer").child(fill("0.43")).child(stroke(colour, "1.4")),
        Mark::Line => Element::new("se:LineSymbolizer").child(stroke(colour, "2")),
        Mark::Marker => {
            let circle = Element::new("se:Mark").child(Element::new("se:WellKnownName").text("circle"));
            let circle = circle.child(fill("1")).child(stroke("#ffffff", "0.7"));
            let graphic = Element::new("se:Graphic").child(circle).child(Element::new("se:Size").text(9));
            Element::new("se:PointSymbolizer").child(graphic)
        }
    }
}

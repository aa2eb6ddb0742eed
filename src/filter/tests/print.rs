//! Trees back into both encodings.

use std::fmt::Write;

use chrono::SecondsFormat;
use geo::{Coord, Geometry, LineString, Polygon};
use serde_json::{Value as Json, json};

// The fuzz target prints as well, and knows these by other paths.
use super::{Expr, GeometryKind, Node, Shape, Value};

fn list(parts: &[Expr], between: &str) -> String {
    parts.iter().map(text).collect::<Vec<_>>().join(between)
}

fn moment(value: &Value) -> String {
    match value {
        Value::DateTime(at) => at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        other => other.to_string(),
    }
}

fn literal(value: &Value) -> String {
    match value {
        Value::Null => panic!("there is no literal null"),
        Value::Text(text) => {
            let mut out = String::from("'");
            for c in text.chars() {
                match c {
                    '\'' => out.push_str("''"),
                    '\\' => out.push_str("\\\\"),
                    other => out.push(other),
                }
            }
            out.push('\'');
            out
        }
        Value::Number(n) => ryu::Buffer::new().format(*n).to_owned(),
        Value::Integer(n) => n.to_string(),
        Value::Boolean(b) => b.to_string().to_uppercase(),
        Value::Date(_) => format!("DATE('{}')", moment(value)),
        Value::DateTime(_) => format!("TIMESTAMP('{}')", moment(value)),
    }
}

fn end(expr: &Expr) -> String {
    match &expr.node {
        Node::Open => "'..'".to_owned(),
        Node::Literal(value) => format!("'{}'", moment(value)),
        _ => text(expr),
    }
}

/// The tree as CQL2 text, with parentheses around every part that has an operator.
pub fn text(expr: &Expr) -> String {
    match &expr.node {
        Node::Literal(value) => literal(value),
        Node::Property(name) => format!("\"{}\"", name.replace('"', "\"\"")),
        Node::Geometry(shape) => wkt(shape),
        Node::Bbox(numbers) => {
            format!("BBOX({})", numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
        }
        Node::Interval(ends) => format!("INTERVAL({}, {})", end(&ends[0]), end(&ends[1])),
        Node::Open => panic!("an open end stands in an interval"),
        Node::Array(parts) => format!("({})", list(parts, ", ")),
        Node::And(parts) => format!("({})", list(parts, " AND ")),
        Node::Or(parts) => format!("({})", list(parts, " or ")),
        Node::Not(part) => format!("(NOT {})", text(part)),
        Node::Compare(op, sides) => format!("({} {} {})", text(&sides[0]), op.name(), text(&sides[1])),
        Node::Like(sides) => format!("({} LIKE {})", text(&sides[0]), text(&sides[1])),
        Node::Between(parts) => {
            format!("({} BETWEEN {} AND {})", text(&parts[0]), text(&parts[1]), text(&parts[2]))
        }
        Node::In(value, parts) => format!("({} IN ({}))", text(value), list(parts, ",")),
        Node::IsNull(part) => format!("({} IS NULL)", text(part)),
        Node::Spatial(op, sides) => format!("{}({})", op.name().to_uppercase(), list(&sides[..], ",")),
        Node::Temporal(op, sides) => format!("{}({})", op.name(), list(&sides[..], ",")),
        Node::ArrayTest(op, sides) => format!("{}({})", op.name(), list(&sides[..], ",")),
        Node::Arithmetic(ops, parts) => ops
            .iter()
            .zip(&parts[1..])
            .fold(text(&parts[0]), |left, (op, right)| format!("({left} {} {})", op.name(), text(right))),
        Node::Fold(folding, part) => format!("{}({})", folding.name(), text(part)),
        Node::Call(name, parts) => format!("{name}({})", list(parts, ", ")),
    }
}

struct Vertices<'a> {
    z: Option<std::slice::Iter<'a, f64>>,
}

impl Vertices<'_> {
    fn vertex(&mut self, coord: &Coord<f64>) -> Vec<f64> {
        let mut vertex = vec![coord.x, coord.y];
        vertex.extend(self.z.as_mut().and_then(|z| z.next().copied()));
        vertex
    }

    fn line(&mut self, line: &LineString<f64>) -> Json {
        line.0.iter().map(|coord| self.vertex(coord)).collect::<Vec<_>>().into()
    }

    fn polygon(&mut self, polygon: &Polygon<f64>) -> Json {
        let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
        rings.map(|ring| self.line(ring)).collect::<Vec<_>>().into()
    }

    fn geometry(&mut self, geometry: &Geometry<f64>) -> Json {
        let kind = GeometryKind::of(geometry).name();
        let coordinates: Json = match geometry {
            Geometry::Point(point) => self.vertex(&point.0).into(),
            Geometry::MultiPoint(points) => points.0.iter().map(|p| self.vertex(&p.0)).collect::<Vec<_>>().into(),
            Geometry::LineString(line) => self.line(line),
            Geometry::MultiLineString(lines) => lines.0.iter().map(|line| self.line(line)).collect::<Vec<_>>().into(),
            Geometry::Polygon(polygon) => self.polygon(polygon),
            Geometry::MultiPolygon(parts) => parts.0.iter().map(|part| self.polygon(part)).collect::<Vec<_>>().into(),
            Geometry::GeometryCollection(parts) => {
                let parts: Vec<_> = parts.0.iter().map(|part| self.geometry(part)).collect();
                return json!({"type": kind, "geometries": parts});
            }
            other => panic!("no literal is a {other:?}"),
        };
        json!({"type": kind, "coordinates": coordinates})
    }
}

fn geojson(shape: &Shape) -> Json {
    Vertices { z: shape.z.as_ref().map(|z| z.iter()) }.geometry(&shape.geometry)
}

/// Coordinates of GeoJSON as those of WKT.
fn wkt_coordinates(json: &Json, out: &mut String, enclosed: bool) {
    let items = json.as_array().unwrap();
    if items[0].is_number() {
        let numbers: Vec<_> = items.iter().map(|n| n.as_f64().unwrap().to_string()).collect();
        let (open, close) = if enclosed { ("(", ")") } else { ("", "") };
        write!(out, "{open}{}{close}", numbers.join(" ")).unwrap();
        return;
    }
    out.push('(');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        wkt_coordinates(item, out, enclosed);
    }
    out.push(')');
}

fn wkt(shape: &Shape) -> String {
    fn geometry(json: &Json) -> String {
        let kind = json["type"].as_str().unwrap();
        let mut out = kind.to_uppercase();
        match &json["geometries"] {
            Json::Array(parts) => {
                write!(out, "({})", parts.iter().map(geometry).collect::<Vec<_>>().join(", ")).unwrap();
            }
            _ => wkt_coordinates(&json["coordinates"], &mut out, ["Point", "MultiPoint"].contains(&kind)),
        }
        out
    }
    geometry(&geojson(shape))
}

fn op(name: &str, args: &[&Expr]) -> Json {
    json!({"op": name, "args": args.iter().map(|arg| json(arg)).collect::<Vec<_>>()})
}

/// The tree as CQL2 JSON.
pub fn json(expr: &Expr) -> Json {
    let all = |parts: &[Expr]| parts.iter().map(json).collect::<Vec<_>>();
    let many = |name: &str, parts: &[Expr]| json!({"op": name, "args": all(parts)});
    match &expr.node {
        Node::Literal(Value::Text(text)) => text.as_str().into(),
        Node::Literal(Value::Number(n)) => (*n).into(),
        Node::Literal(Value::Integer(n)) => (*n).into(),
        Node::Literal(Value::Boolean(b)) => (*b).into(),
        Node::Literal(value @ Value::DateTime(_)) => json!({"timestamp": moment(value)}),
        Node::Literal(value) => json!({"date": moment(value)}),
        Node::Property(name) => json!({"property": name}),
        Node::Geometry(shape) => geojson(shape),
        Node::Bbox(numbers) => json!({"bbox": numbers}),
        Node::Interval(ends) => {
            let end = |expr: &Expr| match &expr.node {
                Node::Open => "..".into(),
                Node::Literal(value) => moment(value).into(),
                _ => json(expr),
            };
            json!({"interval": [end(&ends[0]), end(&ends[1])]})
        }
        Node::Open => panic!("an open end stands in an interval"),
        Node::Array(parts) => all(parts).into(),
        Node::And(parts) => many("and", parts),
        Node::Or(parts) => many("or", parts),
        Node::Not(part) => op("not", &[part]),
        Node::IsNull(part) => op("isNull", &[part]),
        Node::In(value, parts) => json!({"op": "in", "args": [json(value), all(parts)]}),
        Node::Like(sides) => many("like", &sides[..]),
        Node::Between(parts) => many("between", &parts[..]),
        Node::Compare(op, sides) => many(op.name(), &sides[..]),
        Node::Spatial(op, sides) => many(op.name(), &sides[..]),
        Node::Temporal(op, sides) => many(op.name(), &sides[..]),
        Node::ArrayTest(op, sides) => many(op.name(), &sides[..]),
        Node::Arithmetic(ops, parts) => ops
            .iter()
            .zip(&parts[1..])
            .fold(json(&parts[0]), |left, (op, right)| json!({"op": op.name(), "args": [left, json(right)]})),
        Node::Fold(folding, part) => op(folding.name(), &[part]),
        Node::Call(name, parts) => many(name, parts),
    }
}

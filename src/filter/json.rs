//! CQL2 JSON (OGC 21-065r2, clause 8.3) read into the tree. Nesting is bounded by `serde_json`, at 128 brackets.

use serde_json::{Map, Value as Json};

use super::FilterError;
use super::expr::{
    Arithmetic, ArrayRelation, Builder, Comparison, Expr, Folding, Node, Position, SpatialRelation, TemporalRelation,
};
use super::literal::{self, Coordinates, Vertex};
use crate::domain::Value;
use crate::geom::{GeometryKind, Shape};
use crate::text::{both, nfc};

/// Reads a whole filter.
///
/// # Errors
/// The first fault, at its JSON pointer, or at its line and column where it is no JSON.
pub fn parse(text: &str) -> Result<Expr, FilterError> {
    let json: Json = serde_json::from_str(text).map_err(|e| {
        let message = e.to_string();
        // The place is said by the position.
        let reason = message.split(" at line ").next().unwrap_or(&message);
        let reason = format!("JSON không đọc được ({reason}) / {reason}");
        FilterError::new(Position::Line(e.line(), e.column()), reason)
    })?;
    Reader { path: String::new(), build: Builder::default() }.expr(&json)
}

struct Reader {
    /// JSON pointer of what is being read.
    path: String,
    build: Builder,
}

/// A JSON value as messages name it.
fn found(json: &Json) -> String {
    match json {
        Json::Null => "null".to_owned(),
        Json::Bool(b) => b.to_string(),
        Json::Number(n) => format!("số {n} / the number {n}"),
        Json::String(text) => format!("chuỗi \"{0}\" / the text \"{0}\"", literal::shortened(text)),
        Json::Array(_) => "một mảng / an array".to_owned(),
        Json::Object(_) => "một đối tượng / an object".to_owned(),
    }
}

impl Reader {
    fn at(&self) -> Position {
        Position::Pointer(self.path.clone())
    }

    fn fault(&self, reason: impl Into<String>) -> FilterError {
        FilterError::new(self.at(), reason)
    }

    fn expected(&self, what: &str, json: &Json) -> FilterError {
        let found = found(json);
        self.fault(both!("cần {what}, gặp {found}", "expected {what}, found {found}"; what, found))
    }

    /// Reads a member or element, with its place on the path meanwhile.
    fn inside<T>(
        &mut self,
        key: &dyn std::fmt::Display,
        read: impl FnOnce(&mut Reader) -> Result<T, FilterError>,
    ) -> Result<T, FilterError> {
        use std::fmt::Write;
        let length = self.path.len();
        // Writing into a `String` cannot fail, and no key of the language needs escaping.
        let _ = write!(self.path, "/{key}");
        let result = read(self)?;
        self.path.truncate(length);
        Ok(result)
    }

    fn node(&mut self, node: Node) -> Result<Expr, FilterError> {
        self.build.node(self.at(), node)
    }

    fn each<T>(
        &mut self,
        items: &[Json],
        mut read: impl FnMut(&mut Reader, &Json) -> Result<T, FilterError>,
    ) -> Result<Vec<T>, FilterError> {
        items.iter().enumerate().map(|(index, item)| self.inside(&index, |reader| read(reader, item))).collect()
    }

    fn expr(&mut self, json: &Json) -> Result<Expr, FilterError> {
        match json {
            Json::Null => {
                Err(self
                    .expected("một biểu thức (isNull để kiểm tra null) / an expression (isNull tests for null)", json))
            }
            Json::Bool(b) => self.node(Node::Literal(Value::Boolean(*b))),
            Json::Number(n) => match (n.as_i64(), n.as_f64()) {
                (Some(n), _) => self.node(Node::Literal(Value::Integer(n))),
                (None, Some(n)) if n.is_finite() => self.node(Node::Literal(Value::Number(n))),
                _ => Err(self.fault("số quá lớn / the number is too large")),
            },
            Json::String(text) => self.node(Node::Literal(Value::Text(nfc(text).into_owned()))),
            Json::Array(items) => {
                let parts = self.each(items, Reader::expr)?;
                self.node(Node::Array(parts))
            }
            Json::Object(object) => self.object(object),
        }
    }

    fn object(&mut self, object: &Map<String, Json>) -> Result<Expr, FilterError> {
        if let Some(op) = object.get("op") {
            let Json::String(op) = op else {
                return self
                    .inside(&"op", |reader| Err(reader.expected("tên phép toán / the name of an operator", op)));
            };
            let Some(args) = object.get("args") else {
                return Err(self.fault("có 'op' nhưng thiếu 'args' / has an 'op' and no 'args'"));
            };
            let Json::Array(args) = args else {
                return self.inside(&"args", |reader| Err(reader.expected("một mảng / an array", args)));
            };
            return self.operation(op, args);
        }
        if object.contains_key("type") {
            let shape = self.geometry(object, true)?;
            return self.node(Node::Geometry(Box::new(shape)));
        }
        let known = ["property", "date", "timestamp", "interval", "bbox"];
        let Some((key, value)) = known.iter().find_map(|key| Some((*key, object.get(*key)?))) else {
            return Err(self.fault("cần 'op', 'property', 'date', 'timestamp', 'interval', 'bbox' hoặc một hình / expected 'op', 'property', 'date', 'timestamp', 'interval', 'bbox' or a geometry"));
        };
        let node = self.inside(&key, |reader| match (key, value) {
            ("property", Json::String(name)) => Ok(Node::Property(name.clone())),
            ("date", Json::String(text)) => {
                literal::date(text).map(Node::Literal).map_err(|reason| reader.fault(reason))
            }
            ("timestamp", Json::String(text)) => {
                literal::timestamp(text).map(Node::Literal).map_err(|reason| reader.fault(reason))
            }
            ("interval", Json::Array(ends)) => match ends.as_slice() {
                [start, end] => {
                    let start = reader.inside(&0, |reader| reader.interval_end(start))?;
                    let end = reader.inside(&1, |reader| reader.interval_end(end))?;
                    Ok(Node::Interval(Box::new([start, end])))
                }
                _ => Err(reader.fault(format!(
                    "khoảng thời gian có hai đầu, không phải {0} / an interval has two ends, not {0}",
                    ends.len()
                ))),
            },
            ("bbox", Json::Array(numbers)) => {
                let numbers = reader.each(numbers, Reader::number)?;
                literal::check_bbox(&numbers).map_err(|reason| reader.fault(reason))?;
                Ok(Node::Bbox(numbers))
            }
            ("interval" | "bbox", other) => Err(reader.expected("một mảng / an array", other)),
            (_, other) => Err(reader.expected("một chuỗi / a text", other)),
        })?;
        self.node(node)
    }

    fn interval_end(&mut self, json: &Json) -> Result<Expr, FilterError> {
        match json {
            Json::String(text) if text == ".." => self.node(Node::Open),
            Json::String(text) => {
                let value = literal::instant(text).map_err(|reason| self.fault(reason))?;
                self.node(Node::Literal(value))
            }
            other => self.expr(other),
        }
    }

    fn number(&mut self, json: &Json) -> Result<f64, FilterError> {
        json.as_f64().filter(|n| n.is_finite()).ok_or_else(|| self.expected("một số / a number", json))
    }

    /// Reads arguments whose count is fixed.
    fn fixed<const N: usize>(&mut self, op: &str, args: &[Json]) -> Result<Box<[Expr; N]>, FilterError> {
        let parts = self.inside(&"args", |reader| {
            if args.len() != N {
                return Err(reader.fault(format!(
                    "'{op}' nhận {N} tham số, không phải {0} / '{op}' takes {N} arguments, not {0}",
                    args.len()
                )));
            }
            reader.each(args, Reader::expr)
        })?;
        let parts = <[Expr; N]>::try_from(parts)
            .map_err(|_| self.fault(format!("'{op}' nhận {N} tham số / '{op}' takes {N} arguments")))?;
        Ok(Box::new(parts))
    }

    fn one(&mut self, op: &str, args: &[Json]) -> Result<Box<Expr>, FilterError> {
        let [part] = *self.fixed::<1>(op, args)?;
        Ok(Box::new(part))
    }

    fn operation(&mut self, op: &str, args: &[Json]) -> Result<Expr, FilterError> {
        let node = match op {
            "and" | "or" => {
                let parts = self.inside(&"args", |reader| {
                    if args.len() < 2 {
                        return Err(reader.fault(format!("'{op}' nhận ít nhất 2 tham số, không phải {0} / '{op}' takes at least 2 arguments, not {0}", args.len())));
                    }
                    reader.each(args, Reader::expr)
                })?;
                return self.build.joined(self.at(), op == "and", parts);
            }
            "not" => Node::Not(self.one(op, args)?),
            "isNull" => Node::IsNull(self.one(op, args)?),
            "like" => Node::Like(self.fixed(op, args)?),
            "between" => Node::Between(self.fixed(op, args)?),
            "in" => {
                let [value, list] = *self.fixed::<2>(op, args)?;
                match list.node {
                    Node::Array(list) if !list.is_empty() => Node::In(Box::new(value), list),
                    _ => {
                        return Err(FilterError::new(
                            list.at,
                            "cần một mảng có ít nhất một giá trị / expected an array with at least one value",
                        ));
                    }
                }
            }
            _ => return self.relation(op, args),
        };
        self.node(node)
    }

    fn relation(&mut self, op: &str, args: &[Json]) -> Result<Expr, FilterError> {
        fn exact<T: Copy>(all: &[T], name: impl Fn(T) -> &'static str, op: &str) -> Option<T> {
            all.iter().copied().find(|known| name(*known) == op)
        }
        let node = if let Some(comparison) = exact(Comparison::ALL, Comparison::name, op) {
            Node::Compare(comparison, self.fixed(op, args)?)
        } else if let Some(arithmetic) = exact(Arithmetic::ALL, Arithmetic::name, op) {
            let [left, right] = *self.fixed(op, args)?;
            return self.build.arithmetic(self.at(), arithmetic, left, right);
        } else if let Some(folding) = exact(Folding::ALL, Folding::name, op) {
            Node::Fold(folding, self.one(op, args)?)
        } else if let Some(relation) = exact(SpatialRelation::ALL, SpatialRelation::name, op) {
            Node::Spatial(relation, self.fixed(op, args)?)
        } else if let Some(relation) = exact(TemporalRelation::ALL, TemporalRelation::name, op) {
            Node::Temporal(relation, self.fixed(op, args)?)
        } else if let Some(relation) = exact(ArrayRelation::ALL, ArrayRelation::name, op) {
            Node::ArrayTest(relation, self.fixed(op, args)?)
        } else {
            let parts = self.inside(&"args", |reader| reader.each(args, Reader::expr))?;
            Node::Call(op.to_owned(), parts)
        };
        self.node(node)
    }

    fn geometry(&mut self, object: &Map<String, Json>, may_be_collection: bool) -> Result<Shape, FilterError> {
        use GeometryKind as K;
        let kind = match object.get("type") {
            Some(Json::String(name)) => K::ALL.into_iter().find(|kind| kind.name() == name.as_str()),
            _ => None,
        };
        let kind = kind.filter(|kind| *kind != K::Geometry && (may_be_collection || *kind != K::GeometryCollection));
        let Some(kind) = kind else {
            return self.inside(&"type", |reader| {
                Err(reader
                    .fault("không phải kiểu hình dùng được ở đây / names no type of geometry that may stand here"))
            });
        };
        let member = if kind == K::GeometryCollection { "geometries" } else { "coordinates" };
        let Some(Json::Array(items)) = object.get(member) else {
            return Err(self.fault(format!("{0} cần mảng '{member}' / a {0} needs an array '{member}'", kind.name())));
        };
        if kind == K::GeometryCollection {
            let parts = self.inside(&member, |reader| {
                reader.each(items, |reader, part| match part {
                    Json::Object(part) => reader.geometry(part, false),
                    other => Err(reader.expected("một hình / a geometry", other)),
                })
            })?;
            return literal::collection(parts).map_err(|reason| self.fault(reason));
        }
        let coordinates = self.inside(&member, |reader| {
            Ok(match kind {
                K::Point => Coordinates::One(reader.numbers(items)?),
                K::LineString | K::MultiPoint => Coordinates::Line(reader.each(items, Reader::vertex)?),
                K::Polygon | K::MultiLineString => Coordinates::Lines(reader.each(items, Reader::vertices)?),
                _ => Coordinates::Polygons(reader.each(items, |reader, rings| match rings {
                    Json::Array(rings) => reader.each(rings, Reader::vertices),
                    other => Err(reader.expected("một mảng các vòng / an array of rings", other)),
                })?),
            })
        })?;
        literal::shape(kind, &coordinates).map_err(|reason| self.fault(reason))
    }

    fn vertices(&mut self, json: &Json) -> Result<Vec<Vertex>, FilterError> {
        match json {
            Json::Array(items) => self.each(items, Reader::vertex),
            other => Err(self.expected("một mảng các điểm / an array of points", other)),
        }
    }

    fn vertex(&mut self, json: &Json) -> Result<Vertex, FilterError> {
        match json {
            Json::Array(numbers) => self.numbers(numbers),
            other => Err(self.expected("một mảng các số / an array of numbers", other)),
        }
    }

    fn numbers(&mut self, items: &[Json]) -> Result<Vertex, FilterError> {
        self.build.vertex(&self.at())?;
        match *self.each(items, Reader::number)?.as_slice() {
            [x, y] => Ok(Vertex { x, y, z: None }),
            [x, y, z] => Ok(Vertex { x, y, z: Some(z) }),
            _ => Err(self
                .fault("điểm có hai số, hoặc ba số nếu có độ cao / a point has two numbers, or three with its height")),
        }
    }
}

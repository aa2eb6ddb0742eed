//! CQL2 text (OGC 21-065r2, annex B) read into the tree.

use super::FilterError;
use super::MAX_DEPTH;
use super::expr::{
    Arithmetic, ArrayRelation, Builder, Expr, Folding, Node, Position, SpatialRelation, TemporalRelation,
};
use super::lexer::{Kind, Lexer, Token};
use super::literal::{self, Coordinates, Vertex};
use crate::domain::Value;
use crate::geom::{GeometryKind, Shape};
use crate::text::both;

/// How strongly operators bind, weakest first. A part is read with the weakest binding that may stand in it.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Binding {
    Or,
    And,
    Predicate,
    Sum,
    Product,
    Power,
    Operand,
}

/// Words that name nothing unless they stand in double quotes.
const RESERVED: [&str; 9] = ["AND", "OR", "NOT", "IN", "IS", "LIKE", "BETWEEN", "DIV", "NULL"];

/// Reads a whole filter.
///
/// # Errors
/// The first fault, at its character.
pub fn parse(text: &str) -> Result<Expr, FilterError> {
    let mut lexer = Lexer::new(text);
    let token = lexer.token()?;
    let mut parser = Parser { lexer, token, depth: 0, build: Builder::default() };
    let expr = parser.expression(Binding::Or)?;
    match parser.token.kind {
        Kind::End => Ok(expr),
        _ => Err(parser.expected("AND, OR hoặc chỗ kết thúc / AND, OR or the end")),
    }
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    /// The token that is looked at.
    token: Token,
    /// Parts that are being read, one inside the other.
    depth: usize,
    build: Builder,
}

impl Parser<'_> {
    fn expected(&self, what: &str) -> FilterError {
        let found = self.token.found();
        let reason = both!("cần {what}, gặp {found}", "expected {what}, found {found}"; what, found);
        FilterError::new(self.token.position(), reason)
    }

    /// Takes the token.
    fn next(&mut self) -> Result<Token, FilterError> {
        let next = self.lexer.token()?;
        Ok(std::mem::replace(&mut self.token, next))
    }

    /// Takes the token if it is of this kind.
    fn take(&mut self, kind: &Kind) -> Result<bool, FilterError> {
        let there = self.token.kind == *kind;
        if there {
            self.next()?;
        }
        Ok(there)
    }

    fn demand(&mut self, kind: &Kind, what: &str) -> Result<(), FilterError> {
        if self.take(kind)? { Ok(()) } else { Err(self.expected(what)) }
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(&self.token.kind, Kind::Name(name) if name.eq_ignore_ascii_case(word))
    }

    fn take_word(&mut self, word: &str) -> Result<bool, FilterError> {
        let there = self.is_word(word);
        if there {
            self.next()?;
        }
        Ok(there)
    }

    /// Reads a part in which operators bind at least as strongly as `weakest`.
    fn expression(&mut self, weakest: Binding) -> Result<Expr, FilterError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let reason = format!("lồng nhau quá {MAX_DEPTH} lớp / is nested deeper than {MAX_DEPTH} levels");
            return Err(FilterError::new(self.token.position(), reason));
        }
        let mut left = self.start(weakest)?;
        // Predicates do not chain: `a = b = c` has no meaning.
        let mut open = true;
        loop {
            let at = left.at.clone();
            left = if weakest <= Binding::Or && self.is_word("OR") {
                open = false;
                self.chain(left, "OR", Binding::And)?
            } else if weakest <= Binding::And && self.is_word("AND") {
                open = false;
                self.chain(left, "AND", Binding::Predicate)?
            } else if let (true, Some((op, binding))) = (open, self.arithmetic())
                && weakest <= binding
            {
                self.next()?;
                let right = self.expression(if binding == Binding::Sum {
                    Binding::Product
                } else if binding == Binding::Product {
                    Binding::Power
                } else {
                    Binding::Operand
                })?;
                if binding == Binding::Power && self.token.kind == Kind::Arithmetic(Arithmetic::Power) {
                    return Err(
                        self.expected("ngoặc quanh một trong các lũy thừa / parentheses around one of the powers")
                    );
                }
                self.build.arithmetic(at, op, left, right)?
            } else if open && weakest <= Binding::Predicate && self.starts_predicate() {
                open = false;
                self.predicate(left)?
            } else {
                break;
            };
        }
        self.depth -= 1;
        Ok(left)
    }

    /// Reads the further parts of a chain of ANDs or ORs.
    fn chain(&mut self, first: Expr, word: &str, parts: Binding) -> Result<Expr, FilterError> {
        let at = first.at.clone();
        let mut all = vec![first];
        while self.take_word(word)? {
            all.push(self.expression(parts)?);
        }
        self.build.joined(at, word == "AND", all)
    }

    /// The arithmetic operator that is looked at.
    fn arithmetic(&self) -> Option<(Arithmetic, Binding)> {
        let op = match &self.token.kind {
            Kind::Arithmetic(op) => *op,
            Kind::Name(name) if name.eq_ignore_ascii_case("div") => Arithmetic::IntegerDivide,
            _ => return None,
        };
        let binding = match op {
            Arithmetic::Add | Arithmetic::Subtract => Binding::Sum,
            Arithmetic::Power => Binding::Power,
            _ => Binding::Product,
        };
        Some((op, binding))
    }

    fn starts_predicate(&self) -> bool {
        matches!(self.token.kind, Kind::Compare(_))
            || ["NOT", "LIKE", "BETWEEN", "IN", "IS"].iter().any(|word| self.is_word(word))
    }

    /// Reads what follows the first operand of a predicate.
    fn predicate(&mut self, left: Expr) -> Result<Expr, FilterError> {
        let at = left.at.clone();
        if let Kind::Compare(op) = self.token.kind {
            self.next()?;
            let right = self.expression(Binding::Sum)?;
            return self.build.node(at, Node::Compare(op, Box::new([left, right])));
        }
        if self.take_word("IS")? {
            let negated = self.take_word("NOT")?;
            if !self.take_word("NULL")? {
                return Err(self.expected(if negated { "NULL" } else { "NULL or NOT NULL" }));
            }
            let test = self.build.node(at, Node::IsNull(Box::new(left)))?;
            return self.negated(test, negated);
        }
        let negated = self.take_word("NOT")?;
        let node = if self.take_word("LIKE")? {
            let pattern = self.expression(Binding::Sum)?;
            Node::Like(Box::new([left, pattern]))
        } else if self.take_word("BETWEEN")? {
            let low = self.expression(Binding::Sum)?;
            if !self.take_word("AND")? {
                return Err(self.expected("AND và cận trên / AND and the upper bound"));
            }
            let high = self.expression(Binding::Sum)?;
            Node::Between(Box::new([left, low, high]))
        } else if self.take_word("IN")? {
            self.demand(&Kind::Open, "'(' và danh sách giá trị / '(' and a list of values")?;
            Node::In(Box::new(left), self.list(false)?)
        } else {
            return Err(self.expected("LIKE, BETWEEN hoặc IN / LIKE, BETWEEN or IN"));
        };
        let test = self.build.node(at, node)?;
        self.negated(test, negated)
    }

    fn negated(&mut self, test: Expr, negated: bool) -> Result<Expr, FilterError> {
        let at = test.at.clone();
        if negated { self.build.node(at, Node::Not(Box::new(test))) } else { Ok(test) }
    }

    /// Reads expressions up to the closing parenthesis; the opening one was taken.
    fn list(&mut self, may_be_empty: bool) -> Result<Vec<Expr>, FilterError> {
        let mut parts = Vec::new();
        if may_be_empty && self.take(&Kind::Close)? {
            return Ok(parts);
        }
        loop {
            parts.push(self.expression(Binding::Or)?);
            if self.take(&Kind::Close)? {
                return Ok(parts);
            }
            self.demand(&Kind::Comma, "',' or ')'")?;
        }
    }

    /// Reads an operand with the signs and NOTs in front of it.
    fn start(&mut self, weakest: Binding) -> Result<Expr, FilterError> {
        let at = self.token.position();
        if self.is_word("NOT") && weakest <= Binding::Predicate {
            self.next()?;
            let inner = self.expression(Binding::Predicate)?;
            return self.build.node(at, Node::Not(Box::new(inner)));
        }
        match self.token.kind {
            Kind::Arithmetic(Arithmetic::Subtract) => {
                self.next()?;
                let operand = self.expression(Binding::Operand)?;
                match operand.node {
                    Node::Literal(Value::Integer(n)) => self.build.node(at, Node::Literal(Value::Integer(-n))),
                    Node::Literal(Value::Number(n)) => self.build.node(at, Node::Literal(Value::Number(-n))),
                    _ => {
                        let minus_one = self.build.node(at.clone(), Node::Literal(Value::Integer(-1)))?;
                        self.build.arithmetic(at, Arithmetic::Multiply, minus_one, operand)
                    }
                }
            }
            Kind::Arithmetic(Arithmetic::Add) => {
                self.next()?;
                match self.token.kind {
                    Kind::Number(_) => self.operand(),
                    _ => Err(self.expected("a number")),
                }
            }
            _ => self.operand(),
        }
    }

    fn operand(&mut self) -> Result<Expr, FilterError> {
        let wanted = "một thuộc tính, giá trị, hàm hoặc '(' / a property, a value, a function or '('";
        let at = self.token.position();
        match &self.token.kind {
            Kind::Number(_) | Kind::Text(_) | Kind::Quoted(_) | Kind::Open => {}
            Kind::Name(name) => {
                let reserved = RESERVED.iter().find(|word| name.eq_ignore_ascii_case(word));
                if let Some(word) = reserved {
                    let hint = both!("{wanted} (thuộc tính tên {word} viết trong dấu nháy kép)", "{wanted} (a property of the name {word} is written in double quotes)"; wanted);
                    return Err(self.expected(&hint));
                }
            }
            _ => return Err(self.expected(wanted)),
        }
        let token = self.next()?;
        match token.kind {
            Kind::Number(number) => self.build.node(at, Node::Literal(number)),
            Kind::Text(text) => self.build.node(at, Node::Literal(Value::Text(text))),
            Kind::Quoted(name) => self.build.node(at, Node::Property(name)),
            Kind::Open => self.parenthesis(at),
            Kind::Name(name) => self.named(at, name),
            _ => Err(self.expected(wanted)),
        }
    }

    /// Reads what an opening parenthesis begins: a part of its own, or a list.
    fn parenthesis(&mut self, at: Position) -> Result<Expr, FilterError> {
        if self.take(&Kind::Close)? {
            return self.build.node(at, Node::Array(Vec::new()));
        }
        let first = self.expression(Binding::Or)?;
        if self.take(&Kind::Close)? {
            return Ok(first);
        }
        self.demand(&Kind::Comma, "AND, OR or ')'")?;
        let mut all = vec![first];
        all.extend(self.list(false)?);
        self.build.node(at, Node::Array(all))
    }

    /// Reads what a name begins; the name was taken.
    fn named(&mut self, at: Position, name: String) -> Result<Expr, FilterError> {
        for (word, value) in [("TRUE", true), ("FALSE", false)] {
            if name.eq_ignore_ascii_case(word) {
                return self.build.node(at, Node::Literal(Value::Boolean(value)));
            }
        }
        let kind = GeometryKind::parse(&name).filter(|kind| *kind != GeometryKind::Geometry);
        if let Some(kind) = kind
            && (self.token.kind == Kind::Open || self.is_word("Z"))
        {
            let shape = self.geometry(&at, kind)?;
            return self.build.node(at, Node::Geometry(Box::new(shape)));
        }
        if !self.take(&Kind::Open)? {
            return self.build.node(at, Node::Property(name));
        }
        let node = match name.to_ascii_uppercase().as_str() {
            "DATE" => Node::Literal(self.instant(literal::date)?),
            "TIMESTAMP" => Node::Literal(self.instant(literal::timestamp)?),
            "INTERVAL" => {
                let start = self.interval_end()?;
                self.demand(&Kind::Comma, "','")?;
                let end = self.interval_end()?;
                Node::Interval(Box::new([start, end]))
            }
            "BBOX" => Node::Bbox(self.bbox(&at)?),
            _ => return self.call(at, name),
        };
        self.demand(&Kind::Close, "')'")?;
        self.build.node(at, node)
    }

    /// Reads the arguments of a function or of a relation that is written as one; the opening parenthesis was taken.
    fn call(&mut self, at: Position, name: String) -> Result<Expr, FilterError> {
        if let Some(relation) = ArrayRelation::named(&name) {
            let left = self.array_operand()?;
            self.demand(&Kind::Comma, "','")?;
            let right = self.array_operand()?;
            self.demand(&Kind::Close, "')'")?;
            return self.build.node(at, Node::ArrayTest(relation, Box::new([left, right])));
        }
        let arguments = self.list(true)?;
        let count = arguments.len();
        let wrong = |wanted: &str| {
            let name = name.to_ascii_uppercase();
            let reason =
                both!("{name} nhận {wanted}, không phải {count}", "{name} takes {wanted}, not {count}"; wanted);
            Err(FilterError::new(at.clone(), reason))
        };
        let node = if let Some(folding) = Folding::named(&name) {
            match <[Expr; 1]>::try_from(arguments) {
                Ok([text]) => Node::Fold(folding, Box::new(text)),
                Err(_) => return wrong("một tham số / one argument"),
            }
        } else if let Some(relation) = SpatialRelation::named(&name) {
            match <[Expr; 2]>::try_from(arguments) {
                Ok(pair) => Node::Spatial(relation, Box::new(pair)),
                Err(_) => return wrong("hai tham số / two arguments"),
            }
        } else if let Some(relation) = TemporalRelation::named(&name) {
            match <[Expr; 2]>::try_from(arguments) {
                Ok(pair) => Node::Temporal(relation, Box::new(pair)),
                Err(_) => return wrong("hai tham số / two arguments"),
            }
        } else {
            Node::Call(name, arguments)
        };
        self.build.node(at, node)
    }

    /// Reads a side of an array relation, where parentheses always enclose a list.
    fn array_operand(&mut self) -> Result<Expr, FilterError> {
        let at = self.token.position();
        if self.take(&Kind::Open)? {
            let parts = self.list(true)?;
            return self.build.node(at, Node::Array(parts));
        }
        self.expression(Binding::Or)
    }

    fn text(&mut self, what: &str) -> Result<(Position, String), FilterError> {
        match &self.token.kind {
            Kind::Text(_) => {}
            _ => return Err(self.expected(what)),
        }
        let token = self.next()?;
        let at = token.position();
        match token.kind {
            Kind::Text(text) => Ok((at, text)),
            _ => Err(self.expected(what)),
        }
    }

    fn instant(&mut self, read: fn(&str) -> Result<Value, String>) -> Result<Value, FilterError> {
        let (at, text) = self.text("thời điểm trong dấu nháy đơn / a time in single quotes")?;
        read(&text).map_err(|reason| FilterError::new(at, reason))
    }

    /// Reads one end of an interval: an instant, an open end, or what gives an instant.
    fn interval_end(&mut self) -> Result<Expr, FilterError> {
        if !matches!(self.token.kind, Kind::Text(_)) {
            return self.expression(Binding::Sum);
        }
        let (at, text) = self.text("thời điểm trong dấu nháy đơn / a time in single quotes")?;
        if text == ".." {
            return self.build.node(at, Node::Open);
        }
        let value = literal::instant(&text).map_err(|reason| FilterError::new(at.clone(), reason))?;
        self.build.node(at, Node::Literal(value))
    }

    fn signed_number(&mut self) -> Result<f64, FilterError> {
        let negative = self.take(&Kind::Arithmetic(Arithmetic::Subtract))?;
        if !negative {
            self.take(&Kind::Arithmetic(Arithmetic::Add))?;
        }
        let number = match &self.token.kind {
            Kind::Number(number) => number.as_f64(),
            _ => None,
        };
        let number = number.ok_or_else(|| self.expected("a number"))?;
        self.next()?;
        Ok(if negative { -number } else { number })
    }

    fn bbox(&mut self, at: &Position) -> Result<Vec<f64>, FilterError> {
        let mut numbers = vec![self.signed_number()?];
        while numbers.len() < 6 && self.take(&Kind::Comma)? {
            numbers.push(self.signed_number()?);
        }
        literal::check_bbox(&numbers).map_err(|reason| FilterError::new(at.clone(), reason))?;
        Ok(numbers)
    }

    /// Reads a geometry in WKT; its name was taken.
    fn geometry(&mut self, at: &Position, kind: GeometryKind) -> Result<Shape, FilterError> {
        let tagged = self.take_word("Z")?;
        self.demand(&Kind::Open, "'('")?;
        let fault = |reason| FilterError::new(at.clone(), reason);
        let shape = match kind {
            GeometryKind::GeometryCollection => {
                let parts = self.parts(Self::part)?;
                literal::collection(parts).map_err(fault)?
            }
            _ => {
                let coordinates = match kind {
                    GeometryKind::Point => {
                        let vertex = self.vertex()?;
                        self.demand(&Kind::Close, "')'")?;
                        Coordinates::One(vertex)
                    }
                    GeometryKind::LineString => Coordinates::Line(self.parts(Self::vertex)?),
                    GeometryKind::MultiPoint => Coordinates::Line(self.parts(Self::enclosed_vertex)?),
                    GeometryKind::Polygon | GeometryKind::MultiLineString => {
                        Coordinates::Lines(self.parts(Self::vertices)?)
                    }
                    _ => Coordinates::Polygons(self.parts(Self::rings)?),
                };
                literal::shape(kind, &coordinates).map_err(fault)?
            }
        };
        if tagged && shape.z.is_none() {
            return Err(fault(
                "ghi Z nhưng các điểm không có độ cao / is marked Z and its points have no height".to_owned(),
            ));
        }
        Ok(shape)
    }

    /// Reads parts up to the closing parenthesis; the opening one was taken.
    fn parts<T>(&mut self, read: fn(&mut Self) -> Result<T, FilterError>) -> Result<Vec<T>, FilterError> {
        let mut parts = Vec::new();
        loop {
            parts.push(read(self)?);
            if self.take(&Kind::Close)? {
                return Ok(parts);
            }
            self.demand(&Kind::Comma, "',' or ')'")?;
        }
    }

    /// Reads a geometry inside a collection.
    fn part(&mut self) -> Result<Shape, FilterError> {
        use GeometryKind as K;
        let at = self.token.position();
        let kind = match &self.token.kind {
            Kind::Name(name) => GeometryKind::parse(name),
            _ => None,
        };
        match kind.filter(|kind| ![K::Geometry, K::GeometryCollection].contains(kind)) {
            Some(kind) => {
                self.next()?;
                self.geometry(&at, kind)
            }
            None => Err(self.expected("một hình không phải tập hợp hình / a geometry that is no collection")),
        }
    }

    fn vertex(&mut self) -> Result<Vertex, FilterError> {
        let at = self.token.position();
        self.build.vertex(&at)?;
        let (x, y) = (self.signed_number()?, self.signed_number()?);
        let more =
            matches!(self.token.kind, Kind::Number(_) | Kind::Arithmetic(Arithmetic::Subtract | Arithmetic::Add));
        let z = if more { Some(self.signed_number()?) } else { None };
        Ok(Vertex { x, y, z })
    }

    fn enclosed_vertex(&mut self) -> Result<Vertex, FilterError> {
        self.demand(&Kind::Open, "'('")?;
        let vertex = self.vertex()?;
        self.demand(&Kind::Close, "')'")?;
        Ok(vertex)
    }

    fn vertices(&mut self) -> Result<Vec<Vertex>, FilterError> {
        self.demand(&Kind::Open, "'('")?;
        self.parts(Self::vertex)
    }

    fn rings(&mut self) -> Result<Vec<Vec<Vertex>>, FilterError> {
        self.demand(&Kind::Open, "'('")?;
        self.parts(Self::vertices)
    }
}

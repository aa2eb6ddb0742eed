//! A filter as SQL for PostGIS, its values bound.
//!
//! The database narrows and the evaluator decides: every condition that comes out here is true in at least those rows in
//! which the filter is true, and rows that come back are asked again by [`Filter::retain`]. So an answer never depends on
//! whether two programs agree about a border, a letter or the last bit of a number. Where a condition is true in no other
//! rows either it says so ([`Narrowed::is_exact`]): then the database may count.
//!
//! | part of a filter | in SQL |
//! |---|---|
//! | comparison, BETWEEN, IN, IS NULL, LIKE, booleans, AND, OR, NOT | exact, by three-valued logic; texts by code point |
//! | dates, timestamps, intervals, relations of times | exact: days in UTC, milliseconds |
//! | arithmetic | where no step can overflow or divide by zero; rows in which one might are kept. `^` and `%` of fractions are not said in SQL |
//! | CASEI, ACCENTI, `lower`, `upper` | texts of Vietnamese and ASCII letters are folded there; rows with any other letter are kept |
//! | `trim` | exact |
//! | `length`, `round`, `abs`, `floor`, `ceiling`, `year`, `month`, `day` | exact |
//! | relations of places | the rectangle around the filter's place; exact for points in a box |
//! | lists | not said in SQL |
//!
//! PostgreSQL's own `lower` and `unaccent` fold otherwise than this service does, and a function that folds as it does would
//! have to be made in the database of whoever runs it, and made again with every edition of Unicode: hence the letters
//! that are sure and the evaluator for all others.

mod numbers;
mod texts;
mod times;

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, Utc};

use super::Filter;
use super::expr::{Comparison, SpatialRelation};
use super::program::{InstantExpr, NumberExpr, Operand, PlaceExpr, Test, TextExpr};
use crate::domain::{Collection, DataType};
use crate::geom::{Envelope, GeometryKind};

/// More values than this are not bound: PostgreSQL counts them in 16 bits.
const MAX_BINDS: usize = 30_000;

/// A value that is bound and never written into a text.
#[derive(Debug, Clone, PartialEq)]
pub enum Bind {
    Boolean(bool),
    Integer(i64),
    Number(f64),
    Text(String),
    Date(NaiveDate),
    DateTime(DateTime<Utc>),
    Integers(Vec<i64>),
    Numbers(Vec<f64>),
    Texts(Vec<String>),
}

impl Bind {
    /// The type that the database is told, so that it never guesses one.
    fn type_name(&self) -> &'static str {
        match self {
            Bind::Boolean(_) => "boolean",
            Bind::Integer(_) => "bigint",
            Bind::Number(_) => "double precision",
            Bind::Text(_) => "text",
            Bind::Date(_) => "date",
            Bind::DateTime(_) => "timestamptz",
            Bind::Integers(_) => "bigint[]",
            Bind::Numbers(_) => "double precision[]",
            Bind::Texts(_) => "text[]",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Text(Cow<'static, str>),
    Value(Bind),
}

/// A piece of SQL with its values in their places. [`sql!`] puts it together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sql(Vec<Piece>);

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Sql {
        Sql(vec![Piece::Text(Cow::Borrowed(text))])
    }
}

impl From<Name> for Sql {
    fn from(name: Name) -> Sql {
        Sql(vec![Piece::Text(Cow::Owned(name.0))])
    }
}

impl From<Bind> for Sql {
    fn from(value: Bind) -> Sql {
        Sql(vec![Piece::Value(value)])
    }
}

impl From<&Sql> for Sql {
    fn from(sql: &Sql) -> Sql {
        sql.clone()
    }
}

impl Sql {
    /// Appends a text, a value, a name or other SQL.
    pub fn push(&mut self, part: impl Into<Sql>) {
        self.0.extend(part.into().0);
    }

    /// Pieces joined by a word, in parentheses; `nothing` where there is none.
    pub fn joined(parts: impl IntoIterator<Item = Sql>, word: &'static str, nothing: &'static str) -> Sql {
        let mut whole = Sql::default();
        for part in parts {
            whole.push(if whole.0.is_empty() { "(" } else { word });
            whole.push(part);
        }
        if whole.0.is_empty() {
            return nothing.into();
        }
        whole.push(")");
        whole
    }

    /// Whether the database takes its values: not more of them than it counts, and no NUL in a text.
    fn can_be_bound(&self) -> bool {
        let values = self.0.iter().filter_map(|piece| match piece {
            Piece::Value(value) => Some(value),
            Piece::Text(_) => None,
        });
        let has_nul = |value: &Bind| match value {
            Bind::Text(text) => text.contains('\0'),
            Bind::Texts(texts) => texts.iter().any(|text| text.contains('\0')),
            _ => false,
        };
        values.clone().count() <= MAX_BINDS && !values.clone().any(has_nul)
    }

    /// The text with numbered parameters, and their values.
    pub fn render(self) -> (String, Vec<Bind>) {
        let (mut text, mut values) = (String::new(), Vec::new());
        for piece in self.0 {
            match piece {
                Piece::Text(piece) => text.push_str(&piece),
                Piece::Value(value) => {
                    text.push_str(&format!("${}::{}", values.len() + 1, value.type_name()));
                    values.push(value);
                }
            }
        }
        (text, values)
    }
}

/// Puts SQL together from texts, values, names and other SQL.
macro_rules! sql {
    ($($part:expr),+ $(,)?) => {{
        let mut sql = $crate::filter::sql::Sql::default();
        $(sql.push($part);)+
        sql
    }};
}
pub(crate) use sql;

/// The name of a table or column, quoted: whatever a user's own table is called, it stays a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Name(String);

impl Name {
    pub fn new(name: &str) -> Name {
        Name(quoted(name))
    }
}

/// An SQL identifier: the only place where a name becomes part of a statement.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// How a table of the database holds a collection.
pub struct Table<'a> {
    pub collection: &'a Collection,
    /// The number under which the database knows the system of its places.
    pub srid: i32,
    /// A box in that system which holds all of a box in CRS84, as far as places of the table lie there; `None` where none
    /// is known.
    pub boxed: &'a dyn Fn(&Envelope) -> Option<Envelope>,
    /// Whether it may hold rows without a geometry. To ask for them where there are none costs a walk through the whole index
    /// over places.
    pub has_null_places: bool,
    /// Whether it holds geometries without any point: they are places of no row, and no index finds them.
    pub has_empty_places: bool,
}

impl Table<'_> {
    /// The column of a field. What is served as a text is asked as one, whatever its type is there.
    pub fn column(&self, field: usize) -> Sql {
        // Positions come from the collection itself.
        let name = Name::new(self.collection.fields.get(field).map_or("", |field| field.name.as_str()));
        if self.data_type(field) == Some(DataType::Text) { sql!(name, "::text") } else { name.into() }
    }

    fn data_type(&self, field: usize) -> Option<DataType> {
        self.collection.fields.get(field).map(|field| field.data_type)
    }

    /// Rows without a place; all rows of a table without places.
    pub fn placeless(&self) -> Sql {
        let Some(geometry) = &self.collection.geometry else { return "TRUE".into() };
        let column = Name::new(&geometry.name);
        match (self.has_null_places, self.has_empty_places) {
            (_, true) => sql!("(", column.clone(), " IS NULL OR ST_IsEmpty(", column, "))"),
            (true, false) => sql!("(", column, " IS NULL)"),
            (false, false) => "FALSE".into(),
        }
    }

    /// The points that lie in a box in CRS84, borders included; `None` where there may be other places than points.
    pub fn points_in(&self, envelope: &Envelope) -> Option<Sql> {
        let geometry = self.collection.geometry.as_ref()?;
        if geometry.kind != GeometryKind::Point || !geometry.crs.is_wgs84() {
            return None;
        }
        let (near, column) = (self.near(envelope)?, Name::new(&geometry.name));
        let Envelope { min_x, min_y, max_x, max_y } = *envelope;
        let between = |low, high| sql!(" BETWEEN ", Bind::Number(low), " AND ", Bind::Number(high));
        let (x, y) = (between(min_x, max_x), between(min_y, max_y));
        Some(sql!("(", near, " AND ST_X(", column.clone(), ")", x, " AND ST_Y(", column, ")", y, ")"))
    }

    /// Rows whose rectangle may meet a box in CRS84, by the index over places; `None` where that cannot be said in the
    /// system of the table. The database keeps rectangles in single precision, rounded outwards.
    pub fn near(&self, envelope: &Envelope) -> Option<Sql> {
        let column = Name::new(&self.collection.geometry.as_ref()?.name);
        let Envelope { min_x, min_y, max_x, max_y } = (self.boxed)(envelope)?;
        let mut near = sql!(column, " && ST_MakeEnvelope(");
        for number in [min_x, min_y, max_x, max_y] {
            near.push(sql!(Bind::Number(number), ", "));
        }
        near.push(sql!(Bind::Integer(self.srid.into()), "::int)"));
        Some(near)
    }
}

/// A condition for the database.
#[derive(Debug, PartialEq)]
pub struct Narrowed {
    /// True in at least the rows that match; `None` where nothing can be said.
    pub condition: Option<Sql>,
    /// Whether it is true in no other rows.
    pub is_exact: bool,
}

impl Filter {
    /// What the database can say of the rows for which the filter is true.
    pub fn narrowed(&self, table: &Table<'_>) -> Narrowed {
        let Side { condition, is_exact } = Writer { table }.test(&self.test).yes();
        match condition {
            Some(condition) if condition.can_be_bound() => Narrowed { condition: Some(condition), is_exact },
            _ => Narrowed { condition: None, is_exact: false },
        }
    }
}

/// Rows of one outcome: a condition that is true in at least these, and whether in these alone.
#[derive(Debug, Clone)]
struct Side {
    condition: Option<Sql>,
    is_exact: bool,
}

impl Side {
    const ANY: Side = Side { condition: None, is_exact: false };

    fn at_least(condition: Sql) -> Side {
        Side { condition: Some(condition), is_exact: false }
    }

    fn exactly(condition: Sql) -> Side {
        Side { condition: Some(condition), is_exact: true }
    }

    /// Rows in which all parts have the outcome. A part of which nothing is known narrows nothing.
    fn all(sides: impl IntoIterator<Item = Side>) -> Side {
        let (mut conditions, mut is_exact) = (Vec::new(), true);
        for side in sides {
            is_exact &= side.is_exact;
            conditions.extend(side.condition);
        }
        let condition = (is_exact || !conditions.is_empty()).then(|| Sql::joined(conditions, " AND ", "TRUE"));
        Side { condition, is_exact }
    }

    /// Rows in which some part has the outcome. A part of which nothing is known may have it anywhere.
    fn any(sides: impl IntoIterator<Item = Side>) -> Side {
        let (mut conditions, mut is_exact) = (Vec::new(), true);
        for side in sides {
            is_exact &= side.is_exact;
            let Some(condition) = side.condition else { return Side::ANY };
            conditions.push(condition);
        }
        Side { condition: Some(Sql::joined(conditions, " OR ", "FALSE")), is_exact }
    }
}

/// A test in SQL.
#[derive(Debug)]
enum Said {
    /// True, false or null in the same rows as the test is true, false or unknown.
    Whole(Sql),
    /// What is known of the rows in which it is true, and of those in which it is false.
    Sides { yes: Side, no: Side },
}

impl Said {
    const NOTHING: Said = Said::Sides { yes: Side::ANY, no: Side::ANY };

    fn yes(self) -> Side {
        match self {
            Said::Whole(sql) => Side::exactly(sql),
            Said::Sides { yes, .. } => yes,
        }
    }

    fn sides(&self) -> (Side, Side) {
        match self {
            Said::Whole(sql) => (Side::exactly(sql.clone()), Side::exactly(sql!("(NOT ", sql, ")"))),
            Said::Sides { yes, no } => (yes.clone(), no.clone()),
        }
    }

    fn not(self) -> Said {
        match self {
            Said::Whole(sql) => Said::Whole(sql!("(NOT ", sql, ")")),
            Said::Sides { yes, no } => Said::Sides { yes: no, no: yes },
        }
    }

    /// All parts joined by AND, or by OR.
    fn joined(parts: Vec<Said>, by_and: bool) -> Said {
        if parts.iter().all(|part| matches!(part, Said::Whole(_))) {
            let wholes = parts.into_iter().filter_map(|part| match part {
                Said::Whole(sql) => Some(sql),
                Said::Sides { .. } => None,
            });
            let (word, nothing) = if by_and { (" AND ", "TRUE") } else { (" OR ", "FALSE") };
            return Said::Whole(Sql::joined(wholes, word, nothing));
        }
        let (yes, no): (Vec<Side>, Vec<Side>) = parts.iter().map(Said::sides).unzip();
        if by_and {
            Said::Sides { yes: Side::all(yes), no: Side::any(no) }
        } else {
            Said::Sides { yes: Side::any(yes), no: Side::all(no) }
        }
    }
}

fn comparison(op: Comparison) -> &'static str {
    match op {
        Comparison::Equal => " = ",
        Comparison::NotEqual => " <> ",
        Comparison::Less => " < ",
        Comparison::LessEqual => " <= ",
        Comparison::Greater => " > ",
        Comparison::GreaterEqual => " >= ",
    }
}

struct Writer<'a> {
    table: &'a Table<'a>,
}

impl Writer<'_> {
    fn column(&self, field: usize) -> Sql {
        self.table.column(field)
    }

    fn test(&self, test: &Test) -> Said {
        match test {
            Test::Constant(Some(true)) => Said::Whole("TRUE".into()),
            Test::Constant(Some(false)) => Said::Whole("FALSE".into()),
            Test::Constant(None) => Said::Whole("NULL::boolean".into()),
            Test::All(tests) => Said::joined(tests.iter().map(|test| self.test(test)).collect(), true),
            Test::Any(tests) => Said::joined(tests.iter().map(|test| self.test(test)).collect(), false),
            Test::Not(test) => self.test(test).not(),
            Test::Flag(field) => Said::Whole(self.column(*field)),
            Test::IsNull(operand) => self.is_null(operand),
            Test::Booleans(op, sides) => match (self.test(&sides[0]), self.test(&sides[1])) {
                (Said::Whole(a), Said::Whole(b)) => Said::Whole(sql!("((", a, ")", comparison(*op), "(", b, "))")),
                _ => Said::NOTHING,
            },
            Test::Numbers(op, a, b) => self.numbers(*op, a, b),
            Test::NumberIn(number, set) => self.number_in(number, set),
            Test::Texts(op, a, b) => self.texts(*op, a, b),
            Test::TextIn(text, set) => self.text_in(text, set),
            Test::Like(text, pattern) => self.like(text, pattern),
            Test::Instants(op, a, b) => self.instants(*op, a, b),
            Test::Temporal(relation, a, b) => self.temporal(*relation, a, b),
            Test::Spatial(relation, place) => self.spatial(*relation, place),
            Test::Arrays(..) => Said::NOTHING,
        }
    }

    fn is_null(&self, operand: &Operand) -> Said {
        let null = |sql: Sql| Said::Whole(sql!("((", sql, ") IS NULL)"));
        match operand {
            Operand::Test(test) => match self.test(test) {
                Said::Whole(sql) => null(sql),
                Said::Sides { .. } => Said::NOTHING,
            },
            Operand::Number(number) => self.number_is_null(number),
            // No function makes null of a text.
            Operand::Text(TextExpr::Column(field) | TextExpr::Function(_, field)) => null(self.column(*field)),
            Operand::Instant(InstantExpr::Column(field)) => null(self.column(*field)),
            Operand::Text(TextExpr::Literal(_)) | Operand::Instant(InstantExpr::Literal(_)) | Operand::List(_) => {
                Said::Whole("FALSE".into())
            }
            Operand::Interval(span) => self.span_is_null(span),
            Operand::Place(PlaceExpr::Literal(_)) => Said::Whole("FALSE".into()),
            Operand::Place(PlaceExpr::Own) => Said::Whole(self.table.placeless()),
        }
    }

    fn spatial(&self, relation: SpatialRelation, place: &PlaceExpr) -> Said {
        if self.table.collection.geometry.is_none() {
            return Said::Whole("NULL::boolean".into());
        }
        let placed = sql!("(NOT ", self.table.placeless(), ")");
        let none = || Side::exactly("FALSE".into());
        let place = match place {
            PlaceExpr::Own if relation.is_reflexive() => {
                return Said::Sides { yes: Side::exactly(placed), no: none() };
            }
            PlaceExpr::Own => return Said::Sides { yes: none(), no: Side::exactly(placed) },
            PlaceExpr::Literal(place) => place,
        };
        let near = self.table.near(&place.envelope).map_or(Side::ANY, Side::at_least);
        match relation {
            SpatialRelation::Disjoint => Said::Sides { yes: Side::at_least(placed), no: near },
            SpatialRelation::Intersects => {
                let points = self.table.points_in(&place.envelope).filter(|_| place.is_box);
                let yes = points.map_or(near, Side::exactly);
                Said::Sides { yes, no: Side::at_least(placed) }
            }
            // Who has no point in common has none of these relations.
            _ => Said::Sides { yes: near, no: Side::at_least(placed) },
        }
    }

    /// Whether a number is null: what was computed or is not finite may be so too.
    fn number_is_null(&self, number: &NumberExpr) -> Said {
        match self.number(number) {
            Some(number) if number.guards.is_empty() => {
                let is_null = sql!("((", &number.sql, ") IS NULL)");
                Said::Whole(if number.is_float {
                    sql!("(", is_null, " OR ", numbers::is_infinite(&number.sql), ")")
                } else {
                    is_null
                })
            }
            _ => Said::NOTHING,
        }
    }
}

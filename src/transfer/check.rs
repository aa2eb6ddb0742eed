//! One row of a file made into a row of a collection, with every fault that it shows by itself.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use geo::Point;
use xxhash_rust::xxh3::xxh3_128;

use super::RowFault;
use super::crs::{AreaOfUse, Whereabouts};
use super::encoding::TextReader;
use super::geometry::{self, RawGeometry, Repairs, Wanted};
use super::mapping::{Plan, Source};
use super::place::Place;
use super::reading::Candidate;
use super::table::{Cell, RawRow};
use super::values::{self, Comma};
use crate::domain::{Collection, FeatureId, Field, Value};
use crate::geom::project::Transform;
use crate::geom::{GeometryKind, Shape};
use crate::store::Draft;
use crate::text;
use std::rc::Rc;

/// The way of coordinates from the file to the store.
pub struct Route {
    pub area: AreaOfUse,
    pub to_storage: Rc<Transform>,
    pub wanted: Wanted,
    /// The table keeps heights.
    pub keeps_z: bool,
    /// A row without a geometry is a fault: the collection is drawn survey.
    pub is_needed: bool,
}

/// Everything that is known before the first row is looked at.
pub struct Checker<'a> {
    pub collection: &'a Collection,
    pub plan: &'a Plan,
    pub reader: &'a TextReader,
    pub commas: Vec<Comma>,
    pub place: Place,
    pub route: Option<Route>,
    pub tally: Tally,
    /// Which row had an id first, by the hash of the id.
    pub ids: HashMap<u128, u64>,
}

/// What happened to rows, in numbers.
#[derive(Debug, Default)]
pub struct Tally {
    pub repairs: Repairs,
    pub slugged: u64,
    pub heights_dropped: u64,
    pub transformed: u64,
    pub translated: u64,
    /// Rows with a geometry, and those of them outside the area of use, and of those the swapped ones.
    pub placed: u64,
    pub outside: u64,
    pub swapped: u64,
    /// One geometry outside, as an example.
    pub example: Option<[f64; 4]>,
}

type Faults = Vec<(Option<String>, String)>;

impl Checker<'_> {
    /// Checks row `number` (from 1) by itself: what the store says to it is asked later, see [`super::meeting`].
    pub fn check(&mut self, number: u64, row: &mut RawRow) -> Candidate {
        let mut faults: Faults = Vec::new();
        let id = self.id(number, row).unwrap_or_else(|reason| {
            faults.push((Some("id".to_owned()), reason));
            None
        });
        let values = self.values(row, &mut faults);
        let shape = self.shape(row).unwrap_or_else(|reason| {
            faults.push((Some("geometry".to_owned()), reason));
            None
        });
        let fault = |(field, reason)| RowFault { row: number, field, reason };
        Candidate { number, draft: Draft { id, values, shape }, faults: faults.into_iter().map(fault).collect() }
    }

    fn text(&self, row: &RawRow, column: usize) -> Result<Option<String>, String> {
        match &row.cells[column] {
            Cell::Text(bytes) => self.reader.text(column, bytes).map(Some),
            _ => Ok(None),
        }
    }

    fn id(&mut self, number: u64, row: &RawRow) -> Result<Option<FeatureId>, String> {
        let Some(column) = self.plan.id else { return Ok(None) };
        let text = match (&row.cells[column], self.text(row, column)?) {
            (_, Some(text)) => text.trim().to_owned(),
            (Cell::Null, None) => String::new(),
            (cell, None) => match values::read(cell, None, crate::domain::DataType::Integer, Comma::Unknown)? {
                Value::Integer(n) => n.to_string(),
                other => other.to_string(),
            },
        };
        if text.is_empty() {
            return Err("mã còn trống / the id is empty".to_owned());
        }
        let id = match FeatureId::parse(&text) {
            Ok(id) => id,
            Err(_) => {
                self.tally.slugged += 1;
                FeatureId::parse(&text::slug(&text)).map_err(|error| error.to_string())?
            }
        };
        match self.ids.entry(xxh3_128(id.as_str().as_bytes())) {
            Entry::Occupied(first) => {
                return Err(format!(
                    "mã '{id}' đã có ở dòng {0} / the id '{id}' is already that of row {0}",
                    first.get()
                ));
            }
            Entry::Vacant(free) => free.insert(number),
        };
        Ok(Some(id))
    }

    /// Faults of fields of which the file says nothing are left to the meeting, too.
    fn values(&mut self, row: &RawRow, faults: &mut Faults) -> Vec<Value> {
        let mut values = Vec::with_capacity(self.plan.sources.len());
        let mut faulty = HashSet::new();
        for (at, (source, field)) in self.plan.sources.iter().zip(self.collection.stored_fields()).enumerate() {
            values.push(match source {
                Source::Constant(value) => value.clone(),
                // A file that does not speak of a field leaves it as it is, which is known once the row is met.
                Source::Absent => {
                    faulty.insert(field.name.clone());
                    Value::Null
                }
                Source::Column(column) => match self.value(row, at, *column, field) {
                    Ok((value, is_translated)) => {
                        self.tally.translated += u64::from(is_translated);
                        value
                    }
                    Err(reason) => {
                        faulty.insert(field.name.clone());
                        faults.push((Some(field.name.clone()), reason));
                        Value::Null
                    }
                },
            });
        }
        let declared = self.collection.faults(&values).into_iter().filter(|(field, _)| !faulty.contains(field));
        faults.extend(declared.map(|(field, reason)| (Some(field), reason)));
        values
    }

    fn value(&self, row: &RawRow, at: usize, column: usize, field: &Field) -> Result<(Value, bool), String> {
        let text = self.text(row, column)?;
        let translated = text.as_deref().and_then(|text| self.plan.translated(at, text));
        let is_translated = translated.is_some_and(|to| text.as_deref() != Some(to));
        let text = translated.or(text.as_deref());
        let value = values::read(&row.cells[column], text, field.data_type, self.commas[column])?;
        Ok((value, is_translated))
    }

    fn shape(&mut self, row: &mut RawRow) -> Result<Option<Shape>, String> {
        let shape = match self.place {
            Place::OfLayer => self.drawn(row.geometry.take())?,
            Place::Wkt(column) => match self.text(row, column)?.filter(|text| !text.trim().is_empty()) {
                Some(text) => self.drawn(Some(RawGeometry::from_wkt(&text)?))?,
                None => self.drawn(None)?,
            },
            Place::Columns { x, y } => self.point(row, x, y)?,
            Place::Nowhere => None,
        };
        let Some(route) = &self.route else { return Ok(None) };
        let Some(mut shape) = shape else {
            return if route.is_needed {
                Err("dòng không có hình, mà tập dữ liệu bắt buộc có / the row has no geometry, and the collection needs one".to_owned())
            } else {
                Ok(None)
            };
        };
        if shape.z.is_some() && !route.keeps_z {
            shape.z = None;
            self.tally.heights_dropped += 1;
        }
        if !route.to_storage.is_identity() {
            route.to_storage.shape(&mut shape).map_err(|error| error.to_string())?;
            self.tally.transformed += 1;
        }
        Ok(Some(shape))
    }

    fn drawn(&mut self, raw: Option<RawGeometry>) -> Result<Option<Shape>, String> {
        let Some(route) = &self.route else { return Ok(None) };
        let Some(raw) = raw else {
            self.tally.repairs.emptied += 1;
            return Ok(None);
        };
        let bounds = (!raw.is_empty()).then(|| raw.bounds());
        let shape = geometry::shape(raw, route.wanted, &mut self.tally.repairs)?;
        if let Some(bounds) = bounds.filter(|_| shape.is_some()) {
            self.locate(bounds)?;
        }
        Ok(shape)
    }

    fn point(&mut self, row: &RawRow, x: usize, y: usize) -> Result<Option<Shape>, String> {
        let coordinate = |column: usize| -> Result<Option<f64>, String> {
            let text = self.text(row, column)?;
            let value = values::read(
                &row.cells[column],
                text.as_deref(),
                crate::domain::DataType::Number,
                self.commas[column],
            )?;
            Ok(value.as_f64())
        };
        match (coordinate(x)?, coordinate(y)?) {
            (Some(x), Some(y)) => {
                self.locate([x, y, x, y])?;
                let Some(route) = &self.route else { return Ok(None) };
                let shape = Shape::flat(Point::new(x, y)).promoted(route.wanted.kind);
                let kind = GeometryKind::of(&shape.geometry);
                if !route.wanted.kind.accepts(kind) {
                    return Err(format!(
                        "hình là {0}, còn tập dữ liệu chứa {1} / it is a {0}, and the collection holds {1}",
                        kind.name(),
                        route.wanted.kind.name()
                    ));
                }
                Ok(Some(shape))
            }
            (None, None) => {
                self.tally.repairs.emptied += 1;
                Ok(None)
            }
            _ => Err("thiếu một trong hai tọa độ / one of its two coordinates is missing".to_owned()),
        }
    }

    /// Refuses a place outside the area of use of the file's system.
    fn locate(&mut self, bounds: [f64; 4]) -> Result<(), String> {
        let Some(route) = &self.route else { return Ok(()) };
        self.tally.placed += 1;
        let whereabouts = route.area.whereabouts(bounds);
        if whereabouts == Whereabouts::Inside {
            return Ok(());
        }
        self.tally.outside += 1;
        self.tally.example.get_or_insert(bounds);
        let place = format!("{} {}", bounds[0], bounds[1]);
        if whereabouts == Whereabouts::Swapped {
            self.tally.swapped += 1;
            return Err(format!(
                "{place} nằm ngoài phạm vi của hệ tọa độ; có vẻ hai tọa độ bị đảo / {place} lies outside the area of use of the reference system; its coordinates look swapped"
            ));
        }
        Err(format!(
            "{place} nằm ngoài phạm vi của hệ tọa độ / {place} lies outside the area of use of the reference system"
        ))
    }
}

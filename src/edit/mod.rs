//! What clients send to be written, read against the one declaration: a feature or a patch becomes a row to be written, or
//! every fault of it by its place in the JSON. Pure: whoever writes gives the row as it is and as it is served.
//!
//! A value that is what the row holds already, or what is served in its place, leaves the row's own value alone: clients send
//! back what they were shown, and nothing of a row changes because somebody looked at it. Only what does change is held
//! against the declaration, so that an old fault of a row does not bar its other attributes.

mod place;
pub mod references;
mod value;

pub use value::reorders;

use serde_json::{Map, Value as Json};

use crate::domain::{Collection, FeatureId, Value};
use crate::geom::Crs;
use crate::store::{Draft, Row};
use place::Place;

/// A fault of what was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it is in the body, as a JSON pointer (RFC 6901).
    pub pointer: String,
    pub detail: String,
}

impl Fault {
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Fault {
        Fault { pointer: pointer.into(), detail: detail.into() }
    }

    /// The fault of a part of a larger body.
    pub fn within(self, prefix: &str) -> Fault {
        Fault { pointer: format!("{prefix}{}", self.pointer), ..self }
    }

    /// The fault of a property.
    pub fn of_property(name: &str, detail: impl Into<String>) -> Fault {
        Fault::new(format!("/properties/{}", name.replace('~', "~0").replace('/', "~1")), detail)
    }
}

/// What a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A whole feature: what it leaves out is empty.
    Whole,
    /// A merge patch (RFC 7396): what it leaves out stays, null empties.
    Patch,
}

/// Members that our own features carry besides what is written, and that clients send back with them.
const PASSED_OVER: [&str; 3] = ["links", "bbox", "timeStamp"];

/// A body as it was read, before the row it speaks of is known.
#[derive(Debug, Clone)]
pub struct Sent {
    form: Form,
    /// The id that it carries.
    pub id: Option<FeatureId>,
    /// Values of fields, derived ones too, by position.
    values: Vec<(usize, Json)>,
    /// `None` where nothing is said of the place.
    place: Option<Option<Place>>,
    /// What is wrong whatever the row holds.
    faults: Vec<Fault>,
}

impl Sent {
    /// Reads a body. Coordinates are in `crs`, in the order that its authority defines.
    pub fn read(collection: &Collection, body: Json, form: Form, crs: &Crs) -> Sent {
        let mut sent = Sent { form, id: None, values: Vec::new(), place: None, faults: Vec::new() };
        let Json::Object(members) = body else {
            sent.faults.push(Fault::new("", "không phải đối tượng JSON / is no JSON object"));
            return sent;
        };
        if form == Form::Whole {
            for name in ["type", "properties"].into_iter().filter(|name| !members.contains_key(*name)) {
                sent.faults.push(Fault::new(
                    "",
                    format!(
                        "thiếu '{name}' của một đối tượng GeoJSON / has no member '{name}', which a GeoJSON feature has"
                    ),
                ));
            }
            if collection.geometry.is_some() && !members.contains_key("geometry") {
                sent.faults.push(Fault::new("", "thiếu 'geometry': chưa rõ vị trí thì ghi null / has no member 'geometry': write null where the place is not known"));
            }
        }
        for (name, value) in members {
            sent.member(collection, &name, value, crs);
        }
        sent
    }

    fn member(&mut self, collection: &Collection, name: &str, value: Json, crs: &Crs) {
        match (name, value) {
            ("type", Json::String(kind)) if kind == "Feature" => {}
            ("type", _) => self.faults.push(Fault::new("/type", "không phải 'Feature' / is not 'Feature'")),
            ("id", value) => match id(&value) {
                Ok(id) => self.id = id,
                Err(detail) => self.faults.push(Fault::new("/id", detail)),
            },
            ("properties", Json::Object(properties)) => self.properties(collection, properties),
            ("properties", Json::Null) if self.form == Form::Whole => {}
            ("properties", _) => {
                self.faults.push(Fault::new("/properties", "không phải đối tượng JSON / is no JSON object"))
            }
            ("geometry", Json::Null) => self.place = Some(None),
            ("geometry", value) => match place::read(collection, &value, crs) {
                Ok(place) => self.place = Some(Some(place)),
                Err(fault) => self.faults.push(fault.within("/geometry")),
            },
            (passed_over, _) if PASSED_OVER.contains(&passed_over) => {}
            (unknown, _) => {
                let pointer = format!("/{}", unknown.replace('~', "~0").replace('/', "~1"));
                self.faults.push(Fault::new(
                    pointer,
                    "không phải phần ghi được của đối tượng / is no member of a feature that can be written",
                ));
            }
        }
    }

    fn properties(&mut self, collection: &Collection, properties: Map<String, Json>) {
        for (name, value) in properties {
            match collection.field(&name) {
                Some((at, _)) => self.values.push((at, value)),
                None => {
                    self.faults.push(Fault::of_property(
                        &name,
                        format!("không phải thuộc tính của '{0}' / is no property of '{0}'", collection.id),
                    ));
                }
            }
        }
    }

    fn value(&self, at: usize) -> Option<&Json> {
        self.values.iter().find(|(known, _)| *known == at).map(|(_, value)| value)
    }

    /// The row that is to be written. `before` is the row as it is; `served` are the values of all its fields as they were
    /// last served, or none.
    ///
    /// # Errors
    /// Every fault of the body.
    pub fn draft(&self, collection: &Collection, before: Option<&Row>, served: &[Value]) -> Result<Draft, Vec<Fault>> {
        let mut faults = self.faults.clone();
        if let (Some(row), Some(id)) = (before, &self.id)
            && row.id != *id
        {
            faults.push(Fault::new(
                "/id",
                format!("khác '{0}': đối tượng giữ nguyên mã / is not '{0}': a feature keeps its id", row.id),
            ));
        }
        let mut values = Vec::with_capacity(collection.fields.len());
        for (at, field) in collection.fields.iter().enumerate() {
            let served = served.get(at);
            let sent = self.value(at);
            if field.derived {
                faults.extend(sent.and_then(|sent| value::computed(field, sent, served, self.form)));
                continue;
            }
            let own = before.map(|row| row.values.get(at).cloned().unwrap_or_default());
            let kept = || own.clone().unwrap_or_default();
            let wanted = match (sent, self.form) {
                (None, Form::Patch) => Ok(kept()),
                (None, Form::Whole) => Ok(Value::Null),
                (Some(sent), _) => value::read(field, sent, own.as_ref()),
            };
            let wanted = wanted.and_then(|wanted| {
                let is_known = own.as_ref().is_some_and(|own| *own == wanted);
                let is_served = own.is_some() && sent.is_some() && served == Some(&wanted);
                if is_known || is_served {
                    return Ok(kept());
                }
                value::check(field, &wanted).map(|()| wanted)
            });
            values.push(wanted.unwrap_or_else(|detail| {
                faults.push(Fault::of_property(&field.name, detail));
                Value::Null
            }));
        }
        let shape = match &self.place {
            None => before.and_then(|row| row.shape.clone()).filter(|_| self.form == Form::Patch),
            Some(None) => None,
            Some(Some(place)) => Some(place.beside(before.and_then(|row| row.shape.as_ref()))),
        };
        if faults.is_empty() { Ok(Draft { id: self.id.clone(), values, shape }) } else { Err(faults) }
    }
}

impl Sent {
    /// What the row would hold in the fields that name other rows, as far as that can be read: so that all faults can be told
    /// together.
    pub fn references(&self, collection: &Collection, before: Option<&Row>) -> Vec<Value> {
        let values = collection.stored_fields().enumerate().map(|(at, field)| {
            let own = before.and_then(|row| row.values.get(at));
            match self.value(at) {
                Some(sent) => value::read(field, sent, own).unwrap_or_default(),
                None if self.form == Form::Patch => own.cloned().unwrap_or_default(),
                None => Value::Null,
            }
        });
        values.collect()
    }
}

/// The id of a feature; a number is one by its digits, null is none.
fn id(value: &Json) -> Result<Option<FeatureId>, String> {
    let text = match value {
        Json::Null => return Ok(None),
        Json::String(text) => text.clone(),
        Json::Number(number) if number.is_i64() || number.is_u64() => number.to_string(),
        _ => return Err("không phải chữ, cũng không phải số nguyên / is neither text nor a whole number".to_owned()),
    };
    FeatureId::parse(&text).map(Some).map_err(|error| error.to_string())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

//! The declaration of a collection on its way between service and worker.

use serde::{Deserialize, Serialize};

use crate::domain::schema::is_collection_id;
use crate::domain::{Collection, DataType, Field, GeometryField, Kind, Title, catalog};
use crate::geom::{Crs, GeometryKind};
use crate::transfer::{limits, target};

/// What a worker must know of a collection. What else is declared of a field is in its own copy of the catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    id: String,
    geometry: Option<Place>,
    /// The stored fields.
    fields: Vec<Column>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    column: String,
    kind: String,
    crs: System,
    has_z: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
enum System {
    Named(String),
    Defined(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Column {
    name: String,
    title: String,
    data_type: String,
}

const TYPES: [DataType; 6] =
    [DataType::Text, DataType::Integer, DataType::Number, DataType::Boolean, DataType::Date, DataType::DateTime];

/// The longest title of a column that is taken from a file.
const TITLE_LETTERS: usize = 200;

impl Declaration {
    pub fn of(collection: &Collection) -> Declaration {
        let system = |crs: &Crs| match crs {
            Crs::Wkt(text) => System::Defined(text.to_string()),
            named => System::Named(named.to_string()),
        };
        let place = |geometry: &GeometryField| Place {
            column: geometry.name.clone(),
            kind: geometry.kind.name().to_owned(),
            crs: system(&geometry.crs),
            has_z: geometry.has_z,
        };
        let column = |field: &Field| Column {
            name: field.name.clone(),
            title: field.title.en.to_string(),
            data_type: field.data_type.as_str().to_owned(),
        };
        Declaration {
            id: collection.id.clone(),
            geometry: collection.geometry.as_ref().map(place),
            fields: collection.stored_fields().map(column).collect(),
        }
    }

    fn geometry(&self) -> Result<Option<GeometryField>, String> {
        let Some(place) = &self.geometry else { return Ok(None) };
        let crs = match &place.crs {
            System::Named(name) => name.parse().map_err(|_| "its reference system has no name".to_owned())?,
            System::Defined(text) => Crs::Wkt(text.as_str().into()),
        };
        let kind = GeometryKind::parse(&place.kind).ok_or("its kind of geometry is none")?;
        Ok(Some(GeometryField { name: place.column.clone(), kind, crs, has_z: place.has_z }))
    }

    fn fields(&self) -> Result<Vec<Field>, String> {
        let field = |column: &Column| {
            let data_type = TYPES.into_iter().find(|known| known.as_str() == column.data_type);
            let data_type = data_type.ok_or("a column has no type")?;
            Ok(Field { title: Title::same(&column.title), ..Field::plain(&column.name, data_type) })
        };
        self.fields.iter().map(field).collect()
    }

    /// The collection, in a worker, which believes its service.
    ///
    /// # Errors
    /// Where it cannot be one.
    pub fn collection(&self) -> Result<Collection, String> {
        let declared = catalog::collection(&self.id);
        let known = |field: Field| match declared.and_then(|declared| declared.field(&field.name)) {
            Some((_, known)) if known.data_type == field.data_type => known.clone(),
            _ => field,
        };
        let fields = self.fields()?.into_iter().map(known).collect();
        let geometry = self.geometry()?;
        Ok(match declared {
            Some(declared) => Collection { geometry, fields, ..declared.clone() },
            None => self.table(geometry, fields),
        })
    }

    fn table(&self, geometry: Option<GeometryField>, fields: Vec<Field>) -> Collection {
        Collection {
            id: self.id.clone(),
            title: Title::same(&self.id),
            description: Title::same(""),
            kind: Kind::Table,
            has_ids: true,
            geometry,
            fields,
            temporal: None,
        }
    }

    /// The collection that a worker has made of a file, in the service, which believes nothing.
    ///
    /// # Errors
    /// Why it is not taken, or cannot come from a worker that does what it should.
    pub fn made(&self, id: &str) -> Result<Collection, String> {
        let untrue = |what: &str| Err(what.to_owned());
        if self.id != id || !is_collection_id(id) || catalog::collection(id).is_some() {
            return untrue("it is another collection");
        }
        let fields = self.fields()?;
        if fields.len() > limits::FIELDS {
            return untrue("it has too many columns");
        }
        for (at, field) in fields.iter().enumerate() {
            let is_twice = fields[..at].iter().any(|other| other.name.eq_ignore_ascii_case(&field.name));
            if is_twice || target::safe(&field.name) != field.name {
                return untrue("a column has a name that no table may have");
            }
            if field.title.en.chars().count() > TITLE_LETTERS || field.title.en.contains(char::is_control) {
                return untrue("a column has a title that is too long");
            }
        }
        let geometry = self.geometry()?;
        if geometry.as_ref().is_some_and(|geometry| geometry.name != "geom") {
            return untrue("its geometry has another name");
        }
        Ok(self.table(geometry, fields))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_declared_register_comes_through_as_it_went() {
        for collection in catalog::collections() {
            let sent = serde_json::to_string(&Declaration::of(collection)).unwrap();
            let come: Declaration = serde_json::from_str(&sent).unwrap();
            let made = come.collection().unwrap();
            let stored: Vec<_> = collection.stored_fields().cloned().collect();
            assert_eq!((made.fields, made.geometry, made.kind), (stored, collection.geometry.clone(), collection.kind));
        }
    }

    #[test]
    fn a_made_table_with_a_name_or_a_column_of_another_is_refused() {
        let field = |name: &str| Field::plain(name, DataType::Text);
        let table = |id: &str, fields: Vec<Field>| {
            let none = Declaration { id: id.to_owned(), geometry: None, fields: Vec::new() };
            Declaration::of(&none.table(None, fields))
        };
        assert!(table("mine", vec![field("a"), field("b")]).made("mine").is_ok());
        assert!(table("other", vec![field("a")]).made("mine").is_err());
        assert!(table("clusters", vec![field("a")]).made("clusters").is_err());
        for names in [["a", "A"], ["a", "fid"], ["a", "geom"], ["a", "b\"; DROP TABLE clusters; --"], ["a", ""]] {
            assert!(table("mine", names.map(field).to_vec()).made("mine").is_err(), "{names:?}");
        }
        let long = Field { title: Title::same(&"x".repeat(201)), ..field("a") };
        assert!(table("mine", vec![long]).made("mine").is_err());
        let many: Vec<_> = (0..=limits::FIELDS).map(|n| field(&format!("f{n}"))).collect();
        assert!(table("mine", many).made("mine").is_err());
    }
}

//! The decisions between survey and check: encoding, place, reference system, ids, fields. Each guess becomes a notice.

use std::path::Path;
use std::rc::Rc;

use super::check::Route;
use super::crs::{self, AreaOfUse, Own};
use super::encoding::{self, TextReader};
use super::files::{DataSet, Format};
use super::geometry::{RawGeometry, Wanted};
use super::mapping::{self, MapFile, Plan, Source};
use super::place::{self, Place};
use super::survey::Survey;
use super::table::{Cell, Column, RawRow, ReadError, Table};
use super::target::{self, NewColumn, Target};
use super::values::{self, Comma};
use super::{ImportError, ImportOptions, whole};
use crate::domain::{Collection, DataType, GeometryField, Kind};
use crate::geom::project::Transform;
use crate::geom::{Crs, GeometryKind};
use crate::store::Mode;

/// Everything that is decided before rows are checked.
pub struct Prepared {
    pub collection: Collection,
    /// Whether the store has the table already.
    pub is_stored: bool,
    pub plan: Plan,
    pub reader: TextReader,
    /// One for each column.
    pub commas: Vec<Comma>,
    pub place: Place,
    /// The system of the file's coordinates; `None` for a file without places.
    pub source_crs: Option<Crs>,
    pub rows: u64,
    format: Format,
}

/// Decides.
///
/// # Errors
/// Everything for which the file as a whole is refused although it can be read.
pub fn prepare(
    set: &DataSet,
    table: &mut Table,
    mut survey: Survey,
    target: Target,
    map: &MapFile,
    options: &ImportOptions,
    notices: &mut Vec<String>,
) -> Result<Prepared, ImportError> {
    let columns = table.columns().to_vec();
    let declared = set.declared_encoding.as_deref();
    let reader = encoding::decide(set.format, declared, options.encoding, &columns, &survey.samples, notices)?;
    let names: Vec<String> = columns.iter().enumerate().map(|(at, column)| reader.name(at, &column.name)).collect();
    let place = choose_place(set, table, &names, &survey, target.collection.as_ref())?;
    let source_crs = match place {
        Place::Nowhere => None,
        _ => Some(crs::decide(own_crs(set, table, place)?, options.crs.as_ref(), notices)?),
    };
    let id_field = options.id_field.as_deref().or(map.id_column());
    let id = mapping::id_column(target.collection.as_ref(), &names, id_field, options.mode)?;
    if id.is_none() && options.mode == Mode::Upsert {
        let columns = names.join(", ");
        return Err(ImportError::Mapping(format!(
            "--mode upsert needs ids: name their column with --id-field ({columns})"
        )));
    }
    if survey.rows == 0 {
        notices.push("the file holds no rows".to_owned());
    }
    if survey.rows == 0 && options.mode == Mode::Replace {
        let reason = "it has no rows, and --mode replace would empty the collection".to_owned();
        return Err(ImportError::File { path: options.source.clone(), reason });
    }
    let texts = decoded_samples(&reader, &survey);
    let commas = texts.iter().map(|texts| Comma::shown_by(texts.iter().map(String::as_str))).collect();
    let is_stored = target.is_stored;
    let (collection, plan) = match target.collection {
        Some(collection) => {
            let plan = mapping::plan(&collection, &names, place, id, map, notices)?;
            (collection, plan)
        }
        None => {
            if let Place::Wkt(column) = place {
                let broken = |reason| ImportError::Incomplete { path: options.source.clone(), reason };
                see_texts(table, column, &reader, &mut survey).map_err(broken)?;
            }
            let geometry = source_crs.as_ref().map(|crs| new_geometry(&survey, place, crs));
            let types = column_types(set.format, &columns, &texts);
            let new: Vec<NewColumn<'_>> =
                names.iter().zip(types).map(|(name, data_type)| NewColumn { name, data_type }).collect();
            let (collection, of_field) = target::from_schema(
                &options.collection,
                &new,
                (place, id),
                &map.renamed(),
                (set.format, geometry),
                notices,
            );
            let plan = mapping::straight(&collection, &of_field, id, map)?;
            (collection, plan)
        }
    };
    refuse_missing(&collection, &plan, &names, options.mode)?;
    Ok(Prepared {
        collection,
        is_stored,
        plan,
        reader,
        commas,
        place,
        source_crs,
        rows: survey.rows,
        format: set.format,
    })
}

impl Prepared {
    /// The way of coordinates from the file into the collection's storage CRS.
    pub fn route(&self) -> Result<Option<Route>, ImportError> {
        let (Some(source), Some(geometry)) = (&self.source_crs, &self.collection.geometry) else { return Ok(None) };
        let to_storage: Rc<Transform> =
            Transform::between(source, &geometry.crs).map_err(|error| ImportError::Crs(error.to_string()))?;
        Ok(Some(Route {
            area: AreaOfUse::of(source),
            to_storage,
            wanted: Wanted { kind: geometry.kind, clockwise_is_right: self.format == Format::Shapefile },
            keeps_z: geometry.has_z,
            is_needed: self.collection.kind == Kind::Register && !geometry.crs.is_wgs84(),
        }))
    }
}

/// Where the rows of the file are: in its geometry, in columns, or nowhere.
fn choose_place(
    set: &DataSet,
    table: &Table,
    names: &[String],
    survey: &Survey,
    collection: Option<&Collection>,
) -> Result<Place, ImportError> {
    let place = if set.format.is_sheet() {
        place::of_sheet(names)
    } else {
        match table {
            Table::Layer(layer) if layer.has_geometry() && !(survey.kinds.is_empty() && survey.rows > 0) => {
                Place::OfLayer
            }
            _ => Place::Nowhere,
        }
    };
    match collection {
        Some(collection) if collection.geometry.is_none() => match place {
            Place::OfLayer => Err(ImportError::Collection {
                collection: collection.id.clone(),
                reason: "it holds no geometry and the file does: import its table alone (.csv, .xlsx, .dbf)".to_owned(),
            }),
            _ => Ok(Place::Nowhere),
        },
        _ => Ok(place),
    }
}

fn own_crs(set: &DataSet, table: &Table, place: Place) -> Result<Own, ImportError> {
    let Table::Layer(layer) = table else { return Ok(Own::Unsaid) };
    if place != Place::OfLayer {
        return Ok(Own::Unsaid);
    }
    if matches!(set.format, Format::GeoJson | Format::GeoJsonSeq) {
        let refuse = |reason| ImportError::File { path: set.source.clone(), reason };
        if !whole::names_crs(&set.path).map_err(refuse)? {
            return Ok(Own::ByRule(Crs::Crs84));
        }
    }
    Ok(layer.spatial_ref().map_or(Own::Unsaid, Own::Declared))
}

/// The samples of each column as text; those that are no text in the encoding are faults of their rows, later.
fn decoded_samples(reader: &TextReader, survey: &Survey) -> Vec<Vec<String>> {
    let texts = survey.samples.iter().enumerate();
    let decoded =
        texts.map(|(at, sample)| sample.texts().filter_map(|bytes| reader.text(at, bytes).ok()).collect()).collect();
    reader.forget();
    decoded
}

fn see_texts(table: &mut Table, column: usize, reader: &TextReader, survey: &mut Survey) -> Result<(), ReadError> {
    let mut row = RawRow::default();
    table.rewind()?;
    while table.next(&mut row)? {
        if let Cell::Text(bytes) = &row.cells[column]
            && let Ok(text) = reader.text(column, bytes)
        {
            survey.see(RawGeometry::from_wkt(&text).ok().as_ref());
        }
    }
    reader.forget();
    Ok(())
}

fn new_geometry(survey: &Survey, place: Place, crs: &Crs) -> GeometryField {
    let kind = match place {
        Place::Columns { .. } => GeometryKind::Point,
        _ => target::common_kind(&survey.kinds),
    };
    GeometryField { name: "geom".to_owned(), kind, crs: target::storage_crs(crs), has_z: survey.has_z }
}

/// The types that columns get in a new collection: the file's own, or what all texts of a CSV column are.
fn column_types(format: Format, columns: &[Column], texts: &[Vec<String>]) -> Vec<Option<DataType>> {
    let inferred = |texts: &Vec<String>| Some(values::narrowest(texts.iter().map(String::as_str)));
    match format {
        Format::Csv => texts.iter().map(inferred).collect(),
        _ => columns.iter().map(|column| column.data_type).collect(),
    }
}

/// Refuses a file that lacks a required field, once instead of in every row.
fn refuse_missing(collection: &Collection, plan: &Plan, names: &[String], mode: Mode) -> Result<(), ImportError> {
    let missing = collection
        .stored_fields()
        .zip(&plan.sources)
        .find(|(field, source)| field.required && **source == Source::Absent);
    match missing {
        Some((field, _)) if mode != Mode::Upsert => Err(ImportError::Mapping(format!(
            "no column matches the required field '{}' ({}); the columns are {}: write a mapping file (--map) with [fields] {} = \"…\"",
            field.name,
            field.title,
            names.join(", "),
            field.name
        ))),
        _ => Ok(()),
    }
}

/// How a data set is called in the history.
pub fn what(source: &Path) -> String {
    format!("import {}", source.file_name().unwrap_or_default().to_string_lossy())
}

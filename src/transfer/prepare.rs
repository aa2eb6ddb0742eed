//! The decisions between survey and check: encoding, place, reference system, ids, fields. Each guess becomes a notice.

use std::path::Path;
use std::rc::Rc;

use super::check::Route;
use super::crs::{self, AreaOfUse, Own, Whereabouts};
use super::encoding::{self, TextReader};
use super::files::{DataSet, Format};
use super::geojson::CrsMember;
use super::geometry::{RawGeometry, Wanted};
use super::mapping::{self, ColumnUse, MapFile, Plan, Source};
use super::place::{self, Place};
use super::survey::Survey;
use super::table::{Cell, Column, RawRow, ReadError, Table};
use super::target::{self, NewColumn, Target};
use super::values::{self, Comma, Style};
use super::{ImportError, ImportOptions};
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
    /// What becomes of the columns.
    pub columns: Vec<ColumnUse>,
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
    let mut place = choose_place(set, table, &names, &survey, target.collection.as_ref())?;
    if place == Place::Nowhere && options.crs.is_some() && set.format.is_sheet() {
        return Err(ImportError::Crs(format!(
            "đã chọn hệ tọa độ (--crs) nhưng không cột nào cho vị trí; hãy đặt tên cột là lon và lat, X (bắc) và Y (đông), hoặc wkt; các cột là {0} / --crs is given and no column says where a row is; name them lon and lat, X (north) and Y (east), or wkt; the columns are {0}",
            names.join(", ")
        )));
    }
    let source_crs = match place {
        Place::Nowhere => None,
        _ => Some(crs::decide(own_crs(set, table, place), options.crs.as_ref(), notices)?),
    };
    let id_field = options.id_field.as_deref().or(map.id_column());
    let id = mapping::id_column(target.collection.as_ref(), &names, id_field, options.mode)?;
    if id.is_none() && options.mode == Mode::Upsert {
        let columns = names.join(", ");
        return Err(ImportError::Mapping(format!(
            "cập nhật (--mode upsert) cần mã: hãy chọn cột chứa mã (--id-field) trong {columns} / --mode upsert needs ids: name their column with --id-field ({columns})"
        )));
    }
    if survey.rows == 0 {
        notices.push("tệp không có dòng nào / the file holds no rows".to_owned());
    }
    if survey.rows == 0 && options.mode == Mode::Replace {
        let reason = "tệp không có dòng nào, thay thế (--mode replace) sẽ làm trống tập dữ liệu / it has no rows, and --mode replace would empty the collection".to_owned();
        return Err(ImportError::File { path: options.source.clone(), reason });
    }
    let commas: Vec<Comma> = survey.styles.iter().map(Style::comma).collect();
    let broken = |reason| ImportError::Incomplete { path: options.source.clone(), reason };
    if let (Place::Columns { x, y }, Some(crs)) = (place, &source_crs)
        && place::is_named_by_letters(&names[x])
        && is_north_first(table, (x, y), &reader, &commas, crs).map_err(broken)?
    {
        let (north, east) = (&names[x], &names[y]);
        notices.push(format!(
            "hiểu '{north}' là tọa độ bắc và '{east}' là tọa độ đông như bảng tọa độ của Việt Nam / '{north}' is taken as the northing and '{east}' as the easting, as Vietnamese coordinate tables have them"
        ));
        place = Place::Columns { x: y, y: x };
    }
    let is_stored = target.is_stored;
    let (collection, plan) = match target.collection {
        Some(collection) => {
            let plan = mapping::plan(&collection, &names, place, id, map, notices)?;
            (collection, plan)
        }
        None => {
            if let Place::Wkt(column) = place {
                see_texts(table, column, &reader, &mut survey).map_err(broken)?;
            }
            let geometry = source_crs.as_ref().map(|crs| new_geometry(&survey, place, crs));
            let types = column_types(set.format, &columns, &survey.styles);
            let with_commas: Vec<&str> = names
                .iter()
                .zip(types.iter().zip(&commas))
                .filter(|(_, (data_type, comma))| **data_type == Some(DataType::Number) && **comma == Comma::Decimal)
                .map(|(name, _)| name.as_str())
                .collect();
            if !with_commas.is_empty() {
                notices.push(format!(
                    "cột có số dùng dấu phẩy thập phân: {0} / columns hold numbers with decimal commas: {0}",
                    with_commas.join(", ")
                ));
            }
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
        columns: plan.columns(&collection, &names, place),
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
            Table::Layer(layer) if layer.has_geometry() && (survey.has_shapes || survey.rows == 0) => Place::OfLayer,
            _ => Place::Nowhere,
        }
    };
    match collection {
        Some(collection) if collection.geometry.is_none() => match place {
            Place::OfLayer => Err(ImportError::Collection {
                collection: collection.id.clone(),
                reason: "tập dữ liệu không có hình, còn tệp có: hãy chỉ nhập bảng (.csv, .xlsx, .dbf) / it holds no geometry and the file does: import its table alone (.csv, .xlsx, .dbf)".to_owned(),
            }),
            _ => Ok(Place::Nowhere),
        },
        _ => Ok(place),
    }
}

fn own_crs(set: &DataSet, table: &Table, place: Place) -> Own {
    let Table::Layer(layer) = table else { return Own::Unsaid };
    if place != Place::OfLayer {
        return Own::Unsaid;
    }
    let is_geojson = matches!(set.format, Format::GeoJson | Format::GeoJsonSeq);
    match set.outline.crs {
        CrsMember::Absent if is_geojson => Own::ByRule(Crs::Crs84),
        CrsMember::Null => Own::Unsaid,
        CrsMember::Absent | CrsMember::Named => layer.spatial_ref().map_or(Own::Unsaid, Own::Declared),
    }
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

/// Whether the first row with coordinates lies in a zone of VN-2000 only when its x is the northing, as surveyors there
/// call it.
fn is_north_first(
    table: &mut Table,
    (x, y): (usize, usize),
    reader: &TextReader,
    commas: &[Comma],
    crs: &Crs,
) -> Result<bool, ReadError> {
    if !crs.is_vn2000_grid() {
        return Ok(false);
    }
    let area = AreaOfUse::of(crs);
    let mut row = RawRow::default();
    table.rewind()?;
    while table.next(&mut row)? {
        let number = |column: usize| {
            let cell = &row.cells[column];
            let text = if let Cell::Text(bytes) = cell { reader.text(column, bytes).ok() } else { None };
            values::read(cell, text.as_deref(), DataType::Number, commas[column]).ok()?.as_f64()
        };
        if let (Some(x), Some(y)) = (number(x), number(y)) {
            return Ok(area.whereabouts([x, y, x, y]) == Whereabouts::Swapped);
        }
    }
    Ok(false)
}

fn new_geometry(survey: &Survey, place: Place, crs: &Crs) -> GeometryField {
    let kind = match place {
        Place::Columns { .. } => GeometryKind::Point,
        _ => target::common_kind(&survey.kinds),
    };
    GeometryField { name: "geom".to_owned(), kind, crs: target::storage_crs(crs), has_z: survey.has_z }
}

/// The types that columns get in a new collection: the file's own, or what all texts of a CSV column are.
fn column_types(format: Format, columns: &[Column], styles: &[Style]) -> Vec<Option<DataType>> {
    match format {
        Format::Csv => styles.iter().map(|style| Some(style.data_type())).collect(),
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
            "không có cột nào cho trường bắt buộc '{0}' ({1}); các cột là {3}: hãy chọn cột, hoặc viết tệp ghép cột (--map) với [fields] {0} = \"…\" / no column matches the required field '{0}' ({2}); the columns are {3}: write a mapping file (--map) with [fields] {0} = \"…\"",
            field.name,
            field.title.vi,
            field.title.en,
            names.join(", ")
        ))),
        _ => Ok(()),
    }
}

/// How a data set is called in the history.
pub fn what(source: &Path) -> String {
    format!("import {}", source.file_name().unwrap_or_default().to_string_lossy())
}

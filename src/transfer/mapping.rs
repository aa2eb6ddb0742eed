//! Which column of a file goes into which field of a collection: by the user's TOML file, else by names and titles.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::ImportError;
use super::place::Place;
use super::table::Cell;
use super::target;
use super::values::{self, Comma};
use crate::domain::{Collection, Field, Kind, Value};
use crate::store::Mode;
use crate::text::{both, fold};

/// A mapping file.
///
/// ```toml
/// [fields]
/// name_vi = "Tên cụm"
/// [values.status]
/// "Đang hoạt động" = "operating"
/// [constants]
/// source = "Sở Công Thương, 2024"
/// ```
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MapFile {
    /// Field of the collection = column of the file; the field `id` names the column of ids.
    fields: BTreeMap<String, String>,
    /// For a field: value in the file = value in the collection.
    values: BTreeMap<String, BTreeMap<String, String>>,
    /// Field of the collection = the value of every row.
    constants: BTreeMap<String, toml::Value>,
}

impl MapFile {
    /// Reads a TOML file.
    pub fn read(path: &Path) -> Result<MapFile, ImportError> {
        let text = std::fs::read_to_string(path)
            .map_err(|e| ImportError::File { path: path.to_owned(), reason: e.to_string() })?;
        toml::from_str(&text).map_err(|e| ImportError::Mapping(format!("{}: {}", path.display(), e.message())))
    }

    /// The column of ids, if the file names one.
    pub fn id_column(&self) -> Option<&str> {
        self.fields.get("id").map(String::as_str)
    }

    /// Names that columns get in a collection that is made for them, by column.
    pub fn renamed(&self) -> HashMap<&str, &str> {
        self.fields.iter().map(|(field, column)| (column.as_str(), field.as_str())).collect()
    }
}

/// Where the value of a field comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    Column(usize),
    Constant(Value),
    Absent,
}

/// Why a column goes where it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// It holds the ids.
    Id,
    /// It says where the row is.
    Place,
    /// A mapping says so.
    Mapping,
    /// It has the name of the field.
    Name,
    /// It has the name of the field as dBase cuts it.
    ShortName,
    /// It has a title of the field.
    Title,
    /// The collection is made from the file.
    Made,
    /// The collection has nothing for it.
    Unused,
}

/// What becomes of a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnUse {
    /// Its name in the file.
    pub source: String,
    /// The field that it fills, `id` or `geometry`; `None` where it is left out.
    pub field: Option<String>,
    pub why: Why,
}

/// How rows of a file become rows of a collection.
pub struct Plan {
    /// One for each stored field.
    pub sources: Vec<Source>,
    /// Why each of them, where it is a column.
    pub whys: Vec<Why>,
    pub id: Option<usize>,
    /// For each stored field with a closed list or a value map: folded text → value.
    translations: Vec<HashMap<String, String>>,
}

/// A name as it is compared: folded, without blanks, so that `area_ha`, `Area (ha)` and `AREA_HA` are one.
fn key(name: &str) -> String {
    fold(name).replace(' ', "")
}

/// Names as a dBase table holds them: cut to 10 bytes, numbered where that makes two alike (as GDAL and Esri do).
pub fn dbase_names<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    const LONGEST: usize = 10;
    let mut taken: Vec<String> = Vec::new();
    for name in names {
        let ascii: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let mut short: String = ascii.chars().take(LONGEST).collect();
        let mut number = 0;
        while taken.iter().any(|other| other.eq_ignore_ascii_case(&short)) {
            number += 1;
            let suffix = format!("_{number}");
            short = ascii.chars().take(LONGEST - suffix.len()).collect::<String>() + &suffix;
        }
        taken.push(short);
    }
    taken
}

/// Columns whose name says that they hold the ids of a declared collection: `id`, `cluster_id`, `village_id`, `mã`.
fn is_id_name(collection: &Collection, name: &str) -> bool {
    let singular = collection.id.trim_end_matches('s').replace("_", "");
    let last = collection.id.trim_end_matches('s').rsplit('_').next().unwrap_or_default();
    let key = key(name);
    key == "id" || key == "ma" || key == format!("{singular}id") || key == format!("{last}id")
}

/// Finds the column of ids: the one asked for, else the one named so. A user's own table got row numbers as ids when it
/// was made, so that there a column named `id` is an attribute unless rows are to be met again.
pub fn id_column(
    collection: Option<&Collection>,
    names: &[String],
    asked: Option<&str>,
    mode: Mode,
) -> Result<Option<usize>, ImportError> {
    if let Some(asked) = asked {
        return column(names, asked).map(Some);
    }
    let Some(collection) = collection else { return Ok(None) };
    if collection.kind == Kind::Table && mode == Mode::Append {
        return Ok(None);
    }
    let is_field = |name: &String| collection.fields.iter().any(|field| key(&field.name) == key(name));
    let exact = names.iter().position(|name| key(name) == "id");
    Ok(exact.or_else(|| names.iter().position(|name| is_id_name(collection, name) && !is_field(name))))
}

fn column(names: &[String], asked: &str) -> Result<usize, ImportError> {
    let exact = names.iter().position(|name| name == asked);
    let found = exact.or_else(|| names.iter().position(|name| key(name) == key(asked)));
    found.ok_or_else(|| {
        ImportError::Mapping(format!(
            "tệp không có cột '{asked}'; các cột là {0} / the file has no column '{asked}'; its columns are {0}",
            names.join(", ")
        ))
    })
}

/// Makes the plan for the stored fields of a collection. `names` are the columns of the file, decoded.
///
/// # Errors
/// [`ImportError::Mapping`] for a mapping file that names what is not there, and for names that match twice.
pub fn plan(
    collection: &Collection,
    names: &[String],
    place: Place,
    id: Option<usize>,
    map: &MapFile,
    notices: &mut Vec<String>,
) -> Result<Plan, ImportError> {
    refuse_unknown_fields(collection, map)?;
    let fields: Vec<&Field> = collection.stored_fields().collect();
    let dbase = dbase_names(std::iter::once("id").chain(fields.iter().map(|field| field.name.as_str())));
    let mut sources = Vec::with_capacity(fields.len());
    let mut whys = Vec::with_capacity(fields.len());
    let mut guessed = Vec::new();
    for (at, field) in fields.iter().enumerate() {
        let mut why = Why::Mapping;
        let source = if let Some(constant) = map.constants.get(&field.name) {
            Source::Constant(constant_value(field, constant)?)
        } else if let Some(asked) = map.fields.get(&field.name) {
            Source::Column(column(names, asked)?)
        } else {
            // A column of ids may be a field, too.
            let is_mapped = |column: usize| map.fields.iter().any(|(to, from)| to != "id" && *from == names[column]);
            let is_free = |column: usize| !place.takes(column) && !is_mapped(column);
            match best_match(field, &dbase[at + 1], names, &is_free)? {
                Some((column, found_by)) => {
                    why = found_by;
                    if key(&names[column]) != key(&field.name) {
                        guessed.push(format!("'{}' → {}", names[column], field.name));
                    }
                    Source::Column(column)
                }
                None => Source::Absent,
            }
        };
        sources.push(source);
        whys.push(why);
    }
    if !guessed.is_empty() {
        notices.push(format!(
            "cột ghép theo tiêu đề hoặc tên rút gọn: {0} / columns matched by title or shortened name: {0}",
            guessed.join(", ")
        ));
    }
    let is_used =
        |column: usize| id == Some(column) || place.takes(column) || sources.contains(&Source::Column(column));
    let unused: Vec<&str> =
        names.iter().enumerate().filter(|(at, _)| !is_used(*at)).map(|(_, name)| name.as_str()).collect();
    if !unused.is_empty() {
        notices.push(format!(
            "bỏ các cột mà tập dữ liệu không có: {0} / columns that the collection does not have were left out: {0}",
            unused.join(", ")
        ));
    }
    let translations = fields.iter().map(|field| translation(field, map)).collect();
    Ok(Plan { sources, whys, id, translations })
}

/// The plan of a collection that was made from the file: `of_field` is the column of each field.
pub fn straight(
    collection: &Collection,
    of_field: &[usize],
    id: Option<usize>,
    map: &MapFile,
) -> Result<Plan, ImportError> {
    refuse_unknown_fields(collection, map)?;
    let mut sources = Vec::with_capacity(of_field.len());
    for (field, column) in collection.stored_fields().zip(of_field) {
        sources.push(match map.constants.get(&field.name) {
            Some(constant) => Source::Constant(constant_value(field, constant)?),
            None => Source::Column(*column),
        });
    }
    let translations = collection.stored_fields().map(|field| translation(field, map)).collect();
    let whys = vec![Why::Made; sources.len()];
    Ok(Plan { sources, whys, id, translations })
}

fn refuse_unknown_fields(collection: &Collection, map: &MapFile) -> Result<(), ImportError> {
    let named = map.fields.keys().chain(map.values.keys()).chain(map.constants.keys());
    for name in named.filter(|name| *name != "id") {
        if !collection.stored_fields().any(|field| field.name == *name) {
            let known: Vec<&str> = collection.stored_fields().map(|field| field.name.as_str()).collect();
            return Err(ImportError::Mapping(format!(
                "tập dữ liệu '{0}' không có trường '{name}'; các trường là {1} / collection '{0}' has no field '{name}'; its fields are {1}",
                collection.id,
                known.join(", ")
            )));
        }
    }
    Ok(())
}

fn constant_value(field: &Field, constant: &toml::Value) -> Result<Value, ImportError> {
    let text = match constant {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(n) => n.to_string(),
        toml::Value::Float(n) => n.to_string(),
        toml::Value::Boolean(b) => b.to_string(),
        toml::Value::Datetime(instant) => instant.to_string(),
        toml::Value::Array(_) | toml::Value::Table(_) => {
            return Err(ImportError::Mapping(format!(
                "hằng '{0}' không phải một giá trị đơn / constant '{0}' is no single value",
                field.name
            )));
        }
    };
    let read = values::read(&Cell::Null, Some(&text), field.data_type, Comma::Unknown);
    read.map_err(|reason| {
        ImportError::Mapping({
            let name = &field.name;
            both!("hằng '{name}': {reason}", "constant '{name}': {reason}"; reason)
        })
    })
}

/// The one column that matches a field best: by its name, by its shortened name, by a title.
fn best_match(
    field: &Field,
    dbase_name: &str,
    names: &[String],
    is_free: &dyn Fn(usize) -> bool,
) -> Result<Option<(usize, Why)>, ImportError> {
    let is_short = |name: &String| {
        // A name of exactly ten bytes was cut; a shorter one would not have been numbered either.
        name.len() == 10 && name.eq_ignore_ascii_case(dbase_name)
    };
    // Names of quantities end in their unit as people write it, which is not its UCUM code.
    let unit = field.name.rsplit('_').next().filter(|_| field.unit.is_some()).unwrap_or_default();
    let titles = [key(&field.title.vi), key(&field.title.en)].map(|title| [format!("{title}{unit}"), title]).concat();
    type Rank<'a> = (Why, &'a dyn Fn(&String) -> bool);
    let ranks: [Rank<'_>; 5] = [
        (Why::Name, &|name| name.eq_ignore_ascii_case(&field.name)),
        (Why::Name, &|name| key(name) == key(&field.name)),
        (Why::ShortName, &is_short),
        (Why::Title, &|name| titles.contains(&key(name))),
        // As a table that was made from such a file calls it.
        (Why::Name, &|name| target::safe(name).eq_ignore_ascii_case(&field.name)),
    ];
    for (why, rank) in ranks {
        let mut found = names.iter().enumerate().filter(|(at, name)| is_free(*at) && rank(name)).map(|(at, _)| at);
        match (found.next(), found.next()) {
            (None, _) => {}
            (Some(only), None) => return Ok(Some((only, why))),
            (Some(first), Some(second)) => {
                return Err(ImportError::Mapping(format!(
                    "hai cột '{0}' và '{1}' cùng ứng với trường '{2}': hãy chọn một cột (--map) / columns '{0}' and '{1}' both match the field '{2}': name one in a mapping file (--map)",
                    names[first], names[second], field.name
                )));
            }
        }
    }
    Ok(None)
}

fn translation(field: &Field, map: &MapFile) -> HashMap<String, String> {
    let mut translation = HashMap::new();
    for code in field.codes {
        for name in [code.code, &code.title.vi, &code.title.en] {
            translation.insert(fold(name), code.code.to_owned());
        }
    }
    for (from, to) in map.values.get(&field.name).into_iter().flatten() {
        translation.insert(fold(from), to.clone());
    }
    translation
}

impl Plan {
    /// The value that a text of this field stands for: by the mapping file, by code, by title in either language.
    pub fn translated(&self, field: usize, text: &str) -> Option<&str> {
        let translation = &self.translations[field];
        if translation.is_empty() { None } else { translation.get(&fold(text)).map(String::as_str) }
    }

    /// What becomes of the columns with these names; one that fills several fields is named with each.
    pub fn columns(&self, collection: &Collection, names: &[String], place: Place) -> Vec<ColumnUse> {
        let mut columns = Vec::with_capacity(names.len());
        for (at, name) in names.iter().enumerate() {
            let fills = |field: &str, why| ColumnUse { source: name.clone(), field: Some(field.to_owned()), why };
            let fields = collection.stored_fields().zip(self.sources.iter().zip(&self.whys));
            let of_column = fields.filter(|(_, (source, _))| **source == Source::Column(at));
            let mut uses: Vec<ColumnUse> = of_column.map(|(field, (_, why))| fills(&field.name, *why)).collect();
            uses.extend((self.id == Some(at)).then(|| fills("id", Why::Id)));
            uses.extend(place.takes(at).then(|| fills("geometry", Why::Place)));
            if uses.is_empty() {
                uses.push(ColumnUse { source: name.clone(), field: None, why: Why::Unused });
            }
            columns.append(&mut uses);
        }
        columns
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::domain::catalog;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn planned(collection: &str, columns: &[&str], map: &str) -> Result<(Plan, Vec<String>), String> {
        let collection = catalog::collection(collection).unwrap();
        let map: MapFile = toml::from_str(map).unwrap();
        let mut notices = Vec::new();
        let plan =
            plan(collection, &names(columns), Place::Nowhere, None, &map, &mut notices).map_err(|e| e.to_string())?;
        Ok((plan, notices))
    }

    fn source_of(plan: &Plan, collection: &str, field: &str) -> Source {
        let collection = catalog::collection(collection).unwrap();
        plan.sources[collection.stored_fields().position(|f| f.name == field).unwrap()].clone()
    }

    #[test]
    fn a_mapping_file_that_names_what_is_not_there_is_refused() {
        assert!(planned("clusters", &["a"], "[fields]\nname = \"a\"").err().unwrap().contains("no field 'name'"));
        assert!(planned("clusters", &["a"], "[fields]\nname_vi = \"b\"").err().unwrap().contains("no column 'b'"));
        assert!(planned("clusters", &["a"], "[constants]\narea_ha = \"wide\"").err().unwrap().contains("area_ha"));
        assert!(toml::from_str::<MapFile>("[felds]\na = \"b\"").is_err());
    }

    #[test]
    fn two_columns_of_one_title_are_refused_and_the_name_outweighs_the_title() {
        assert!(planned("clusters", &["Tên", "Name"], "").err().unwrap().contains("both match"));
        let (plan, _) = planned("clusters", &["Tên", "NAME_VI"], "").unwrap();
        assert_eq!(source_of(&plan, "clusters", "name_vi"), Source::Column(1));
    }

    #[test]
    fn columns_match_by_name_title_and_shortened_name() {
        let (plan, notices) = planned("clusters", &["Tên", "Area (ha)", "AREA_HA", "establis_1", "odd"], "").unwrap();
        assert_eq!(source_of(&plan, "clusters", "name_vi"), Source::Column(0));
        assert_eq!(source_of(&plan, "clusters", "area_ha"), Source::Column(2));
        assert_eq!(source_of(&plan, "clusters", "established_on"), Source::Column(3));
        assert_eq!(source_of(&plan, "clusters", "status"), Source::Absent);
        assert!(notices.iter().any(|notice| notice.contains("left out: Area (ha), odd")), "{notices:?}");
        let (plan, _) = planned("clusters", &["Tên", "Diện tích (ha)"], "").unwrap();
        assert_eq!(source_of(&plan, "clusters", "area_ha"), Source::Column(1));
    }

    #[test]
    fn constants_and_value_maps_apply() {
        let map = "[constants]\nsource = \"Sở Công Thương\"\nis_demo = false\n[values.status]\n\"HĐ\" = \"operating\"";
        let (plan, _) = planned("clusters", &["name_vi", "status"], map).unwrap();
        assert_eq!(source_of(&plan, "clusters", "source"), Source::Constant(Value::from("Sở Công Thương")));
        assert_eq!(source_of(&plan, "clusters", "is_demo"), Source::Constant(Value::Boolean(false)));
        let status = catalog::collection("clusters").unwrap().stored_fields().position(|f| f.name == "status").unwrap();
        for text in ["hđ", "operating", "ĐANG HOẠT ĐỘNG", "Operating"] {
            assert_eq!(plan.translated(status, text), Some("operating"), "{text}");
        }
        assert_eq!(plan.translated(status, "đóng cửa"), None);
    }

    #[test]
    fn ids_are_found_by_the_name_of_their_column() {
        let clusters = catalog::collection("clusters");
        let samples = catalog::collection("effluent_samples");
        let found = |collection, columns: &[&str]| id_column(collection, &names(columns), None, Mode::Append).unwrap();
        assert_eq!(found(clusters, &["name", "cluster_id"]), Some(1));
        assert_eq!(found(catalog::collection("craft_villages"), &["village_id", "name"]), Some(0));
        assert_eq!(found(samples, &["station_id", "sample_date"]), None);
        assert_eq!(found(None, &["id", "name"]), None);
        assert!(id_column(None, &names(&["a"]), Some("b"), Mode::Append).is_err());
    }

    #[test]
    fn shortened_names_stay_apart() {
        let long = ["pollution_class", "pollution_class_water", "pollution_class_air", "ok"];
        assert_eq!(dbase_names(long.into_iter()), ["pollution_", "pollutio_1", "pollutio_2", "ok"]);
    }
}

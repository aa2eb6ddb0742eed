//! How a file is to be read, as requests say it.

use serde_json::Value;

use super::plan;
use crate::ogc::problem::{Fault, Problem};
use crate::store::Mode;
use crate::upload::{ImportJob, mode_named};

/// How a file is to be read, as the user says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Options {
    pub(super) collection: String,
    pub(super) mode: Mode,
    pub(super) crs: Option<String>,
    pub(super) encoding: Option<String>,
    pub(super) layer: Option<String>,
    pub(super) id_field: Option<String>,
    pub(super) mapping: Option<Value>,
    /// Where the file is the drawing of a plan.
    pub(super) plan: Option<plan::Asked>,
}

/// Options that a request says, each by its name; `None` where it says nothing of them.
pub(super) type Said<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The parameters that say them, of every file.
pub(super) const NAMES: [&str; 6] = ["collection", "mode", "crs", "encoding", "layer", "id-field"];

/// The options of a new import.
pub(super) fn new_options(said: Said<'_>) -> Result<Options, Problem> {
    let Some(collection) = said("collection") else {
        let detail =
            "còn thiếu: nêu tập dữ liệu nhận các dòng / is missing: name the collection that receives the rows"
                .to_owned();
        return Err(Problem::Parameters(vec![Fault { parameter: "collection".to_owned(), detail }]));
    };
    let none = Options {
        collection,
        mode: Mode::Append,
        crs: None,
        encoding: None,
        layer: None,
        id_field: None,
        mapping: None,
        plan: plan::asked(said)?,
    };
    changed_options(none, said)
}

/// Options with what a request says of them; an empty text takes back what was said before.
pub(super) fn changed_options(options: Options, said: Said<'_>) -> Result<Options, Problem> {
    let mut options = options;
    let mut faults = Vec::new();
    if let Some(name) = said("mode") {
        match mode_named(&name) {
            Some(mode) => options.mode = mode,
            None => faults.push(Fault {
                parameter: "mode".to_owned(),
                detail: format!(
                    "không phải append, upsert hay replace: '{0}' / is none of append, upsert and replace: '{0}'",
                    name.escape_debug()
                ),
            }),
        }
    }
    for (name, place) in [
        ("crs", &mut options.crs),
        ("encoding", &mut options.encoding),
        ("layer", &mut options.layer),
        ("id-field", &mut options.id_field),
    ] {
        if let Some(text) = said(name) {
            if text.len() > 500 || text.contains(char::is_control) {
                faults.push(Fault {
                    parameter: name.to_owned(),
                    detail: "không phải chữ như vậy / is no such text".to_owned(),
                });
            }
            *place = Some(text).filter(|text| !text.is_empty());
        }
    }
    if let Some(Err(error)) = options.crs.as_deref().map(str::parse::<crate::geom::Crs>) {
        faults.push(Fault { parameter: "crs".to_owned(), detail: error.to_string() });
    }
    let encoding = options.encoding.as_deref().filter(|name| !name.eq_ignore_ascii_case("auto"));
    if let Some(Err(error)) = encoding.map(str::parse::<crate::text::Encoding>) {
        faults.push(Fault { parameter: "encoding".to_owned(), detail: error.to_string() });
    }
    if faults.is_empty() { Ok(options) } else { Err(Problem::Parameters(faults)) }
}

impl Options {
    pub(super) fn job(&self, file: &str) -> ImportJob {
        ImportJob {
            file: file.to_owned(),
            collection: self.collection.clone(),
            declaration: None,
            is_stored: false,
            layer: self.layer.clone(),
            crs: self.crs.clone(),
            encoding: self.encoding.clone(),
            mode: self.mode,
            id_field: self.id_field.clone(),
            mapping: self.mapping.clone(),
        }
    }
}

//! The parameters that say how features are to look, in which order they come and which words they are searched for.

use super::params::Params;
use crate::domain::Collection;
use crate::geom::Crs;
use crate::query::sort::MAX_SORT_FIELDS;
use crate::query::{Bbox, ItemsQuery, Rendering, SortBy};
use crate::text::fold;

/// More digits than this tell nothing in any system.
const MAX_PRECISION: u32 = 15;

/// Web maps have no finer level.
const MAX_ZOOM: u32 = 24;

/// More words than this are no search.
const MAX_WORDS: usize = 16;

/// A reference system that the collection offers.
pub fn crs(text: &str, collection: &Collection) -> Result<Crs, String> {
    let offered = collection.offered_crs();
    let known = text.parse::<Crs>().ok().filter(|crs| offered.contains(crs));
    known.ok_or_else(|| {
        let names: Vec<String> = offered.iter().filter_map(Crs::uri).collect();
        format!("'{text}' không thuộc {0} / '{text}' is not one of {0}", names.join(", "))
    })
}

fn boolean(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| format!("'{text}' không phải true hay false / '{text}' is neither true nor false"))
}

fn number(text: &str, most: u32) -> Result<u32, String> {
    let number = text.parse().ok().filter(|n| *n <= most);
    number.ok_or_else(|| {
        format!("'{text}' không phải số nguyên từ 0 đến {most} / '{text}' is no whole number from 0 to {most}")
    })
}

fn field(name: &str, collection: &Collection) -> Result<usize, String> {
    let found = collection.field(name).map(|(at, _)| at);
    found.ok_or_else(|| {
        format!(
            "ghi '{name}', mà '{0}' không có thuộc tính này / names '{name}', and '{0}' has no such property",
            collection.id
        )
    })
}

/// Positions of properties, in the order of the declaration, each once.
fn properties(text: &str, collection: &Collection) -> Result<Vec<usize>, String> {
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    let mut positions = names.map(|name| field(name, collection)).collect::<Result<Vec<usize>, String>>()?;
    positions.sort_unstable();
    positions.dedup();
    Ok(positions)
}

/// Properties after `+` or `-`; a `+` arrives as a blank where a client did not encode it.
fn sort(text: &str, collection: &Collection) -> Result<Vec<SortBy>, String> {
    let mut sort: Vec<SortBy> = Vec::new();
    for part in text.split(',') {
        let (descending, name) = match part.strip_prefix('-') {
            Some(name) => (true, name),
            None => (false, part.strip_prefix(['+', ' ']).unwrap_or(part)),
        };
        let field = field(name, collection)?;
        if sort.iter().any(|known| known.field == field) {
            return Err(format!("ghi '{name}' hai lần / names '{name}' twice"));
        }
        sort.push(SortBy { field, descending });
    }
    if sort.len() > MAX_SORT_FIELDS {
        Err(format!("ghi hơn {MAX_SORT_FIELDS} thuộc tính / names more than {MAX_SORT_FIELDS} properties"))
    } else {
        Ok(sort)
    }
}

/// The words of a search as keys; their diacritics and their case do not matter.
///
/// # Errors
/// When there is nothing to search for.
pub fn words(text: &str) -> Result<Vec<String>, String> {
    let words: Vec<String> = fold(text).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
    match words.len() {
        0 => Err("không có chữ hay số nào để tìm / has no letter and no digit to search for".to_owned()),
        1..=MAX_WORDS => Ok(words),
        _ => Err(format!("có hơn {MAX_WORDS} từ / has more than {MAX_WORDS} words")),
    }
}

/// How features look that are asked for without any parameter.
pub fn usual(collection: &Collection) -> Rendering {
    Rendering { crs: collection.default_crs(), ..Rendering::default() }
}

/// Reads a parameter that says how features are to look; `None` when it is no such parameter.
pub fn read(name: &str, text: &str, collection: &Collection, rendering: &mut Rendering) -> Option<Result<(), String>> {
    Some(match name {
        "crs" => crs(text, collection).map(|crs| {
            rendering.skip_heights = crs == Crs::Crs84 && collection.default_crs() == Crs::Crs84h;
            rendering.crs = crs;
        }),
        "properties" => properties(text, collection).map(|fields| rendering.properties = Some(fields)),
        "skipGeometry" => boolean(text).map(|skip| rendering.skip_geometry = skip),
        "precision" => number(text, MAX_PRECISION).map(|digits| rendering.precision = Some(digits)),
        "zoom-level" => number(text, MAX_ZOOM).map(|zoom| rendering.zoom = Some(zoom)),
        _ => return None,
    })
}

/// Reads a parameter that says which features are wanted, and in which order; `None` when it is no such parameter.
pub fn select(
    name: &str,
    text: &str,
    params: &Params,
    collection: &Collection,
    query: &mut ItemsQuery,
) -> Option<Result<(), String>> {
    Some(match name {
        "bbox" => {
            // A system that is not offered is a fault of its own.
            let given = params.get("bbox-crs").and_then(|text| crs(text, collection).ok());
            let parsed = Bbox::parse(text, &given.unwrap_or(Crs::Crs84));
            parsed.map(|bbox| query.bbox = Some(bbox)).map_err(|e| e.to_string())
        }
        "bbox-crs" => crs(text, collection).map(|_| ()),
        "sortby" => sort(text, collection).map(|sort| query.sort = sort),
        "q" => words(text).map(|words| query.words = words),
        _ => return None,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::catalog;

    fn clusters() -> &'static Collection {
        catalog::collection("clusters").unwrap()
    }

    #[test]
    fn what_is_not_offered_is_refused_with_what_is() {
        for text in ["EPSG:27700", "x", "", "http://www.opengis.net/def/crs/EPSG/0/6957"] {
            let fault = crs(text, clusters()).unwrap_err();
            assert!(fault.contains("EPSG/0/5897") && fault.contains("CRS84"), "{fault}");
        }
        assert!(sort("area_ha,nothing", clusters()).unwrap_err().contains("'nothing'"));
        assert!(sort("area_ha,-area_ha", clusters()).is_err());
        assert!(sort("", clusters()).is_err());
        assert!(properties("area_ha,geom", clusters()).is_err());
        assert!(words(" – ").is_err());
        assert!(number("-1", 15).is_err() && number("16", 15).is_err() && boolean("yes").is_err());
    }

    #[test]
    fn an_order_is_read_with_and_without_signs() {
        let at = |name| field(name, clusters()).unwrap();
        let wanted = [
            SortBy { field: at("status"), descending: false },
            SortBy { field: at("area_ha"), descending: true },
            SortBy { field: at("name_vi"), descending: false },
        ];
        assert_eq!(sort("status,-area_ha,+name_vi", clusters()).unwrap(), wanted);
        assert_eq!(sort(" status,-area_ha, name_vi", clusters()).unwrap(), wanted);
    }

    #[test]
    fn properties_come_once_and_in_the_order_of_the_schema() {
        let wanted = properties("name_vi,status", clusters()).unwrap();
        assert_eq!(properties("status, name_vi,status", clusters()).unwrap(), wanted);
        assert_eq!(properties("", clusters()).unwrap(), Vec::<usize>::new());
    }

    #[test]
    fn words_are_searched_without_diacritics() {
        assert_eq!(words("Làng  nghề, Đông").unwrap(), ["lang", "nghe", "dong"]);
    }
}

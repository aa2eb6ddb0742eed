//! Query parameters: texts in, types out, every fault named at once.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use xxhash_rust::xxh3::Xxh3;

use super::rendering;
use crate::compliance::targets::GroupBy;
use crate::compliance::{SiteCollection, SiteKey};
use crate::domain::{Collection, DataType, Value};
use crate::filter::{Filter, Language, Literals, TooMuchWork};
use crate::geom::Crs;
use crate::ogc::problem::{Fault, Problem};
use crate::ogc::{
    AS_OF, BY, DEFAULT_LIMIT, FEATURE_PARAMETERS, FILTER, FILTER_CRS, FILTER_LANG, FILTER_LANGUAGES, ITEMS_PARAMETERS,
    MAX_LIMIT, PAGE_PARAMETERS, PLAN_YEAR, SITE,
};
use crate::query::cursor::CursorError;
use crate::query::{After, Cursor, ItemsQuery, Rendering};

/// The parameters of a request, decoded, in their order; and whether `as-of` names a moment that the snapshot of the request
/// is of already.
pub struct Params(Vec<(String, String)>, bool);

impl Params {
    pub fn parse(query: &str) -> Params {
        Params(form_urlencoded::parse(query.as_bytes()).into_owned().collect(), false)
    }

    /// The parameters of a request that is answered from what was recorded at a moment.
    pub fn of_moment(self) -> Params {
        Params(self.0, true)
    }

    /// Names and values, in their order.
    pub fn into_pairs(self) -> impl Iterator<Item = (String, String)> {
        self.0.into_iter()
    }

    /// Parameters that did not come in an address.
    pub fn of<'a>(parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> Params {
        Params(parameters.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(), false)
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The day that is asked for, where one is.
    ///
    /// # Errors
    /// 400 for what is no day of the calendar.
    pub fn as_of(&self) -> Result<Option<NaiveDate>, Problem> {
        if self.1 { Ok(None) } else { self.day(AS_OF) }
    }

    /// The day that a parameter names, where it is given.
    ///
    /// # Errors
    /// 400 for what is no day of the calendar.
    pub fn day(&self, name: &str) -> Result<Option<NaiveDate>, Problem> {
        let Some(text) = self.get(name) else { return Ok(None) };
        // The parser takes blanks, signs and single digits too, which no other server would.
        let is_plain = |(at, byte): (usize, u8)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() };
        let day = text.parse().ok().filter(|_| text.len() == 10 && text.bytes().enumerate().all(is_plain));
        let fault = || Fault {
            parameter: name.to_owned(),
            detail: format!("'{text}' không phải ngày như 2025-06-30 / '{text}' is no day such as 2025-06-30"),
        };
        day.map(Some).ok_or_else(|| Problem::Parameters(vec![fault()]))
    }

    /// The moment that is asked for in the place of a day, where one is.
    ///
    /// # Errors
    /// 400 for what looks like one and is none.
    pub fn moment(&self) -> Result<Option<DateTime<Utc>>, Problem> {
        let Some(text) = self.get(AS_OF).filter(|text| text.contains('T')) else { return Ok(None) };
        // A plus that a client did not encode arrives as a blank.
        let at = DateTime::parse_from_rfc3339(&text.replace(' ', "+")).ok();
        let detail = || {
            format!(
                "'{text}' không phải thời điểm như 2026-11-26T04:00:00Z / '{text}' is no moment such as 2026-11-26T04:00:00Z"
            )
        };
        let fault = || Problem::Parameters(vec![Fault { parameter: AS_OF.to_owned(), detail: detail() }]);
        at.map(|at| Some(at.to_utc())).ok_or_else(fault)
    }

    /// A fault for every parameter that is not among `known` or stands twice.
    fn unknown(&self, known: &dyn Fn(&str) -> bool) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (index, (name, value)) in self.0.iter().enumerate() {
            let fault = |detail: &str| Fault { parameter: name.clone(), detail: detail.to_owned() };
            if !known(name) {
                faults.push(fault("không phải tham số của tài nguyên này / is not a parameter of this resource"));
            } else if value.contains(char::REPLACEMENT_CHARACTER) {
                faults.push(fault("không phải UTF-8 / is not UTF-8"));
            } else if self.0[..index].iter().any(|(earlier, _)| earlier == name) {
                faults.push(fault("được ghi nhiều lần / is given more than once"));
            }
        }
        faults
    }

    /// Refuses everything but the named parameters.
    pub fn only(&self, known: &[&str]) -> Result<(), Problem> {
        let faults = self.unknown(&|name| known.contains(&name));
        if faults.is_empty() { Ok(()) } else { Err(Problem::Parameters(faults)) }
    }
}

/// What resources over all sites are asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ReviewQuery {
    /// The day; today without one.
    pub as_of: Option<NaiveDate>,
    /// Year of the plan.
    pub plan_year: Option<i32>,
    /// What clusters are grouped by.
    pub by: Option<GroupBy>,
    /// The only site that is asked for.
    pub site: Option<SiteKey>,
}

/// The parameters of a resource over all sites, with every fault of theirs. `plan_years` are those that can be chosen.
/// A parameter without a value is one that a form left empty.
pub fn review(params: &Params, known: &[&str], plan_years: &[i32]) -> (ReviewQuery, Vec<Fault>) {
    let mut faults = params.unknown(&|name| known.contains(&name));
    let mut query = ReviewQuery::default();
    let given = |name: &str| params.get(name).filter(|text| !text.is_empty() && known.contains(&name));
    if given(AS_OF).is_some() {
        match params.as_of() {
            Ok(day) => query.as_of = day,
            Err(Problem::Parameters(more)) => faults.extend(more),
            Err(_) => {}
        }
    }
    let mut fault = |name: &str, detail: String| faults.push(Fault { parameter: name.to_owned(), detail });
    if let Some(text) = given(PLAN_YEAR) {
        query.plan_year = text.parse().ok().filter(|year| plan_years.contains(year));
        if query.plan_year.is_none() {
            let held: Vec<_> = plan_years.iter().map(ToString::to_string).collect();
            fault(
                PLAN_YEAR,
                format!(
                    "'{text}' không thuộc các năm có kế hoạch: {0} / '{text}' is none of the years whose plan is held: {0}",
                    held.join(", ")
                ),
            );
        }
    }
    if let Some(text) = given(BY) {
        query.by = GroupBy::parse(text);
        if query.by.is_none() {
            fault(
                BY,
                format!(
                    "'{text}' không thuộc district, commune, investor, year / '{text}' is not one of district, commune, investor, year"
                ),
            );
        }
    }
    if let Some(text) = given(SITE) {
        query.site = site(text);
        if query.site.is_none() {
            fault(
                SITE,
                format!(
                    "'{text}' không phải cơ sở như clusters/phung hoặc craft_villages/van-phuc / '{text}' is no site such as clusters/phung or craft_villages/van-phuc"
                ),
            );
        }
    }
    (query, faults)
}

/// The site that a text such as `clusters/phung` names.
pub fn site(text: &str) -> Option<SiteKey> {
    let (collection, id) = text.split_once('/')?;
    Some((SiteCollection::parse(collection)?, id.to_owned())).filter(|(_, id)| !id.is_empty())
}

/// A number of things on a page.
pub fn limit(text: &str) -> Result<usize, String> {
    match text.parse::<u64>() {
        Ok(0) => Err("ít nhất là 1 / must be at least 1".to_owned()),
        Ok(limit) => Ok(usize::try_from(limit).unwrap_or(MAX_LIMIT).min(MAX_LIMIT)),
        // Digits beyond 64 bits are still a number above the maximum.
        Err(_) if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => Ok(MAX_LIMIT),
        Err(_) => Err(format!("'{text}' không phải số nguyên từ 1 trở lên / '{text}' is no whole number from 1 on")),
    }
}

fn value(collection: &Collection, at: usize, text: &str) -> Result<Value, String> {
    let field = &collection.fields[at];
    if !field.codes.is_empty() && !field.codes.iter().any(|code| code.code == text) {
        let codes: Vec<_> = field.codes.iter().map(|code| code.code).collect();
        return Err(format!("'{text}' không thuộc {0} / '{text}' is not one of {0}", codes.join(", ")));
    }
    let no_value = || format!("'{text}' không phải kiểu {0} / '{text}' is no {0}", field.data_type.as_str());
    // Trailing text of a time or a float is a client's habit (`2024-01-01T00:00:00Z` for a date, `5.0` for an integer).
    let parsed = field.data_type.parse(text).or_else(|| match field.data_type {
        DataType::Integer => {
            text.parse::<f64>().ok().filter(|n| n.fract() == 0.0 && n.abs() < 9e15).map(|n| Value::Integer(n as i64))
        }
        DataType::Date => DataType::Date.parse(text.get(..10)?).filter(|_| text[10..].starts_with('T')),
        _ => None,
    });
    parsed.ok_or_else(no_value)
}

fn language(text: Option<&str>) -> Result<Language, Fault> {
    let Some(text) = text else { return Ok(Language::default()) };
    let known = FILTER_LANGUAGES.iter().find(|(name, _)| *name == text).map(|(_, language)| *language);
    known.ok_or_else(|| {
        let detail = format!(
            "'{text}' không thuộc {0} / '{text}' is not one of {0}",
            FILTER_LANGUAGES.map(|(name, _)| name).join(", ")
        );
        Fault { parameter: FILTER_LANG.to_owned(), detail }
    })
}

fn literals(text: Option<&str>, collection: &Collection) -> Result<Literals, Fault> {
    let fault = |detail| Fault { parameter: FILTER_CRS.to_owned(), detail };
    let crs = text.map_or(Ok(Crs::Crs84), |text| rendering::crs(text, collection)).map_err(fault)?;
    Literals::new(&crs).map_err(|e| fault(e.to_string()))
}

/// The problem of a filter that takes too long.
pub fn filter_fault(error: &TooMuchWork) -> Problem {
    Problem::Parameters(vec![Fault { parameter: FILTER.to_owned(), detail: error.to_string() }])
}

/// The filter with its language and reference system; every fault of the three.
fn filter(params: &Params, collection: &Collection) -> Result<Option<Filter>, Vec<Fault>> {
    if [FILTER, FILTER_LANG, FILTER_CRS].iter().all(|name| params.get(name).is_none()) {
        return Ok(None);
    }
    let (language, literals) = match (language(params.get(FILTER_LANG)), literals(params.get(FILTER_CRS), collection)) {
        (Ok(language), Ok(literals)) => (language, literals),
        (language, literals) => return Err(language.err().into_iter().chain(literals.err()).collect()),
    };
    let filter = params.get(FILTER).map(|text| Filter::parse(text, language, &literals, collection)).transpose();
    filter.map_err(|e| vec![Fault { parameter: FILTER.to_owned(), detail: e.to_string() }])
}

/// The parameters of `items`.
///
/// # Errors
/// 400 with every fault at once.
pub fn items(params: &Params, collection: &Collection) -> Result<(ItemsQuery, Rendering), Problem> {
    select(params, collection, &|_| true)
}

/// The parameters of a download, which knows no pages.
///
/// # Errors
/// 400 with every fault at once.
pub fn download(params: &Params, collection: &Collection) -> Result<(ItemsQuery, Rendering), Problem> {
    select(params, collection, &|name| !PAGE_PARAMETERS.contains(&name))
}

/// The parameters of a resource with many features, those of `items` that `takes` them.
fn select(
    params: &Params,
    collection: &Collection,
    takes: &dyn Fn(&str) -> bool,
) -> Result<(ItemsQuery, Rendering), Problem> {
    let is_property = |name: &str| !ITEMS_PARAMETERS.contains(&name) && collection.field(name).is_some();
    let has_past = collection.kind.has_past();
    let is_known = |name: &str| {
        (ITEMS_PARAMETERS.contains(&name) && takes(name)) || (has_past && name == AS_OF) || is_property(name)
    };
    let mut faults = params.unknown(&is_known);
    let (mut query, mut rendering) = (ItemsQuery::first(DEFAULT_LIMIT), rendering::usual(collection));
    for (name, text) in &params.0 {
        let parsed = match name.as_str() {
            name if !is_known(name) => Ok(()),
            "limit" => limit(text).map(|limit| query.limit = limit),
            "datetime" => text
                .parse()
                .map(|span| query.datetime = Some(span))
                .map_err(|e: crate::query::datetime::DatetimeError| e.to_string()),
            "token" => cursor(text, &walk(params, collection)).map(|cursor| query.after = Some(cursor)),
            AS_OF if has_past => params.as_of().map(|_| ()).map_err(|_| {
                format!("'{text}' không phải ngày như 2025-06-30 / '{text}' is no day such as 2025-06-30")
            }),
            name if is_property(name) => match collection.field(name) {
                Some((at, _)) => value(collection, at, text).map(|wanted| query.equals.push((at, wanted))),
                None => Ok(()),
            },
            name => rendering::read(name, text, collection, &mut rendering)
                .or_else(|| rendering::select(name, text, params, collection, &mut query))
                .unwrap_or(Ok(())),
        };
        if let Err(detail) = parsed {
            faults.push(Fault { parameter: name.clone(), detail });
        }
    }
    faults.extend(other_order(&query));
    match filter(params, collection) {
        Ok(filter) => query.filter = filter.map(Arc::new),
        Err(more) => faults.extend(more),
    }
    if faults.is_empty() { Ok((query, rendering)) } else { Err(Problem::Parameters(faults)) }
}

/// The mark of a walk over pages: the same on all of them, and another one where other rows or another order are asked for.
/// How features look may change on the way.
pub fn walk(params: &Params, collection: &Collection) -> String {
    let shapes_no_walk = |name: &str| PAGE_PARAMETERS.contains(&name) || FEATURE_PARAMETERS.contains(&name);
    let mut asked: Vec<_> = params.0.iter().filter(|(name, _)| !shapes_no_walk(name)).collect();
    asked.sort();
    let mut hash = Xxh3::new();
    for text in std::iter::once(&collection.id).chain(asked.into_iter().flat_map(|(name, value)| [name, value])) {
        hash.update(&text.len().to_le_bytes());
        hash.update(text.as_bytes());
    }
    format!("{:016x}", hash.digest())
}

/// The token of the page behind a cursor of a walk.
pub fn token(walk: &str, cursor: &Cursor) -> String {
    format!("{walk}{cursor}")
}

/// Reads a token, which must be of this walk: in another one it would name rows that were passed there and not here.
fn cursor(text: &str, walk: &str) -> Result<Cursor, String> {
    let (of, cursor) = text.split_at_checked(walk.len()).unwrap_or(("", text));
    let cursor = cursor.parse().map_err(|error: CursorError| error.to_string())?;
    let other = "thuộc tập dữ liệu, bộ lọc hoặc thứ tự khác: hãy theo liên kết rel=next của trang trước / belongs to another collection, filter or order: follow the link rel=next of the page before";
    if of == walk { Ok(cursor) } else { Err(other.to_owned()) }
}

/// The fault of a token that belongs to a walk in another order.
fn other_order(query: &ItemsQuery) -> Option<Fault> {
    let keys = match &query.after.as_ref()?.after {
        After::Sorted(point) => point.keys.len(),
        After::Leads(_) | After::Fid(_) => 0,
    };
    let fault = || Fault {
        parameter: "token".to_owned(),
        detail: "thuộc một sortby khác / belongs to another sortby".to_owned(),
    };
    (keys != query.sort.len()).then(fault)
}

/// The parameters of a single feature; `has_past` when it knows other days.
///
/// # Errors
/// 400 with every fault at once.
pub fn item(params: &Params, collection: &Collection, has_past: bool) -> Result<Rendering, Problem> {
    let mut faults = params.unknown(&|name| FEATURE_PARAMETERS.contains(&name) || (has_past && name == AS_OF));
    let mut rendering = rendering::usual(collection);
    for (name, text) in &params.0 {
        if let Some(Err(detail)) = rendering::read(name, text, collection, &mut rendering) {
            faults.push(Fault { parameter: name.clone(), detail });
        }
    }
    if faults.is_empty() { Ok(rendering) } else { Err(Problem::Parameters(faults)) }
}

/// A search across collections.
pub struct Search {
    /// What the person wrote.
    pub typed: String,
    /// Its words as search keys.
    pub words: Vec<String>,
    pub limit: usize,
}

/// Features that a search gives without a limit.
const SEARCH_LIMIT: usize = 20;

/// A larger limit of a search is clamped to this.
const MAX_SEARCH_LIMIT: usize = 200;

/// The parameters of a search across collections.
///
/// # Errors
/// 400 with every fault at once.
pub fn search(params: &Params) -> Result<Search, Problem> {
    let mut faults = params.unknown(&|name| ["f", "q", "limit"].contains(&name));
    let mut fault = |name: &str, detail: String| faults.push(Fault { parameter: name.to_owned(), detail });
    let typed = params.get("q").unwrap_or_default();
    let words = rendering::words(typed).unwrap_or_else(|detail| {
        fault("q", detail);
        Vec::new()
    });
    let limit = params.get("limit").map_or(Ok(SEARCH_LIMIT), limit).unwrap_or_else(|detail| {
        fault("limit", detail);
        SEARCH_LIMIT
    });
    if faults.is_empty() {
        Ok(Search { typed: typed.to_owned(), words, limit: limit.min(MAX_SEARCH_LIMIT) })
    } else {
        Err(Problem::Parameters(faults))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::domain::catalog;

    fn parse(query: &str) -> Result<ItemsQuery, Problem> {
        items(&Params::parse(query), catalog::collection("clusters").unwrap()).map(|(query, _)| query)
    }

    fn faults(query: &str) -> Vec<String> {
        match parse(query) {
            Err(Problem::Parameters(faults)) => faults.into_iter().map(|fault| fault.parameter).collect(),
            other => panic!("{query} gave {other:?}"),
        }
    }

    #[test]
    fn every_fault_is_named_at_once() {
        assert_eq!(
            faults("limit=x&bbox=1,2,3&datetime=now&nonsense=1&area_ha=big&crs=x&bbox-crs=y&sortby=z&precision=-1&q=-"),
            ["nonsense", "limit", "bbox", "datetime", "area_ha", "crs", "bbox-crs", "sortby", "precision", "q"]
        );
    }

    #[test]
    fn a_word_that_an_enumeration_does_not_have_and_broken_utf_8_are_refused() {
        assert_eq!(faults("status=working&name_vi=%FF"), ["name_vi", "status"]);
    }

    #[test]
    fn a_token_of_another_order_is_refused() {
        let with = |query: &str, cursor: &str| {
            let walk = walk(&Params::parse(query), catalog::collection("clusters").unwrap());
            format!("{query}&token={walk}{cursor}")
        };
        assert_eq!(faults(&with("sortby=area_ha", "a5")), ["token"]);
        assert_eq!(faults(&with("", "s5.i1")), ["token"]);
        assert_eq!(faults(&with("sortby=area_ha,status", "s5.i1")), ["token"]);
        assert!(parse(&with("sortby=area_ha", "s5.n")).is_ok());
    }

    #[test]
    fn a_token_of_another_walk_is_refused_and_one_of_the_same_walk_is_taken_however_it_looks() {
        let clusters = catalog::collection("clusters").unwrap();
        let asked = "bbox=105,20,106,21&datetime=2024-01-01/..&q=phu&status=operating&filter=area_ha%3E1";
        let token = token(&walk(&Params::parse(asked), clusters), &"a5".parse().unwrap());
        assert!(parse(&format!("{asked}&token={token}")).is_ok());
        assert!(parse(&format!("{asked}&token={token}&limit=7&f=json&precision=2&properties=area_ha")).is_ok());
        // In another order of the parameters the walk is the same.
        let turned: Vec<&str> = asked.split('&').rev().collect();
        assert!(parse(&format!("token={token}&{}", turned.join("&"))).is_ok());
        let others = [
            asked.replace("105,", "105.1,"),
            asked.replace("2024", "2023"),
            asked.replace("phu", "vinh"),
            asked.replace("operating", "planned"),
            asked.replace("3E1", "3E2"),
            format!("{asked}&sortby=area_ha"),
            format!("{asked}&as-of=2024-01-01"),
            format!("{asked}&filter-crs=http://www.opengis.net/def/crs/EPSG/0/4326"),
            String::new(),
        ];
        for other in others {
            assert!(faults(&format!("{other}&token={token}")).contains(&"token".to_owned()), "{other}");
        }
        let villages = catalog::collection("craft_villages").unwrap();
        let same = "limit=5";
        let of_villages = walk(&Params::parse(same), villages);
        assert_eq!(faults(&format!("{same}&token={of_villages}a5")), ["token"]);
        for made_up in ["", "a5", "x", "é", "0123456789abcdef", "0123456789abcdefa5", "0123456789abcdeéa5"] {
            assert_eq!(faults(&format!("token={made_up}")), ["token"], "{made_up}");
        }
    }

    #[test]
    fn a_review_is_asked_with_every_fault_named_and_empty_fields_of_a_form_left_out() {
        let ask = |query: &str| review(&Params::parse(query), &["f", AS_OF, PLAN_YEAR, BY], &[2023, 2026]);
        let (_, faults) = ask("as-of=2025-02-30&plan-year=2024&by=street&nonsense=1");
        let named: Vec<_> = faults.iter().map(|fault| fault.parameter.as_str()).collect();
        assert_eq!(named, ["nonsense", AS_OF, PLAN_YEAR, BY]);
        let (query, faults) = ask("as-of=&plan-year=&by=");
        assert_eq!((query, faults), (ReviewQuery::default(), Vec::new()));
        let (query, _) = ask("as-of=2025-06-30&plan-year=2023&by=district");
        assert_eq!((query.plan_year, query.by), (Some(2023), Some(GroupBy::District)));
    }

    #[test]
    fn a_parameter_given_twice_is_refused() {
        assert_eq!(faults("limit=1&limit=2"), ["limit"]);
    }

    #[test]
    fn limits_below_one_are_refused_and_above_the_maximum_clamped() {
        assert_eq!(faults("limit=0"), ["limit"]);
        assert_eq!(faults("limit=-1"), ["limit"]);
        assert_eq!(faults("limit="), ["limit"]);
        assert_eq!(parse("limit=999999999999999999999").unwrap().limit, MAX_LIMIT);
        assert_eq!(parse("").unwrap().limit, DEFAULT_LIMIT);
    }

    #[test]
    fn properties_are_typed() {
        let query =
            parse("status=operating&area_ha=5&established_year=2017.0&established_on=2017-01-01T00:00:00Z").unwrap();
        let values: Vec<_> = query.equals.into_iter().map(|(_, value)| value).collect();
        assert_eq!(values[..3], ["operating".into(), Value::Number(5.0), Value::Integer(2017)]);
        assert_eq!(values[3].to_string(), "2017-01-01");
    }

    #[test]
    fn faults_of_a_filter_are_named_with_their_place_beside_all_others() {
        assert_eq!(faults("filter=area_ha>&limit=0"), ["limit", "filter"]);
        assert_eq!(faults("filter=area_ha>1&filter-lang=sql&filter-crs=EPSG:32648"), ["filter-lang", "filter-crs"]);
        let Err(Problem::Parameters(faults)) = parse("filter=area_ha%3E1%20AND%20nothing=2") else { panic!() };
        assert_eq!(
            faults[0].detail,
            "ở ký tự 15: 'clusters' không có thuộc tính 'nothing' / at character 15: 'clusters' has no property 'nothing'"
        );
        assert!(
            parse("filter=area_ha%3E1&filter-crs=http://www.opengis.net/def/crs/EPSG/0/5897").unwrap().filter.is_some()
        );
        assert!(parse("filter-lang=cql2-json").unwrap().is_unfiltered());
    }

    #[test]
    fn percent_encoding_is_undone() {
        assert_eq!(parse("name_vi=D%C6%B0%C6%A1ng+Li%E1%BB%85u").unwrap().equals[0].1, "Dương Liễu".into());
    }
}

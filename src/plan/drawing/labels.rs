//! What the text in a lot says: its symbol, use, area, density, storeys. What is not understood is handed back, never guessed.

use std::collections::{BTreeMap, BTreeSet};

use super::rules::Rules;
use crate::domain::Value;
use crate::text::{fold, without_marks};

/// A bare number this close to the measured area is the area.
const AREA_LIKENESS: f64 = 0.05;

/// Facts of one lot, line or building by the name of the field.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    values: BTreeMap<String, Value>,
    /// Fields of which two texts say different things; they stay empty.
    pub conflicts: BTreeSet<String>,
    /// Fields that nothing contradicts.
    settled: BTreeSet<String>,
}

impl Facts {
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.values.get(field)
    }

    pub fn text(&self, field: &str) -> Option<&str> {
        self.get(field).and_then(Value::as_str)
    }

    /// Takes a fact that no label contradicts: an attribute that is named after its field.
    pub fn settle(&mut self, field: &str, value: Value) {
        self.conflicts.remove(field);
        self.settled.insert(field.to_owned());
        self.values.insert(field.to_owned(), value);
    }

    /// Takes a fact; one that contradicts an earlier one leaves the field empty.
    pub fn add(&mut self, field: &str, value: Value) {
        if self.conflicts.contains(field) || self.settled.contains(field) {
            return;
        }
        match self.values.get(field) {
            Some(known) if *known != value => {
                self.values.remove(field);
                self.conflicts.insert(field.to_owned());
            }
            _ => {
                self.values.insert(field.to_owned(), value);
            }
        }
    }

    /// Takes what is not known yet.
    pub fn complete(&mut self, field: &str, value: Value) {
        if !self.values.contains_key(field) && !self.conflicts.contains(field) {
            self.values.insert(field.to_owned(), value);
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().map(|(field, value)| (field.as_str(), value))
    }
}

/// How one line of text was understood.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    Facts(Vec<(String, Value)>),
    /// Facts that rest on likeness: a bare number that is close to the measured area.
    Guess(Vec<(String, Value)>),
    Unread,
}

/// Where a text stands.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// The area of the lot, in m².
    pub measured_m2: f64,
    /// Whether the layer is one of labels: there a symbol of letters that nobody knows is a symbol all the same.
    pub is_label_layer: bool,
}

/// Understands one line of a label.
pub fn read(rules: &Rules, line: &str, setting: Setting) -> Reading {
    let line = line.trim();
    match read_whole(rules, line, setting) {
        Reading::Unread => {
            let parts: Vec<&str> =
                line.split(['/', ';', '|', '\t']).map(str::trim).filter(|part| !part.is_empty()).collect();
            if parts.len() < 2 {
                return Reading::Unread;
            }
            let mut facts = Vec::new();
            for part in parts {
                match read_whole(rules, part, setting) {
                    Reading::Facts(found) => facts.extend(found),
                    // A bare number between slashes may be anything.
                    Reading::Guess(_) | Reading::Unread => return Reading::Unread,
                }
            }
            Reading::Facts(facts)
        }
        reading => reading,
    }
}

fn one(field: &str, value: impl Into<Value>) -> Reading {
    Reading::Facts(vec![(field.to_owned(), value.into())])
}

fn read_whole(rules: &Rules, line: &str, setting: Setting) -> Reading {
    if let Some((field, value)) = keyed(rules, line) {
        return match value_of(rules, field, value, setting.measured_m2) {
            Some(facts) => Reading::Facts(facts),
            None => Reading::Unread,
        };
    }
    if let Some(facts) = symbol(rules, line, setting.is_label_layer) {
        return Reading::Facts(facts);
    }
    if let Some(code) = rules.land_use(line) {
        let is_code = fold(line) == fold(code);
        let mut facts = vec![("land_use_code".to_owned(), Value::from(code))];
        if !is_code {
            facts.push(("use_vi".to_owned(), Value::from(line)));
            facts.extend(rules.item(line).map(|item| ("item_code".to_owned(), Value::from(item))));
        }
        return Reading::Facts(facts);
    }
    let Some(figure) = Figure::parse(line) else { return Reading::Unread };
    match figure.unit {
        Unit::SquareMetre | Unit::Hectare => match figure.area_m2(setting.measured_m2) {
            Some(area) => one("area_m2", area),
            None => Reading::Unread,
        },
        Unit::PerCent if (0.0..=100.0).contains(&figure.largest()) => one("density_max_pct", figure.largest()),
        Unit::Storey if figure.largest().fract() == 0.0 => one("storeys_max", figure.largest() as i64),
        Unit::None => match figure.area_m2(setting.measured_m2) {
            Some(area) if (area / setting.measured_m2 - 1.0).abs() <= AREA_LIKENESS => {
                Reading::Guess(vec![("area_m2".to_owned(), Value::Number(area))])
            }
            _ => Reading::Unread,
        },
        _ => Reading::Unread,
    }
}

/// A word that names a field, and what stands behind it.
fn keyed<'a, 'b>(rules: &'a Rules, line: &'b str) -> Option<(&'a str, &'b str)> {
    if let Some((key, value)) = line.split_once([':', '=']) {
        let field = rules.field_of_key(&fold(key))?;
        return Some((field, value.trim_start_matches([':', '=', ' ']).trim()));
    }
    // Without a sign between them, a figure tells where the key ends; longest key first.
    let ends = line.char_indices().filter(|(_, letter)| *letter == ' ').map(|(at, _)| at).collect::<Vec<_>>();
    ends.into_iter().rev().find_map(|end| {
        let field = rules.field_of_key(&fold(&line[..end]))?;
        let value = line[end..].trim();
        let is_value = if is_text(field) {
            field == "lot_symbol" && value.bytes().any(|byte| byte.is_ascii_digit())
        } else {
            value.starts_with(|letter: char| letter.is_ascii_digit() || matches!(letter, '≤' | '<'))
        };
        is_value.then_some((field, value))
    })
}

fn is_text(field: &str) -> bool {
    matches!(
        field,
        "lot_symbol" | "land_use_code" | "use_vi" | "item_code" | "line_kind" | "label" | "name_vi" | "built_on"
    )
}

/// What an attribute says that is named after its field: the value as the register writes it; `None` where it is no such value.
pub fn said(field: &str, text: &str) -> Option<Value> {
    let text = text.trim();
    let coded = || {
        let lists = ["plan_parcels", "plan_lines"].map(|collection| super::rules::codes(collection, field));
        lists.into_iter().flatten().any(|code| code.code == text).then(|| Value::from(text))
    };
    let number = || text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
    match field {
        _ if text.is_empty() => None,
        "land_use_code" | "item_code" | "line_kind" => coded(),
        "storeys_max" | "storeys" => {
            number().filter(|number| number.fract() == 0.0).map(|number| Value::Integer(number as i64))
        }
        "built_on" => crate::domain::DataType::Date.parse(text),
        "density_max_pct" => number().filter(|number| *number <= 100.0).map(Value::Number),
        _ if is_text(field) => Some(Value::from(text)),
        _ => number().map(Value::Number),
    }
}

/// The facts that a value of a field makes; `None` where it is no such value.
pub fn value_of(rules: &Rules, field: &str, text: &str, measured_m2: f64) -> Option<Vec<(String, Value)>> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let fact = |value: Value| Some(vec![(field.to_owned(), value)]);
    match field {
        "lot_symbol" => symbol(rules, text, true).or_else(|| fact(Value::from(text))),
        "land_use_code" | "use_vi" => {
            let mut facts = Vec::new();
            facts.extend(rules.land_use(text).map(|code| ("land_use_code".to_owned(), Value::from(code))));
            facts.extend(rules.item(text).map(|item| ("item_code".to_owned(), Value::from(item))));
            if field == "use_vi" {
                facts.push((field.to_owned(), Value::from(text)));
            }
            (!facts.is_empty()).then_some(facts)
        }
        "item_code" => {
            let known = super::rules::codes("plan_parcels", "item_code").iter().any(|code| code.code == text);
            if known { fact(Value::from(text)) } else { fact(Value::from(rules.item(text)?)) }
        }
        "line_kind" | "label" | "name_vi" => fact(Value::from(text)),
        "built_on" => fact(crate::domain::DataType::Date.parse(text)?),
        "area_m2" => fact(Value::Number(Figure::found_in(text)?.area_m2(measured_m2)?)),
        "storeys_max" | "storeys" => {
            let storeys = Figure::found_in(text)?.largest();
            (storeys.fract() == 0.0 && storeys >= 0.0).then(|| vec![(field.to_owned(), Value::Integer(storeys as i64))])
        }
        "density_max_pct" => {
            let density = Figure::found_in(text)?.largest();
            if (0.0..=100.0).contains(&density) { fact(Value::Number(density)) } else { None }
        }
        _ => fact(Value::Number(Figure::found_in(text)?.largest())),
    }
}

/// A lot's symbol, such as `CN-01`, `CX.KV2`, `HTKT 1`, and the use that its letters name.
fn symbol(rules: &Rules, text: &str, is_label_layer: bool) -> Option<Vec<(String, Value)>> {
    const LONGEST: usize = 20;
    let plain = without_marks(text.into());
    let letters: String = plain.chars().take_while(char::is_ascii_alphabetic).collect();
    let rest = &plain[letters.len()..];
    let is_shaped = plain.len() <= LONGEST
        && letters.starts_with(|letter: char| letter.is_ascii_uppercase())
        && rest.bytes().any(|byte| byte.is_ascii_digit())
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b' '));
    if !is_shaped {
        return None;
    }
    let key = letters.to_ascii_lowercase();
    let known = rules.symbols.iter().find(|(word, _)| *word == key).map(|(_, code)| code.as_str());
    let mut facts = vec![("lot_symbol".to_owned(), Value::from(text))];
    match known {
        Some(code) => facts.push(("land_use_code".to_owned(), Value::from(code))),
        // `A-05`: letters, at most one sign, a number.
        None if is_label_layer && letters.len() <= 4 => {
            let number = rest.trim_start_matches(['-', '.', ' ']);
            let is_number = !number.is_empty() && number.len() <= 3 && number.bytes().all(|byte| byte.is_ascii_digit());
            if !is_number || rest.len() > number.len() + 1 {
                return None;
            }
        }
        None => return None,
    }
    Some(facts)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    None,
    SquareMetre,
    Hectare,
    Metre,
    PerCent,
    Storey,
}

/// A number or a range of numbers with its unit. Each number has the readings that its separators allow.
#[derive(Debug, Clone, PartialEq)]
struct Figure {
    numbers: Vec<Vec<f64>>,
    unit: Unit,
}

impl Figure {
    /// A text that is a figure and nothing else.
    fn parse(text: &str) -> Option<Figure> {
        let (numbers, words) = numbers_and_words(text);
        let unit = match words.as_slice() {
            [] => Unit::None,
            [word] => unit(word)?,
            _ => return None,
        };
        (!numbers.is_empty()).then_some(Figure { numbers, unit })
    }

    /// The figure behind a key, whatever words stand around it.
    fn found_in(text: &str) -> Option<Figure> {
        let (numbers, words) = numbers_and_words(text);
        let unit = words.iter().find_map(|word| unit(word)).unwrap_or(Unit::None);
        (!numbers.is_empty()).then_some(Figure { numbers, unit })
    }

    /// The largest number: what is permitted is the upper end of a range.
    fn largest(&self) -> f64 {
        self.numbers.iter().filter_map(|readings| readings.first()).copied().fold(f64::NEG_INFINITY, f64::max)
    }

    /// One number as an area; of two readings (`12.345` may have thousands or decimals) the one that is nearer to what is
    /// measured.
    fn area_m2(&self, measured_m2: f64) -> Option<f64> {
        let [readings] = self.numbers.as_slice() else { return None };
        let factor = match self.unit {
            Unit::Hectare => 10_000.0,
            Unit::None | Unit::SquareMetre => 1.0,
            _ => return None,
        };
        let unlike = |area: &f64| (area.max(1e-9) / measured_m2.max(1e-9)).ln().abs();
        let areas = readings.iter().map(|number| number * factor);
        areas.min_by(|one, other| unlike(one).total_cmp(&unlike(other))).filter(|area| *area > 0.0)
    }
}

fn unit(word: &str) -> Option<Unit> {
    Some(match word {
        "m²" => Unit::SquareMetre,
        "ha" => Unit::Hectare,
        "m" => Unit::Metre,
        "%" => Unit::PerCent,
        "tang" | "t" => Unit::Storey,
        _ => return None,
    })
}

/// Numbers in a text, and words between them.
fn numbers_and_words(text: &str) -> (Vec<Vec<f64>>, Vec<String>) {
    let lower = without_marks(text.to_lowercase().into()).into_owned();
    // The power of a square metre is no number; a stacked one comes as `m2/`.
    let lower = ["m2/", "m^2", "m2"].iter().fold(lower, |text, square| text.replace(square, "m²"));
    let (mut numbers, mut words) = (Vec::new(), Vec::new());
    let mut rest = lower.as_str();
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_digit() {
            let mut end = rest.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',')).unwrap_or(rest.len());
            // Thousands may be set apart by blanks: exactly three digits follow each.
            while is_thousands(&rest[end..]) {
                end += 4;
            }
            let digits = rest[..end].trim_end_matches(['.', ',']);
            if let Some(readings) = readings(&digits.replace(' ', "")) {
                numbers.push(readings);
            }
            rest = &rest[end..];
        } else if first.is_alphabetic() || matches!(first, '²' | '%') {
            let end = if first == '%' {
                1
            } else {
                rest.find(|c: char| !c.is_alphabetic() && c != '²').unwrap_or(rest.len())
            };
            words.push(rest[..end].to_owned());
            rest = &rest[end..];
        } else {
            rest = &rest[first.len_utf8()..];
        }
    }
    (numbers, words)
}

fn is_thousands(rest: &str) -> bool {
    let bytes = rest.as_bytes();
    bytes.len() >= 4
        && bytes[0] == b' '
        && bytes[1..4].iter().all(u8::is_ascii_digit)
        && bytes.get(4).is_none_or(|byte| !byte.is_ascii_digit())
}

/// What digits with points and commas may mean, the Vietnamese habit (`12.345,6`) first.
fn readings(digits: &str) -> Option<Vec<f64>> {
    let parse = |text: String| text.parse::<f64>().ok().filter(|number| number.is_finite());
    let (points, commas) = (digits.matches('.').count(), digits.matches(',').count());
    let without = |sign: char| digits.replace(sign, "");
    let one_sign = |sign: char| {
        let (before, after) = digits.split_once(sign).unwrap_or((digits, ""));
        let may_be_thousands = after.len() == 3 && (1..=3).contains(&before.len()) && before != "0";
        let decimal = parse(format!("{before}.{after}"));
        let thousands = if may_be_thousands { parse(without(sign)) } else { None };
        let both = if sign == '.' { [thousands, decimal] } else { [decimal, thousands] };
        Some(both.into_iter().flatten().collect())
    };
    match (points, commas) {
        (0, 0) => parse(digits.to_owned()).map(|number| vec![number]),
        (1, 0) => one_sign('.'),
        (0, 1) => one_sign(','),
        (_, 0) => parse(without('.')).map(|number| vec![number]),
        (0, _) => parse(without(',')).map(|number| vec![number]),
        // Both: the last one is the decimal sign.
        _ if digits.rfind(',') > digits.rfind('.') => parse(without('.').replace(',', ".")).map(|number| vec![number]),
        _ => parse(without(',')).map(|number| vec![number]),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn facts(line: &str, measured_m2: f64) -> Reading {
        let rules = Rules::parse(None).unwrap();
        read(&rules, line, Setting { measured_m2, is_label_layer: true })
    }

    fn said(pairs: &[(&str, Value)]) -> Reading {
        Reading::Facts(pairs.iter().map(|(field, value)| ((*field).to_owned(), value.clone())).collect())
    }

    #[test]
    fn what_is_not_understood_is_handed_back() {
        for line in
            ["", "Đường số 1", "12", "60 m", "QĐ 481/QĐ-UBND", "S=", "MĐXD: cao", "MĐXD: 160%", "3-5", "CN-01/9/9"]
        {
            assert_eq!(facts(line, 5_000.0), Reading::Unread, "{line}");
        }
    }

    #[test]
    fn symbols_name_the_use_where_their_letters_are_known() {
        for symbol in ["CN-01", "CN1", "CN 01", "CN.KV2"] {
            let both = [("lot_symbol", Value::from(symbol)), ("land_use_code", Value::from("CN"))];
            assert_eq!(facts(symbol, 1.0), said(&both), "{symbol}");
        }
        assert_eq!(facts("A-05", 1.0), said(&[("lot_symbol", Value::from("A-05"))]));
        assert_eq!(facts("CX", 1.0), said(&[("land_use_code", Value::from("CX"))]));
    }

    #[test]
    fn figures_are_read_by_key_or_unit() {
        assert_eq!(facts("S = 12.345,6 m²", 12_000.0), said(&[("area_m2", Value::Number(12_345.6))]));
        assert_eq!(facts("DT: 1,5 ha", 15_000.0), said(&[("area_m2", Value::Number(15_000.0))]));
        assert_eq!(facts("MĐXD: 60%", 1.0), said(&[("density_max_pct", Value::Number(60.0))]));
        assert_eq!(facts("TC: 1-5 tầng", 1.0), said(&[("storeys_max", Value::Integer(5))]));
        assert_eq!(facts("5 tầng", 1.0), said(&[("storeys_max", Value::Integer(5))]));
        assert_eq!(facts("HSSDĐ 2,4", 1.0), said(&[("far_max", Value::Number(2.4))]));
        assert_eq!(facts("12 345 m2", 12_345.0), said(&[("area_m2", Value::Number(12_345.0))]));
    }

    #[test]
    fn one_separator_is_read_as_the_measured_area_suggests() {
        // 12.345 m² is 12345 m² in Vietnamese and 12.345 m² in English.
        assert_eq!(facts("12.345 m2", 12_300.0), said(&[("area_m2", Value::Number(12_345.0))]));
        assert_eq!(facts("12.345 m2", 12.0), said(&[("area_m2", Value::Number(12.345))]));
        assert_eq!(facts("5012", 5_000.0), Reading::Guess(vec![("area_m2".to_owned(), Value::Number(5_012.0))]));
    }

    #[test]
    fn lines_with_several_facts_are_taken_apart() {
        let all = [
            ("lot_symbol", Value::from("CN-01")),
            ("land_use_code", Value::from("CN")),
            ("area_m2", Value::Number(5_000.0)),
            ("density_max_pct", Value::Number(60.0)),
        ];
        assert_eq!(facts("CN-01 / 5000 m2 / 60%", 5_000.0), said(&all));
    }

    #[test]
    fn words_name_the_use_and_the_item() {
        let words = "Trạm xử lý nước thải";
        let all = [
            ("land_use_code", Value::from("HTKT")),
            ("use_vi", Value::from(words)),
            ("item_code", Value::from("WWTP")),
        ];
        assert_eq!(facts(words, 1.0), said(&all));
    }

    #[test]
    fn two_texts_that_contradict_each_other_leave_the_field_empty() {
        let mut facts = Facts::default();
        facts.add("area_m2", Value::Number(1.0));
        facts.add("area_m2", Value::Number(2.0));
        facts.add("area_m2", Value::Number(1.0));
        assert_eq!((facts.get("area_m2"), facts.conflicts.len()), (None, 1));
    }
}

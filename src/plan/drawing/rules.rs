//! What a layer, block, hatch or colour of a drawing means: by a mapping file, never by a guess.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::catalog;
use crate::domain::schema::Code;
use crate::text::{both, en, fold, vi};

/// The mapping file that comes with the program.
pub const BUNDLED: &str = include_str!("../../../data/drawing/layers.toml");

/// What an entity is in the plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Boundary,
    /// Outlines of lots whose use their labels say.
    Lots,
    /// Outlines of lots of one use.
    LandUse(String),
    Line {
        kind: String,
        item: Option<String>,
    },
    Building,
    Labels,
    Ignored,
}

/// What a rule is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Trait<'a> {
    pub layer: &'a str,
    pub block: Option<&'a str>,
    /// The colour number (ACI) that the entity has of its own.
    pub colour: Option<u16>,
    pub is_hatch: bool,
}

/// Why a mapping file is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RulesError(String);

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    bundled: Option<bool>,
    filler: Vec<String>,
    rule: Vec<RawRule>,
    symbols: BTreeMap<String, Vec<String>>,
    uses: BTreeMap<String, Vec<String>>,
    items: BTreeMap<String, Vec<String>>,
    keys: BTreeMap<String, Vec<String>>,
    columns: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawRule {
    layers: Vec<String>,
    blocks: Vec<String>,
    colours: Vec<u16>,
    hatch: Option<bool>,
    is: Option<String>,
    land_use: Option<String>,
    line: Option<String>,
    item: Option<String>,
}

#[derive(Debug)]
struct Rule {
    layers: Vec<String>,
    blocks: Vec<String>,
    colours: Vec<u16>,
    hatch: Option<bool>,
    role: Role,
}

/// A mapping: rules in the order in which they are asked, and the words of labels.
#[derive(Debug, Default)]
pub struct Rules {
    filler: Vec<String>,
    rules: Vec<Rule>,
    /// Folded words and what they stand for, longest first.
    pub symbols: Vec<(String, String)>,
    pub uses: Vec<(String, String)>,
    pub items: Vec<(String, String)>,
    pub keys: Vec<(String, String)>,
    columns: Vec<(String, String)>,
}

/// Fields of a lot, a line or a building that labels and columns may fill.
pub const FIELDS: [&str; 17] = [
    "lot_symbol",
    "land_use_code",
    "area_m2",
    "density_max_pct",
    "storeys_max",
    "far_max",
    "height_max_m",
    "setback_m",
    "use_vi",
    "item_code",
    "line_kind",
    "width_m",
    "label",
    "name_vi",
    "storeys",
    "height_m",
    "built_on",
];

impl Rules {
    /// The user's mapping, if there is one, before the bundled one.
    ///
    /// # Errors
    /// With the line or the word that is wrong.
    pub fn parse(own: Option<&str>) -> Result<Rules, RulesError> {
        let mut rules = Rules::default();
        let read = |text: &str| toml::from_str::<File>(text).map_err(|error| RulesError(error.to_string()));
        let own = own.map(read).transpose()?;
        let wants_bundled = own.as_ref().and_then(|file| file.bundled).unwrap_or(true);
        if let Some(own) = own {
            rules.add(own)?;
        }
        if wants_bundled {
            rules.add(read(BUNDLED)?)?;
        }
        for words in [&mut rules.symbols, &mut rules.uses, &mut rules.items, &mut rules.keys] {
            // A stable sort: among words of one length the user's stand first.
            words.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        }
        Ok(rules)
    }

    fn add(&mut self, file: File) -> Result<(), RulesError> {
        self.filler.extend(file.filler.iter().map(|word| fold(word)));
        for raw in file.rule {
            self.rules.push(rule(raw)?);
        }
        let land_uses = codes("plan_parcels", "land_use_code");
        let items = codes("plan_parcels", "item_code");
        let lists = [
            (&mut self.symbols, file.symbols, "symbols", land_uses),
            (&mut self.uses, file.uses, "uses", land_uses),
            (&mut self.items, file.items, "items", items),
        ];
        for (list, words, table, known) in lists {
            for (code, words) in words {
                must_be_known(&code, known, table)?;
                list.extend(words.iter().map(|word| (fold(word), code.clone())));
            }
        }
        for (list, words, table) in [(&mut self.keys, file.keys, "keys"), (&mut self.columns, file.columns, "columns")]
        {
            for (field, words) in words {
                if !FIELDS.contains(&field.as_str()) {
                    return Err(RulesError(format!(
                        "[{table}] '{field}' không phải trường; chọn trong {0} / [{table}] '{field}' is no field; it may be {0}",
                        FIELDS.join(", ")
                    )));
                }
                list.extend(words.iter().map(|word| (fold(word), field.clone())));
            }
        }
        Ok(())
    }

    /// What the first rule that fits says; `None` where none does.
    pub fn role(&self, of: Trait<'_>) -> Option<&Role> {
        let name = layer_key(of.layer);
        let block = of.block.map(layer_key);
        let without_filler = self.without_filler(&name);
        let fits = |rule: &&Rule, name: &str| {
            (rule.layers.is_empty() || rule.layers.iter().any(|pattern| matches(pattern, name)))
                && (rule.blocks.is_empty()
                    || block.as_deref().is_some_and(|block| rule.blocks.iter().any(|pattern| matches(pattern, block))))
                && (rule.colours.is_empty() || of.colour.is_some_and(|colour| rule.colours.contains(&colour)))
                && rule.hatch.is_none_or(|hatch| hatch == of.is_hatch)
        };
        let whole = self.rules.iter().find(|rule| fits(rule, &name));
        whole.or_else(|| self.rules.iter().find(|rule| fits(rule, &without_filler))).map(|rule| &rule.role)
    }

    fn without_filler(&self, name: &str) -> String {
        let is_filler = |word: &str| self.filler.iter().any(|filler| filler == word) || word.parse::<u32>().is_ok();
        name.split(' ').filter(|word| !is_filler(word)).collect::<Vec<_>>().join(" ")
    }

    /// The field that a column of an attribute table, or an attribute of a block, fills.
    pub fn field_of_column(&self, column: &str) -> Option<&str> {
        if let Some(field) = own_field(column) {
            return Some(field);
        }
        let key = fold(column);
        self.columns.iter().find(|(name, _)| *name == key).map(|(_, field)| field.as_str())
    }

    /// The field that a word in front of a figure names.
    pub fn field_of_key(&self, key: &str) -> Option<&str> {
        self.keys.iter().find(|(name, _)| name == key).map(|(_, field)| field.as_str())
    }

    /// The land use that a text names: its code, or words for it.
    pub fn land_use(&self, text: &str) -> Option<&str> {
        let key = fold(text);
        let code = codes("plan_parcels", "land_use_code").iter().find(|code| fold(code.code) == key);
        code.map(|code| code.code).or_else(|| contained(&self.uses, &key))
    }

    /// The infrastructure item that a text names.
    pub fn item(&self, text: &str) -> Option<&str> {
        contained(&self.items, &fold(text))
    }
}

/// The field that a column is named after, also where a shapefile has cut its name off.
pub fn own_field(column: &str) -> Option<&'static str> {
    const SHAPEFILE: usize = 10;
    let is_its = |field: &&str| *field == column || (column.len() == SHAPEFILE && field.starts_with(column));
    FIELDS.iter().find(|field| is_its(field)).copied()
}

/// The code of the longest words that stand in the text as words.
fn contained<'a>(words: &'a [(String, String)], key: &str) -> Option<&'a str> {
    let padded = format!(" {key} ");
    words.iter().find(|(word, _)| padded.contains(&format!(" {word} "))).map(|(_, code)| code.as_str())
}

/// The closed list of a field of a declared collection.
pub fn codes(collection: &str, field: &str) -> &'static [Code] {
    catalog::collection(collection).and_then(|collection| collection.field(field)).map_or(&[], |(_, field)| field.codes)
}

fn must_be_known(code: &str, known: &[Code], place: &str) -> Result<(), RulesError> {
    if known.iter().any(|one| one.code == code) {
        return Ok(());
    }
    let known = known.iter().map(|one| one.code).collect::<Vec<_>>().join(", ");
    let (place, place_vi) = (en(place), vi(place));
    Err(RulesError(format!(
        "{place_vi}: không có '{code}'; chọn trong {known} / {place}: there is no '{code}'; it may be {known}"
    )))
}

fn rule(raw: RawRule) -> Result<Rule, RulesError> {
    let of = || raw.layers.iter().chain(&raw.blocks).next().cloned().unwrap_or_default();
    let place = format!("quy tắc của '{0}' / the rule of '{0}'", of());
    if raw.layers.is_empty() && raw.blocks.is_empty() && raw.colours.is_empty() {
        return Err(RulesError(
            "có quy tắc không nêu lớp, khối hay màu nào / a rule names no layers, blocks or colours".to_owned(),
        ));
    }
    if let Some(item) = &raw.item {
        must_be_known(item, codes("plan_lines", "item_code"), &place)?;
    }
    let role = match (raw.is.as_deref(), raw.land_use, raw.line) {
        (Some("boundary"), None, None) => Role::Boundary,
        (Some("lots"), None, None) => Role::Lots,
        (Some("building"), None, None) => Role::Building,
        (Some("labels"), None, None) => Role::Labels,
        (Some("ignored"), None, None) => Role::Ignored,
        (Some(other), None, None) => {
            return Err(RulesError(both!(
                "{place}: is = '{other}' không thuộc boundary, lots, building, labels, ignored",
                "{place}: is = '{other}' is none of boundary, lots, building, labels, ignored";
                place
            )));
        }
        (None, Some(code), None) => {
            must_be_known(&code, codes("plan_parcels", "land_use_code"), &place)?;
            Role::LandUse(code)
        }
        (None, None, Some(kind)) => {
            must_be_known(&kind, codes("plan_lines", "line_kind"), &place)?;
            Role::Line { kind, item: raw.item }
        }
        _ => {
            return Err(RulesError(both!(
                "{place} phải có đúng một trong is, land_use, line",
                "{place} must have exactly one of is, land_use, line";
                place
            )));
        }
    };
    let folded = |patterns: Vec<String>| patterns.iter().map(|pattern| pattern_key(pattern)).collect();
    Ok(Rule { layers: folded(raw.layers), blocks: folded(raw.blocks), colours: raw.colours, hatch: raw.hatch, role })
}

/// A layer's own name, folded: what binding another drawing puts in front of it is left out.
fn layer_key(layer: &str) -> String {
    let own = layer.rsplit(['|', '$']).next().unwrap_or(layer);
    fold(own)
}

/// A pattern, folded piece by piece so that its asterisks stay.
fn pattern_key(pattern: &str) -> String {
    let pieces: Vec<String> = pattern
        .split('*')
        .map(|piece| {
            // A blank beside an asterisk asks for a word of its own.
            let (before, after) = (piece.starts_with(' '), piece.ends_with(' ') && piece.len() > 1);
            format!("{}{}{}", if before { " " } else { "" }, fold(piece), if after { " " } else { "" })
        })
        .collect();
    pieces.join("*")
}

fn matches(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut left) = name.strip_prefix(head) else { return false };
    let mut pieces = rest.split('*').collect::<Vec<_>>();
    let tail = pieces.pop().unwrap_or_default();
    for piece in pieces {
        match left.find(piece) {
            Some(at) => left = &left[at + piece.len()..],
            None => return false,
        }
    }
    left.ends_with(tail)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn role(layer: &str) -> Option<Role> {
        let rules = Rules::parse(None).unwrap();
        rules.role(Trait { layer, block: None, colour: None, is_hatch: false }).cloned()
    }

    #[test]
    fn a_mapping_with_words_that_nobody_knows_is_refused_with_them() {
        for (text, said) in [
            ("[[rule]]\nlayers = ['X']\nland_use = 'XX'", "'XX'"),
            ("[[rule]]\nlayers = ['X']\nline = 'wall'", "red_line"),
            ("[[rule]]\nlayers = ['X']\nis = 'wall'", "boundary"),
            ("[[rule]]\nlayers = ['X']", "exactly one"),
            ("[[rule]]\nis = 'lots'", "names no layers"),
            ("[[rule]]\nlayers = ['X']\nis = 'lots'\nland_use = 'CN'", "exactly one"),
            ("[keys]\nprice = ['giá']", "price"),
            ("[symbols]\nZZ = ['Z']", "'ZZ'"),
            ("colour = 3", "colour"),
        ] {
            let refused = Rules::parse(Some(text)).unwrap_err().to_string();
            assert!(refused.contains(said), "{text}: {refused}");
        }
    }

    #[test]
    fn layers_are_known_in_their_usual_spellings_and_no_others() {
        for (layer, code) in
            [("CN", "CN"), ("qh_dat-cn", "CN"), ("Đất cây xanh", "CX"), ("XREF$0$GT", "GT"), ("0_HTKT", "HTKT")]
        {
            assert_eq!(role(layer), Some(Role::LandUse(code.to_owned())), "{layer}");
        }
        assert_eq!(role("RANH-GIOI-QH"), Some(Role::Boundary));
        assert_eq!(role("Ranh lô đất"), Some(Role::Lots));
        let red = Role::Line { kind: "red_line".to_owned(), item: None };
        assert_eq!(role("Chỉ giới đường đỏ"), Some(red));
        for layer in ["0", "CNVC", "XYZ", ""] {
            assert_eq!(role(layer), None, "{layer}");
        }
    }

    #[test]
    fn the_users_rules_come_first_and_may_stand_alone() {
        let own = "bundled = false\n[[rule]]\nlayers = ['CN']\ncolours = [3]\nhatch = true\nland_use = 'CX'\n[[rule]]\nlayers = ['A*B*']\nis = 'lots'";
        let rules = Rules::parse(Some(own)).unwrap();
        let of = |layer, colour, is_hatch| rules.role(Trait { layer, block: None, colour, is_hatch }).cloned();
        assert_eq!(of("CN", Some(3), true), Some(Role::LandUse("CX".to_owned())));
        assert_eq!(of("CN", Some(3), false), None);
        assert_eq!(of("CN", None, true), None);
        assert_eq!(of("axbx", None, false), Some(Role::Lots));
        assert_eq!(of("RANH LO", None, false), None);
    }

    #[test]
    fn blocks_say_what_they_are_where_the_layer_does_not() {
        let rules = Rules::parse(None).unwrap();
        let of = Trait { layer: "0", block: Some("Nhà xưởng 2"), colour: None, is_hatch: false };
        assert_eq!(rules.role(of), Some(&Role::Building));
    }
}

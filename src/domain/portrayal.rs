//! How collections look on a map: colours, labels and what a tile carries. Declared once, for tiles, styles and legends.

use super::schema::{Collection, Kind, Title};

/// The field whose codes have colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Legend {
    pub field: &'static str,
    /// Codes with their colours, the most important first.
    pub colours: &'static [(&'static str, &'static str)],
    /// The colour of every other code and of none.
    pub other: &'static str,
}

/// How one collection looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portrayal {
    pub legend: Option<Legend>,
    /// The colour where there is no legend.
    pub colour: &'static str,
    /// The field that is written beside a feature.
    pub label: Option<String>,
    /// The fields that a tile carries besides the id, those of legend and label among them.
    pub attributes: Vec<String>,
    /// A map shows it from this zoom on.
    pub from_zoom: u8,
    /// The only code of a field that a map shows at first.
    pub shown: Option<(&'static str, &'static str)>,
}

/// Told apart with every kind of colour blindness.
const COMPLIANCE: &[(&str, &str)] =
    &[("non_compliant", "#b84a00"), ("unknown", "#70737a"), ("compliant", "#0b62a4"), ("not_applicable", "#8b8e94")];

const LAND_USE: &[(&str, &str)] = &[
    ("CN", "#c9a6c6"),
    ("DV", "#e8b9a4"),
    ("CX", "#a9cf9b"),
    ("MN", "#a8cde6"),
    ("GT", "#dcdcdc"),
    ("P", "#c6c6c6"),
    ("HTKT", "#d9cf9a"),
    ("AN", "#9fb3a0"),
    ("NT", "#b5b0a8"),
];

const SEVERITY: &[(&str, &str)] = &[("error", "#b84a00"), ("warning", "#c98a00"), ("info", "#70737a")];

const HOTSPOT: &[(&str, &str)] = &[
    ("hot_99", "#7f1d1d"),
    ("hot_95", "#b84a00"),
    ("hot_90", "#e0a070"),
    ("none", "#d8d5ce"),
    ("cold_90", "#9cbcd8"),
    ("cold_95", "#5b8fc0"),
    ("cold_99", "#1f5a94"),
];

const PLAN_LINE: &[(&str, &str)] = &[
    ("red_line", "#c0182a"),
    ("building_line", "#1f5a94"),
    ("easement", "#8a6d00"),
    ("road_centre", "#6c6862"),
    ("road_edge", "#9a958c"),
    ("utility", "#4f7a3a"),
    ("fence", "#3a3a3a"),
];

const fn legend(field: &'static str, colours: &'static [(&'static str, &'static str)], other: &'static str) -> Legend {
    Legend { field, colours, other }
}

/// Colours of what no legend colours.
const PLAIN: &str = "#4a6a8a";

/// The ids of the declared collections with places in the order in which they are drawn, the lowest first. Others lie on
/// top of them.
pub const DRAWING_ORDER: [&str; 14] = [
    "admin_units",
    "waterways",
    "hotspots",
    "hotspot_zones",
    "waterway_reaches",
    "plan_parcels",
    "buildings",
    "plan_lines",
    "clusters",
    "plans",
    "violations",
    "plan_findings",
    "effluent_samples",
    "treatment_stations",
];

/// A table of the user's own shows so many fields in its tiles: a tile is no register.
const FIELDS_OF_A_TABLE: usize = 3;

/// Names that label a feature in tables that no declaration knows, in order.
const LABELS: [&str; 5] = ["name_vi", "name", "ten", "title", "label"];

impl Portrayal {
    /// How a collection looks. A table that no declaration knows has one colour and shows its first three fields.
    pub fn of(collection: &Collection) -> Portrayal {
        if collection.kind == Kind::Table {
            Portrayal::of_table(collection)
        } else {
            Portrayal::declared(&collection.id)
        }
    }

    fn of_table(collection: &Collection) -> Portrayal {
        let name = |field: &super::Field| field.name.clone();
        let label = LABELS
            .iter()
            .find_map(|label| collection.fields.iter().find(|field| field.name.eq_ignore_ascii_case(label)).map(name));
        let first = collection.fields.iter().map(name).filter(|name| Some(name) != label.as_ref());
        let attributes = label.iter().cloned().chain(first).take(FIELDS_OF_A_TABLE).collect();
        Portrayal { legend: None, colour: PLAIN, label, attributes, from_zoom: 0, shown: None }
    }

    fn declared(id: &str) -> Portrayal {
        let compliance = legend("compliance_status", COMPLIANCE, "#70737a");
        let (legend, colour, label, more): (Option<Legend>, &'static str, Option<&str>, &[&str]) = match id {
            "clusters" => (Some(compliance), PLAIN, Some("name_vi"), &["status", "wastewater_status", "is_demo"]),
            "craft_villages" => {
                (Some(compliance), PLAIN, Some("name_vi"), &["craft_group", "pollution_class", "is_demo"])
            }
            "treatment_stations" => (None, "#1d4e5f", Some("name_vi"), &["status", "site_id", "is_demo"]),
            "effluent_samples" => (None, "#5f7f8a", None, &["station_id", "parameter_code", "sample_date", "is_demo"]),
            "violations" => (None, "#b84a00", None, &["violation_kind", "status", "site_id", "is_demo"]),
            "plans" => (None, "#7a2f7c", Some("name_vi"), &["status", "site_id", "is_demo"]),
            "plan_parcels" => {
                let land_use = legend("land_use_code", LAND_USE, "#efe9dd");
                (Some(land_use), PLAIN, Some("lot_symbol"), &["plan_id", "is_demo"])
            }
            "buildings" => (None, "#6c6862", None, &["name_vi", "storeys", "site_id", "is_demo"]),
            "admin_units" => (None, "#cfcac0", Some("name_vi"), &["level", "code", "is_demo"]),
            "waterways" => (None, "#8fbcd8", Some("name_vi"), &["waterway_kind", "is_demo"]),
            "plan_findings" => (Some(legend("severity", SEVERITY, "#70737a")), PLAIN, None, &["rule_id", "plan_id"]),
            "plan_lines" => {
                let line_kind = legend("line_kind", PLAN_LINE, "#6c6862");
                (Some(line_kind), PLAIN, Some("label"), &["plan_id", "is_demo"])
            }
            "hotspots" => {
                let class = legend("hotspot_class", HOTSPOT, "#d8d5ce");
                (Some(class), PLAIN, None, &["statistic", "trend", "site_count", "demo_data"])
            }
            "hotspot_zones" => {
                let class = legend("hotspot_class", HOTSPOT, "#d8d5ce");
                (Some(class), PLAIN, Some("name_vi"), &["rank", "trend", "demo_data"])
            }
            "waterway_reaches" => (None, "#6b4c9a", Some("name_vi"), &["rank", "load", "demo_data"]),
            _ => (None, PLAIN, None, &[]),
        };
        let of_legend = legend.map(|legend| legend.field);
        let attributes = of_legend.into_iter().chain(label).chain(more.iter().copied()).map(str::to_owned).collect();
        let from_zoom = match id {
            "plan_parcels" | "plan_lines" | "buildings" | "effluent_samples" => 14,
            "plans" | "treatment_stations" => 11,
            _ => 0,
        };
        let shown = (id == "admin_units").then_some(("level", "commune"));
        Portrayal { legend, colour, label: label.map(str::to_owned), attributes, from_zoom, shown }
    }
}

/// The line of a legend for codes that have no line of their own.
pub const OTHER: Title = Title::new("Khác hoặc chưa rõ", "Other or not known");

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::catalog;
    use super::*;

    #[test]
    fn every_field_and_code_that_is_portrayed_is_declared() {
        for collection in catalog::collections() {
            let portrayal = Portrayal::of(collection);
            for name in portrayal.attributes.iter().chain(&portrayal.label) {
                assert!(collection.field(name).is_some(), "{}.{name}", collection.id);
            }
            if let Some(legend) = portrayal.legend {
                let (_, field) = collection.field(legend.field).unwrap();
                let declared: Vec<_> = field.codes.iter().map(|code| code.code).collect();
                let mut coloured: Vec<_> = legend.colours.iter().map(|(code, _)| *code).collect();
                assert!(coloured.iter().all(|code| declared.contains(code)), "{}", collection.id);
                coloured.sort_unstable();
                coloured.dedup();
                assert_eq!(coloured.len(), legend.colours.len(), "{}", collection.id);
                assert_eq!(portrayal.attributes[0], legend.field);
            }
        }
    }

    #[test]
    fn no_attribute_is_named_twice() {
        for collection in catalog::collections() {
            let mut names = Portrayal::of(collection).attributes;
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "{}", collection.id);
        }
    }

    #[test]
    fn a_table_of_the_user_s_own_shows_its_name_and_its_first_fields() {
        use super::super::{DataType, Field};
        let fields = ["a", "b", "c", "Name"].map(|name| Field::plain(name, DataType::Text)).to_vec();
        let mut collection = catalog::collection("plans").unwrap().clone();
        collection.kind = Kind::Table;
        collection.fields = fields;
        let portrayal = Portrayal::of(&collection);
        assert_eq!(portrayal.attributes, ["Name", "a", "b"]);
        assert_eq!(portrayal.label.as_deref(), Some("Name"));
    }
}

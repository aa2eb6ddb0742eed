//! Where a row belongs: the former district and the communes that its register names, or those of its site.

use std::collections::{BTreeMap, BTreeSet};

use super::user::Grant;
use crate::domain::{Collection, FeatureId, SITES, Value};
use crate::text::fold;

/// Words that stand before the name of a district and are no part of it.
const KINDS: [&str; 4] = ["huyen ", "quan ", "thi xa ", "thanh pho "];

/// A district's name as it is compared: `Huyện Quốc Oai`, `Quốc Oai` and `quoc-oai` are one.
pub fn district_key(name: &str) -> String {
    let key = fold(name);
    KINDS.iter().find_map(|kind| key.strip_prefix(kind)).map_or_else(|| key.clone(), str::to_owned)
}

/// Whether a text is the code of a commune, five digits, and not the name of a district.
pub fn is_commune_code(text: &str) -> bool {
    text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Where something lies. Districts ended on 30 June 2025; what is on record since then names communes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Area {
    /// The former district, as [`district_key`] has it.
    pub district: Option<String>,
    /// Codes of the communes: the register names several where it does not know which.
    pub communes: BTreeSet<String>,
}

/// The row in which the area of another stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The collections in which it may be.
    pub collections: Vec<&'static str>,
    pub id: String,
}

/// Fields that name a row which knows the area, and the collection of it.
const OWNERS: [(&str, &str); 2] = [("station_id", "treatment_stations"), ("plan_id", "plans")];

fn text<'a>(collection: &Collection, values: &'a [Value], field: &str) -> Option<&'a str> {
    let text = values.get(collection.field(field)?.0)?.as_str()?.trim();
    Some(text).filter(|text| !text.is_empty())
}

impl Area {
    /// The area that a row names itself; unknown where it names none.
    pub fn of(collection: &Collection, values: &[Value]) -> Area {
        let named = |field| text(collection, values, field);
        let mut district = named("district_legacy");
        let mut codes = named("commune_2025_code");
        match collection.id.as_str() {
            "admin_units" if named("level") == Some("district") => district = named("name_vi"),
            "admin_units" => codes = named("code"),
            "admin_unit_changes" => codes = named("new_code"),
            _ => {}
        }
        Area::named(district, codes)
    }

    /// The area of a former district's name and of the codes of communes, divided by commas.
    pub fn named(district: Option<&str>, codes: Option<&str>) -> Area {
        let codes = codes.unwrap_or_default().split(',').map(str::trim).filter(|code| !code.is_empty());
        Area {
            district: district.map(district_key).filter(|key| !key.is_empty()),
            communes: codes.map(str::to_owned).collect(),
        }
    }

    /// Whether it lies in a district, or in the commune of a code; `None` where it does not say.
    pub fn lies_in(&self, place: &str) -> Option<bool> {
        if is_commune_code(place) {
            (!self.communes.is_empty()).then(|| self.communes.contains(place))
        } else {
            self.district.as_ref().map(|district| *district == district_key(place))
        }
    }

    pub fn is_unknown(&self) -> bool {
        self.district.is_none() && self.communes.is_empty()
    }

    /// District and communes, each a name that can be granted.
    fn parts(&self) -> impl Iterator<Item = &str> {
        self.district.as_deref().into_iter().chain(self.communes.iter().map(String::as_str))
    }
}

impl Owner {
    /// The row that knows where another belongs; `None` where the row names no such one.
    pub fn of(collection: &Collection, values: &[Value]) -> Option<Owner> {
        for (field, of) in OWNERS {
            if let Some(id) = text(collection, values, field) {
                return Some(Owner { collections: vec![of], id: id.to_owned() });
            }
        }
        let id = text(collection, values, "site_id")?.to_owned();
        let named = text(collection, values, "site_collection");
        let collections = SITES.into_iter().filter(|site| named.is_none_or(|named| named == *site)).collect();
        Some(Owner { collections, id })
    }
}

/// A sample belongs to a station, that to a site: so many rows are followed to where something lies.
const MAX_STEPS: usize = 3;

/// What a row belongs to and where it lies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Belonging {
    /// Collection and id of the last row that was followed to; `None` where it belongs to no other.
    pub to: Option<(String, FeatureId)>,
    /// Unknown where a row on the way is not on record, or it is not said which of two is meant.
    pub area: Area,
}

/// Gives a row of a collection with its declaration.
pub type FindRow<'a, 'f> = &'f dyn Fn(&str, &FeatureId) -> Option<(&'a Collection, Vec<Value>)>;

/// Follows a row to its station, plan or site.
pub fn belonging<'a>(collection: &Collection, values: &[Value], find: FindRow<'a, '_>) -> Belonging {
    let mut owner = Owner::of(collection, values);
    if owner.is_none() {
        return Belonging { to: None, area: Area::of(collection, values) };
    }
    for _ in 0..MAX_STEPS {
        let Some(Owner { collections, id }) = owner else { break };
        let Ok(id) = FeatureId::parse(&id) else { break };
        let mut known = collections.iter().filter_map(|of| find(of, &id));
        // Of two sites with one id it is not said which is meant.
        let (Some((of, values)), None) = (known.next(), known.next()) else { break };
        owner = Owner::of(of, &values);
        if owner.is_none() {
            return Belonging { to: Some((of.id.clone(), id)), area: Area::of(of, &values) };
        }
    }
    Belonging::default()
}

/// Which communes took in which districts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Territory(BTreeMap<String, BTreeSet<String>>);

/// The registers that say which communes took in which districts, each with the field that names the commune, and so how far
/// grants reach: whoever writes them must have all districts, or he would give himself others.
pub const DEFINED_BY: [(&str, &str); 2] = [("admin_unit_changes", "new_code"), ("admin_units", "code")];

impl Territory {
    /// Of pairs of a district's name and the code of a commune that took in a part of it.
    pub fn new<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Territory {
        let mut communes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (district, commune) in pairs {
            communes.entry(district_key(district)).or_default().insert(commune.to_owned());
        }
        Territory(communes)
    }

    /// Whether a grant reaches a district or commune: it names it, or a district that went into the commune.
    fn reaches(&self, grant: &Grant, part: &str) -> bool {
        let Grant::Only(names) = grant else { return true };
        names.iter().any(|name| {
            let name = if is_commune_code(name) { name.clone() } else { district_key(name) };
            name == part || self.0.get(&name).is_some_and(|communes| communes.contains(part))
        })
    }

    /// Whether all of an area lies in what was granted. What is not known lies in everything alone.
    pub fn holds(&self, grant: &Grant, area: &Area) -> bool {
        let reaches = |part: &String| self.reaches(grant, part);
        grant.is_all()
            || area.district.as_ref().is_some_and(reaches)
            || !area.communes.is_empty() && area.communes.iter().all(reaches)
    }

    /// The first part that one area has and the other has not, and that the grant does not reach: moving a row between them
    /// takes it from, or gives it to, somebody else.
    pub fn moved<'a>(&self, grant: &Grant, before: &'a Area, after: &'a Area) -> Option<&'a str> {
        let lost = before.parts().filter(|part| after.parts().all(|other| other != *part));
        let won = after.parts().filter(|part| before.parts().all(|other| other != *part));
        lost.chain(won).find(|part| !self.reaches(grant, part))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::catalog;

    fn area(district: &str, communes: &[&str]) -> Area {
        let district = Some(district_key(district)).filter(|key| !key.is_empty());
        Area { district, communes: communes.iter().map(|code| (*code).to_owned()).collect() }
    }

    fn grant(names: &[&str]) -> Grant {
        Grant::of(Some(names.iter().copied()))
    }

    fn territory() -> Territory {
        Territory::new([("Quốc Oai", "09910"), ("Quốc Oai", "09895"), ("Thạch Thất", "09910")])
    }

    #[test]
    fn a_district_is_the_same_however_it_is_written() {
        for name in ["Quốc Oai", "Huyện Quốc Oai", "quoc-oai", "QUỐC OAI"] {
            assert_eq!(district_key(name), "quoc oai", "{name}");
        }
        assert_eq!(district_key("Quận Ba Đình"), "ba dinh");
        assert_eq!(district_key("Thị xã Sơn Tây"), "son tay");
    }

    #[test]
    fn what_is_not_known_belongs_to_nobody_but_who_has_everything() {
        let (territory, nowhere) = (territory(), Area::default());
        assert!(!territory.holds(&grant(&["Quốc Oai", "09910"]), &nowhere));
        assert!(!territory.holds(&grant(&[""]), &nowhere));
        assert!(!territory.holds(&grant(&[]), &area("Quốc Oai", &["09910"])));
        assert!(territory.holds(&Grant::All, &nowhere));
    }

    #[test]
    fn a_district_reaches_the_communes_that_took_it_in_and_a_commune_no_district() {
        let territory = territory();
        assert!(territory.holds(&grant(&["Huyện Quốc Oai"]), &area("", &["09910"])));
        assert!(territory.holds(&grant(&["Thạch Thất"]), &area("", &["09910"])));
        assert!(!territory.holds(&grant(&["Thạch Thất"]), &area("", &["09910", "09895"])), "half of it is another's");
        assert!(territory.holds(&grant(&["09910"]), &area("Quốc Oai", &["09910"])));
        assert!(!territory.holds(&grant(&["09910"]), &area("Quốc Oai", &[])));
        assert!(!territory.holds(&grant(&["09910"]), &area("Quốc Oai", &["09910", "09895"])));
    }

    #[test]
    fn a_row_is_moved_only_by_who_has_both_ends() {
        let territory = territory();
        let (here, there) = (area("Quốc Oai", &["09895"]), area("Ba Đình", &["00004"]));
        let quoc_oai = grant(&["Quốc Oai"]);
        assert_eq!(territory.moved(&quoc_oai, &here, &there), Some("ba dinh"));
        assert_eq!(territory.moved(&quoc_oai, &there, &here), Some("ba dinh"));
        assert_eq!(territory.moved(&quoc_oai, &here, &area("Quốc Oai", &["09910"])), None);
        assert_eq!(territory.moved(&grant(&["09895"]), &here, &area("Ba Đình", &["09895"])), Some("quoc oai"));
        assert_eq!(territory.moved(&grant(&["Quốc Oai", "Ba Đình", "00004"]), &here, &there), None);
        assert_eq!(territory.moved(&quoc_oai, &here, &here), None);
    }

    #[test]
    fn rows_name_their_area_or_the_row_that_knows_it() {
        let values = |collection: &str, given: &[(&str, &str)]| {
            let collection = catalog::collection(collection).unwrap();
            let mut values = vec![Value::Null; collection.stored_fields().count()];
            for (field, value) in given {
                values[collection.field(field).unwrap().0] = Value::from(*value);
            }
            (Area::of(collection, &values), Owner::of(collection, &values))
        };
        let (of, owner) =
            values("craft_villages", &[("district_legacy", "Chương Mỹ"), ("commune_2025_code", "10126, 10072")]);
        assert_eq!((of, owner), (area("Chương Mỹ", &["10126", "10072"]), None));
        assert_eq!(values("admin_units", &[("level", "commune"), ("code", "00070")]).0, area("", &["00070"]));
        assert_eq!(
            values("admin_units", &[("level", "district"), ("name_vi", "Ba Đình"), ("code", "001")]).0,
            area("Ba Đình", &[])
        );
        let of = |collections: &[&'static str], id: &str| {
            Some(Owner { collections: collections.to_vec(), id: id.to_owned() })
        };
        assert_eq!(values("effluent_samples", &[("station_id", "s")]).1, of(&["treatment_stations"], "s"));
        assert_eq!(values("plan_parcels", &[("plan_id", "p")]).1, of(&["plans"], "p"));
        assert_eq!(values("violations", &[("site_id", "a")]).1, of(&SITES, "a"));
        let named = [("site_id", "a"), ("site_collection", "clusters")];
        assert_eq!(values("violations", &named).1, of(&["clusters"], "a"));
        assert_eq!(values("waterways", &[("name_vi", "Sông Đáy")]), (Area::default(), None));
    }
}

//! Communes, former districts and how the old communes went over into the new ones.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use geo::{Coord, MultiPolygon, Polygon};

use super::cells::{self, Wanted};
use super::facts::{self, Fact};
use super::rows::{MADE_UP_ON, Row, day, declared};
use super::{SampleError, Table, place, topology};

/// On this day the communes of Resolution 1656/NQ-UBTVQH15 began and the districts had ended.
const REFORM: NaiveDate = day(2025, 7, 1);
const DISTRICTS_ENDED: NaiveDate = day(2025, 6, 30);

const DRAWN: &str = "Tên, mã, tâm và diện tích theo Nghị quyết 1656/NQ-UBTVQH15 và danh mục công khai; ranh giới tự vẽ từ tâm và \
                     diện tích, không phải ranh giới pháp lý / names, codes, centroids and areas are facts; boundary drawn \
                     from centroid and area, no legal boundary";
const DRAWN_DISTRICT: &str = "Hợp các xã, phường mới theo huyện cũ chính; ranh giới tự vẽ, không phải ranh giới pháp lý / union of \
                              the drawn communes by their main former district, no legal boundary";
const RESOLUTION: &str = "Nghị quyết 1656/NQ-UBTVQH15 (16/6/2025), mã Tổng cục Thống kê";

/// The drawn communes.
pub struct Communes {
    facts: Vec<Fact>,
    /// For each commune the rings that it is drawn of: mostly one.
    rings: Vec<Vec<Vec<Coord<f64>>>>,
    areas: Vec<MultiPolygon<f64>>,
}

impl Communes {
    /// Draws a cell for each commune of the facts.
    pub fn draw() -> Result<Communes, SampleError> {
        let facts = facts::read(facts::COMMUNES)?;
        let missing = |fact: &Fact| fact.fault("a commune needs a centroid and an area".to_owned());
        let mut wanted = Vec::new();
        let mut owners = Vec::new();
        for (owner, fact) in facts.iter().enumerate() {
            let centre = fact.point()?.ok_or_else(|| missing(fact))?;
            let area = fact.number("area_km2")?.ok_or_else(|| missing(fact))?;
            // A commune that is long and thin is drawn of several cells along its length.
            let through = fact.points("drawn_through")?;
            let centres = if through.is_empty() { vec![centre] } else { through };
            let area_m2 = area * 1e6 / centres.len() as f64;
            owners.extend(centres.iter().map(|_| owner));
            wanted.extend(centres.into_iter().map(|centre| Wanted { centre, area_m2 }));
        }
        let mut rings = vec![Vec::new(); facts.len()];
        for (owner, ring) in owners.into_iter().zip(cells::draw(&wanted)) {
            rings[owner].push(ring);
        }
        let areas = rings.iter().map(|rings| topology::dissolve(rings.iter().map(Vec::as_slice))).collect();
        Ok(Communes { facts, rings, areas })
    }

    /// The cells of the communes with these codes, comma-separated; codes that no commune has are left out.
    pub fn cells(&self, codes: &str) -> Vec<&Polygon<f64>> {
        let named = |fact: &Fact| fact.text("code").is_some_and(|code| codes.split(',').any(|wanted| wanted == code));
        self.facts.iter().zip(&self.areas).filter(|(fact, _)| named(fact)).flat_map(|(_, area)| &area.0).collect()
    }

    /// The collection `admin_units`: communes first, then the districts of old.
    pub fn table(&self) -> Result<Table, SampleError> {
        let collection = declared("admin_units")?;
        let row = |fact: &Fact, source: &str| -> Result<Row, SampleError> {
            Ok(Row::new(collection, fact.required("code")?)
                .facts(fact)
                .with("source", source)
                .with("source_date", MADE_UP_ON)
                .with("is_demo", true))
        };
        let mut drafts = Vec::new();
        let mut districts: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, fact) in self.facts.iter().enumerate() {
            districts.entry(fact.required("district_legacy")?).or_default().push(at);
            drafts.push(
                row(fact, DRAWN)?
                    .with("level", "commune")
                    .with("valid_from", REFORM)
                    .with("position_precision_m", radius(fact)?)
                    .at(Some(place::to_lonlat(self.areas[at].clone())?))
                    .draft()?,
            );
        }
        for fact in facts::read(facts::DISTRICTS)? {
            let members = districts.get(fact.required("name_vi")?).map_or(&[][..], Vec::as_slice);
            let precision =
                members.iter().try_fold(0f64, |most, at| Ok::<_, SampleError>(most.max(radius(&self.facts[*at])?)))?;
            let union = topology::dissolve(members.iter().flat_map(|at| &self.rings[*at]).map(Vec::as_slice));
            drafts.push(
                row(&fact, DRAWN_DISTRICT)?
                    .with("level", "district")
                    .with("valid_to", DISTRICTS_ENDED)
                    .with("position_precision_m", precision)
                    .at(Some(place::to_lonlat(union)?))
                    .draft()?,
            );
        }
        Ok(Table { collection, drafts })
    }
}

/// The radius of a circle of the commune's size: a drawn border can be as far from the true one.
fn radius(fact: &Fact) -> Result<f64, SampleError> {
    let area = fact.number("area_km2")?.unwrap_or_default();
    Ok((area * 1e6 / std::f64::consts::PI).sqrt().round())
}

/// The collection `admin_unit_changes`: facts of the resolution, nothing made up.
pub fn changes() -> Result<Table, SampleError> {
    let collection = declared("admin_unit_changes")?;
    let draft = |fact: Fact| {
        let id = format!("{}-{}", fact.required("old_code")?, fact.required("new_code")?);
        Row::new(collection, id)
            .facts(&fact)
            .with("effective_on", REFORM)
            .with("source", RESOLUTION)
            .with("source_date", day(2025, 6, 16))
            .with("is_demo", false)
            .draft()
    };
    let drafts = facts::read(facts::COMMUNE_CHANGES)?.into_iter().map(draft).collect::<Result<_, _>>()?;
    Ok(Table { collection, drafts })
}

//! The targets of the city's yearly plans, counted over all clusters as they stood on a day.
//!
//! What a plan wants is data ([`PlanTarget`]); here is how it is counted. A cluster is met, not met or unknown, and unknown
//! is never folded into either: a share lies between met / all and (met + unknown) / all.
//! Clusters whose very membership is not on record (no status, no founding date) are unknown too, which keeps the
//! true share inside that interval.

mod measures;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::city_plan::{Measure, PlanTarget, TargetCode, year_span};
use super::law::{LegalBasis, SiteCollection, Text};
use super::review::Review;
use super::site::Known;
use super::standards::Standards;
use super::words::words;
pub(super) use measures::has_working_station;
use measures::{Period, Standing};

/// The first day without district level.
const COMMUNES_SINCE: Option<NaiveDate> = NaiveDate::from_ymd_opt(2025, 7, 1);

/// Whether the district level had ended by a day; communes then stand in for it.
pub fn is_without_districts(on: NaiveDate) -> bool {
    COMMUNES_SINCE.is_some_and(|since| on >= since)
}

words! {
    /// What clusters are grouped by.
    GroupBy {
        /// District until 2025-06-30; since then the commune, as there are no districts.
        District = "district",
        /// Commune of that day. A cluster in several counts once, under their joined names.
        Commune = "commune",
        /// Infrastructure investor.
        Investor = "investor",
        /// Year of founding.
        Year = "year",
    }
}

/// Ids of clusters by how they stand, each list in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// Those that fulfil it.
    pub met: Vec<String>,
    /// Those that do not.
    pub not_met: Vec<String>,
    /// Those of which that is not on record.
    pub unknown: Vec<String>,
}

impl Tally {
    fn add(&mut self, id: &str, standing: Standing) {
        match standing {
            Standing::Met => self.met.push(id.to_owned()),
            Standing::NotMet => self.not_met.push(id.to_owned()),
            Standing::Unknown => self.unknown.push(id.to_owned()),
        }
    }

    /// How many are met.
    pub fn numerator(&self) -> usize {
        self.met.len()
    }

    /// How many there are, unknown ones included.
    pub fn denominator(&self) -> usize {
        self.met.len() + self.not_met.len() + self.unknown.len()
    }

    /// The value in a unit: a count, or percent of all; `None` where there is nothing to take a share of.
    pub fn value(&self, unit: Unit) -> Option<Decimal> {
        self.scaled(self.met.len(), unit)
    }

    /// Between what the value lies, whatever the unknown ones turn out to be.
    pub fn interval(&self, unit: Unit) -> Option<(Decimal, Decimal)> {
        self.value(unit).zip(self.scaled(self.met.len() + self.unknown.len(), unit))
    }

    fn scaled(&self, count: usize, unit: Unit) -> Option<Decimal> {
        let count = Decimal::from(count);
        match unit {
            Unit::Count => Some(count),
            // To four digits: more says nothing of some hundred clusters.
            Unit::Percent => (count * Decimal::ONE_HUNDRED)
                .checked_div(Decimal::from(self.denominator()))
                .map(|share| share.round_dp(4).normalize()),
        }
    }
}

words! {
    /// What a target is counted in.
    Unit {
        /// Percent of the clusters concerned.
        Percent = "%",
        /// Number of clusters.
        Count = "count",
    }
}

/// What a plan wants; `None` where it names no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Goal {
    /// At least.
    pub min: Option<Decimal>,
    /// At most, as planned for; more is no fault.
    pub max: Option<Decimal>,
}

/// The plan that targets are held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Its year; `None` where no plan is held for the day or any earlier one.
    pub year: Option<i32>,
    /// Its number.
    pub number: Option<String>,
    /// Whether it is the plan of the year asked for, and not an earlier one in its place.
    pub is_current: bool,
    /// Where it stands.
    pub basis: Option<LegalBasis>,
}

/// A second count beside a target.
#[derive(Debug, Clone, PartialEq)]
pub struct Also {
    /// What it is called on the wire.
    pub name: &'static str,
    /// Its title.
    pub title: Text,
    /// What the plan wants of it.
    pub goal: Goal,
    /// The clusters.
    pub tally: Tally,
}

/// A target among the clusters of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Code or name of the group; empty where it is not on record.
    pub key: String,
    /// What people call it.
    pub title: Text,
    /// The clusters.
    pub tally: Tally,
}

/// A target on a day.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Which one.
    pub code: TargetCode,
    /// Its title.
    pub title: Text,
    /// The plan.
    pub plan: Plan,
    /// What it is counted in.
    pub unit: Unit,
    /// What the plan wants.
    pub goal: Goal,
    /// What a reader should know of the plan's wording.
    pub note: Option<Text>,
    /// The clusters.
    pub tally: Tally,
    /// Whether the goal is reached; `None` where that cannot be said, or not yet.
    pub met: Option<bool>,
    /// Further counts, kept apart.
    pub also: Vec<Also>,
    /// The same by group, where asked for.
    pub groups: Vec<Group>,
}

/// The years for which a plan is held, oldest first.
pub fn plan_years(standards: &Standards) -> Vec<i32> {
    let mut years: Vec<i32> = standards.plan_targets.iter().map(|target| target.year).collect();
    years.dedup();
    years
}

/// All targets on the day of the review: against the plan of that year, of the newest earlier year that has one, or of
/// `plan_year`.
pub fn targets(standards: &Standards, review: &Review, plan_year: Option<i32>, by: Option<GroupBy>) -> Vec<Target> {
    use chrono::Datelike;
    let as_of = review.as_of;
    let newest = || plan_years(standards).into_iter().rfind(|year| *year <= as_of.year());
    let year = plan_year.or_else(newest);
    let stated: Vec<&PlanTarget> = standards.plan_targets.iter().filter(|target| Some(target.year) == year).collect();
    let plan = Plan {
        year: year.filter(|_| !stated.is_empty()),
        number: stated.iter().find_map(|target| target.number.clone()),
        is_current: !stated.is_empty() && year == Some(as_of.year()),
        basis: stated.first().map(|target| target.basis.clone()),
    };
    let (from, to) = year_span(year.unwrap_or(as_of.year())).unwrap_or((as_of, as_of));
    let count = Count {
        standards,
        period: Period { from, to: to.min(as_of) },
        is_over: as_of >= to,
        by,
        stated,
        plan,
        clusters: clusters(review),
    };
    SHAPES.iter().map(|shape| count.target(shape)).collect()
}

/// The clusters of a review with what was known of them.
fn clusters(review: &Review) -> Vec<Known<'_>> {
    let is_cluster = |kind: &SiteCollection| *kind == SiteCollection::Clusters;
    let sites = review.sites.iter().filter(|((kind, _), _)| is_cluster(kind));
    sites.map(|(_, site)| Known::on(&site.facts, review.as_of)).collect()
}

/// How a target is counted.
struct Shape {
    code: TargetCode,
    measure: Measure,
    unit: Unit,
    title: (&'static str, &'static str),
}

const SHAPES: [Shape; 5] = [
    Shape {
        code: TargetCode::T1,
        measure: Measure::InfrastructureComplete,
        unit: Unit::Percent,
        title: (
            "Hoàn chỉnh hạ tầng kỹ thuật trong hàng rào các cụm công nghiệp đang hoạt động",
            "Infrastructure inside the fence of operating clusters is complete",
        ),
    },
    Shape {
        code: TargetCode::T2,
        measure: Measure::GroundBroken,
        unit: Unit::Count,
        title: ("Khởi công xây dựng hạ tầng cụm công nghiệp", "Construction of cluster infrastructure is started"),
    },
    Shape {
        code: TargetCode::T3,
        measure: Measure::Decided,
        unit: Unit::Count,
        title: ("Quyết định thành lập, mở rộng cụm công nghiệp", "Clusters are founded or expanded by decision"),
    },
    Shape {
        code: TargetCode::T4,
        measure: Measure::StationOfNew,
        unit: Unit::Percent,
        title: (
            "Cụm công nghiệp xây dựng mới có trạm xử lý nước thải đạt quy chuẩn",
            "Newly built clusters have a wastewater station that meets its standard",
        ),
    },
    Shape {
        code: TargetCode::T5,
        measure: Measure::StationOfOperating,
        unit: Unit::Percent,
        title: (
            "Cụm công nghiệp, cụm công nghiệp làng nghề đang hoạt động có trạm xử lý nước thải đạt quy chuẩn",
            "Operating clusters, craft-village clusters among them, have a wastewater station that meets its standard",
        ),
    },
];

/// What all targets of one question share.
struct Count<'a> {
    standards: &'a Standards,
    /// The part of the plan's year that was over on the day.
    period: Period,
    /// Whether the whole of it was.
    is_over: bool,
    by: Option<GroupBy>,
    stated: Vec<&'a PlanTarget>,
    plan: Plan,
    clusters: Vec<Known<'a>>,
}

impl Count<'_> {
    fn target(&self, shape: &Shape) -> Target {
        let stated = self.stated(shape.measure);
        let goal = goal(stated);
        let standing =
            |known: &Known<'_>| measures::standing(self.standards, shape.measure, known, self.period, stated);
        let tally = self.tally(standing);
        Target {
            code: shape.code,
            title: Text::new(shape.title.0, shape.title.1),
            plan: self.plan.clone(),
            unit: shape.unit,
            goal,
            note: stated.and_then(|stated| stated.note.clone()),
            met: self.is_met(&tally, goal, shape.unit),
            also: self.also(shape.measure),
            groups: self.by.map(|by| self.groups(by, standing)).unwrap_or_default(),
            tally,
        }
    }

    fn stated(&self, measure: Measure) -> Option<&PlanTarget> {
        self.stated.iter().copied().find(|target| target.measure == measure)
    }

    fn tally(&self, standing: impl Fn(&Known<'_>) -> Option<Standing>) -> Tally {
        let mut tally = Tally::default();
        for known in &self.clusters {
            if let Some(standing) = standing(known) {
                tally.add(&known.site.row.id, standing);
            }
        }
        tally
    }

    fn groups(&self, by: GroupBy, standing: impl Fn(&Known<'_>) -> Option<Standing>) -> Vec<Group> {
        let mut groups: BTreeMap<(String, String), Tally> = BTreeMap::new();
        for known in &self.clusters {
            if let Some(standing) = standing(known) {
                groups.entry(group(by, known)).or_default().add(&known.site.row.id, standing);
            }
        }
        let titled = |title: String| match title.as_str() {
            "" => Text::new("Chưa có thông tin", "Not on record"),
            _ => Text::new(title.clone(), title),
        };
        groups.into_iter().map(|((title, key), tally)| Group { key, title: titled(title), tally }).collect()
    }

    /// A share is a state of the day and can be said as far as it is known. A count can still grow while the year lasts.
    fn is_met(&self, tally: &Tally, goal: Goal, unit: Unit) -> Option<bool> {
        let least = goal.min?;
        let (low, high) = tally.interval(unit)?;
        let is_final = self.is_over || unit == Unit::Percent;
        if low >= least {
            Some(true)
        } else if high < least && is_final {
            Some(false)
        } else {
            None
        }
    }

    fn also(&self, measure: Measure) -> Vec<Also> {
        let built = || Also {
            name: "has_station",
            title: Text::new("Có trạm xử lý nước thải đã xây", "A wastewater station is built"),
            goal: Goal::default(),
            tally: self.tally(|known| {
                measures::standing(self.standards, measure, known, self.period, self.stated(measure))
                    .map(|_| measures::has_station(known))
            }),
        };
        match measure {
            Measure::GroundBroken => {
                let completed = self.stated(Measure::ConstructionCompleted);
                let also = completed.map(|stated| Also {
                    name: "completed",
                    title: Text::new("Hoàn thành hạ tầng", "Infrastructure is completed"),
                    goal: goal(Some(stated)),
                    tally: self.tally(|known| {
                        measures::standing(self.standards, stated.measure, known, self.period, Some(stated))
                    }),
                });
                also.into_iter().collect()
            }
            Measure::StationOfNew => {
                let designed = Also {
                    name: "designed",
                    title: Text::new(
                        "Đang xây dựng: trạm đã thiết kế và được cấp phép",
                        "Under construction: the station is designed and permitted",
                    ),
                    goal: Goal::default(),
                    tally: self.tally(|known| measures::is_designed(known, self.period)),
                };
                vec![built(), designed]
            }
            Measure::StationOfOperating => vec![built()],
            _ => Vec::new(),
        }
    }
}

fn goal(stated: Option<&PlanTarget>) -> Goal {
    stated.map(|stated| Goal { min: stated.min, max: stated.max }).unwrap_or_default()
}

/// Title and key of the group a cluster belongs to; empty where that is not on record.
fn group(by: GroupBy, known: &Known<'_>) -> (String, String) {
    let named = |name: &Option<String>| name.clone().map(|name| (name.clone(), name)).unwrap_or_default();
    let units = &known.site.units;
    match by {
        GroupBy::District | GroupBy::Commune if is_without_districts(known.as_of) => {
            let name = units.commune.clone().unwrap_or_default();
            let code = units.commune_code.clone().unwrap_or_else(|| name.clone());
            (name, code)
        }
        GroupBy::District => named(&units.district_legacy),
        // Names of communes repeat between districts.
        GroupBy::Commune => match (&units.commune_legacy, &units.district_legacy) {
            (Some(commune), Some(district)) => named(&Some(format!("{commune} ({district})"))),
            (commune, _) => named(commune),
        },
        GroupBy::Investor => named(&known.site.investor),
        GroupBy::Year => {
            use chrono::Datelike;
            let year = known.founded_between().map(|(first, _)| first.year().to_string());
            named(&year)
        }
    }
}

//! Wastewater stations: what is really known of them as facts, the rest made up.
//!
//! That a station was built says nothing about its operation. Where a source names a definite state (planned, unfinished,
//! none, built but not operating, not known), the row holds that and nothing else, without a place. Where a source only says
//! "built", or says nothing, state, permit and receiving water are made up and the whole row is marked so.

use std::collections::HashMap;

use chrono::{Datelike, Months, NaiveDate};
use geo::Coord;

use super::effluent::Levels;
use super::facts::{self, Fact};
use super::rng::Rng;
use super::rows::{MADE_UP, Row, day, declared};
use super::sites::{self, Site, Trade};
use super::waterways::{self, Waterway};
use super::{SampleError, Table};

/// A station as the sampling of its effluent sees it.
pub struct Station<'a> {
    pub id: String,
    pub site: &'a Site,
    pub status: String,
    pub standard: &'static str,
    pub column: &'static str,
    pub place: Option<Coord<f64>>,
    pub is_automatic: bool,
    /// Nothing flowed out before this day.
    pub commissioned_on: NaiveDate,
}

/// How many villages get a made-up station.
const VILLAGE_STATIONS: usize = 14;

/// Trades of villages whose wastewater a central station would treat.
const WET_TRADES: [Trade; 4] = [Trade::Food, Trade::Textile, Trade::Metal, Trade::Recycling];

/// The collection `treatment_stations`, and the stations for the registers that rest on them.
pub fn draw<'a>(
    sites: &'a [Site],
    waterways: &[Waterway],
    levels: &Levels,
) -> Result<(Table, Vec<Station<'a>>), SampleError> {
    let collection = declared("treatment_stations")?;
    let facts = facts::read(facts::STATIONS)?;
    let known: HashMap<&str, &Fact> =
        facts.iter().map(|fact| Ok((fact.required("site_id")?, fact))).collect::<Result<_, SampleError>>()?;
    let (mut drafts, mut stations) = (Vec::new(), Vec::new());
    let mut villages = 0;
    let mut made_up = 0;
    for site in sites {
        let fact = known.get(site.id.as_str()).copied();
        let row = site.name_in(Row::new(collection, format!("{}-station-1", site.id)));
        let state = fact.map(|fact| fact.required("state")).transpose()?;
        if let (Some(fact), Some(state)) = (fact, state.filter(|state| *state != "built")) {
            drafts.push(row.facts(fact).with("status", state).with("is_demo", false).draft()?);
            stations.push(Station::unsampled(site, state));
            continue;
        }
        let is_wanted = if site.is_cluster() {
            site.has_status(&["operating", "established"]) && site.established_year.is_none_or(|year| year < 2020)
        } else {
            villages < VILLAGE_STATIONS && site.centre.is_some() && WET_TRADES.contains(&site.trade)
        };
        if !is_wanted && fact.is_none() {
            continue;
        }
        villages += usize::from(!site.is_cluster());
        made_up += 1;
        let station = Station::made_up(site, made_up);
        drafts.push(station.row(row, fact, waterways, levels)?.draft()?);
        stations.push(station);
    }
    Ok((Table { collection, drafts }, stations))
}

impl<'a> Station<'a> {
    fn unsampled(site: &'a Site, status: &str) -> Station<'a> {
        Station { status: status.to_owned(), ..Station::made_up(site, 0) }
    }

    fn made_up(site: &'a Site, ordinal: usize) -> Station<'a> {
        let mut rng = site.dice("station");
        let shares: &[(&str, u32)] = if site.has_status(&["established"]) {
            &[("operating", 62), ("trial", 6), ("under_construction", 9), ("planned", 8), ("unknown", 15)]
        } else {
            &[("operating", 78), ("trial", 6), ("built_not_operating", 8), ("under_construction", 3), ("unknown", 5)]
        };
        let status = rng.weighted(shares).unwrap_or("unknown");
        // A few of every kind that cannot be judged yet: their limits are not entered.
        let standard = match (ordinal % 24, site.is_cluster()) {
            (7, true) => "QCVN40_2025",
            (13, true) => "QCTDHN02_2014",
            (_, false) if !matches!(site.trade, Trade::Metal | Trade::Textile) => "QCVN14_2008",
            _ => "QCVN40_2011",
        };
        let (from, to) = match status {
            "trial" => (day(2026, 5, 1), day(2026, 7, 20)),
            _ => (day(2011, 1, 1), day(2023, 6, 1)),
        };
        Station {
            id: format!("{}-station-1", site.id),
            site,
            status: status.to_owned(),
            standard,
            column: if rng.chance(0.25) { "A" } else { "B" },
            place: site.nearby(&mut rng),
            is_automatic: site.is_cluster() && rng.chance(0.72),
            commissioned_on: rng.date_between(from, to),
        }
    }

    /// Whether something flows out that can be sampled.
    pub fn is_running(&self) -> bool {
        matches!(self.status.as_str(), "operating" | "trial")
    }

    fn row(&self, row: Row, fact: Option<&Fact>, waterways: &[Waterway], levels: &Levels) -> Result<Row, SampleError> {
        let mut rng = self.site.dice("station details");
        let known_capacity = fact.map(|fact| fact.number("capacity_m3_day")).transpose()?.flatten();
        let capacity = known_capacity.unwrap_or_else(|| self.capacity(&mut rng));
        let is_built = self.is_running() || self.status == "built_not_operating";
        let kind = if self.site.is_cluster() { "CCN" } else { "làng nghề" };
        let name = format!("Trạm xử lý nước thải {kind} {}", self.site.name.trim_start_matches("CCN "));
        let row = row
            .made_up()
            .with("name_vi", name)
            .with("status", self.status.as_str())
            .with("capacity_m3_day", capacity)
            .with("inflow_m3_day", self.is_running().then(|| (capacity * rng.between(0.4, 1.12)).round()))
            .with("status_date", self.status_date(&mut rng))
            .with("commissioned_on", is_built.then_some(self.commissioned_on))
            .with("position_precision_m", self.site.precision_m)
            .at(sites::point(self.place)?);
        let row = self.receiving(row, waterways, capacity, &mut rng);
        let row = self.permit(row, levels.codes(self.standard, self.site.trade), &mut rng);
        let row = if self.is_running() { self.operation(row) } else { row };
        Ok(match fact {
            Some(fact) => row
                .with("source", format!("{}; {MADE_UP}", fact.required("source")?))
                .with("notes", format!("{} · {}", fact.required("notes")?, made_up_part(known_capacity))),
            None => row.with("notes", "Toàn bộ dòng này là minh họa / the whole row is made up"),
        })
    }

    /// The day of the last look at the station: lately where it runs, some time ago where it stands still.
    fn status_date(&self, rng: &mut Rng) -> NaiveDate {
        let from = if self.is_running() { day(2026, 9, 1) } else { day(2023, 6, 1) };
        rng.date_between(from, day(2026, 10, 20))
    }

    /// A round design capacity in m3/day for the site's size.
    fn capacity(&self, rng: &mut Rng) -> f64 {
        let wanted = self.site.area_ha.map_or(rng.between(150.0, 900.0), |area| area * rng.between(14.0, 28.0));
        (wanted / 50.0).ceil() * 50.0
    }

    fn receiving(&self, row: Row, waterways: &[Waterway], capacity: f64, rng: &mut Rng) -> Row {
        let row = row
            .with("effluent_standard", self.standard)
            .with("effluent_column", self.column)
            .with("receiving_is_saline", false)
            .with("f_m3_day_permit", rng.chance(0.92).then_some(capacity));
        let row = if self.standard == "QCVN14_2008" {
            row.with("premises", rng.weighted(&[(Some("large"), 40), (Some("small"), 45), (None, 15)]).flatten())
        } else {
            row
        };
        let nearest = self.place.and_then(|at| waterways::nearest(waterways, at));
        match (rng.weighted(&[("nearest", 80), ("lake", 10), ("urban_drain", 10)]), nearest) {
            (Some("lake"), _) => row
                .with("receiving_water_name", "Hồ điều hòa (minh họa)")
                .with("receiving_kind", "lake")
                .with("v_1e6_m3", rng.chance(0.6).then(|| (rng.between(0.2, 18.0) * 10.0).round() / 10.0)),
            (Some("urban_drain"), _) => row
                .with("receiving_water_name", "Hệ thống thoát nước khu vực (minh họa)")
                .with("receiving_kind", "urban_drain"),
            (_, Some(waterway)) => {
                let flow = rng.chance(0.4).then(|| (rng.between(1.0, 60.0) * 10.0).round() / 10.0);
                row.with("receiving_water_name", waterway.name.as_str())
                    .with("receiving_kind", waterway.kind.as_str())
                    .with("q_m3s", flow)
                    .with("q_source", flow.map(|_| MADE_UP))
            }
            (_, None) => row,
        }
    }

    /// How the station is run, as an inspector would note it; each thing is left open at some.
    fn operation(&self, row: Row) -> Row {
        let mut rng = self.site.dice("station operation");
        let noted =
            |rng: &mut Rng, yes: u32| rng.weighted(&[(Some(true), yes), (Some(false), 85 - yes), (None, 15)]).flatten();
        let kinds = [
            ("mechanical_physicochemical_biological", 70),
            ("enclosed_with_odour_treatment", 15),
            ("biological_pond", 15),
        ];
        let log = rng.chance(0.7).then(|| self.commissioned_on + Months::new(rng.below(4) as u32));
        let inlet = rng.chance(0.6).then_some("Cột B, QCVN 40:2011/BTNMT (minh họa)");
        row.with("treatment_kind", rng.weighted(&kinds))
            .with("has_power_meter", noted(&mut rng, 65))
            .with("operation_log_since", log)
            .with("is_sludge_handled", noted(&mut rng, 60))
            .with("inlet_standard", inlet)
            .with("discharges_to_storm_drain", noted(&mut rng, 10))
            .with("nearest_housing_m", rng.chance(0.7).then(|| rng.between(20.0, 450.0).round()))
            .with("is_upwind", noted(&mut rng, 15))
    }

    fn permit(&self, row: Row, parameters: String, rng: &mut Rng) -> Row {
        let row = row.with("permit_parameters", (!rng.chance(0.06)).then_some(parameters));
        let status = rng.weighted(&[
            (Some("granted"), 74),
            (Some("none"), 12),
            (Some("revoked"), 2),
            (Some("unknown"), 4),
            (None, 8),
        ]);
        let row = row.with("env_permit_status", status.flatten());
        let row = if let Some(Some("granted" | "revoked")) = status {
            let issued = rng.date_between(day(2018, 3, 1), day(2025, 10, 1));
            // Seven years each, so that the older ones have run out.
            let expires = issued.with_year(issued.year() + 7).unwrap_or(issued);
            row.with("env_permit_no", format!("MH-{:03}/GPMT-{}", rng.below(900) + 100, issued.year()))
                .with("env_permit_issued_on", issued)
                .with("env_permit_expires_on", expires)
        } else {
            row
        };
        if self.is_automatic {
            let since = rng.date_between(day(2022, 1, 1), day(2025, 1, 1));
            row.with("auto_monitoring_status", "connected").with("auto_monitoring_since", since)
        } else {
            let shares = [(Some("not_connected"), 30), (Some("none"), 50), (Some("unknown"), 5), (None, 15)];
            row.with("auto_monitoring_status", rng.weighted(&shares).flatten())
        }
    }
}

fn made_up_part(known_capacity: Option<f64>) -> &'static str {
    match known_capacity {
        Some(_) => {
            "Minh họa: mọi giá trị khác, trừ việc trạm đã xây và công suất / made up: all but that it was built and its capacity"
        }
        None => "Minh họa: mọi giá trị khác, trừ việc trạm đã xây / made up: all but that it was built",
    }
}

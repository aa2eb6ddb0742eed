//! The city's targets a second time, in SQL straight on the GeoPackage, written from the definitions of the plan and not
//! from our code: both must name the same clusters, to the last id, on the bundled sample and on registers full of gaps.
//!
//! What the definitions leave open is decided alike on both sides and told in `data/README.md`.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "common/mod.rs"]
mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use langxanh::compliance::Standards;
use langxanh::compliance::targets::{Tally, targets};
use langxanh::domain::{FeatureId, Value, catalog};
use langxanh::publish::{Snapshot, publish};
use langxanh::store::gpkg::GpkgStore;
use langxanh::store::{Change, Draft, Mode, Origin, Store};
use rusqlite::{Connection, params};

const DAYS: [&str; 12] = [
    "2020-12-31",
    "2021-12-31",
    "2022-06-30",
    "2023-01-01",
    "2023-06-30",
    "2023-12-31",
    "2024-05-01",
    "2025-06-30",
    "2025-07-01",
    "2025-12-31",
    "2026-06-15",
    "2026-11-01",
];

/// Ids that are met, not met, unknown, by the name of a count.
type Counts = BTreeMap<String, [Vec<String>; 3]>;

/// A legal table as it stands in the data; an empty cell is null.
fn load(connection: &Connection, file: &str, table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/standards/{file}.csv"));
    let mut reader = csv::Reader::from_path(path).unwrap();
    let columns: Vec<String> = reader.headers().unwrap().iter().map(|name| format!("\"{name}\"")).collect();
    connection.execute_batch(&format!("CREATE TEMP TABLE {table} ({})", columns.join(", "))).unwrap();
    let marks: Vec<_> = columns.iter().map(|_| "nullif(trim(?), '')").collect();
    let mut insert = connection.prepare(&format!("INSERT INTO {table} VALUES ({})", marks.join(", "))).unwrap();
    for record in reader.records() {
        insert.execute(rusqlite::params_from_iter(record.unwrap().iter())).unwrap();
    }
}

/// One row: the day that is asked for, the part of the plan's year that was over, the founding years of T2.
const ASKED: &str = "CREATE TEMP TABLE ask (day, first, last, founded_first, founded_last);";

/// Clusters as they stood on the day.
const CLUSTERS: &str = "
CREATE TEMP TABLE step AS SELECT site_id, milestone, planned_on, actual_on FROM milestones WHERE site_collection = 'clusters';
CREATE INDEX temp.step_index ON step (site_id, milestone);
CREATE TEMP TABLE work AS SELECT * FROM infrastructure_items WHERE site_collection = 'clusters';
CREATE INDEX temp.work_index ON work (site_id, item_code);
CREATE TEMP VIEW dated AS
  SELECT id, status, established_on, in_provincial_scheme,
    coalesce(CAST(substr(established_on, 1, 4) AS INTEGER), established_year) AS year,
    coalesce(established_on, (SELECT min(actual_on) FROM step WHERE site_id = c.id AND milestone = 'founded')) AS founded_on,
    (SELECT min(coalesce(min(actual_on), c.construction_started_on), coalesce(c.construction_started_on, min(actual_on)))
       FROM step WHERE site_id = c.id AND milestone = 'ground_broken') AS begun_on,
    (SELECT min(actual_on) FROM step WHERE site_id = c.id AND milestone = 'construction_completed') AS completed_on,
    (SELECT min(actual_on) FROM step WHERE site_id = c.id AND milestone = 'in_operation') AS operating_on,
    (SELECT min(actual_on) FROM step WHERE site_id = c.id) AS first_step_on,
    construction_started_on,
    EXISTS (SELECT 1 FROM step WHERE site_id = c.id AND milestone = 'ground_broken' AND actual_on IS NULL AND planned_on IS NULL) AS begun_some_day,
    EXISTS (SELECT 1 FROM step WHERE site_id = c.id AND milestone = 'construction_completed' AND actual_on IS NULL AND planned_on IS NULL) AS completed_some_day,
    EXISTS (SELECT 1 FROM step WHERE site_id = c.id AND milestone = 'expanded' AND actual_on IS NULL AND planned_on IS NULL) AS expanded_some_day
  FROM clusters c;
CREATE TEMP VIEW stood AS
  SELECT *, coalesce(founded_on, year || '-01-01') AS founded_after, coalesce(founded_on, year || '-12-31') AS founded_by,
    CASE
      WHEN founded_on > day OR (founded_on IS NULL AND year > CAST(substr(day, 1, 4) AS INTEGER)) THEN 'planned'
      WHEN status = 'operating' AND (operating_on IS NULL OR operating_on <= day) THEN 'operating'
      WHEN status IN ('operating', 'under_construction') AND begun_on > day THEN 'established'
      WHEN status = 'operating' THEN 'under_construction'
      ELSE status
    END AS state
  FROM dated, ask;
CREATE TEMP VIEW begun AS
  SELECT *, coalesce(begun_on, min(coalesce(completed_on, operating_on), coalesce(operating_on, completed_on))) AS started_on,
    CASE
      WHEN begun_on IS NOT NULL THEN CASE WHEN begun_on <= day THEN 'on' ELSE 'not' END
      WHEN completed_on <= day OR operating_on <= day THEN 'by'
      WHEN state = 'planned' OR (state = 'established' AND NOT begun_some_day) THEN 'not'
      ELSE 'unknown'
    END AS started
  FROM stood;";

const COUNTS: &str = "
-- T2: ground broken in the period, among clusters founded in the plan's years and not begun before.
CREATE TEMP VIEW t2 AS
  SELECT id, CASE WHEN concerned = 0 OR standing IS NULL THEN NULL WHEN concerned THEN standing
                  WHEN standing <> 'not_met' THEN 'unknown' END AS standing
  FROM (SELECT id,
      CASE WHEN founded_after >= founded_first AND founded_by <= founded_last THEN 1
           WHEN founded_by < founded_first OR founded_after > founded_last THEN 0 END AS concerned,
      CASE WHEN started IN ('on', 'by') AND started_on < first THEN NULL
           WHEN started = 'on' AND started_on <= last THEN 'met'
           WHEN started IN ('on', 'not') THEN 'not_met' ELSE 'unknown' END AS standing
    FROM begun WHERE state IS NOT 'planned' OR started <> 'not');
-- T3: a decision to found or to expand in the period; waiting are those still proposed.
CREATE TEMP VIEW t3 AS
  SELECT id, CASE
      WHEN established_on BETWEEN first AND last
        OR EXISTS (SELECT 1 FROM step WHERE site_id = b.id AND milestone IN ('founded', 'expanded')
                   AND actual_on BETWEEN first AND last) THEN 'met'
      WHEN expanded_some_day THEN 'unknown'
      WHEN founded_after >= first AND founded_by <= last THEN 'met'
      WHEN founded_after > last OR (founded_after IS NULL AND state = 'planned')
        THEN CASE WHEN in_provincial_scheme = 0 THEN NULL ELSE 'not_met' END
      WHEN founded_by < first THEN NULL
      WHEN founded_after IS NULL AND (first_step_on < first OR construction_started_on < first
        OR EXISTS (SELECT 1 FROM station WHERE site_id = b.id AND commissioned_on < first)) THEN NULL
      ELSE 'unknown'
    END AS standing
  FROM begun b;
-- T1: every one of the thirteen items complete or not required, by its newest state.
CREATE TEMP VIEW item AS
  SELECT s.id, i.item_code, (
      -- Two rows of one day that say otherwise leave it open.
      SELECT CASE WHEN count(DISTINCT coalesce(r.status, '')) = 1 THEN min(r.status) END FROM work r
      WHERE r.site_id = s.id AND r.item_code = i.item_code
        AND coalesce(r.fence_side, 'inside') = 'inside' AND (r.state_date IS NULL OR r.state_date <= s.day)
        AND r.state_date IS (SELECT max(n.state_date) FROM work n WHERE n.site_id = s.id AND n.item_code = i.item_code
          AND coalesce(n.fence_side, 'inside') = 'inside' AND n.state_date <= s.day)) AS status
  FROM stood s, infrastructure_items_law i WHERE i.counted = 'true';
CREATE TEMP VIEW t1 AS
  SELECT s.id, CASE
      WHEN state IS NULL THEN 'unknown' WHEN state <> 'operating' THEN NULL
      WHEN sum(i.status NOT IN ('complete', 'not_required', 'unknown')) > 0 THEN 'not_met'
      WHEN sum(i.status IS NULL OR i.status = 'unknown') > 0 THEN 'unknown' ELSE 'met'
    END AS standing
  FROM stood s JOIN item i ON i.id = s.id GROUP BY s.id;
-- T5 and T4: a station, and one whose newest samples keep to Cmax.
CREATE TEMP VIEW t5 AS
  SELECT id, CASE WHEN state IS NULL THEN 'unknown' WHEN state = 'operating' THEN complies END AS standing
  FROM stood JOIN judged USING (id);
CREATE TEMP VIEW t5_has_station AS
  SELECT id, CASE WHEN state = 'operating' THEN built WHEN state IS NULL THEN built END AS standing
  FROM stood JOIN judged USING (id);
CREATE TEMP VIEW t4 AS
  SELECT id, CASE WHEN begun_on BETWEEN first AND last OR completed_on BETWEEN first AND last THEN complies
                  WHEN started = 'unknown' AND state IS NOT 'operating' THEN 'unknown' END AS standing
  FROM begun JOIN judged USING (id);";

const STATIONS: &str = "
CREATE TEMP TABLE station AS SELECT * FROM treatment_stations WHERE site_collection = 'clusters';
-- A point whose words say neither outlet nor elsewhere, or both, is of an unclear place: it stands, and is not judged.
CREATE TEMP TABLE sample AS
  SELECT *, CASE
      WHEN reported IS NULL THEN 0
      WHEN reported GLOB '[0-9]*' THEN censored <> 'none' OR abs(CAST(replace(reported, ',', '.') AS REAL) - value) > 1e-9
      WHEN censored = 'none' THEN value IS NOT NULL
      WHEN reported LIKE '<%'
        THEN abs(CAST(replace(substr(reported, 2), ',', '.') AS REAL) - coalesce(detection_limit, value)) > 1e-9
      ELSE 0
    END AS is_contradicted
  FROM (SELECT fid, station_id, sample_date, sample_point, lower(trim(parameter_code)) AS parameter, value,
      value_reported AS reported, coalesce(censored, 'none') AS censored, detection_limit, lower(unit) AS unit,
      sample_point IS NULL OR sample_point LIKE '%outlet%' OR sample_point LIKE '%đầu ra%' OR sample_point LIKE '%Đầu ra%'
        OR sample_point LIKE '%sau xử lý%' AS is_outlet,
      sample_point LIKE '%inlet%' OR sample_point LIKE '%Đầu vào%' OR sample_point LIKE '%thu gom%'
        OR sample_point = 'collection_network' AS is_elsewhere
    FROM effluent_samples)
  WHERE is_outlet OR is_elsewhere IS NOT 1;
CREATE INDEX temp.sample_index ON sample (station_id, sample_date);";

/// What was known of the stations on the day: made anew for each, because every count looks into it.
const STATIONS_ON_THE_DAY: &str = "
DROP TABLE IF EXISTS temp.known;
CREATE TEMP TABLE known AS
  SELECT s.*, status IN ('operating', 'trial', 'built_not_operating') AS is_built,
    CASE WHEN status IN ('operating', 'trial') THEN 1 WHEN status <> 'unknown' THEN 0 END AS runs
  FROM station s, ask
  WHERE coalesce(CASE WHEN status IN ('operating', 'trial') THEN coalesce(commissioned_on, status_date) ELSE status_date END, '')
    <= day;
-- The newest set of each outlet, of stations that run or may.
DROP TABLE IF EXISTS temp.outlet;
CREATE TEMP TABLE outlet AS
  SELECT k.id AS station_id, s.sample_point, max(s.sample_date) AS sample_date
  FROM known k JOIN sample s ON s.station_id = k.id, ask
  WHERE k.runs IS NOT 0 AND s.sample_date <= day AND (k.commissioned_on IS NULL OR s.sample_date >= k.commissioned_on)
  GROUP BY k.id, s.sample_point;
-- Cmax = C x Kq x Kf (QCVN 40:2011), C x K (QCVN 14:2008); column B alone for an urban drain, unless the permit names
-- another. Numbers that are not certain give no Cmax, nor does a standard whose successor was there when the point began.
DROP VIEW IF EXISTS temp.factor;
CREATE TEMP VIEW factor AS SELECT * FROM effluent_coefficients WHERE confidence IN ('verified', 'recalled-high');
DROP VIEW IF EXISTS temp.allowed;
CREATE TEMP VIEW allowed AS
  SELECT o.*, s.fid, s.parameter, s.value, s.censored, s.detection_limit, s.unit, lower(l.unit) AS limit_unit,
    coalesce(s.is_elsewhere, 0) = s.is_outlet OR s.is_contradicted IS 1 AS is_open,
    CASE WHEN instr(l.\"limit\", '-') > 0 THEN CAST(substr(l.\"limit\", 1, instr(l.\"limit\", '-') - 1) AS REAL) END AS low,
    CASE WHEN l.confidence NOT IN ('verified', 'recalled-high')
           OR (is_drain AND e.urban_drain_confidence NOT IN ('verified', 'recalled-high'))
           OR (o.sample_date > l.valid_to AND e.existing_permits_confidence NOT IN ('verified', 'recalled-high')) THEN NULL
         WHEN instr(l.\"limit\", '-') > 0 THEN CAST(substr(l.\"limit\", instr(l.\"limit\", '-') + 1) AS REAL)
         WHEN (is_drain AND e.urban_drain_column IS NOT NULL) OR l.coefficient_applies = 'false' OR e.coefficients IS NULL THEN CAST(l.\"limit\" AS REAL)
         WHEN e.coefficients = 'K' THEN l.\"limit\" * (SELECT value FROM factor
             WHERE standard = e.standard AND coefficient = 'K' AND class = 'premises_' || k.premises)
         ELSE l.\"limit\" * (SELECT value FROM factor
             WHERE standard = e.standard AND coefficient = 'Kq' AND class = water
               AND (size IS NULL OR (size > coalesce(CAST(lower_exclusive AS REAL), -1e99)
                                     AND size <= coalesce(CAST(upper_inclusive AS REAL), 1e99))))
           * (SELECT value FROM factor
             WHERE standard = e.standard AND coefficient = 'Kf' AND k.f_m3_day_permit > 0
               AND k.f_m3_day_permit > coalesce(CAST(lower_exclusive AS REAL), -1e99)
               AND k.f_m3_day_permit <= coalesce(CAST(upper_inclusive AS REAL), 1e99))
    END AS high
  FROM outlet o
    JOIN (SELECT *, receiving_kind IS 'urban_drain' AS is_drain,
        coalesce(env_permit_issued_on, commissioned_on, '') AS permitted_on,
        CASE WHEN receiving_kind IN ('river', 'canal') THEN iif(q_m3s IS NULL, 'river_no_data', 'river')
             WHEN receiving_kind = 'lake' THEN iif(v_1e6_m3 IS NULL, 'lake_no_data', 'lake')
             ELSE receiving_kind END AS water,
        CASE WHEN receiving_kind IN ('river', 'canal') THEN q_m3s WHEN receiving_kind = 'lake' THEN v_1e6_m3 END AS size
      FROM known) k ON k.id = o.station_id
    JOIN sample s ON s.station_id = o.station_id AND s.sample_point IS o.sample_point AND s.sample_date = o.sample_date
    LEFT JOIN effluent_standards e ON e.standard = k.effluent_standard AND e.limits_held = 'true'
      AND o.sample_date >= coalesce(e.in_force_from, '')
      AND o.sample_date <= coalesce(max(e.existing_permits_until, e.in_force_to), e.existing_permits_until, e.in_force_to, '9999')
      AND min(o.sample_date, permitted_on) < coalesce(
        (SELECT n.in_force_from FROM effluent_standards n WHERE n.standard = e.successor), '9999')
    LEFT JOIN effluent_limits l ON l.standard = e.standard AND lower(l.parameter_code) = s.parameter
      AND l.\"column\" = CASE WHEN is_drain AND e.urban_drain_column IS NOT NULL
          THEN iif(coalesce(k.effluent_column, e.urban_drain_column) = e.urban_drain_column, e.urban_drain_column, NULL)
          ELSE k.effluent_column END
      AND o.sample_date >= coalesce(l.valid_from, '')
      AND (l.valid_to IS NULL OR o.sample_date <= l.valid_to OR l.valid_to = e.in_force_to);
DROP TABLE IF EXISTS temp.verdict;
CREATE TEMP TABLE verdict AS
  SELECT *, CASE
      WHEN is_open OR high IS NULL OR unit IS NOT limit_unit OR value < 0 OR detection_limit < 0 THEN 'open'
      WHEN censored = 'none' AND value IS NULL THEN 'open'
      WHEN censored = 'none' AND low IS NOT NULL THEN iif(value BETWEEN low AND high, 'pass', 'fail')
      WHEN censored = 'none' THEN iif(value <= high + 1e-9, 'pass', 'fail')
      WHEN low IS NULL AND iif(censored = 'lt', coalesce(detection_limit, value), detection_limit) <= high + 1e-9 THEN 'pass'
      ELSE 'open'
    END AS verdict
  FROM allowed;
DROP TABLE IF EXISTS temp.wanted;
CREATE TEMP TABLE wanted AS
  SELECT k.id AS station_id, lower(trim(p.value)) AS parameter
  FROM known k, json_each('[\"' || replace(k.permit_parameters, ',', '\",\"') || '\"]') p WHERE k.permit_parameters IS NOT NULL;
CREATE INDEX temp.verdict_index ON verdict (station_id, parameter);
DROP TABLE IF EXISTS temp.outlet_set;
CREATE TEMP TABLE outlet_set AS
  SELECT o.*, CASE
      WHEN EXISTS (SELECT 1 FROM verdict v WHERE v.station_id = o.station_id AND v.sample_point IS o.sample_point
                   AND v.verdict = 'fail') THEN 'breached'
      WHEN EXISTS (SELECT 1 FROM wanted w WHERE w.station_id = o.station_id)
       AND NOT EXISTS (SELECT 1 FROM wanted w WHERE w.station_id = o.station_id AND coalesce((
             SELECT min(v.verdict = 'pass') FROM verdict v WHERE v.station_id = o.station_id
               AND v.sample_point IS o.sample_point AND v.parameter = w.parameter), 0) = 0) THEN 'met'
      ELSE 'unknown'
    END AS outcome
  FROM outlet o;
DROP TABLE IF EXISTS temp.judged;
CREATE TEMP TABLE judged AS
  SELECT c.id,
    CASE WHEN count(k.id) = 0 THEN 'unknown' WHEN sum(k.is_built) > 0 THEN 'met'
         WHEN sum(k.status IS NULL OR k.status = 'unknown') > 0 THEN 'unknown' ELSE 'not_met' END AS built,
    CASE
      WHEN count(k.id) = 0 THEN 'unknown'
      WHEN sum(k.runs IS NOT 0) = 0 THEN 'not_met'
      WHEN sum(k.breached) > 0 THEN 'not_met'
      WHEN sum(k.runs IS NOT 0 AND NOT k.is_clean) > 0 THEN 'unknown'
      WHEN sum(k.status = 'operating') > 0 THEN 'met'
      ELSE 'unknown'
    END AS complies
  FROM clusters c LEFT JOIN (
    SELECT k.*, EXISTS (SELECT 1 FROM outlet_set WHERE station_id = k.id AND outcome = 'breached') AS breached,
      k.runs IS 1 AND EXISTS (SELECT 1 FROM outlet_set WHERE station_id = k.id)
        AND NOT EXISTS (SELECT 1 FROM outlet_set WHERE station_id = k.id AND outcome <> 'met')
        AND NOT EXISTS (SELECT 1 FROM effluent_standards e JOIN effluent_standards n ON n.standard = e.successor, ask
          WHERE e.standard = k.effluent_standard AND n.in_force_from <= day
            AND coalesce(k.env_permit_issued_on, k.commissioned_on) >= n.in_force_from) AS is_clean
    FROM known k) k ON k.site_id = c.id
  GROUP BY c.id;";

/// What SQL says on each day.
struct Sql(Connection);

impl Sql {
    fn open(store: &Path) -> Sql {
        let connection = Connection::open(store).unwrap();
        for table in ["effluent_standards", "effluent_limits", "effluent_coefficients", "plan_targets"] {
            load(&connection, table, table);
        }
        // A register has the file's name.
        load(&connection, "infrastructure_items", "infrastructure_items_law");
        for script in [ASKED, CLUSTERS, STATIONS, COUNTS] {
            connection.execute_batch(script).unwrap();
        }
        Sql(connection)
    }

    fn counts(&self, day: NaiveDate) -> Counts {
        // The plan of the year or of the newest earlier one; before all of them, the year itself.
        let asked = "
            INSERT INTO ask SELECT ?1, year || '-01-01', min(?1, year || '-12-31'),
              coalesce((SELECT founded_from || '-01-01' FROM plan_targets WHERE CAST(plan_year AS INTEGER) = year AND kind = 'ground_broken'), ''),
              coalesce((SELECT founded_to || '-12-31' FROM plan_targets WHERE CAST(plan_year AS INTEGER) = year AND kind = 'ground_broken'),
                       min(?1, year || '-12-31'))
            FROM (SELECT coalesce(max(CAST(plan_year AS INTEGER)), ?2) AS year FROM plan_targets
                  WHERE CAST(plan_year AS INTEGER) <= ?2)";
        self.0.execute("DELETE FROM ask", []).unwrap();
        self.0.execute(asked, params![day.to_string(), day.year()]).unwrap();
        self.0.execute_batch(STATIONS_ON_THE_DAY).unwrap();
        let views = [
            ("T1", "t1"),
            ("T2", "t2"),
            ("T3", "t3"),
            ("T4", "t4"),
            ("T5", "t5"),
            ("T5 has_station", "t5_has_station"),
        ];
        views.map(|(name, view)| (name.to_owned(), self.count(view))).into_iter().collect()
    }

    fn count(&self, view: &str) -> [Vec<String>; 3] {
        ["met", "not_met", "unknown"].map(|standing| {
            let sql = format!("SELECT id FROM {view} WHERE standing = ? ORDER BY id");
            let mut statement = self.0.prepare(&sql).unwrap();
            let ids = statement.query_map([standing], |row| row.get(0)).unwrap();
            ids.map(|id| id.unwrap()).collect()
        })
    }
}

/// What our code says.
fn ours(standards: &Standards, snapshot: &Snapshot, day: NaiveDate) -> Counts {
    let ids = |tally: &Tally| [tally.met.clone(), tally.not_met.clone(), tally.unknown.clone()];
    let mut counts = Counts::new();
    for target in targets(standards, &snapshot.review_on(day), None, None) {
        let code = target.code.as_str();
        counts.insert(code.to_owned(), ids(&target.tally));
        for also in target.also.iter().filter(|also| code == "T5" && also.name == "has_station") {
            counts.insert(format!("{code} {}", also.name), ids(&also.tally));
        }
    }
    counts
}

/// Holds both against each other on every day; gives how many clusters stood how over all of them.
fn compare(store: &Path) -> BTreeMap<String, [usize; 3]> {
    let standards = Arc::new(Standards::bundled().unwrap());
    let opened = GpkgStore::open(store).unwrap();
    let snapshot = publish(&opened, &standards, "2026-11-25".parse().unwrap()).unwrap();
    let sql = Sql::open(store);
    let mut seen: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    for day in DAYS {
        let day = day.parse().unwrap();
        let (expected, found) = (sql.counts(day), ours(&standards, &snapshot, day));
        assert_eq!(expected.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>());
        for (name, expected) in expected {
            assert_eq!(expected, found[&name], "{name} on {day}: met, not met, unknown; SQL left, ours right");
            let counts = seen.entry(name).or_default();
            for (count, ids) in counts.iter_mut().zip(&expected) {
                *count += ids.len();
            }
        }
    }
    seen
}

#[test]
fn the_sample_gives_the_same_clusters_in_sql_on_every_day() {
    let folder = tempfile::tempdir().unwrap();
    let seen = compare(&common::sample_store(folder.path()));
    assert!(seen["T5"].iter().all(|count| *count > 0), "{seen:?}");
}

/// Dice that give the same registers in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        // Knuth's MMIX generator; its high bits are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides
    }

    fn of<T: Copy>(&mut self, faces: &[T]) -> T {
        faces[self.below(faces.len())]
    }
}

/// A register of random rows: each with an id and values of some fields, as text; nothing leaves a field empty.
struct Register {
    collection: &'static str,
    rows: Vec<(String, Vec<(&'static str, String)>)>,
}

impl Register {
    fn write(self, store: &GpkgStore) {
        let collection = catalog::collection(self.collection).unwrap();
        let mut drafts = self.rows.into_iter().map(|(id, cells)| {
            let mut values = vec![Value::Null; collection.stored_fields().count()];
            for (name, text) in cells.into_iter().filter(|(_, text)| !text.is_empty()) {
                let (at, field) = collection.field(name).unwrap();
                values[at] = field.data_type.parse(&text).unwrap_or_else(|| panic!("{name} = {text}"));
            }
            Ok(Draft { id: Some(FeatureId::parse(&id).unwrap()), values, shape: None })
        });
        let origin = Origin { who: "test".to_owned(), what: "dice".to_owned(), why: None };
        store.apply(Change { collection, mode: Mode::Append, drafts: &mut drafts, origin }).unwrap();
    }
}

/// Registers in which anything may be missing.
fn diced_store(path: &Path, seed: u64) {
    let mut dice = Dice(seed);
    let day = |dice: &mut Dice| match dice.below(5) {
        0 => String::new(),
        _ => format!("{}-{:02}-{:02}", 2018 + dice.below(9), 1 + dice.below(12), 1 + dice.below(28)),
    };
    let [mut clusters, mut steps, mut items, mut stations, mut samples] =
        ["clusters", "milestones", "infrastructure_items", "treatment_stations", "effluent_samples"]
            .map(|collection| Register { collection, rows: Vec::new() });
    for n in 0..160 {
        let id = format!("c{n:03}");
        let of_site = || vec![("site_collection", "clusters".to_owned()), ("site_id", id.clone())];
        let status =
            dice.of(&["", "planned", "established", "under_construction", "operating", "operating", "operating"]);
        let year = match dice.below(3) {
            0 => String::new(),
            _ => (2016 + dice.below(11)).to_string(),
        };
        let founded = if dice.below(3) == 0 { day(&mut dice) } else { String::new() };
        let begun = if dice.below(3) == 0 { day(&mut dice) } else { String::new() };
        clusters.rows.push((
            id.clone(),
            vec![
                ("name_vi", id.clone()),
                ("status", status.to_owned()),
                ("established_year", year),
                ("established_on", founded),
                ("construction_started_on", begun),
                ("in_provincial_scheme", dice.of(&["", "true", "false"]).to_owned()),
            ],
        ));
        for m in 0..dice.below(6) {
            let kind = dice.of(&[
                "founded",
                "expanded",
                "ground_broken",
                "construction_completed",
                "in_operation",
                "plan_approved",
            ]);
            let cells = [("milestone", kind.to_owned()), ("planned_on", day(&mut dice)), ("actual_on", day(&mut dice))];
            steps.rows.push((format!("{id}-m{m}"), [of_site(), cells.to_vec()].concat()));
        }
        let usual = dice.of(&["complete", "complete", "not_required", "partial", ""]);
        let odd = dice.below(40);
        for (at, item) in catalog::INFRASTRUCTURE_ITEM.iter().enumerate() {
            for again in 0..1 + usize::from(dice.below(12) == 0) {
                let status = if at == odd { dice.of(&["missing", "unknown", "complete"]) } else { usual };
                let cells = [
                    ("item_code", item.code.to_owned()),
                    ("status", status.to_owned()),
                    ("state_date", if dice.below(4) == 0 { day(&mut dice) } else { "2020-01-01".to_owned() }),
                    ("fence_side", dice.of(&["", "inside", "inside", "outside"]).to_owned()),
                ];
                // Two rows of one day have no newest: they say the same here.
                let cells = if again == 1 { with_later_day(cells) } else { cells };
                items.rows.push((format!("{id}-{}-{again}", item.code), [of_site(), cells.to_vec()].concat()));
            }
        }
        for s in 0..dice.of(&[0, 1, 1, 1, 2]) {
            let station = format!("{id}-s{s}");
            let cells = [
                (
                    "status",
                    dice.of(&[
                        "",
                        "none",
                        "planned",
                        "unfinished",
                        "trial",
                        "unknown",
                        "operating",
                        "operating",
                        "operating",
                        "operating",
                    ]),
                ),
                (
                    "effluent_standard",
                    dice.of(&[
                        "",
                        "QCVN40_2011",
                        "QCVN40_2011",
                        "QCVN40_2011",
                        "QCVN40_2011",
                        "QCVN14_2008",
                        "QCVN40_2025",
                        "OTHER",
                    ]),
                ),
                ("effluent_column", dice.of(&["", "A", "B", "B", "B", "C"])),
                (
                    "receiving_kind",
                    dice.of(&[
                        "",
                        "river",
                        "river",
                        "river",
                        "canal",
                        "lake",
                        "urban_drain",
                        "coastal_other",
                        "coastal",
                    ]),
                ),
                ("q_m3s", dice.of(&["", "10", "50", "50.5", "300", "900"])),
                ("v_1e6_m3", dice.of(&["", "10", "10.5", "400"])),
                ("f_m3_day_permit", dice.of(&["", "50", "500", "500", "501", "501", "6000", "0"])),
                ("premises", dice.of(&["", "large", "small"])),
                ("permit_parameters", dice.of(&["", "cod", "ph,cod", "COD, bod5", "ph"])),
            ];
            let issued_on = match dice.below(6) {
                0 => day(&mut dice),
                1 => "2025-10-05".to_owned(),
                _ => String::new(),
            };
            let dates = [
                ("status_date", day(&mut dice)),
                ("commissioned_on", day(&mut dice)),
                ("env_permit_issued_on", issued_on),
            ];
            let cells = cells.map(|(name, text)| (name, text.to_owned()));
            stations.rows.push((station.clone(), [of_site(), cells.to_vec(), dates.to_vec()].concat()));
            for round in 0..dice.below(6) {
                let on = format!("{}-{:02}-15", 2020 + dice.below(7), 1 + dice.below(12));
                let point = match dice.below(40) {
                    0 => "Hố ga số 3",
                    1 => "Đầu ra hố thu gom",
                    2..=4 => dice.of(&["inlet", "Đầu vào trạm", "collection_network"]),
                    5..=8 => "outlet 2",
                    9..=12 => "Đầu ra trạm",
                    _ => "",
                };
                for (code, unit, values) in [
                    ("cod", "mg/l", ["60", "90", "74.25", "300"]),
                    ("ph", "-", ["7", "7.2", "5.4", "9"]),
                    ("bod5", "mg/l", ["20", "30", "49.5", "200"]),
                ] {
                    // Two sets of one day at one point would contradict each other; that is held elsewhere.
                    let taken = samples.rows.iter().any(|(_, cells)| {
                        let has = |name: &str, text: &str| cells.iter().any(|(n, t)| *n == name && t == text);
                        has("station_id", &station)
                            && has("sample_date", &on)
                            && has("sample_point", point)
                            && has("parameter_code", code)
                    });
                    if taken || dice.below(15) == 0 {
                        continue;
                    }
                    let value = if dice.below(10) == 0 {
                        values[3]
                    } else {
                        {
                            let many = 2 + usize::from(dice.below(3) == 0);
                            dice.of(&values[..many])
                        }
                    };
                    let (value, censored, detection) = match dice.below(30) {
                        0 => ("", "nd", "3"),
                        1 => ("", "nd", ""),
                        2 => ("", "lt", "5"),
                        3 => ("", "none", ""),
                        _ => (value, "none", ""),
                    };
                    let as_written = value.replace('.', ",");
                    let reported = match (value, censored) {
                        ("", "nd") => dice.of(&["", "KPH", "KPH", "7"]),
                        ("", "lt") => dice.of(&["", "< 5", "< 5", "<6", "7"]),
                        ("", _) => "",
                        _ => match dice.below(50) {
                            0 => "999",
                            1 => "< 5",
                            2 => "KPH",
                            3 => "không rõ",
                            _ => as_written.as_str(),
                        },
                    };
                    let unit = if dice.below(30) == 0 { "ppm" } else { unit };
                    let cells = [
                        ("station_id", station.as_str()),
                        ("sample_date", on.as_str()),
                        ("sample_point", point),
                        ("parameter_code", code),
                        ("value", value),
                        ("value_reported", reported),
                        ("censored", censored),
                        ("detection_limit", detection),
                        ("unit", unit),
                    ];
                    let cells = cells.map(|(name, text)| (name, text.to_owned())).to_vec();
                    samples.rows.push((format!("{station}-{round}-{code}"), cells));
                }
            }
        }
    }
    // Too rare for the dice: a clean sample of before the successor, and a permit of after it.
    let cells = |cells: &[(&'static str, &str)]| cells.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
    clusters.rows.push(("renewed".to_owned(), cells(&[("name_vi", "Cụm"), ("status", "operating")])));
    let station = [
        ("site_collection", "clusters"),
        ("site_id", "renewed"),
        ("status", "operating"),
        ("env_permit_issued_on", "2025-10-05"),
        ("effluent_standard", "QCVN40_2011"),
        ("effluent_column", "B"),
        ("receiving_kind", "river"),
        ("f_m3_day_permit", "500"),
        ("permit_parameters", "cod"),
    ];
    stations.rows.push(("renewed-s".to_owned(), cells(&station)));
    let sample = [
        ("station_id", "renewed-s"),
        ("sample_date", "2025-05-15"),
        ("parameter_code", "cod"),
        ("value", "60"),
        ("unit", "mg/l"),
    ];
    samples.rows.push(("renewed-cod".to_owned(), cells(&sample)));
    let store = GpkgStore::create(path).unwrap();
    for register in [clusters, steps, items, stations, samples] {
        register.write(&store);
    }
    store.close().unwrap();
}

fn with_later_day(cells: [(&'static str, String); 4]) -> [(&'static str, String); 4] {
    cells.map(|(name, text)| if name == "state_date" { (name, "2026-12-31".to_owned()) } else { (name, text) })
}

#[test]
fn registers_full_of_gaps_give_the_same_clusters_in_sql_on_every_day() {
    let mut seen: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    for seed in [1, 2, 3, 4, 5] {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("diced.gpkg");
        diced_store(&store, seed);
        for (name, counts) in compare(&store) {
            let all = seen.entry(name).or_default();
            all.iter_mut().zip(counts).for_each(|(all, count)| *all += count);
        }
    }
    let occurs = |counts: &[usize; 3]| counts.iter().all(|count| *count > 0);
    assert!(seen.len() == 6 && seen.values().all(occurs), "a case never occurs: {seen:?}");
}

//! The resources over all sites, and the effluent of one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::common::http::{Answer, get, get_with, json, links};
use crate::common::{READABLE, Server, count, sample_store, serve};

const OVER_ALL: [&str; 4] = ["targets", "duties", "quality", "outcomes"];

/// Header and rows of a CSV answer.
fn table(answer: &Answer) -> (Vec<String>, Vec<Vec<String>>) {
    assert_eq!((answer.status, answer.media_type()), (200, "text/csv"));
    let text = answer.text().strip_prefix('\u{FEFF}').expect("a byte order mark, which makes Excel read UTF-8");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    (header, rows)
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn target(document: &Value, code: &str) -> Value {
    document.as_array().unwrap().iter().find(|target| target["code"] == code).unwrap().clone()
}

#[test]
fn every_fault_of_the_parameters_is_named_at_once() {
    let faults = get("/compliance/targets?as-of=2025-02-30&plan-year=2024&by=street&limit=5&f=pdf").faults();
    assert_eq!(faults, ["limit", "as-of", "plan-year", "by", "f"]);
    for resource in ["duties", "quality", "outcomes"] {
        let faults = get(&format!("/compliance/{resource}?by=district&as-of=yesterday")).faults();
        assert_eq!(faults, ["by", "as-of"], "{resource}");
    }
    assert_eq!(get("/compliance/outcomes?f=html").faults(), ["f"], "outcomes are for download");
    assert_eq!(get("/compliance/clusters/phu-thi-gia-lam/effluent?as-of=1").faults(), ["as-of"]);
    assert_eq!(get_with("/compliance/targets", &[("Accept", "image/png")]).status, 406);
}

#[test]
fn a_form_may_leave_its_fields_empty() {
    assert_eq!(json("/compliance/targets?as-of=&plan-year=&by=&f=json"), json("/compliance/targets"));
}

#[test]
fn a_store_without_registers_has_nothing_to_review() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("other.gpkg");
    let source = folder.path().join("table.csv");
    std::fs::write(&source, "a,b\n1,2\n").unwrap();
    crate::common::succeed(&[
        "import",
        source.to_str().unwrap(),
        "--collection",
        "plain",
        "--store",
        folder.path().join("ours.gpkg").to_str().unwrap(),
    ]);
    // A stranger's file: the tables of ours that say so are taken out of it.
    crate::common::succeed(&[
        "export",
        "plain",
        store.to_str().unwrap(),
        "--store",
        folder.path().join("ours.gpkg").to_str().unwrap(),
    ]);
    let server = Server::start(&mut serve(&store));
    for resource in OVER_ALL {
        let answer = server.get(&format!("/compliance/{resource}"));
        assert_eq!((answer.status, answer.media_type()), (404, "application/problem+json"), "{resource}");
    }
    assert!(!server.json("/")["links"].to_string().contains("/compliance/"));
}

#[test]
fn sites_that_are_not_there_have_no_effluent() {
    for path in ["clusters/nowhere", "waterways/song-hong", "nothing/x"] {
        assert_eq!(get(&format!("/compliance/{path}/effluent")).status, 404, "{path}");
    }
}

#[test]
fn every_resource_is_linked_described_and_answers_in_each_of_its_formats() {
    let linked: BTreeSet<String> =
        links(&json("/")).iter().map(|link| link["href"].as_str().unwrap().to_owned()).collect();
    let definition = json("/api");
    for resource in OVER_ALL {
        assert!(linked.iter().any(|href| href.contains(&format!("/compliance/{resource}"))), "{resource}");
        let described = &definition["paths"][format!("/compliance/{resource}")]["get"]["responses"]["200"]["content"];
        for (media_type, _) in described.as_object().unwrap() {
            let answer = get_with(&format!("/compliance/{resource}"), &[("Accept", media_type)]);
            assert_eq!((answer.status, answer.media_type()), (200, media_type.as_str()), "{resource}");
        }
        let saved = get(&format!("/compliance/{resource}?f=csv&as-of=2025-06-30"));
        let name = format!("attachment; filename=\"{resource}-2025-06-30.csv\"");
        assert_eq!(saved.header("content-disposition"), Some(name.as_str()));
    }
    let site = "/compliance/clusters/phu-thi-gia-lam";
    let effluent = format!("{}{site}/effluent", READABLE.server.url);
    assert!(links(&json(site)).iter().any(|link| link["href"] == effluent));
    assert!(definition["paths"]["/compliance/{collectionId}/{featureId}/effluent"].is_object());
}

/// The numbers of a count follow from its ids.
fn assert_counted(count: &Value, unit: &str) {
    let ids = |name: &str| texts(&count["ids"][name]);
    let (met, not_met, unknown) = (ids("met"), ids("not_met"), ids("unknown"));
    let all = met.len() + not_met.len() + unknown.len();
    assert_eq!(count["numerator"], met.len());
    assert_eq!(count["denominator"], all);
    assert_eq!(count["unknown"], unknown.len());
    assert_eq!(met.iter().chain(&not_met).chain(&unknown).collect::<BTreeSet<_>>().len(), all, "each id once");
    if unit == "%" && all == 0 {
        assert!(count["value"].is_null() && count["interval"].is_null());
        return;
    }
    let scaled = |n: usize| if unit == "%" { 100.0 * n as f64 / all as f64 } else { n as f64 };
    let near = |value: &Value, wanted: f64| (value.as_f64().unwrap() - wanted).abs() < 1e-4;
    assert!(near(&count["value"], scaled(met.len())));
    assert!(near(&count["interval"][0], scaled(met.len())));
    assert!(near(&count["interval"][1], scaled(met.len() + unknown.len())));
}

#[test]
fn targets_are_counted_from_their_ids_and_groups_add_up() {
    for query in
        ["", "?as-of=2023-12-31&by=district", "?as-of=2025-07-01&by=commune", "?by=investor&plan-year=2023", "?by=year"]
    {
        let document = json(&format!("/compliance/targets{query}"));
        let codes: Vec<_> = document.as_array().unwrap().iter().map(|target| target["code"].clone()).collect();
        assert_eq!(codes, ["T1", "T2", "T3", "T4", "T5"]);
        for target in document.as_array().unwrap() {
            let unit = target["unit"].as_str().unwrap();
            assert_counted(target, unit);
            for also in target["also"].as_object().into_iter().flat_map(|also| also.values()) {
                assert_counted(also, unit);
            }
            let groups = target["groups"].as_array().unwrap();
            groups.iter().for_each(|group| assert_counted(group, unit));
            if query.contains("by=") {
                let sum: u64 = groups.iter().map(|group| group["denominator"].as_u64().unwrap()).sum();
                assert_eq!(target["denominator"], sum, "{query}");
                assert!(groups.iter().all(|group| group["key"].is_string() && group["title"]["vi"].is_string()));
            } else {
                assert!(groups.is_empty());
            }
            assert!(target["title"]["vi"].is_string() && target["title"]["en"].is_string());
        }
    }
}

#[test]
fn the_plan_of_a_day_is_named_and_says_whether_it_is_that_of_the_year() {
    let plan = |query: &str| target(&json(&format!("/compliance/targets?{query}")), "T2")["plan"].clone();
    let told = |plan: &Value| (plan["year"].clone(), plan["no"].clone(), plan["is_current"].clone());
    assert_eq!(told(&plan("as-of=2023-06-30")), (2023.into(), "97/KH-UBND".into(), true.into()));
    assert_eq!(told(&plan("as-of=2024-06-30")), (2023.into(), "97/KH-UBND".into(), false.into()));
    assert_eq!(told(&plan("as-of=2024-06-30&plan-year=2025")), (2025.into(), "20/KH-UBND".into(), false.into()));
    assert_eq!(told(&plan("as-of=2019-06-30")), (Value::Null, Value::Null, false.into()));
    let t2 = target(&json("/compliance/targets?as-of=2023-12-31"), "T2");
    assert_eq!(
        (t2["goal"]["min"].as_f64(), t2["goal"]["max"].as_f64(), &t2["unit"]),
        (Some(10.0), Some(20.0), &"count".into())
    );
    // Three clusters of 2019 broke ground on 6 September 2023, as the press says.
    assert_eq!(texts(&t2["ids"]["met"]), ["duc-tu-dong-anh", "lien-ha-2-dong-anh", "thuy-lam-dong-anh"]);
}

#[test]
fn the_wastewater_target_says_the_same_as_the_map() {
    let t5 = target(&json("/compliance/targets"), "T5");
    let standing = |id: &str| {
        let of = |name: &str| texts(&t5["ids"][name]).contains(&id.to_owned());
        if of("met") {
            "compliant"
        } else if of("not_met") {
            "non_compliant"
        } else {
            "unknown"
        }
    };
    let page = json("/collections/clusters/items?status=operating&limit=1000");
    let features = page["features"].as_array().unwrap();
    assert!(!features.is_empty());
    for feature in features {
        let id = feature["id"].as_str().unwrap();
        assert_eq!(feature["properties"]["wastewater_status"], standing(id), "{id}");
    }
}

#[test]
fn tables_hold_what_the_documents_do() {
    let (header, rows) = table(&get("/compliance/targets?f=csv&as-of=2023-12-31&by=district"));
    let at = |name: &str| header.iter().position(|column| column == name).unwrap();
    let document = json("/compliance/targets?as-of=2023-12-31&by=district");
    let main: Vec<_> = rows.iter().filter(|row| row[at("part")] == "target").collect();
    assert_eq!(main.len(), 5);
    for row in main {
        let target = target(&document, &row[at("code")]);
        assert_eq!(row[at("numerator")], target["numerator"].to_string());
        assert_eq!(row[at("ids_unknown")], texts(&target["ids"]["unknown"]).join(" "));
        assert_eq!(row[at("as_of")], "2023-12-31");
    }
    let groups: usize = document.as_array().unwrap().iter().map(|t| t["groups"].as_array().unwrap().len()).sum();
    assert_eq!(rows.iter().filter(|row| row[at("part")] == "group").count(), groups);
    let lines = |resource: &str| table(&get(&format!("/compliance/{resource}"))).1.len();
    let items: usize =
        json("/compliance/duties").as_array().unwrap().iter().map(|duty| duty["items"].as_array().unwrap().len()).sum();
    assert_eq!(lines("duties?f=csv"), items);
    assert_eq!(lines("quality?f=csv"), json("/compliance/quality")["findings"].as_array().unwrap().len());
    assert_eq!(lines("outcomes?f=csv"), json("/compliance/outcomes").as_array().unwrap().len());
}

#[test]
fn outcomes_have_one_line_for_each_site_and_rule() {
    let outcomes = json("/compliance/outcomes");
    let rules = json("/compliance/rules");
    let rules = rules.as_array().unwrap().iter().filter(|rule| rule["concerns"] == "sites").count();
    let sites =
        ["clusters", "craft_villages"].map(|table| count(&READABLE.store, &format!("SELECT count(*) FROM {table}")));
    assert_eq!(outcomes.as_array().unwrap().len(), rules * sites.iter().sum::<usize>());
    let site = json("/compliance/clusters/phu-thi-gia-lam");
    let told: BTreeMap<_, _> = site["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| (rule["rule"].as_str().unwrap(), rule["outcome"].as_str().unwrap()))
        .collect();
    let lines = outcomes.as_array().unwrap().iter();
    let lines: BTreeMap<_, _> = lines
        .filter(|line| line["id"] == "phu-thi-gia-lam" && line["advice"] == false)
        .map(|line| (line["rule"].as_str().unwrap(), line["outcome"].as_str().unwrap()))
        .collect();
    assert_eq!(told, lines);
}

#[test]
fn duties_name_their_actor_of_the_day_and_rows_that_are_there() {
    let duty = |query: &str, code: &str| target(&json(&format!("/compliance/duties{query}")), code);
    assert_eq!(duty("?as-of=2025-06-30", "D7")["actor"]["vi"], "UBND quận, huyện, thị xã");
    assert_ne!(duty("?as-of=2025-07-01", "D7")["actor"]["vi"], "UBND quận, huyện, thị xã");
    assert_eq!(
        duty("", "D1")["items"].as_array().unwrap().len(),
        count(&READABLE.store, "SELECT count(*) FROM clusters")
    );
    for code in ["D3", "D14"] {
        let empty = duty("", code);
        assert!(empty["items"].as_array().unwrap().is_empty() && empty["note"]["vi"].is_string(), "{code}");
    }
    for duty in json("/compliance/duties").as_array().unwrap() {
        let Some(item) = duty["items"].as_array().unwrap().first() else { continue };
        let path = |of: &Value| {
            format!("/collections/{}/items/{}", of["collection"].as_str().unwrap(), of["id"].as_str().unwrap())
        };
        assert_eq!((get(&path(item)).status, get(&path(&item["site"])).status), (200, 200), "{item}");
        assert!(
            item["what"]["vi"].is_string() && item["responsible"]["en"].is_string() && item["is_demo"].is_boolean()
        );
    }
}

#[test]
fn a_sample_stands_against_its_limit_in_the_series_and_in_the_assessment_alike() {
    let assessed = json("/compliance/clusters/phu-thi-gia-lam");
    let rule = target_of(&assessed["rules"], "rule", "ENV-EFFLUENT");
    let series = json("/compliance/clusters/phu-thi-gia-lam/effluent");
    let points: BTreeMap<String, Value> = series["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|parameter| parameter["series"].as_array().unwrap())
        .flat_map(|series| series["points"].as_array().unwrap())
        .map(|point| (point["sample_id"].as_str().unwrap().to_owned(), point.clone()))
        .collect();
    let evidence = rule["evidence"].as_array().unwrap();
    assert!(!evidence.is_empty());
    for row in evidence.iter().filter(|row| row["collection"] == "effluent_samples") {
        let point = &points[row["id"].as_str().unwrap()];
        assert_eq!((&point["verdict"], &point["date"]), (&row["verdict"], &row["date"]), "{row}");
    }
    let past = json("/compliance/clusters/phu-thi-gia-lam/effluent?as-of=2024-06-30");
    let days = past["parameters"].to_string();
    assert!(!days.contains("\"date\":\"2024-07") && !days.contains("\"date\":\"2025"), "nothing of later days");
    assert!(table(&get("/compliance/clusters/phu-thi-gia-lam/effluent?f=csv")).1.len() == points.len());
}

fn target_of(list: &Value, key: &str, value: &str) -> Value {
    list.as_array().unwrap().iter().find(|entry| entry[key] == value).unwrap().clone()
}

#[test]
fn what_another_program_wrote_wrongly_is_found_with_its_row() {
    let folder = tempfile::tempdir().unwrap();
    let store = sample_store(folder.path());
    let site = "phu-thi-gia-lam";
    let sql = format!(
        "INSERT INTO infrastructure_items (id, site_collection, site_id, item_code, status, built_pct, is_demo)
           VALUES ('bad-word', 'clusters', '{site}', 'ROAD', 'half', 120, 0);
         INSERT INTO milestones (id, site_collection, site_id, milestone, actual_on, is_demo)
           VALUES ('lost', 'clusters', 'nowhere', 'founded', '2020-01-01', 0),
                  ('to-come', 'clusters', '{site}', 'expanded', '2999-01-01', 0)"
    );
    rusqlite::Connection::open(&store).unwrap().execute_batch(&sql).unwrap();
    let server = Server::start(&mut serve(&store));
    let document = server.json("/compliance/quality");
    let found = |id: &str| target_of(&document["findings"], "id", id);
    let kinds: BTreeSet<_> = document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["id"] == "bad-word")
        .map(|finding| (finding["kind"].as_str().unwrap(), finding["field"].as_str().unwrap()))
        .collect();
    assert_eq!(kinds, BTreeSet::from([("impossible_value", "built_pct"), ("unknown_word", "status")]));
    assert_eq!((&found("lost")["kind"], &found("lost")["site"]), (&"orphan".into(), &Value::Null));
    assert_eq!((&found("to-come")["kind"], &found("to-come")["site"]["id"]), (&"future_date".into(), &site.into()));
    let sum: u64 = document["counts"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(document["findings"].as_array().unwrap().len() as u64, sum);
}

#[test]
fn names_that_look_like_formulas_or_markup_stay_text() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("langxanh.gpkg");
    let source = folder.path().join("clusters.csv");
    std::fs::write(&source, "id,name_vi,status\nbad,\"=HYPERLINK(\"\"http://x\"\")<script>\",operating\n").unwrap();
    crate::common::succeed(&[
        "import",
        source.to_str().unwrap(),
        "--collection",
        "clusters",
        "--id-field",
        "id",
        "--store",
        store.to_str().unwrap(),
    ]);
    let server = Server::start(&mut serve(&store));
    let (header, rows) = table(&server.get("/compliance/duties?f=csv"));
    let at = header.iter().position(|column| column == "site_name").unwrap();
    assert!(rows.iter().all(|row| row[at] == "'=HYPERLINK(\"http://x\")<script>"), "{:?}", rows.first());
    for resource in ["targets", "duties"] {
        let page = server.get(&format!("/compliance/{resource}?f=html"));
        assert!(page.text().contains("HYPERLINK") && !page.text().contains("<script"), "{resource}: a name stays text");
    }
}

#[test]
fn pages_link_each_cluster_to_the_map_and_its_record_and_keep_what_was_chosen() {
    let page = get("/compliance/targets?f=html&as-of=2023-12-31&plan-year=2023&by=district");
    let base = &READABLE.server.url;
    for link in ["/?f=html#clusters/duc-tu-dong-anh", "/collections/clusters/items/duc-tu-dong-anh?f=html"] {
        let then = format!("href=\"{base}{link}&#38;as-of=2023-12-31\"");
        assert!(page.text().contains(&then), "{link}");
        let now = format!("href=\"{base}{link}\"");
        assert!(get("/compliance/targets?f=html&plan-year=2023").text().contains(&now), "{link}");
    }
    for kept in ["value=\"2023-12-31\"", "value=\"2023\" selected", "value=\"district\" selected"] {
        assert!(page.text().contains(kept), "{kept}");
    }
    assert!(
        !page.text().contains("<script")
            && page.header("content-security-policy").unwrap().contains("default-src 'none'")
    );
    assert!(page.text().contains("aria-label=\"3/14 cụm đạt, 6 chưa rõ\""), "a bar says its numbers");
}

#[test]
fn the_first_and_the_last_day_of_the_calendar_are_answered() {
    for day in ["0001-01-01", "9999-12-31"] {
        for resource in OVER_ALL {
            assert_eq!(get(&format!("/compliance/{resource}?as-of={day}")).status, 200, "{resource} on {day}");
        }
    }
}

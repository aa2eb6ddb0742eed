//! Hotspots as pages that need no script.

use super::Answer;
use crate::api::html::{Cell, Page, linked, sentence, text};
use crate::compliance::Standards;
use crate::domain::catalog;
use crate::ogc::hotspots as documents;
use crate::publish::Snapshot;
use crate::publish::derived::hotspots::{GroundSite, HotspotGround, class_word};

/// A page lists at most so many cells or sites; all of them are in the files.
const MAX_ROWS: usize = 200;

fn number(number: f64) -> Cell {
    text(format!("{number:.3}"))
}

fn class(word: &str) -> Cell {
    let declared = catalog::collection("hotspots").and_then(|collection| collection.field("hotspot_class"));
    let code = declared.and_then(|(_, field)| field.codes.iter().find(|code| code.code == word));
    code.map_or_else(|| text(word), |code| sentence(&code.title.vi, &code.title.en))
}

fn site_link(base: &str, site: &GroundSite) -> Cell {
    linked(site.name.clone(), format!("{base}/collections/{}/items/{}?f=html", site.key.0.as_str(), site.key.1))
}

/// The first lines of both pages.
fn about(page: Page, ground: &HotspotGround) -> Page {
    let formula = documents::formula();
    let precision = ground.precision_m().map_or_else(String::new, |metres| {
        let km = metres / 1000.0;
        format!("Vị trí cơ sở có thể lệch đến {km:.0} km. / Places of sites may be off by up to {km:.0} km.")
    });
    page.says(format!("Tính đến / As of {}.", ground.day)).says(formula.vi).says(formula.en).says(precision)
}

/// A run.
pub fn run(base: &str, snapshot: &Snapshot, answer: &Answer) -> Page {
    let Answer { ground, options, outcome } = answer;
    let mut page = about(Page::new(base, "Điểm nóng / Hotspots".to_owned()), ground)
        .link("Áp lực từng cơ sở / Pressure of each site", format!("{base}/hotspots/pressure?f=html"))
        .link("Khu vực / Zones", format!("{base}/collections/hotspot_zones/items?f=html"))
        .link("Đoạn sông / Reaches", format!("{base}/collections/waterway_reaches/items?f=html&sortby=rank"));
    if let Err(reason) = outcome {
        let why = documents::reason(reason);
        page = page.says(why.vi).says(why.en);
    }
    let asked = documents::parameters(options);
    let asked = asked.as_object().into_iter().flatten();
    let asked = asked.map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        vec![text(name.clone()), text(if value == "null" { "–".to_owned() } else { value })]
    });
    page = page.table("Tham số / Parameters", &[], asked.collect());
    let mut spots: Vec<_> = outcome.as_ref().map_or(&[][..], |run| &run.spots).iter().collect();
    let strength = |spot: &crate::hotspot::run::Spot| {
        spot.tested.map(|tested| tested.z).or(spot.density).unwrap_or_else(|| spot.value.mid())
    };
    spots.sort_by(|a, b| strength(b).total_cmp(&strength(a)).then_with(|| a.id.cmp(&b.id)));
    let rows = spots.into_iter().take(MAX_ROWS).map(|spot| {
        let names: Vec<_> =
            spot.sites.iter().filter_map(|site| ground.sites.get(*site)).map(|site| site.name.as_str()).collect();
        vec![
            text(spot.id.clone()),
            class(class_word(spot.tested.and_then(|tested| tested.class))),
            number(strength(spot)),
            text(spot.tested.map_or_else(|| "–".to_owned(), |tested| format!("{:.4}", tested.q))),
            text(format!("{:.2} ({:.2}–{:.2})", spot.value.mid(), spot.value.low, spot.value.high)),
            text(names.join(", ")),
        ]
    });
    let head = ["Mã / Id", "Mức / Class", "Chỉ số / Statistic", "q", "Áp lực / Pressure", "Cơ sở / Sites"];
    page = page.table("Kết quả / Result", &head, rows.collect());
    weights(page, &snapshot.standards)
}

/// The pressure of every site, the hardest pressing first.
pub fn pressures(base: &str, snapshot: &Snapshot, ground: &HotspotGround) -> Page {
    let told = documents::sensitivity_of(ground);
    let mut page = about(Page::new(base, "Áp lực từng cơ sở / Pressure of each site".to_owned()), ground)
        .at("Điểm nóng / Hotspots".to_owned(), format!("{base}/hotspots?f=html"))
        .link("CSV (Excel)", format!("{base}/hotspots/pressure?f=csv&as-of={}", ground.day))
        .link("JSON", format!("{base}/hotspots/pressure?f=json&as-of={}", ground.day));
    if let Some(least) = told.as_ref().and_then(|told| told.least()) {
        let change = 100.0 * ground.parameters.weight_change;
        page = page.says(format!(
            "Đổi từng trọng số ±{change:.0} %: thứ tự giữ được đến τ = {:.3} (Kendall). / Each weight ±{change:.0} %: the order keeps up to τ = {:.3} (Kendall).",
            least.tau, least.tau
        ));
    }
    let mut order: Vec<usize> = (0..ground.sites.len()).collect();
    let index = |at: usize| ground.sites[at].pressure.index;
    order.sort_by(|a, b| index(*b).mid().total_cmp(&index(*a).mid()).then(a.cmp(b)));
    let rows = order.into_iter().map(|at| {
        let site = &ground.sites[at];
        let ranks = told.as_ref().and_then(|told| told.ranks.get(at));
        let ranks = ranks.map_or_else(String::new, |range| {
            if range.best == range.worst {
                range.rank.to_string()
            } else {
                format!("{} ({}–{})", range.rank, range.best, range.worst)
            }
        });
        let open = documents::open_texts(&site.pressure);
        let joined = |pick: fn(&crate::compliance::Text) -> &str| open.iter().map(pick).collect::<Vec<_>>().join("; ");
        vec![
            text(ranks),
            site_link(base, site),
            number(index(at).mid()),
            text(format!("{:.3}–{:.3}", index(at).low, index(at).high)),
            sentence(&joined(|text| &text.vi), &joined(|text| &text.en)),
        ]
    });
    let head = ["Hạng / Rank", "Cơ sở / Site", "Chỉ số / Index", "Khoảng / Interval", "Chưa rõ / Not known"];
    page = page.table("Cơ sở / Sites", &head, rows.collect());
    weights(page, &snapshot.standards)
}

/// The weights with their reasons.
fn weights(page: Page, standards: &Standards) -> Page {
    let rows = standards.pressure_weights.iter().map(|row| {
        vec![
            sentence(&row.title.vi, &row.title.en),
            text(row.value.normalize().to_string()),
            text(if row.unit == "1" { String::new() } else { row.unit.clone() }),
            sentence(&row.reason.vi, &row.reason.en),
        ]
    });
    let head = ["Trọng số / Weight", "Giá trị / Value", "Đơn vị / Unit", "Lý do / Reason"];
    page.table("Trọng số, không phải luật / Weights, no law", &head, rows.collect())
}

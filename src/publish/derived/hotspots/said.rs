//! Names and sentences of zones and reaches, in both languages.

use std::collections::BTreeMap;

use geo::{Contains, Point};

use super::ground::{GroundSite, HotspotGround};
use crate::compliance::{Standards, Text};
use crate::hotspot::fdr::Side;
use crate::hotspot::pressure::{Open, Span};
use crate::hotspot::standing::{Standing, StandingZone};
use crate::hotspot::waterway::{Cut, Network};

/// Sites and parameters that a sentence names.
const NAMED: usize = 3;

/// A number with one digit behind the comma, as each language writes it.
fn number(number: f64) -> Text {
    let en = format!("{number:.1}");
    Text::new(en.replace('.', ","), en)
}

/// Vietnamese kinds of places before a name, and what stands behind it in English.
const KINDS: [(&str, &str); 6] = [
    ("Xã ", " commune"),
    ("Phường ", " ward"),
    ("Thị trấn ", " town"),
    ("Sông ", " river"),
    ("Kênh ", " canal"),
    ("Suối ", " stream"),
];

/// `Xã Bình Minh` in English: `Bình Minh commune`.
fn english(name: &str) -> String {
    let kind = KINDS.iter().find_map(|(vi, en)| name.strip_prefix(vi).map(|rest| format!("{rest}{en}")));
    kind.unwrap_or_else(|| name.to_owned())
}

/// The first of several communes.
fn first_commune(site: &GroundSite) -> Option<&str> {
    site.communes.as_deref()?.split([',', ';']).map(str::trim).find(|name| !name.is_empty())
}

/// The name with most pressure behind it.
fn heaviest<'a>(names: impl Iterator<Item = (&'a str, f64)>) -> Option<String> {
    let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
    for (name, pressure) in names {
        *sums.entry(name).or_default() += pressure;
    }
    sums.into_iter().reduce(|a, b| if b.1 > a.1 { b } else { a }).map(|(name, _)| name.to_owned())
}

/// What a zone is called: the commune and the waterway with most of its pressure.
pub fn zone_name(ground: &HotspotGround, standing: &Standing, zone: &StandingZone, network: &Network) -> Text {
    let sites = || zone.sites.iter().filter_map(|site| ground.sites.get(*site));
    let weighed = |site: &GroundSite| site.pressure.index.mid();
    let of_register = heaviest(sites().filter_map(|site| Some((first_commune(site)?, weighed(site)))));
    let of_map = || {
        let centre = zone.cells.first().map(|at| Point(standing.cells.grid.centre(standing.cells.cells[*at])))?;
        ground.units.iter().find(|(_, unit)| unit.contains(&centre)).map(|(name, _)| name.clone())
    };
    let commune = of_register.or_else(of_map).unwrap_or_else(|| "Hà Nội".to_owned());
    let entering = ground.outfall_sites.iter().zip(&network.entered).zip(&ground.outfalls);
    let waters = entering.filter(|((site, _), _)| zone.sites.contains(site)).filter_map(|((_, reach), outfall)| {
        let course = network.reaches.get((*reach)?)?.course;
        Some((ground.named.get(course)?.name.as_str(), outfall.load.mid()))
    });
    match heaviest(waters) {
        Some(water) => {
            Text::new(format!("{commune} – {water}"), format!("{} – {}", english(&commune), english(&water)))
        }
        None => Text::new(commune.clone(), english(&commune)),
    }
}

/// Why a zone is one: who presses most, with what, and how sure that is.
pub fn zone_why(
    standards: &Standards,
    ground: &HotspotGround,
    standing: &Standing,
    zone: &StandingZone,
    city: Span,
) -> Text {
    let sites: Vec<&GroundSite> = zone.sites.iter().filter_map(|site| ground.sites.get(*site)).collect();
    let share = number(100.0 * zone.pressure.mid() / city.mid().max(f64::MIN_POSITIVE));
    let (low, high) = (number(zone.pressure.low), number(zone.pressure.high));
    let count = sites.len();
    let noun = if count == 1 { "site" } else { "sites" };
    let mut why = Text::new(
        format!("{count} cơ sở, {} % áp lực của thành phố (chỉ số {}–{}).", share.vi, low.vi, high.vi),
        format!("{count} {noun}, {} % of the city's pressure (index {}–{}).", share.en, low.en, high.en),
    );
    let mut add = |vi: String, en: String| {
        why.vi += &format!(" {vi}");
        why.en += &format!(" {en}");
    };
    let top: Vec<Text> = sites
        .iter()
        .take(NAMED)
        .map(|site| {
            let share = number(100.0 * site.pressure.index.mid() / zone.pressure.mid().max(f64::MIN_POSITIVE));
            Text::new(format!("{} ({} %)", site.name, share.vi), format!("{} ({} %)", site.name, share.en))
        })
        .collect();
    if !top.is_empty() {
        let (vi, en) = joined(&top);
        add(format!("Nặng nhất: {vi}."), format!("Hardest pressing: {en}."));
    }
    let exceeded = exceeded(standards, &sites);
    if exceeded.is_empty() {
        add(
            "Không mẫu nào chứng minh vượt quy chuẩn.".to_owned(),
            "No sample proves a limit to be exceeded.".to_owned(),
        );
    } else {
        let (vi, en) = joined(&exceeded);
        add(format!("Vượt quy chuẩn: {vi}."), format!("Over the limit: {en}."));
    }
    let unknown = sites.iter().filter(|site| site.pressure.open.iter().any(|open| *open != Open::OldSample)).count();
    if unknown > 0 {
        add(
            format!("{unknown} cơ sở chưa đủ số liệu, được tính ở giữa khoảng có thể."),
            format!("Of {unknown} too little is on record; they count with the middle of what is possible."),
        );
    }
    let proven = zone.cells.iter().filter_map(|at| standing.found.get(*at)).any(|cell| is_hot(cell.class_low));
    if !proven {
        add(
            "Chỉ tính điều đã chứng minh thì đây chưa phải điểm nóng.".to_owned(),
            "By what is proven alone this would be no hotspot.".to_owned(),
        );
    }
    if let Some(precision) = sites.iter().filter_map(|site| site.precision_m).reduce(f64::max) {
        let km = number(precision / 1000.0);
        add(
            format!("Vị trí cơ sở có thể lệch đến {} km.", km.vi),
            format!("Places of sites may be off by up to {} km.", km.en),
        );
    }
    why
}

fn is_hot(class: crate::hotspot::fdr::Class) -> bool {
    class.is_some_and(|(side, _)| side == Side::Hot)
}

/// The parameters that are furthest over their limits at some sites, by name.
fn exceeded(standards: &Standards, sites: &[&GroundSite]) -> Vec<Text> {
    let mut worst: BTreeMap<&str, f64> = BTreeMap::new();
    for (code, ratio) in sites.iter().flat_map(|site| &site.pressure.exceeded) {
        let known = worst.entry(code).or_default();
        *known = known.max(*ratio);
    }
    let mut worst: Vec<_> = worst.into_iter().collect();
    worst.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    let told = worst.into_iter().take(NAMED).map(|(code, ratio)| {
        let name = standards.limits.iter().find(|limit| limit.parameter.eq_ignore_ascii_case(code));
        let name = name.map_or_else(|| Text::new(code, code), |limit| limit.name.clone());
        let ratio = number(ratio);
        Text::new(format!("{} {} lần", name.vi, ratio.vi), format!("{} {}×", name.en, ratio.en))
    });
    told.collect()
}

fn joined(texts: &[Text]) -> (String, String) {
    let join = |pick: fn(&Text) -> &str| texts.iter().map(pick).collect::<Vec<_>>().join(", ");
    (join(|text| &text.vi), join(|text| &text.en))
}

/// Why the flow ends where it should go on.
pub fn cut(cut: &Cut) -> Text {
    match cut {
        Cut::Gap(metres) => {
            let km = number(metres / 1000.0);
            Text::new(
                format!("Dòng bị cắt ở đây: khe hở {} km trong hình vẽ.", km.vi),
                format!("The flow is cut here: a gap of {} km in the drawing.", km.en),
            )
        }
        Cut::NoTarget(target) => Text::new(
            format!("Dòng bị cắt ở đây: \"{target}\" không có trong dữ liệu."),
            format!("The flow is cut here: '{target}' is not on record."),
        ),
        Cut::Circle(target) => Text::new(
            format!("Dòng bị cắt ở đây: chảy vào \"{target}\" sẽ thành vòng kín."),
            format!("The flow is cut here: going on into '{target}' would be a circle."),
        ),
    }
}

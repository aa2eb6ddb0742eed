//! Runs of hotspots, pressures of sites and what explains a place, as documents.

use geo::Centroid;
use serde_json::{Map, Value, json};

use super::compliance::text;
use super::csv::Csv;
use super::link::Link;
use crate::compliance::pressure_weights::{PressureWeight, WeightKind};
use crate::compliance::{Standards, Text};
use crate::geom::geojson::{LONLAT_DECIMALS, write_geometry};
use crate::hotspot::NoStatistic;
use crate::hotspot::moran::Quadrant;
use crate::hotspot::pressure::{Open, Pressure, Sensitivity, Span, sensitivity};
use crate::hotspot::run::{Method, Run, RunOptions, Spot};
use crate::hotspot::waterway::Network;
use crate::publish::derived::hotspots::{GroundSite, HotspotGround, class_word, cut, lonlat};

/// The parameters of a run of one's own besides day and format.
pub const RUN_PARAMETERS: [&str; 11] =
    ["method", "on", "value", "cell", "weights", "bandwidth", "k", "kernel", "permutations", "seed", "fdr"];

/// Nearest neighbours, or sites that make a zone, where nothing else is asked for.
pub const DEFAULT_K: usize = 6;

/// The formula of the pressure index for people.
pub fn formula() -> Text {
    Text::new(
        "chỉ số = Σ điểm xả Σ nhóm thông số (trọng số × tỷ số × lưu lượng / lưu lượng quy chiếu) + trọng số × thiếu trạm + trọng số × mức ô nhiễm của làng nghề; tỷ số là giá trị / Cmax lớn nhất của nhóm. Điều chưa biết làm khoảng rộng ra, không làm chỉ số giảm.",
        "index = Σ outfalls Σ groups (weight × ratio × flow / reference flow) + weight × missing station + weight × class of the village; the ratio is the largest value / Cmax of the group. What is not known widens the interval and does not lower it.",
    )
}

/// What a run was asked for.
pub fn parameters(options: &RunOptions) -> Value {
    json!({
        "method": options.method.as_str(),
        "on": options.on.as_str(),
        "value": options.value.as_str(),
        "cell": options.cell,
        "weights": options.neighbours.as_str(),
        "bandwidth": options.bandwidth,
        "k": options.k,
        "kernel": options.kernel.as_str(),
        "permutations": options.permutations.count,
        "seed": options.permutations.seed,
        "fdr": options.fdr,
    })
}

/// Why a run has no answer, in both languages.
pub fn reason(reason: &NoStatistic) -> Text {
    let vi = match reason {
        NoStatistic::TooFew { have, need } => format!("Chỉ có {have} cơ sở có vị trí; cần ít nhất {need}."),
        NoStatistic::AllEqual => "Mọi giá trị bằng nhau nên không có gì tập trung.".to_owned(),
        NoStatistic::NoWeight => "Không cơ sở nào có áp lực.".to_owned(),
        NoStatistic::OnePlace => "Mọi cơ sở ở cùng một chỗ.".to_owned(),
        NoStatistic::NoBandwidth => "Không tìm được dải nào tốt hơn: quá ít vị trí khác nhau.".to_owned(),
        NoStatistic::NoNeighbours => "Không cơ sở nào có láng giềng: khoảng cách quá ngắn.".to_owned(),
        _ => "Không tính được với các tham số này.".to_owned(),
    };
    let en = reason.to_string();
    let mut letters = en.chars();
    let en = letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()));
    Text::new(vi, en)
}

/// A geometry in metres as GeoJSON; null where it has no image.
fn geometry(metres: &geo::Geometry<f64>) -> Value {
    let Some(shape) = lonlat(metres.clone()) else { return Value::Null };
    let mut bytes = Vec::new();
    write_geometry(&mut bytes, &shape, Some(LONLAT_DECIMALS));
    serde_json::from_slice(&bytes).unwrap_or_default()
}

fn quadrant(quadrant: Quadrant) -> &'static str {
    match quadrant {
        Quadrant::HighHigh => "high_high",
        Quadrant::LowHigh => "low_high",
        Quadrant::LowLow => "low_low",
        Quadrant::HighLow => "high_low",
    }
}

fn rounded(number: f64, digits: i32) -> f64 {
    let scale = 10f64.powi(digits);
    // Zero has no sign here.
    (number * scale).round() / scale + 0.0
}

/// An interval with the middle that statistics work with.
fn span(of: Span) -> [(&'static str, f64); 3] {
    [("", of.mid()), ("_low", of.low), ("_high", of.high)].map(|(end, number)| (end, rounded(number, 4)))
}

fn paths<'a>(ground: &'a HotspotGround, sites: &'a [usize]) -> impl Iterator<Item = String> + 'a {
    sites.iter().filter_map(|site| ground.sites.get(*site)).map(GroundSite::path)
}

/// Properties of a spot.
fn properties(ground: &HotspotGround, method: Method, spot: &Spot) -> Map<String, Value> {
    let mut properties = Map::new();
    if matches!(method, Method::GiStar | Method::Moran) {
        let tested = spot.tested;
        properties.insert("hotspot_class".into(), class_word(tested.and_then(|tested| tested.class)).into());
        properties.insert("statistic".into(), json!(tested.map(|tested| rounded(tested.z, 6))));
        properties.insert("p_value".into(), json!(tested.map(|tested| rounded(tested.p, 6))));
        properties.insert("q_value".into(), json!(tested.map(|tested| rounded(tested.q, 6))));
    }
    if method == Method::Moran {
        properties.insert("quadrant".into(), spot.quadrant.map(quadrant).into());
    }
    if method == Method::Kde {
        properties.insert("density".into(), json!(spot.density.map(|density| rounded(density, 6))));
    }
    for (end, number) in span(spot.value) {
        properties.insert(format!("pressure{end}"), number.into());
    }
    properties.insert("site_count".into(), spot.sites.len().into());
    properties.insert("site_ids".into(), paths(ground, &spot.sites).collect::<Vec<_>>().join(",").into());
    let is_demo = spot.sites.iter().filter_map(|site| ground.sites.get(*site)).any(|site| site.pressure.is_demo);
    properties.insert("demo_data".into(), is_demo.into());
    properties
}

/// What every answer says of where it comes from.
fn about(ground: &HotspotGround, document: &mut Value) {
    document["as_of"] = ground.day.to_string().into();
    document["sites"] = json!({
        "with_place": ground.sites.len(),
        "without_place": ground.without_place,
        "position_precision_m": ground.precision_m(),
    });
    document["formula"] = text(&formula());
}

/// An answer as GeoJSON, with what was asked and, where it is empty, why.
pub fn run(
    ground: &HotspotGround,
    options: &RunOptions,
    outcome: &Result<Run, NoStatistic>,
    links: Vec<Link>,
) -> Value {
    let spots = outcome.as_ref().map_or(&[][..], |run| &run.spots);
    let feature = |spot: &Spot| {
        json!({
            "type": "Feature",
            "id": spot.id,
            "geometry": geometry(&spot.shape),
            "properties": properties(ground, options.method, spot),
        })
    };
    let features: Vec<Value> = spots.iter().map(feature).collect();
    let mut document = json!({"type": "FeatureCollection", "features": features, "numberReturned": spots.len()});
    document["parameters"] = parameters(options);
    document["bandwidth_used"] = json!(outcome.as_ref().ok().and_then(|run| run.bandwidth));
    document["reason"] = outcome.as_ref().err().map(|why| text(&reason(why))).into();
    about(ground, &mut document);
    document["links"] = json!(links);
    document
}

/// The same as a table; places are the middles of cells and zones.
pub fn run_table(ground: &HotspotGround, options: &RunOptions, outcome: &Result<Run, NoStatistic>) -> Vec<u8> {
    let mut csv = Csv::new(&[
        "id",
        "lon",
        "lat",
        "hotspot_class",
        "statistic",
        "p_value",
        "q_value",
        "quadrant",
        "density",
        "pressure",
        "pressure_low",
        "pressure_high",
        "site_count",
        "site_ids",
        "as_of",
        "demo_data",
    ]);
    for spot in outcome.as_ref().map_or(&[][..], |run| &run.spots) {
        let middle = spot.shape.centroid().and_then(|point| lonlat(point.into()));
        let middle = middle.and_then(|shape| shape.geometry.centroid());
        let properties = properties(ground, options.method, spot);
        let number = |name: &str| properties.get(name).and_then(Value::as_f64);
        let word = |name: &str| properties.get(name).and_then(Value::as_str).map(str::to_owned);
        csv.row(&[
            &spot.id,
            &middle.map(|point| rounded(point.x(), 6)),
            &middle.map(|point| rounded(point.y(), 6)),
            &word("hotspot_class"),
            &number("statistic"),
            &number("p_value"),
            &number("q_value"),
            &word("quadrant"),
            &number("density"),
            &number("pressure"),
            &number("pressure_low"),
            &number("pressure_high"),
            &spot.sites.len(),
            &word("site_ids"),
            &ground.day,
            &properties.get("demo_data").and_then(Value::as_bool),
        ]);
    }
    csv.finish()
}

fn open_text(open: Open) -> Text {
    match open {
        Open::Operation => Text::new("chưa rõ còn hoạt động không", "whether it works"),
        Open::Station => Text::new("chưa rõ trạm có chạy không", "whether a station runs"),
        Open::Flow => Text::new("chưa rõ lưu lượng", "how much it discharges"),
        Open::Effluent => Text::new("thiếu số đo nước thải", "what is in its effluent"),
        Open::OldSample => Text::new("mẫu đã cũ", "an old sample"),
        Open::Class => Text::new("chưa phân loại ô nhiễm", "its pollution class"),
    }
}

/// What is not known of a site, in words.
pub fn open_texts(pressure: &Pressure) -> Vec<Text> {
    pressure.open.iter().map(|open| open_text(*open)).collect()
}

fn site_properties(ground: &HotspotGround, site: &GroundSite) -> Map<String, Value> {
    let pressure = &site.pressure;
    let mut properties = Map::new();
    properties.insert("collection".into(), site.key.0.as_str().into());
    properties.insert("id".into(), site.key.1.clone().into());
    properties.insert("name".into(), site.name.clone().into());
    for (end, number) in span(pressure.index) {
        properties.insert(format!("pressure{end}"), number.into());
    }
    let parts = ground.formula.names().iter().zip(&pressure.parts).zip(ground.formula.weights());
    let parts = parts.map(|((name, part), weight)| {
        let weighed = part.scaled(*weight);
        (name.clone(), json!({"low": rounded(weighed.low, 4), "high": rounded(weighed.high, 4)}))
    });
    properties.insert("parts".into(), Value::Object(parts.collect()));
    let exceeded = pressure.exceeded.iter();
    let exceeded = exceeded.map(|(code, ratio)| json!({"parameter": code, "ratio": rounded(*ratio, 3)}));
    properties.insert("exceeded".into(), exceeded.collect());
    properties.insert("not_known".into(), open_texts(pressure).iter().map(text).collect());
    properties.insert("sampled_on".into(), json!(pressure.sampled_on));
    properties.insert("position_precision_m".into(), json!(site.precision_m));
    properties.insert("demo_data".into(), pressure.is_demo.into());
    properties
}

fn weight(row: &PressureWeight) -> Value {
    json!({
        "name": row.name,
        "kind": match row.kind {
            WeightKind::Group => "group",
            WeightKind::Term => "term",
            WeightKind::Constant => "constant",
        },
        "value": row.value.normalize().to_string().parse::<f64>().ok(),
        "unit": row.unit,
        "parameters": row.parameters,
        "title": text(&row.title),
        "reason": text(&row.reason),
        "source": row.source,
        "confidence": row.confidence.as_str(),
    })
}

/// How the order of the sites hangs on the weights.
pub fn sensitivity_of(ground: &HotspotGround) -> Option<Sensitivity> {
    let pressures: Vec<&Pressure> = ground.sites.iter().map(|site| &*site.pressure).collect();
    sensitivity(&ground.formula, &pressures, ground.parameters.weight_change)
}

/// The pressure of every site with the formula, its weights and what changing them would do.
pub fn pressures(standards: &Standards, ground: &HotspotGround, links: Vec<Link>) -> Value {
    let told = sensitivity_of(ground);
    let site = |(at, site): (usize, &GroundSite)| {
        let mut properties = site_properties(ground, site);
        if let Some(range) = told.as_ref().and_then(|told| told.ranks.get(at)) {
            properties.insert("rank".into(), range.rank.into());
            properties.insert("rank_best".into(), range.best.into());
            properties.insert("rank_worst".into(), range.worst.into());
        }
        Value::Object(properties)
    };
    let list: Vec<Value> = ground.sites.iter().enumerate().map(site).collect();
    let variant = |variant: &crate::hotspot::pressure::Variant| json!({"weight": variant.weight, "change": variant.change, "tau": rounded(variant.tau, 6)});
    let mut document = json!({"pressures": list});
    about(ground, &mut document);
    document["weights"] = standards.pressure_weights.iter().map(weight).collect();
    document["sensitivity"] = json!(told.as_ref().map(|told| json!({
        "change": ground.parameters.weight_change,
        "least_tau": told.least().map(|variant| rounded(variant.tau, 6)),
        "variants": told.variants.iter().map(variant).collect::<Vec<_>>(),
    })));
    document["links"] = json!(links);
    document
}

/// The same as a table.
pub fn pressure_table(ground: &HotspotGround) -> Vec<u8> {
    let told = sensitivity_of(ground);
    let mut csv = Csv::new(&[
        "collection",
        "id",
        "name",
        "rank",
        "rank_best",
        "rank_worst",
        "pressure",
        "pressure_low",
        "pressure_high",
        "worst_parameter",
        "worst_ratio",
        "not_known_vi",
        "not_known_en",
        "sampled_on",
        "position_precision_m",
        "as_of",
        "demo_data",
    ]);
    for (at, site) in ground.sites.iter().enumerate() {
        let (index, range) = (site.pressure.index, told.as_ref().and_then(|told| told.ranks.get(at)));
        let worst = site.pressure.exceeded.first();
        let open = open_texts(&site.pressure);
        let joined = |pick: fn(&Text) -> &str| open.iter().map(pick).collect::<Vec<_>>().join("; ");
        csv.row(&[
            &site.key.0.as_str(),
            &site.key.1,
            &site.name,
            &range.map(|range| range.rank),
            &range.map(|range| range.best),
            &range.map(|range| range.worst),
            &rounded(index.mid(), 4),
            &rounded(index.low, 4),
            &rounded(index.high, 4),
            &worst.map(|(code, _)| code.clone()),
            &worst.map(|(_, ratio)| rounded(*ratio, 3)),
            &joined(|text| &text.vi),
            &joined(|text| &text.en),
            &site.pressure.sampled_on,
            &site.precision_m,
            &ground.day,
            &site.pressure.is_demo,
        ]);
    }
    csv.finish()
}

/// What explains a place: sites as points with their shares, and the reaches that they discharge into and what flows on from
/// there, as lines.
pub fn why(
    ground: &HotspotGround,
    network: &Network,
    shares_of: &[(usize, f64)],
    reaches: &[usize],
    links: Vec<Link>,
) -> Value {
    let site = |(at, share): &(usize, f64)| {
        let site = ground.sites.get(*at)?;
        let mut properties = site_properties(ground, site);
        properties.insert("kind".into(), "site".into());
        properties.insert("share_pct".into(), rounded(100.0 * share, 2).into());
        let point = geo::Geometry::Point(geo::Point(site.place));
        Some(json!({
            "type": "Feature",
            "id": site.path(),
            "geometry": geometry(&point),
            "properties": properties,
        }))
    };
    let reach = |at: &usize| {
        let reach = network.reaches.get(*at)?;
        let mut properties = Map::new();
        properties.insert("kind".into(), "reach".into());
        properties.insert("name".into(), ground.named.get(reach.course)?.name.clone().into());
        properties.insert("waterway_id".into(), ground.courses.get(reach.course)?.id.clone().into());
        for (end, number) in span(reach.load) {
            properties.insert(format!("load{end}"), number.into());
        }
        let downstream = reach.downstream.and_then(|at| network.reaches.get(at)).map(|reach| reach.id.clone());
        properties.insert("downstream_id".into(), downstream.into());
        properties.insert("load_per_flow".into(), json!(reach.per_flow.map(|ratio| rounded(ratio.mid(), 6))));
        properties.insert("note".into(), reach.cut.as_ref().map(|why| text(&cut(why))).into());
        let line = geo::Geometry::LineString(reach.line.clone());
        Some(json!({"type": "Feature", "id": reach.id, "geometry": geometry(&line), "properties": properties}))
    };
    let features: Vec<Value> = shares_of.iter().filter_map(site).chain(reaches.iter().filter_map(reach)).collect();
    let mut document = json!({"type": "FeatureCollection", "features": features});
    about(ground, &mut document);
    document["links"] = json!(links);
    document
}

/// The shares of some sites in their pressure together, by the middle of it, the largest first.
pub fn pressure_shares(ground: &HotspotGround, sites: &[usize]) -> Vec<(usize, f64)> {
    let index = |site: &usize| ground.sites.get(*site).map_or(0.0, |site| site.pressure.index.mid());
    let all: f64 = sites.iter().map(index).sum();
    let share = |site: &usize| (*site, if all > 0.0 { index(site) / all } else { 0.0 });
    let mut shares: Vec<_> = sites.iter().map(share).collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    shares
}

/// The reaches that some sites discharge into and those that flow on from there, from the heaviest load on.
pub fn reaches_below(ground: &HotspotGround, network: &Network, sites: &[usize]) -> Vec<usize> {
    let entered = ground.outfall_sites.iter().zip(&network.entered);
    let starts = entered.filter(|(site, _)| sites.contains(site)).filter_map(|(_, reach)| *reach);
    let mut wanted = std::collections::BTreeSet::new();
    for start in starts {
        let mut at = Some(start);
        while let Some(reach) = at.filter(|reach| wanted.insert(*reach)) {
            at = network.reaches.get(reach).and_then(|reach| reach.downstream);
        }
    }
    network.ranked().into_iter().filter(|reach| wanted.contains(reach)).collect()
}

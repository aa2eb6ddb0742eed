//! The statistics of hotspots against the libraries of the field: PySAL, scipy, statsmodels, scikit-learn, pymannkendall.
//!
//! `tests/hotspots/reference.py` computes the same from the same data, in the virtual environment that `.ci/setup.sh test`
//! keeps in target/python (another one: `LANGXANH_PYTHON`). Without it this says SKIPPED. It is asked once; what it says of PySAL's own
//! example data and of the places of our sample is compared here, statistics to 1e-9, simulations within their error.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use geo::Coord;
use langxanh::geom::Crs;
use langxanh::geom::project::Transform as Projection;
use langxanh::hotspot::density::{self, Density};
use langxanh::hotspot::fdr::q_values;
use langxanh::hotspot::getis::{LocalG, local_g};
use langxanh::hotspot::moran::{local_moran, moran};
use langxanh::hotspot::permutation::{Permutations, Simulated};
use langxanh::hotspot::sites::{Sites, key_of};
use langxanh::hotspot::trend::mann_kendall;
use langxanh::hotspot::weights::{Kernel, Own, Reach, Scheme, Transform, Weights};
use langxanh::hotspot::zones::{ZoneOptions, zones};
use langxanh::hotspot::{Gap, never};
use serde::Deserialize;
use serde_json::{Value, json};

/// So many random orders on both sides.
const PERMUTATIONS: u32 = 4_999;

type Points = Vec<(f64, f64)>;

#[derive(Deserialize)]
struct Answer {
    sets: BTreeMap<String, Set>,
    q: Vec<Vec<f64>>,
    trends: Vec<Trend>,
    density: Surface,
    bandwidth: Bandwidths,
    clusters: Vec<Clusters>,
}

#[derive(Deserialize)]
struct Set {
    x: Vec<f64>,
    y: Vec<f64>,
    value: Vec<f64>,
    weights: BTreeMap<String, Weighted>,
}

/// What is said of a data set under one kind of weights.
#[derive(Deserialize)]
struct Weighted {
    options: Options,
    lists: Vec<Vec<(usize, f64)>>,
    islands: Vec<usize>,
    gi: Option<Getis>,
    gi_star: Option<Getis>,
    gi_standardised: Option<Getis>,
    g_standardised: Option<Getis>,
    z: Option<Vec<Option<f64>>>,
    z_without_own: Option<Vec<Option<f64>>>,
    moran: Moran,
    global: Option<Whole>,
}

#[derive(Deserialize)]
struct Options {
    metres: Option<f64>,
    k: Option<usize>,
}

#[derive(Deserialize)]
struct Getis {
    g: Vec<Option<f64>>,
    z: Option<Vec<Option<f64>>>,
    p_one_sided: Option<Vec<Option<f64>>>,
    #[serde(flatten)]
    simulated: Option<Simulations>,
}

#[derive(Deserialize)]
struct Simulations {
    p_sim: Vec<f64>,
    p_two_sided: Vec<f64>,
    mean_sim: Vec<Option<f64>>,
    sd_sim: Vec<Option<f64>>,
}

#[derive(Deserialize)]
struct Moran {
    i: Vec<Option<f64>>,
    quadrant: Vec<u8>,
    expected: Vec<Option<f64>>,
    variance: Vec<Option<f64>>,
    #[serde(flatten)]
    simulated: Option<Simulations>,
}

#[derive(Deserialize)]
struct Whole {
    i: f64,
    expected: f64,
    variance_normal: f64,
    p_normal: f64,
    variance_random: f64,
    p_random: f64,
    z: f64,
    p_sim: f64,
    mean_sim: f64,
    sd_sim: f64,
}

#[derive(Deserialize)]
struct Trend {
    s: f64,
    variance: f64,
    z: f64,
    p: f64,
    tau: f64,
    slope: f64,
    slope_without_gaps: Option<f64>,
}

#[derive(Deserialize)]
struct Surface {
    gaussian: Vec<Vec<f64>>,
    statsmodels: Vec<f64>,
    turned: Points,
    turned_density: Vec<f64>,
    turned_bandwidth: f64,
    scott: f64,
}

#[derive(Deserialize)]
struct Bandwidths {
    likelihood: f64,
    least_squares: f64,
}

#[derive(Deserialize)]
struct Clusters {
    labels: Vec<i64>,
    cores: Vec<usize>,
}

/// Says aloud that a test does not test what it could, and why.
#[expect(clippy::explicit_write, reason = "the test harness hides what eprintln! says when the test passes")]
fn skipped(why: &str) {
    writeln!(std::io::stderr(), "SKIPPED: {why}").unwrap();
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What the libraries say; `None` without them.
fn answer() -> Option<&'static Answer> {
    static ANSWER: LazyLock<Option<Answer>> = LazyLock::new(|| {
        let python =
            std::env::var_os("LANGXANH_PYTHON").map_or_else(|| root().join("target/python/bin/python"), PathBuf::from);
        if !python.exists() {
            return None;
        }
        let question = serde_json::to_vec(&question()).unwrap();
        let mut child = Command::new(&python)
            .arg(root().join("tests/hotspots/reference.py"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let writer = std::thread::spawn(move || stdin.write_all(&question));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap().unwrap();
        assert!(output.status.success(), "reference.py failed");
        Some(serde_json::from_slice(&output.stdout).unwrap())
    });
    let answer = ANSWER.as_ref();
    if answer.is_none() {
        skipped("no Python with PySAL, the statistics were not compared; run .ci/setup.sh test or set LANGXANH_PYTHON");
    }
    answer
}

fn question() -> Value {
    let clusters: Vec<Value> = cluster_cases()
        .into_iter()
        .map(|(points, weights, reach, least)| json!({"points": points, "weights": weights, "reach": reach, "least": least}))
        .collect();
    json!({
        "permutations": PERMUTATIONS,
        "sets": {"craft villages": craft_villages()},
        "p": chances(),
        "series": series(),
        "density": {"points": cloud(), "weights": cloud_weights(), "at": lookouts(), "bandwidths": BANDWIDTHS},
        "clusters": clusters,
    })
}

/// Numbers in [0, 1) by the hash of a name and a position.
fn noise(name: &str, count: usize) -> Vec<f64> {
    (0..count).map(|at| (key_of(&format!("{name} {at}")) >> 11) as f64 / (1u64 << 53) as f64).collect()
}

/// Places of the craft villages of our sample in metres, many of them in one place; values with many zeros and ties.
fn craft_villages() -> Value {
    let mut reader = csv::Reader::from_path(root().join("data/sample/craft_villages.csv")).unwrap();
    let headers = reader.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let (mut x, mut y, mut value) = (Vec::new(), Vec::new(), Vec::new());
    for row in reader.records() {
        let row = row.unwrap();
        let number = |name: &str| row[column(name)].parse::<f64>();
        let (Ok(lon), Ok(lat)) = (number("lon"), number("lat")) else { continue };
        x.push(lon);
        y.push(lat);
        value.push((key_of(&row[column("id")]) % 30).saturating_sub(9) as f64);
    }
    assert!(x.len() > 150, "{} villages with a place", x.len());
    Projection::between(&Crs::Crs84, &Crs::Epsg(5897)).unwrap().points(&mut x, &mut y).unwrap();
    json!({"x": x, "y": y, "value": value})
}

fn chances() -> Vec<Vec<f64>> {
    let ties = noise("p", 400).iter().map(|p| (p * p * 50.0).floor() / 50.0).collect();
    vec![noise("q", 1000).iter().map(|p| p.powi(3)).collect(), ties, vec![0.04], vec![1.0; 5]]
}

fn series() -> Vec<Vec<Option<f64>>> {
    let gaps = |name: &str| {
        let present = noise("gaps", 20);
        noise(name, 20).into_iter().zip(present).map(|(value, keep)| (keep > 0.25).then_some(value)).collect()
    };
    let whole = |numbers: Vec<f64>| numbers.into_iter().map(Some).collect();
    vec![
        whole(noise("a", 12)),
        whole(noise("b", 12).iter().enumerate().map(|(at, value)| value + 0.2 * at as f64).collect()),
        whole(noise("ties", 40).iter().map(|value| (value * 4.0).floor()).collect()),
        whole(vec![3.0; 8]),
        whole((0..6).map(|at| -f64::from(at)).collect()),
        gaps("c"),
        gaps("d"),
    ]
}

const BANDWIDTHS: [f64; 4] = [700.0, 200.0, 1_500.0, 4_000.0];

fn pairs(numbers: &[f64], scale: f64) -> Points {
    numbers.chunks(2).map(|pair| (scale * pair[0], scale * pair[1])).collect()
}

/// Two heaps of places.
fn cloud() -> Points {
    let heap = |name: &str, x: f64, y: f64| -> Points {
        let sums: Vec<f64> = noise(name, 240).chunks(4).map(|four| four.iter().sum::<f64>() - 2.0).collect();
        sums.chunks(2).map(|pair| (x + 1_500.0 * pair[0], y + 1_100.0 * pair[1])).collect()
    };
    [heap("north", 0.0, 0.0), heap("south", 3_000.0, -2_500.0)].concat()
}

fn cloud_weights() -> Vec<f64> {
    noise("weights", cloud().len()).iter().map(|weight| 0.1 + 3.0 * weight).collect()
}

fn lookouts() -> Points {
    pairs(&noise("lookouts", 80), 5_000.0)
}

type ClusterCase = (Points, Vec<f64>, f64, f64);

fn cluster_cases() -> Vec<ClusterCase> {
    let places = pairs(&noise("zones", 800), 10_000.0);
    let weights: Vec<f64> = noise("heavy", 400).iter().map(|weight| (weight * 4.0).floor()).collect();
    vec![
        (places.clone(), vec![1.0; 400], 600.0, 6.0),
        (places.clone(), weights, 500.0, 9.0),
        (cloud(), cloud_weights(), 400.0, 12.0),
        (places, vec![1.0; 400], 1.0, 2.0),
    ]
}

#[track_caller]
fn close(ours: f64, theirs: f64, what: &str) {
    assert!((ours - theirs).abs() <= 1e-9 * theirs.abs().max(1.0), "{what}: {ours} is not {theirs}");
}

/// Densities are small numbers: equal to one in 10⁹ of the greatest.
#[track_caller]
fn close_densities(ours: &[f64], theirs: &[f64], what: &str) {
    let greatest = theirs.iter().fold(0.0, |greatest: f64, value| greatest.max(*value));
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert!((ours - theirs).abs() <= 1e-9 * greatest, "{what}: {ours} is not {theirs}");
    }
}

impl Set {
    /// Sites with keys that stand in another order than the places, so that both orders are worked with.
    fn sites(&self) -> Sites {
        let keyed: Vec<_> = (0..self.x.len())
            .map(|at| (key_of(&format!("site {at}")), Coord { x: self.x[at], y: self.y[at] }))
            .collect();
        Sites::new(&keyed).unwrap()
    }
}

/// The scheme that a kind of weights stands for; `None` for published neighbours.
fn scheme(name: &str, options: &Options) -> Option<Scheme> {
    let kernel = match name.split(' ').next() {
        Some("triangular") => Kernel::Triangular,
        Some("quartic") => Kernel::Quartic,
        Some("gaussian") => Kernel::Gaussian,
        Some("band") => return Some(Scheme::DistanceBand(options.metres.unwrap())),
        Some("nearest") => return Some(Scheme::Nearest(options.k.unwrap())),
        _ => return None,
    };
    let reach = options.metres.map_or_else(|| Reach::Nearest(options.k.unwrap()), Reach::Fixed);
    Some(Scheme::Kernel(kernel, reach))
}

fn is_kernel(name: &str) -> bool {
    ["triangular", "quartic", "gaussian"].contains(&name.split(' ').next().unwrap())
}

fn build(set: &Set, name: &str, weighted: &Weighted, transform: Transform, own: Own) -> Weights {
    let sites = set.sites();
    match scheme(name, &weighted.options) {
        Some(scheme) => Weights::build(&sites, scheme, transform, own, &never).unwrap(),
        None => Weights::from_lists(&sites, &weighted.lists, transform, own).unwrap(),
    }
}

/// Goes through every data set under every kind of weights.
fn each(check: impl Fn(&str, &Set, &str, &Weighted)) {
    let Some(answer) = answer() else { return };
    assert_eq!(answer.sets.len(), 5);
    for (name, set) in &answer.sets {
        for (kind, weighted) in &set.weights {
            check(&format!("{name}, {kind}"), set, kind, weighted);
        }
    }
}

fn draws() -> Option<Permutations> {
    Some(Permutations { count: PERMUTATIONS, seed: 20_261_126 })
}

/// Two simulations of the same: means, deviations and chances all err by chance, each side by its own.
#[track_caller]
fn close_moments(ours: Simulated, mean: f64, sd: f64, what: &str) {
    let error = (2.0 / f64::from(PERMUTATIONS)).sqrt();
    assert!(
        (ours.mean - mean).abs() <= 5.0 * error * sd + 1e-9 * mean.abs(),
        "{what}: mean {} is not {mean}",
        ours.mean
    );
    // A deviation errs by more where the distribution has long tails, as that of few neighbours of skewed values has.
    assert!((ours.sd - sd).abs() <= 12.0 * error * sd + 1e-9 * mean.abs(), "{what}: deviation {} is not {sd}", ours.sd);
}

#[track_caller]
fn close_chances(ours: f64, theirs: f64, sides: f64, what: &str) {
    let (count, tail) = (f64::from(PERMUTATIONS), theirs / sides);
    let margin = sides * (5.0 * (2.0 / count).sqrt() * (tail * (1.0 - tail)).sqrt() + 2.0 / count);
    assert!((ours - theirs).abs() <= margin, "{what}: p {ours} is not {theirs}");
}

impl Simulations {
    #[track_caller]
    fn hold(&self, at: usize, ours: Simulated, what: &str) {
        close_moments(ours, self.mean_sim[at].unwrap(), self.sd_sim[at].unwrap(), what);
        close_chances(ours.p_directed, self.p_sim[at], 1.0, what);
        close_chances(ours.p, self.p_two_sided[at], 2.0, what);
    }
}

#[test]
fn weights_are_those_of_libpysal() {
    each(|what, set, kind, weighted| {
        let own = if is_kernel(kind) { Own::With } else { Own::Without };
        let ours = build(set, kind, weighted, Transform::AsMade, own);
        assert_eq!(ours.islands().len(), weighted.islands.len() + lonely(kind, weighted), "{what}");
        for (given, theirs) in rows_by_given(&ours).iter().zip(&weighted.lists) {
            let weighty: Vec<_> = theirs.iter().filter(|(_, weight)| *weight > 0.0).collect();
            assert_eq!(given.len(), weighty.len(), "{what}");
            for ((other, weight), (their_other, their_weight)) in given.iter().zip(weighty) {
                assert_eq!(other, their_other, "{what}");
                close(*weight, *their_weight, what);
            }
        }
    });
}

/// Kernels in libpysal name sites that have only themselves no islands.
fn lonely(kind: &str, weighted: &Weighted) -> usize {
    if is_kernel(kind) { weighted.lists.iter().filter(|list| list.len() == 1).count() } else { 0 }
}

/// Neighbours by position in the caller's order, with the site itself where it has a weight.
fn rows_by_given(weights: &Weights) -> Vec<Vec<(usize, f64)>> {
    let sites = weights.sites();
    let row = |at: usize| {
        let row = weights.row(at);
        let others =
            row.neighbours.iter().zip(row.weights).map(|(other, weight)| (sites.given_at(*other as usize), *weight));
        let own = (row.own > 0.0).then_some((sites.given_at(at), row.own));
        let mut row: Vec<_> = others.chain(own).collect();
        row.sort_unstable_by_key(|(other, _)| *other);
        row
    };
    sites.given_order((0..sites.len()).map(row).collect())
}

fn hold_g(ours: &[Result<LocalG, Gap>], theirs: &Getis, with_z: bool, what: &str) {
    assert_eq!(ours.len(), theirs.g.len());
    for (at, ours) in ours.iter().enumerate() {
        let what = format!("{what}, site {at}");
        let Ok(ours) = ours else {
            // esda says nan / 0 of an island.
            assert!(!with_z || theirs.z.as_ref().is_none_or(|z| z[at].is_none()), "{what}");
            continue;
        };
        close(ours.g.unwrap(), theirs.g[at].unwrap(), &what);
        if let (true, Some(z), Some(p)) = (with_z, &theirs.z, &theirs.p_one_sided) {
            close(ours.z, z[at].unwrap(), &what);
            close(ours.p, 2.0 * p[at].unwrap(), &what);
        }
        if let (Some(simulated), Some(theirs)) = (ours.simulated, &theirs.simulated) {
            theirs.hold(at, simulated, &what);
        }
    }
}

#[test]
fn gi_and_gi_star_are_those_of_esda() {
    each(|what, set, kind, weighted| {
        let of = |transform, own| {
            let weights = build(set, kind, weighted, transform, own);
            local_g(&weights, &set.value, draws(), &never).unwrap()
        };
        if let (Some(gi), Some(star), Some(standardised)) = (&weighted.gi, &weighted.gi_star, &weighted.gi_standardised)
        {
            hold_g(&of(Transform::Binary, Own::Without), gi, true, &format!("{what}, Gi"));
            hold_g(&of(Transform::Binary, Own::With), star, true, &format!("{what}, Gi*"));
            // esda's z-scores of standardised rows are not those of Ord and Getis.
            hold_g(
                &of(Transform::RowStandardised, Own::Without),
                standardised,
                false,
                &format!("{what}, Gi, standardised"),
            );
        }
        if let Some(theirs) = &weighted.g_standardised {
            hold_g(&of(Transform::RowStandardised, Own::With), theirs, false, &format!("{what}, Gi*, standardised"));
        }
    });
}

#[test]
fn z_scores_under_kernels_are_those_of_ord_and_getis() {
    each(|what, set, kind, weighted| {
        for (own, theirs) in [(Own::With, &weighted.z), (Own::Without, &weighted.z_without_own)] {
            let Some(theirs) = theirs else { continue };
            let weights = build(set, kind, weighted, Transform::AsMade, own);
            let ours = local_g(&weights, &set.value, None, &never).unwrap();
            for (ours, theirs) in ours.iter().zip(theirs) {
                match ours {
                    Ok(ours) => close(ours.z, theirs.unwrap(), what),
                    Err(_) => assert!(theirs.is_none(), "{what}"),
                }
            }
        }
    });
}

#[test]
fn local_moran_is_that_of_esda() {
    each(|what, set, kind, weighted| {
        let (transform, own) =
            if is_kernel(kind) { (Transform::AsMade, Own::With) } else { (Transform::RowStandardised, Own::Without) };
        let weights = build(set, kind, weighted, transform, own);
        let theirs = &weighted.moran;
        let ours = local_moran(&weights, &set.value, draws(), &never).unwrap();
        for (at, ours) in ours.iter().enumerate() {
            let what = format!("{what}, site {at}");
            let Ok(ours) = ours else {
                assert!(weighted.lists[at].iter().all(|(other, _)| *other == at), "{what}");
                continue;
            };
            close(ours.i, theirs.i[at].unwrap(), &what);
            assert_eq!(ours.quadrant as u8, theirs.quadrant[at], "{what}");
            // esda's moments are those of z Σ w z, its statistic (n - 1) / n of that; and they take a site's own weight for
            // another's.
            if !is_kernel(kind) {
                let scale = 1.0 - 1.0 / set.x.len() as f64;
                close(ours.expected, scale * theirs.expected[at].unwrap(), &what);
                close(ours.variance, scale * scale * theirs.variance[at].unwrap(), &what);
            }
            if let (Some(simulated), Some(theirs)) = (ours.simulated, &theirs.simulated) {
                theirs.hold(at, simulated, &what);
            }
        }
    });
}

#[test]
fn morans_i_is_that_of_esda() {
    each(|what, set, kind, weighted| {
        let Some(theirs) = &weighted.global else { return };
        let weights = build(set, kind, weighted, Transform::RowStandardised, Own::Without);
        let ours = moran(&weights, &set.value, draws(), &never).unwrap();
        close(ours.i, theirs.i, what);
        close(ours.expected, theirs.expected, what);
        close(ours.variance_normal, theirs.variance_normal, what);
        close(ours.p_normal, theirs.p_normal, what);
        close(ours.variance_random, theirs.variance_random, what);
        close(ours.p_random, theirs.p_random, what);
        close(ours.z, theirs.z, what);
        let simulated = ours.simulated.unwrap();
        close_moments(simulated, theirs.mean_sim, theirs.sd_sim, what);
        close_chances(simulated.p_directed, theirs.p_sim, 1.0, what);
    });
}

#[test]
fn q_values_are_those_of_statsmodels() {
    let Some(answer) = answer() else { return };
    for (p, theirs) in chances().iter().zip(&answer.q) {
        for (ours, theirs) in q_values(p).unwrap().iter().zip(theirs) {
            close(*ours, *theirs, "q");
        }
    }
}

#[test]
fn trends_are_those_of_pymannkendall() {
    let Some(answer) = answer() else { return };
    for (at, (series, theirs)) in series().iter().zip(&answer.trends).enumerate() {
        let (ours, what) = (mann_kendall(series).unwrap(), format!("series {at}"));
        close(ours.s as f64, theirs.s, &what);
        close(ours.variance, theirs.variance, &what);
        close(ours.z, theirs.z, &what);
        close(ours.p, theirs.p, &what);
        close(ours.tau, theirs.tau, &what);
        close(ours.slope, theirs.slope, &what);
        if let Some(slope) = theirs.slope_without_gaps {
            close(ours.slope, slope, &what);
        }
    }
}

fn density_of(points: &[(f64, f64)], weights: &[f64]) -> Density {
    let given: Vec<_> = points.iter().zip(weights).map(|((x, y), weight)| (Coord { x: *x, y: *y }, *weight)).collect();
    Density::new(&given).unwrap()
}

/// Density in shares of all weight, as the libraries give it.
fn share_at(density: &Density, bandwidth: f64) -> Vec<f64> {
    let points: Vec<_> = lookouts().iter().map(|(x, y)| Coord { x: *x, y: *y }).collect();
    let found = density.at(&points, density::Kernel::Gaussian, bandwidth, None, &never).unwrap();
    found.iter().map(|value| value / density.total()).collect()
}

#[test]
fn densities_are_those_of_scipy_statsmodels_and_scikit_learn() {
    let Some(answer) = answer() else { return };
    let theirs = &answer.density;
    let weighted = density_of(&cloud(), &cloud_weights());
    for (bandwidth, theirs) in BANDWIDTHS.iter().zip(&theirs.gaussian) {
        close_densities(&share_at(&weighted, *bandwidth), theirs, &format!("bandwidth {bandwidth}"));
    }
    let equal = density_of(&cloud(), &vec![1.0; cloud().len()]);
    close_densities(&share_at(&equal, BANDWIDTHS[0]), &theirs.statsmodels, "statsmodels");

    // scipy's own bandwidth, found and used.
    let four = cloud_weights().repeat(4);
    let turned = density_of(&theirs.turned, &four);
    let bandwidth = turned.rule_of_thumb(density::Kernel::Gaussian).unwrap();
    close(bandwidth, theirs.turned_bandwidth, "Silverman");
    close(bandwidth, theirs.scott, "Scott");
    close_densities(&share_at(&turned, bandwidth), &theirs.turned_density, "scipy");
}

#[test]
fn cross_validated_bandwidths_are_the_best_by_the_criteria_of_statsmodels() {
    let Some(answer) = answer() else { return };
    let equal = density_of(&cloud(), &vec![1.0; cloud().len()]);
    let found = equal.by_likelihood(density::Kernel::Gaussian, &never).unwrap();
    let best = answer.bandwidth.likelihood;
    // A minimum is known to the root of what its value is known to.
    assert!((found / best - 1.0).abs() < 1e-5, "likelihood: {found} is not {best}");
    let (found, best) = (equal.by_least_squares(&never).unwrap(), answer.bandwidth.least_squares);
    assert!((found / best - 1.0).abs() < 1e-5, "least squares: {found} is not {best}");
}

#[test]
fn zones_are_those_of_scikit_learn_but_for_places_between_two() {
    let Some(answer) = answer() else { return };
    for ((points, weights, reach, least), theirs) in cluster_cases().into_iter().zip(&answer.clusters) {
        let keyed: Vec<_> = points.iter().zip(0..).map(|((x, y), key)| (key, Coord { x: *x, y: *y })).collect();
        let options = ZoneOptions { reach, least_weight: least };
        let ours = zones(&Sites::new(&keyed).unwrap(), &weights, options, &never).unwrap();
        let mut cores: Vec<usize> = ours.iter().flat_map(|zone| zone.cores.iter().copied()).collect();
        cores.sort_unstable();
        assert_eq!(cores, theirs.cores);
        let mut of: Vec<i64> = vec![-1; points.len()];
        for zone in &ours {
            let label = theirs.labels[zone.cores[0]];
            assert!(zone.cores.iter().all(|core| theirs.labels[*core] == label));
            zone.members.iter().for_each(|member| of[*member] = label);
        }
        assert_eq!(ours.len() as i64, theirs.labels.iter().max().unwrap() + 1);
        for (at, (ours, theirs)) in of.iter().zip(&theirs.labels).enumerate() {
            // Both know it as noise or neither does.
            assert_eq!(*ours < 0, *theirs < 0, "place {at}");
        }
    }
}

//! Where a drawing lies: its zone, which of its axes is which, its unit. Found from its coordinates, told, and never assumed.

use geo::Coord;

use crate::geom::crs::VN2000_TM3_ZONES;
use crate::geom::project::{ProjectError, Transform};
use crate::geom::{Crs, Envelope};
use crate::text::{both, en, joined, vi};

/// The city in longitude and latitude: the bounds of its 126 communes with a margin of some 5 km.
const HANOI: [f64; 4] = [105.23, 20.51, 106.07, 21.45];

/// VN-2000 in UTM, met in older topographic maps.
const UTM: [u32; 2] = [3405, 3406];

/// How coordinates of a file become metres, x to the east.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// Whether the first number of a pair is the northing, as surveyors write it.
    pub is_swapped: bool,
    /// Metres of one unit of the file.
    pub unit_m: f64,
}

impl Reading {
    /// As the numbers stand.
    pub const PLAIN: Reading = Reading { is_swapped: false, unit_m: 1.0 };

    /// A place of the file in metres, easting first.
    pub fn place(&self, at: Coord<f64>) -> Coord<f64> {
        let (x, y) = if self.is_swapped { (at.y, at.x) } else { (at.x, at.y) };
        // Divided by a whole number, a whole number of millimetres becomes the nearest number there is.
        let per_metre = (1.0 / self.unit_m).round();
        Coord { x: x / per_metre, y: y / per_metre }
    }
}

/// What the user or the file says.
#[derive(Debug, Clone, Default)]
pub struct Said {
    pub crs: Option<Crs>,
    /// `--swap-xy`.
    pub is_swapped: bool,
    /// `--unit`, metres of one unit.
    pub unit_m: Option<f64>,
    /// The unit that the file's header names; a hint in messages alone.
    pub header_unit_m: Option<f64>,
    /// Where the site is on record.
    pub site: Option<SitePlace>,
    /// `--away-from-site`.
    pub is_away: bool,
}

/// Where a site is on record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SitePlace {
    /// Its middle, in longitude and latitude.
    pub at: Coord<f64>,
    /// How far from there a plan for it begins at most: its own extent and how far off it may be, metres.
    pub reach_m: f64,
}

/// A drawing placed.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    pub crs: Crs,
    pub reading: Reading,
    /// Whether the axes were found to be swapped without being told so.
    pub swap_was_found: bool,
}

/// Why a drawing has no place, with the line to run where there is one.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlaceError {
    #[error(
        "tọa độ có vẻ tính bằng milimét (ví dụ {x} {y}{}): nếu đúng, hãy chọn đơn vị mm (--unit mm); không tự đoán / the coordinates look like millimetres (for example {x} {y}{}): add --unit mm if they are; nothing is assumed",
        vi(header),
        en(header)
    )]
    Millimetres { x: f64, y: f64, header: &'static str },
    #[error(
        "tệp không ghi hệ tọa độ. Tọa độ nằm ở Hà Nội theo {}. Hãy chọn hệ đúng, ví dụ: {line} / the file does not name its reference system. Its coordinates lie in Hanoi in {}. Add the one that is right, for example: {line}",
        vi(candidates),
        en(candidates)
    )]
    Unsaid { candidates: String, line: String },
    #[error(
        "tệp không ghi hệ tọa độ, và tọa độ (ví dụ {x} {y}) không nằm ở Hà Nội theo múi VN-2000 nào: hãy đưa bản vẽ về đúng vị trí VN-2000 trước / the file does not name its reference system, and its coordinates (for example {x} {y}) lie in Hanoi in no zone of VN-2000: move the drawing to its place in VN-2000 first"
    )]
    Nowhere { x: f64, y: f64 },
    #[error(
        "toàn bộ bản vẽ nằm ngoài Hà Nội: theo {crs}, điểm giữa ở kinh độ {lon:.4}, vĩ độ {lat:.4}{} / all of the drawing lies outside Hanoi: in {crs} its middle is at longitude {lon:.4}, latitude {lat:.4}{}",
        vi(advice),
        en(advice)
    )]
    Outside { crs: String, lon: f64, lat: f64, advice: String },
    #[error(
        "tọa độ (ví dụ {x} {y}) không có vị trí theo {crs}{} / its coordinates (for example {x} {y}) have no place in {crs}{}",
        vi(advice),
        en(advice)
    )]
    Impossible { crs: String, x: f64, y: f64, advice: String },
    #[error(
        "đồ án cách điểm giữa của cơ sở {far_km:.1} km; cơ sở ghi ở kinh độ {lon:.4}, vĩ độ {lat:.4} và đồ án không thể xa quá {reach_km:.1} km: hãy kiểm tra cơ sở (--site) và hệ tọa độ (--crs){}; hoặc thêm --away-from-site nếu đúng ở đó / the plan lies {far_km:.1} km from the middle of its site, which is on record at longitude {lon:.4}, latitude {lat:.4} with its plan no further off than {reach_km:.1} km: check --site and --crs{}; or add --away-from-site if it lies there",
        vi(advice),
        en(advice)
    )]
    Away { far_km: f64, reach_km: f64, lon: f64, lat: f64, advice: String },
    #[error(
        "{0} tính bằng độ: đồ án vẽ bằng mét, theo một múi VN-2000 / {0} is in degrees: a plan is drawn in metres, in a zone of VN-2000"
    )]
    Degrees(String),
    #[error(transparent)]
    Project(#[from] ProjectError),
}

/// One way to read the coordinates under which they lie in the city.
#[derive(Debug, Clone, PartialEq)]
struct Candidate {
    code: u32,
    reading: Reading,
    from_site_m: Option<f64>,
}

impl Candidate {
    fn flags(&self) -> String {
        let swap = if self.reading.is_swapped { " --swap-xy" } else { "" };
        let unit = if self.reading.unit_m == 1.0 { "" } else { " --unit mm" };
        format!("--crs EPSG:{}{swap}{unit}", self.code)
    }

    fn named(&self) -> String {
        let km = self.from_site_m.map(|far| format!("{:.1}", far / 1000.0));
        let far = km.map(|km| format!(", cách cơ sở {km} km / , {km} km from the site")).unwrap_or_default();
        let swap = if self.reading.is_swapped { " với x và y đổi chỗ /  with x and y swapped" } else { "" };
        let code = self.code;
        both!("EPSG:{code}{swap}{far}"; swap, far)
    }
}

/// Decides where a drawing lies. `middle` is a place amid its coordinates, as the file has them.
///
/// # Errors
/// [`PlaceError`] wherever more than one answer is possible, or none.
pub fn decide(middle: Coord<f64>, said: &Said) -> Result<Placed, PlaceError> {
    let Some(crs) = &said.crs else { return Err(unsaid(middle, said)) };
    if crs.is_in_degrees() {
        return Err(PlaceError::Degrees(crs.to_string()));
    }
    let unit_m = said.unit_m.unwrap_or(1.0);
    let as_told = Reading { is_swapped: said.is_swapped, unit_m };
    let lies_in_hanoi = |reading: Reading| lonlat(crs, reading.place(middle)).is_some_and(is_in_hanoi);
    if lies_in_hanoi(as_told) {
        return Ok(Placed { crs: crs.clone(), reading: as_told, swap_was_found: false });
    }
    let turned = Reading { is_swapped: !said.is_swapped, unit_m };
    // Easting and northing of the city have no number in common, so that only one of the two can be in it.
    if !said.is_swapped && lies_in_hanoi(turned) {
        return Ok(Placed { crs: crs.clone(), reading: turned, swap_was_found: true });
    }
    if said.unit_m.is_none() {
        let small = |is_swapped| Reading { is_swapped, unit_m: 0.001 };
        if lies_in_hanoi(small(false)) || lies_in_hanoi(small(true)) {
            return Err(millimetres(middle, said));
        }
    }
    let others = candidates(middle, said);
    let mut advice = match others.first() {
        Some(best) => {
            let (zones, line) = (list(&others), best.flags());
            both!("; nằm ở Hà Nội theo {zones}: {line}", "; it lies in Hanoi in {zones}: {line}"; zones)
        }
        None => String::new(),
    };
    if said.is_swapped && lies_in_hanoi(turned) {
        advice = "; nếu bỏ --swap-xy thì nằm ở Hà Nội / ; without --swap-xy it lies in Hanoi".to_owned();
    }
    Err(match lonlat(crs, as_told.place(middle)) {
        Some(at) => PlaceError::Outside { crs: crs.to_string(), lon: at.x, lat: at.y, advice },
        None => PlaceError::Impossible { crs: crs.to_string(), x: middle.x, y: middle.y, advice },
    })
}

/// Whether a plan lies at its site. `middle` is a place amid the drawing as the file has it, `around` the rectangle of the
/// plan's boundary, placed. Gives how far it is from the site's middle, km, where it lies away and that was said to be right.
///
/// # Errors
/// [`PlaceError::Away`] where that was not said, with the zone in which it would lie at the site.
pub fn at_site(
    placed: &Placed,
    middle: Coord<f64>,
    around: geo::Rect<f64>,
    said: &Said,
) -> Result<Option<f64>, PlaceError> {
    let Some((site, at)) = said.site.zip(lonlat(&placed.crs, around.center())) else { return Ok(None) };
    let far_m = metres_between(at, site.at);
    let reach_m = site.reach_m + around.width().hypot(around.height()) / 2.0;
    if far_m <= reach_m {
        return Ok(None);
    }
    if said.is_away {
        return Ok(Some(far_m / 1000.0));
    }
    let better = candidates(middle, said).into_iter().next();
    let better = better.filter(|other| other.from_site_m.is_some_and(|other| other < reach_m));
    let advice = better.map(|other| {
        let (zone, line) = (other.named(), other.flags());
        both!("; theo {zone} thì sẽ nằm ở đó: {line}", "; in {zone} it would lie there: {line}"; zone)
    });
    let Coord { x: lon, y: lat } = site.at;
    let advice = advice.unwrap_or_default();
    Err(PlaceError::Away { far_km: far_m / 1000.0, reach_km: reach_m / 1000.0, lon, lat, advice })
}

/// Whether a place of a placed drawing lies in the city.
pub fn is_inside(crs: &Crs, at: Coord<f64>) -> bool {
    lonlat(crs, at).is_some_and(is_in_hanoi)
}

/// The city in the coordinates of a system, for many quick questions; somewhat larger than the city.
pub fn city_in(crs: &Crs) -> Result<Option<Envelope>, ProjectError> {
    let transform = Transform::between(&Crs::Crs84, crs)?;
    let [west, south, east, north] = HANOI;
    let (mut x, mut y) = ([west, east, west, east], [south, south, north, north]);
    transform.points(&mut x, &mut y)?;
    let corner = |of: &[f64; 4], pick: fn(f64, f64) -> f64| of.iter().copied().reduce(pick).unwrap_or(f64::NAN);
    Ok(Envelope::new(corner(&x, f64::min), corner(&y, f64::min), corner(&x, f64::max), corner(&y, f64::max)))
}

fn millimetres(middle: Coord<f64>, said: &Said) -> PlaceError {
    let header = if said.header_unit_m == Some(0.001) {
        "; phần đầu tệp cũng ghi vậy / ; its header says so, too"
    } else {
        ""
    };
    PlaceError::Millimetres { x: middle.x, y: middle.y, header }
}

fn unsaid(middle: Coord<f64>, said: &Said) -> PlaceError {
    let found = candidates(middle, said);
    match found.first() {
        Some(best) if best.reading.unit_m != 1.0 && said.unit_m.is_none() => millimetres(middle, said),
        Some(best) => PlaceError::Unsaid { candidates: list(&found), line: best.flags() },
        None => PlaceError::Nowhere { x: middle.x, y: middle.y },
    }
}

fn list(candidates: &[Candidate]) -> String {
    const SHOWN: usize = 5;
    let mut names: Vec<String> = candidates.iter().take(SHOWN).map(Candidate::named).collect();
    if candidates.len() > SHOWN {
        names.push(format!("thêm {0} / {0} more", candidates.len() - SHOWN));
    }
    joined(&names, "; ")
}

/// Every zone, order of axes and unit under which the middle lies in the city: nearest to the site first, else Hanoi's own
/// zone first and the others by how near their meridian is.
fn candidates(middle: Coord<f64>, said: &Said) -> Vec<Candidate> {
    let zones = VN2000_TM3_ZONES.iter().map(|(code, _)| *code).chain(UTM);
    let units: Vec<f64> = said.unit_m.map_or_else(|| vec![1.0, 0.001], |unit| vec![unit]);
    let readings: Vec<Reading> = units
        .iter()
        .flat_map(|unit_m| [false, true].map(|is_swapped| Reading { is_swapped, unit_m: *unit_m }))
        .collect();
    let mut found: Vec<Candidate> = zones
        .flat_map(|code| readings.iter().map(move |reading| (code, *reading)))
        .filter_map(|(code, reading)| {
            let at = lonlat(&Crs::Epsg(code), reading.place(middle)).filter(|at| is_in_hanoi(*at))?;
            Some(Candidate { code, reading, from_site_m: said.site.map(|site| metres_between(at, site.at)) })
        })
        .collect();
    let rank = |candidate: &Candidate| {
        let meridian = VN2000_TM3_ZONES.iter().find(|(code, _)| *code == candidate.code).map_or(200.0, |(_, at)| *at);
        candidate.from_site_m.unwrap_or((meridian - 105.0).abs())
    };
    found.sort_by(|one, other| rank(one).total_cmp(&rank(other)));
    found
}

/// Metres between two places of the city, good enough to rank by.
pub fn metres_between(a: Coord<f64>, b: Coord<f64>) -> f64 {
    const METRES_OF_A_DEGREE: f64 = 111_320.0;
    let east = (a.x - b.x) * a.y.to_radians().cos();
    east.hypot(a.y - b.y) * METRES_OF_A_DEGREE
}

/// A place of a system in longitude and latitude; `None` where it has none.
fn lonlat(crs: &Crs, at: Coord<f64>) -> Option<Coord<f64>> {
    // Far from every zone PROJ answers with places on the other side of the earth.
    const FAR: f64 = 10_000_000.0;
    if !(at.x.abs() < FAR && at.y.abs() < FAR) {
        return None;
    }
    let transform = Transform::between(crs, &Crs::Crs84).ok()?;
    let (mut x, mut y) = ([at.x], [at.y]);
    transform.points(&mut x, &mut y).ok()?;
    Some(Coord { x: x[0], y: y[0] })
}

fn is_in_hanoi(at: Coord<f64>) -> bool {
    let [west, south, east, north] = HANOI;
    (west..=east).contains(&at.x) && (south..=north).contains(&at.y)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    // Hoan Kiem lake in EPSG:5897 is about 588 600 E, 2 326 300 N.
    const MIDDLE: Coord<f64> = Coord { x: 588_600.0, y: 2_326_300.0 };

    fn said(crs: Option<u32>) -> Said {
        Said { crs: crs.map(Crs::Epsg), ..Said::default() }
    }

    #[test]
    fn a_zone_is_proposed_and_never_assumed() {
        let error = decide(MIDDLE, &said(None)).unwrap_err().to_string();
        assert!(error.contains("EPSG:5897") && error.contains("--crs EPSG:5897"), "{error}");
        let site = Some(SitePlace { at: Coord { x: 105.8528, y: 21.0287 }, reach_m: 500.0 });
        let error = decide(MIDDLE, &Said { site, ..Said::default() }).unwrap_err().to_string();
        assert!(error.contains("EPSG:5897, 0.") && error.contains("km from the site"), "{error}");
    }

    #[test]
    fn what_lies_elsewhere_is_refused_with_the_place_where_it_would_lie() {
        // The same numbers in the zone of 102° lie three degrees further west, in Laos.
        let error = decide(MIDDLE, &said(Some(5896))).unwrap_err().to_string();
        assert!(error.contains("longitude 102.8") && error.contains("--crs EPSG:5897"), "{error}");
        let local = Coord { x: 120.0, y: 80.0 };
        assert!(matches!(decide(local, &said(None)), Err(PlaceError::Nowhere { .. })));
        assert!(matches!(decide(local, &said(Some(5897))), Err(PlaceError::Outside { .. })));
        assert!(matches!(decide(MIDDLE, &said(Some(4756))), Err(PlaceError::Degrees(_))));
    }

    #[test]
    fn millimetres_are_recognised_and_taken_on_request_alone() {
        let middle = MIDDLE * 1000.0;
        for crs in [None, Some(5897)] {
            let error = decide(middle, &said(crs)).unwrap_err().to_string();
            assert!(error.contains("--unit mm"), "{error}");
        }
        let told = Said { unit_m: Some(0.001), ..said(Some(5897)) };
        assert_eq!(decide(middle, &told).unwrap().reading.place(middle), MIDDLE);
    }

    #[test]
    fn swapped_axes_are_found_from_the_citys_ranges() {
        let swapped = Coord { x: MIDDLE.y, y: MIDDLE.x };
        let placed = decide(swapped, &said(Some(5897))).unwrap();
        assert!(placed.swap_was_found);
        assert_eq!(placed.reading.place(swapped), MIDDLE);
        let told = Said { is_swapped: true, ..said(Some(5897)) };
        assert!(!decide(swapped, &told).unwrap().swap_was_found);
        let error = decide(MIDDLE, &told).unwrap_err().to_string();
        assert!(error.contains("without --swap-xy"), "{error}");
    }
}

//! Which reference system a file is in: by its own word, by VN-2000's parameters, or by the user's; never by assumption.
//!
//! A system that looks like VN-2000 but carries no datum shift is asked about: taken for WGS 84 it would move Hanoi 224 m.

use std::ffi::{CStr, CString};

use gdal::spatial_ref::SpatialRef;
use gdal_sys::OGRErr;

use super::ImportError;
use crate::geom::crs::{DEPRECATED_TM3, VN2000_TM3_ZONES};
use crate::geom::project::{self, Transform};
use crate::geom::{Crs, Envelope};

/// What a file says of its reference system.
pub enum Own {
    /// Nothing.
    Unsaid,
    /// The format's rule where the file says nothing; the user may say otherwise.
    ByRule(Crs),
    Declared(SpatialRef),
}

/// What a definition turns out to be.
#[derive(Debug, Clone, PartialEq)]
enum Reading {
    Known(Crs),
    /// VN-2000 without its code.
    Recognised(u32),
    /// VN-2000 by its projection or name, but without the datum shift.
    Doubtful(u32),
    /// A system without a code whose datum is known.
    Custom(Crs),
    UnknownDatum(String),
    /// Local or undefined coordinates.
    Nothing,
    Refused(String),
}

/// Decides the system of the coordinates; `asked` is the user's `--crs`.
///
/// # Errors
/// [`ImportError::Crs`] with what to write.
pub fn decide(own: Own, asked: Option<&Crs>, notices: &mut Vec<String>) -> Result<Crs, ImportError> {
    if let Some(Crs::Epsg(code)) = asked {
        refuse_deprecated(*code)?;
    }
    let unsaid = || {
        ImportError::Crs(
            "tệp không ghi hệ tọa độ: hãy chọn (--crs), ví dụ EPSG:5897 (VN-2000, Hà Nội) hoặc OGC:CRS84 (kinh độ, vĩ độ) / the file does not name its reference system: choose it (--crs), for example EPSG:5897 (VN-2000, Hanoi) or OGC:CRS84 (longitude, latitude)"
                .to_owned(),
        )
    };
    let reading = match own {
        Own::Unsaid => Reading::Nothing,
        Own::ByRule(crs) => match asked {
            Some(asked) => {
                if !same(asked, &crs) {
                    notices.push(format!("tệp không ghi hệ tọa độ; dùng {asked} như đã chọn, không phải {crs} / the file names no reference system; {asked} is taken as asked, not {crs}"));
                }
                return Ok(asked.clone());
            }
            None => return Ok(crs),
        },
        Own::Declared(srs) => read(srs),
    };
    let (found, note) = match reading {
        Reading::Known(Crs::Epsg(code)) => {
            refuse_deprecated(code)?;
            (Crs::Epsg(code), None)
        }
        Reading::Known(crs) | Reading::Custom(crs) => (crs, None),
        Reading::Recognised(code) => {
            let note = format!(
                "định nghĩa trong tệp có tham số của VN-2000: hiểu là EPSG:{code} / the file's own definition is VN-2000 by its parameters: taken as EPSG:{code}"
            );
            (Crs::Epsg(code), Some(note))
        }
        Reading::Doubtful(code) => {
            if asked == Some(&Crs::Epsg(code)) {
                notices.push(format!(
                    "định nghĩa trong tệp thiếu tham số chuyển của VN-2000; dùng EPSG:{code} như đã chọn / the file's definition lacks the datum shift of VN-2000; EPSG:{code} is taken as asked"
                ));
                return Ok(Crs::Epsg(code));
            }
            return Err(ImportError::Crs(format!(
                "định nghĩa trong tệp giống VN-2000 nhưng thiếu tham số chuyển (lệch 224 m ở Hà Nội): nếu tọa độ là VN-2000, hãy chọn EPSG:{code} (--crs) / the file's definition looks like VN-2000 but has no datum shift (224 m in Hanoi): write --crs EPSG:{code} if the coordinates are VN-2000"
            )));
        }
        Reading::UnknownDatum(name) => match asked {
            Some(asked) => {
                notices.push(format!("không biết hệ quy chiếu '{name}' của tệp; dùng {asked} như đã chọn / the datum '{name}' of the file is unknown; {asked} is taken as asked"));
                return Ok(asked.clone());
            }
            None => {
                return Err(ImportError::Crs(format!(
                    "không biết hệ quy chiếu '{name}' của tệp: hãy chọn hệ của các tọa độ (--crs) / the datum '{name}' of the file is unknown: choose the system that the coordinates are in (--crs)"
                )));
            }
        },
        Reading::Nothing => return asked.cloned().ok_or_else(unsaid),
        Reading::Refused(reason) => return Err(ImportError::Crs(reason)),
    };
    if let Some(asked) = asked.filter(|asked| !same(asked, &found)) {
        return Err(ImportError::Crs(format!(
            "tệp ghi {found}, còn hệ đã chọn là {asked}: hãy bỏ --crs hoặc sửa tệp / the file says {found} and --crs says {asked}: leave --crs out, or correct the file"
        )));
    }
    notices.extend(note);
    Ok(found)
}

fn same(a: &Crs, b: &Crs) -> bool {
    a == b || (a.is_wgs84() && b.is_wgs84())
}

fn refuse_deprecated(code: u32) -> Result<(), ImportError> {
    let Some(at) = DEPRECATED_TM3.iter().position(|twin| *twin == code) else { return Ok(()) };
    let right = VN2000_TM3_ZONES[at].0;
    Err(ImportError::Crs(format!(
        "EPSG:{code} đã bị bỏ vì đảo hai hằng số dời trục: nếu tọa độ đông khoảng 500 000, hãy chọn EPSG:{right} (--crs) / EPSG:{code} is deprecated, its false easting and northing are swapped: write --crs EPSG:{right} if the eastings are about 500 000"
    )))
}

fn read(mut srs: SpatialRef) -> Reading {
    if srs.is_compound() {
        // SAFETY: the object is live and ours.
        unsafe { gdal_sys::OSRStripVertical(srs.to_c_hsrs()) };
        srs.set_axis_mapping_strategy(gdal::spatial_ref::AxisMappingStrategy::TraditionalGisOrder);
    }
    let name = srs.name().unwrap_or_default();
    if srs.is_local() || name.to_ascii_lowercase().contains("undefined") {
        return Reading::Nothing;
    }
    if srs.is_geocentric() {
        return Reading::Refused(format!(
            "'{name}' là hệ địa tâm: hãy chuyển tệp sang kinh độ và vĩ độ / '{name}' is geocentric: convert the file to longitude and latitude"
        ));
    }
    if let Some(crs) = authority(&srs) {
        return Reading::Known(crs);
    }
    match vn2000(&srs) {
        Vn2000::Yes(code) => return Reading::Recognised(code),
        Vn2000::WithoutShift(code) => return Reading::Doubtful(code),
        Vn2000::SwappedFalseOrigin(code) => {
            return Reading::Refused(format!(
                "'{name}' là VN-2000 nhưng đảo hai hằng số dời trục: hãy lưu lại theo EPSG:{code} / '{name}' is VN-2000 with false easting and northing swapped: write it anew in EPSG:{code}"
            ));
        }
        Vn2000::No => {}
    }
    let datum = attribute(&srs, "DATUM");
    let is_known = has_epsg_code(&srs, c"GEOGCS")
        || has_epsg_code(&srs, c"DATUM")
        || shift(&srs).is_some()
        || is_wgs84_datum(&datum);
    // PROJ lets an unknown datum match any of the same ellipsoid: then the names must agree too.
    if let Some(crs) = registered_twin(&srs, if is_known { SAME_UNDER_ANOTHER_NAME } else { SAME_BY_NAME }) {
        return Reading::Known(crs);
    }
    match srs.to_wkt() {
        Ok(wkt) if is_known => Reading::Custom(Crs::Wkt(wkt.into())),
        Ok(_) => Reading::UnknownDatum(datum),
        Err(error) => Reading::Refused(error.to_string()),
    }
}

/// The code that the root of the definition carries.
fn authority(srs: &SpatialRef) -> Option<Crs> {
    let code = srs.auth_code();
    match (srs.auth_name()?.as_str(), code) {
        ("EPSG", Ok(4979)) => Some(Crs::Epsg(4326)),
        ("EPSG", Ok(code)) => Some(Crs::Epsg(u32::try_from(code).ok()?)),
        ("OGC", _) if srs.name().is_some_and(|name| name.contains("CRS84") || name.contains("CRS 84")) => {
            Some(Crs::Crs84)
        }
        _ => None,
    }
}

fn has_epsg_code(srs: &SpatialRef, node: &CStr) -> bool {
    // SAFETY: the object is live; the string belongs to it and is only compared.
    unsafe {
        let name = gdal_sys::OSRGetAuthorityName(srs.to_c_hsrs(), node.as_ptr());
        !name.is_null() && CStr::from_ptr(name) == c"EPSG"
    }
}

fn attribute(srs: &SpatialRef, node: &str) -> String {
    srs.get_attr_value(node, 0).ok().flatten().unwrap_or_default()
}

fn is_wgs84_datum(name: &str) -> bool {
    matches!(name, "WGS_1984" | "D_WGS_1984" | "World Geodetic System 1984")
}

/// Seven parameters to WGS 84, where the definition has them.
fn shift(srs: &SpatialRef) -> Option<[f64; 7]> {
    let mut numbers = [0.0; 7];
    // SAFETY: the object is live, the array has the length that is said.
    let code = unsafe { gdal_sys::OSRGetTOWGS84(srs.to_c_hsrs(), numbers.as_mut_ptr(), 7) };
    (code == OGRErr::OGRERR_NONE).then_some(numbers)
}

/// Whether a definition is VN-2000 by its parameters.
enum Vn2000 {
    Yes(u32),
    WithoutShift(u32),
    SwappedFalseOrigin(u32),
    No,
}

fn vn2000(srs: &SpatialRef) -> Vn2000 {
    // SAFETY: the object is live; a null pointer for the error code is allowed.
    let flattening = unsafe { gdal_sys::OSRGetInvFlattening(srs.to_c_hsrs(), std::ptr::null_mut()) };
    let is_ellipsoid =
        srs.semi_major().is_ok_and(|a| (a - 6_378_137.0).abs() < 1e-3) && (flattening - 298.257_223_563).abs() < 1e-7;
    if !is_ellipsoid {
        return Vn2000::No;
    }
    let squeezed =
        |name: &str| name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let says_vn2000 = |name: &str| squeezed(name).contains("vn2000") || squeezed(name).contains("vietnam2000");
    let datum = attribute(srs, "DATUM");
    // Esri's form has no TOWGS84; PROJ then keeps the numbers in the datum's name (`…_towgs84_-191_90441429_…`).
    let is_shift_in_name =
        datum.contains("towgs84") && datum.contains("-191") && datum.contains("-39") && datum.contains("-111");
    let has_shift = match shift(srs) {
        // Published sets differ by up to 1 m; rotations are left out or turned round by some programs.
        Some([x, y, z, ..]) => (x + 191.9).abs() < 2.0 && (y + 39.3).abs() < 2.0 && (z + 111.45).abs() < 2.0,
        None => is_shift_in_name || says_vn2000(&datum),
    };
    let is_zero_or_unsaid = shift(srs).is_none_or(|numbers| numbers.iter().all(|n| n.abs() < 1e-9));
    let is_named =
        says_vn2000(&datum) || says_vn2000(&attribute(srs, "GEOGCS")) || says_vn2000(&attribute(srs, "PROJCS"));
    let zone = if srs.is_projected() { zone(srs) } else { Some((4756, false)) };
    let is_hanoi_like = srs.is_projected() && zone.is_some_and(|(code, _)| !matches!(code, 3405 | 3406));
    match zone {
        Some((code, true)) if has_shift || is_named || is_hanoi_like => Vn2000::SwappedFalseOrigin(code),
        Some((code, false)) if has_shift => Vn2000::Yes(code),
        Some((code, false)) if is_zero_or_unsaid && (is_named || is_hanoi_like) => Vn2000::WithoutShift(code),
        _ => Vn2000::No,
    }
}

/// The VN-2000 zone with this projection, and whether its false origin is swapped.
fn zone(srs: &SpatialRef) -> Option<(u32, bool)> {
    const UTM: [(u32, f64); 2] = [(3405, 105.0), (3406, 111.0)];
    let parameter = |name: &str, otherwise: f64| {
        let name = CString::new(name).unwrap_or_default();
        // SAFETY: the object is live, the name NUL-terminated; a null pointer for the error code is allowed.
        unsafe { gdal_sys::OSRGetNormProjParm(srs.to_c_hsrs(), name.as_ptr(), otherwise, std::ptr::null_mut()) }
    };
    let near = |a: f64, b: f64, tolerance: f64| (a - b).abs() < tolerance;
    if !attribute(srs, "PROJECTION").eq_ignore_ascii_case("Transverse_Mercator") || !near(srs.linear_units(), 1.0, 1e-9)
    {
        return None;
    }
    let (meridian, scale) = (parameter("central_meridian", 0.0), parameter("scale_factor", 1.0));
    let (easting, northing) = (parameter("false_easting", 0.0), parameter("false_northing", 0.0));
    let is_swapped = near(easting, 0.0, 1e-3) && near(northing, 500_000.0, 1e-3);
    let is_right = near(easting, 500_000.0, 1e-3) && near(northing, 0.0, 1e-3);
    if !near(parameter("latitude_of_origin", 0.0), 0.0, 1e-9) || !(is_right || is_swapped) {
        return None;
    }
    let zones: &[(u32, f64)] = if near(scale, 0.9999, 1e-9) {
        &VN2000_TM3_ZONES
    } else if near(scale, 0.9996, 1e-9) {
        &UTM
    } else {
        return None;
    };
    zones.iter().find(|(_, of)| near(*of, meridian, 1e-6)).map(|(code, _)| (*code, is_swapped))
}

/// PROJ's confidence in a match of datum, projection and axes whose names differ.
const SAME_UNDER_ANOTHER_NAME: i32 = 70;

/// As above, with names that agree but for spelling.
const SAME_BY_NAME: i32 = 90;

/// A system of the EPSG register that PROJ finds to be this one, with at least that confidence.
fn registered_twin(srs: &SpatialRef, at_least: i32) -> Option<Crs> {
    let (mut count, mut confidence) = (0, std::ptr::null_mut());
    // SAFETY: the object is live; GDAL returns an array of `count` systems and one of as many numbers, both ours to free;
    // the first system is cloned before that.
    let best = unsafe {
        let found = gdal_sys::OSRFindMatches(srs.to_c_hsrs(), std::ptr::null_mut(), &mut count, &mut confidence);
        let best = if found.is_null() || count < 1 || confidence.is_null() || *confidence < at_least {
            None
        } else {
            SpatialRef::from_c_obj(*found).ok()
        };
        gdal_sys::OSRFreeSRSArray(found);
        gdal_sys::VSIFree(confidence.cast());
        best
    };
    authority(&best?)
}

/// Where coordinates of a system may lie: its area of use with a margin, in its own x and y.
#[derive(Debug, Clone, Copy)]
pub struct AreaOfUse(Option<Envelope>);

/// Where a geometry lies with regard to the area of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whereabouts {
    Inside,
    /// Outside as it is, inside with x and y swapped.
    Swapped,
    Outside,
}

/// Registers of one province are drawn into the next one's zone: this much beyond the area is no fault.
const MARGIN_DEGREES: f64 = 1.5;

impl AreaOfUse {
    /// The area of a system; unbounded where nobody defined it.
    pub fn of(crs: &Crs) -> AreaOfUse {
        if crs.is_wgs84() {
            return AreaOfUse(Envelope::new(-180.0, -90.0, 180.0, 90.0));
        }
        AreaOfUse(bounded(crs))
    }

    pub fn whereabouts(&self, [min_x, min_y, max_x, max_y]: [f64; 4]) -> Whereabouts {
        let Some(area) = self.0 else { return Whereabouts::Inside };
        let holds = |envelope: Option<Envelope>| envelope.is_some_and(|envelope| area.contains(&envelope));
        if holds(Envelope::new(min_x, min_y, max_x, max_y)) {
            Whereabouts::Inside
        } else if holds(Envelope::new(min_y, min_x, max_y, max_x)) {
            Whereabouts::Swapped
        } else {
            Whereabouts::Outside
        }
    }
}

fn bounded(crs: &Crs) -> Option<Envelope> {
    const STEPS: usize = 20;
    let srs = project::spatial_ref(crs).ok()?;
    let area = srs.area_of_use();
    let [west, south, east, north] = match area {
        Some(area) => [
            area.west_lon_degree - MARGIN_DEGREES,
            (area.south_lat_degree - MARGIN_DEGREES).max(-90.0),
            area.east_lon_degree + MARGIN_DEGREES,
            (area.north_lat_degree + MARGIN_DEGREES).min(90.0),
        ],
        None if srs.is_geographic() => return Envelope::new(-180.0, -90.0, 180.0, 90.0),
        None => return None,
    };
    if west >= east {
        return None;
    }
    let to_crs = Transform::between(&Crs::Crs84, crs).ok()?;
    let mut all: Option<Envelope> = None;
    for column in 0..=STEPS {
        for row in 0..=STEPS {
            let part = |from: f64, to: f64, step: usize| from + (to - from) * step as f64 / STEPS as f64;
            let (mut x, mut y) = ([part(west, east, column)], [part(south, north, row)]);
            if to_crs.points(&mut x, &mut y).is_ok()
                && let Some(point) = Envelope::new(x[0], y[0], x[0], y[0])
            {
                all = Some(all.map_or(point, |envelope| envelope.union(point)));
            }
        }
    }
    all
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const TM: &str = "+proj=tmerc +lat_0=0 +lon_0=105 +k=0.9999 +x_0=500000 +y_0=0 +ellps=WGS84 +units=m +no_defs";
    const SHIFT: &str =
        "+towgs84=-191.90441429,-39.30318279,-111.45032835,0.00928836,-0.01975479,0.00427372,0.252906278";

    fn decided(definition: &str, asked: Option<u32>) -> Result<(Crs, Vec<String>), String> {
        let srs = SpatialRef::from_definition(definition).unwrap();
        let mut notices = Vec::new();
        let asked = asked.map(Crs::Epsg);
        let crs = decide(Own::Declared(srs), asked.as_ref(), &mut notices).map_err(|e| e.to_string())?;
        Ok((crs, notices))
    }

    #[test]
    fn no_system_is_refused_with_what_to_write() {
        let error = decide(Own::Unsaid, None, &mut Vec::new()).unwrap_err().to_string();
        assert!(error.contains("(--crs), for example EPSG:5897"), "{error}");
        assert!(decided("LOCAL_CS[\"Nonearth\",UNIT[\"metre\",1]]", None).is_err());
        assert_eq!(decide(Own::Unsaid, Some(&Crs::Epsg(5897)), &mut Vec::new()).unwrap(), Crs::Epsg(5897));
    }

    #[test]
    fn the_deprecated_twins_are_refused_from_file_and_user() {
        // As `ReadConfig` has it: GDAL would put the successor in the place of a deprecated code.
        gdal::config::set_thread_local_config_option("OSR_USE_NON_DEPRECATED", "NO").unwrap();
        for code in DEPRECATED_TM3 {
            assert!(decided(&format!("EPSG:{code}"), None).unwrap_err().contains("deprecated"), "{code}");
            assert!(decide(Own::Unsaid, Some(&Crs::Epsg(code)), &mut Vec::new()).is_err(), "{code}");
        }
        let swapped = TM.replace("+x_0=500000 +y_0=0", "+x_0=0 +y_0=500000");
        assert!(decided(&format!("{swapped} {SHIFT}"), None).unwrap_err().contains("swapped"));
    }

    #[test]
    fn vn2000_without_its_shift_is_asked_about_and_never_taken_for_wgs84() {
        let wgs84 = TM.replace("+ellps=WGS84", "+datum=WGS84");
        let zero = format!("{TM} +towgs84=0,0,0,0,0,0,0");
        let named = r#"GEOGCS["VN-2000",DATUM["unknown",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]"#;
        for (definition, code) in [(TM, 5897), (&wgs84, 5897), (&zero, 5897), (named, 4756)] {
            let error = decided(definition, None).unwrap_err();
            assert!(error.contains(&format!("--crs EPSG:{code}")), "{definition}: {error}");
            assert_eq!(decided(definition, Some(code)).unwrap().0, Crs::Epsg(code), "{definition}");
            assert!(decided(definition, Some(32648)).is_err(), "{definition}");
        }
    }

    #[test]
    fn a_crs_that_contradicts_the_file_is_refused() {
        assert!(decided("EPSG:5897", Some(3405)).unwrap_err().contains("says"));
        assert!(decided("EPSG:4326", Some(5897)).is_err());
        assert_eq!(decided("EPSG:5897", Some(5897)).unwrap().0, Crs::Epsg(5897));
        let mut notices = Vec::new();
        let by_rule = decide(Own::ByRule(Crs::Crs84), Some(&Crs::Epsg(5897)), &mut notices).unwrap();
        assert_eq!((by_rule, notices.len()), (Crs::Epsg(5897), 1));
    }

    #[test]
    fn vn2000_is_recognised_by_its_parameters() {
        let mapinfo = r#"PROJCS["unnamed",GEOGCS["unnamed",DATUM["MIF 9999,28,-191.90441429,-39.30318279,-111.45032835,-0.00928836,0.01975479,-0.00427372,0.252906278,0",SPHEROID["WGS 84",6378137,298.257223563],TOWGS84[-191.90441429,-39.30318279,-111.45032835,0.00928836,-0.01975479,0.00427372,0.252906278]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",105],PARAMETER["scale_factor",0.9999],PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["metre",1]]"#;
        let esri = r#"PROJCS["VN2000_KTT105",GEOGCS["GCS_VN_2000",DATUM["D_Vietnam_2000",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",105.0],PARAMETER["Scale_Factor",0.9999],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#;
        let translations = "+towgs84=-191.904,-39.303,-111.45,0,0,0,0";
        let utm = TM.replace("+k=0.9999", "+k=0.9996");
        let zone = TM.replace("+lon_0=105 ", "+lon_0=105.75 ");
        for (definition, code) in [
            (mapinfo.to_owned(), 5897),
            (esri.to_owned(), 5897),
            (format!("{TM} {SHIFT}"), 5897),
            (format!("{TM} {translations}"), 5897),
            (format!("{utm} {SHIFT}"), 3405),
            (format!("{zone} {SHIFT}"), 9210),
            (format!("+proj=longlat +ellps=WGS84 {SHIFT} +no_defs"), 4756),
        ] {
            assert_eq!(decided(&definition, None).unwrap().0, Crs::Epsg(code), "{definition}");
        }
        assert!(decided(&format!("{TM} {SHIFT}"), None).unwrap().1[0].contains("EPSG:5897"));
    }

    #[test]
    fn utm_on_wgs84_is_what_it_says_and_an_unknown_datum_is_asked_about() {
        assert_eq!(decided("+proj=utm +zone=48 +datum=WGS84", None).unwrap().0, Crs::Epsg(32648));
        let krassowsky = "+proj=tmerc +lon_0=105 +k=1 +x_0=500000 +ellps=krass +no_defs";
        assert!(decided(krassowsky, None).unwrap_err().contains("unknown"));
        assert_eq!(decided(krassowsky, Some(2044)).unwrap().0, Crs::Epsg(2044));
    }

    #[test]
    fn swapped_coordinates_are_told_from_others_outside() {
        let hanoi = AreaOfUse::of(&Crs::Epsg(5897));
        let at = |x: f64, y: f64| [x, y, x, y];
        assert_eq!(hanoi.whereabouts(at(588_591.9, 2_326_345.3)), Whereabouts::Inside);
        assert_eq!(hanoi.whereabouts(at(2_326_345.3, 588_591.9)), Whereabouts::Swapped);
        assert_eq!(hanoi.whereabouts(at(105.8, 21.0)), Whereabouts::Outside);
        let world = AreaOfUse::of(&Crs::Epsg(4326));
        assert_eq!(world.whereabouts(at(105.8, 21.0)), Whereabouts::Inside);
        assert_eq!(world.whereabouts(at(21.0, 105.8)), Whereabouts::Swapped);
        assert_eq!(world.whereabouts(at(588_591.9, 2_326_345.3)), Whereabouts::Outside);
        assert_eq!(world.whereabouts(at(f64::NAN, 21.0)), Whereabouts::Outside);
    }
}

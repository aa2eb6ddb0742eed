//! Coordinate reference systems by authority code or by definition.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A coordinate reference system. Two are equal when they are named alike: `Crs84` and EPSG:4326 differ in axis order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Crs {
    /// WGS 84, longitude first: the default of OGC API - Features.
    Crs84,
    /// WGS 84 with ellipsoidal height.
    Crs84h,
    /// A code of the EPSG register.
    Epsg(u32),
    /// A system without a code, by its WKT definition.
    Wkt(Arc<str>),
}

/// The text names no reference system that we know how to read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' không phải hệ tọa độ: hãy ghi mã EPSG như EPSG:5897, OGC:CRS84, hoặc URI như http://www.opengis.net/def/crs/EPSG/0/5897 / '{0}' is not a reference system: write an EPSG code such as EPSG:5897, OGC:CRS84, or a URI such as http://www.opengis.net/def/crs/EPSG/0/5897"
)]
pub struct CrsError(pub String);

/// EPSG code of VN-2000 / TM-3 zone 482 (central meridian 105°00'), in which Hanoi surveys.
pub const EPSG_HANOI: u32 = 5897;

/// VN-2000 TM-3 zones by code and central meridian in degrees (EPSG register; `domain` sources: Circular 973/2001/TT-TCĐC).
pub const VN2000_TM3_ZONES: [(u32, f64); 18] = [
    (5896, 102.0),
    (5897, 105.0),
    (5898, 108.0),
    (5899, 107.75),
    (9205, 103.0),
    (9206, 104.0),
    (9207, 104.5),
    (9208, 104.75),
    (9209, 105.5),
    (9210, 105.75),
    (9211, 106.0),
    (9212, 106.25),
    (9213, 106.5),
    (9214, 107.0),
    (9215, 107.25),
    (9216, 107.5),
    (9217, 108.25),
    (9218, 108.5),
];

/// Deprecated twins of the TM-3 zones with false easting and northing swapped; data that claims one is refused.
pub const DEPRECATED_TM3: [u32; 4] = [6956, 6957, 6958, 6959];

impl Crs {
    /// Whether it is VN-2000 in metres: a TM-3 zone or UTM 48N and 49N (EPSG:3405, EPSG:3406).
    pub fn is_vn2000_grid(&self) -> bool {
        matches!(self, Crs::Epsg(code) if [3405, 3406].contains(code) || VN2000_TM3_ZONES.iter().any(|(zone, _)| zone == code))
    }

    /// The OGC name, e.g. `http://www.opengis.net/def/crs/EPSG/0/5897`. A definition without a code has no name.
    pub fn uri(&self) -> Option<String> {
        match self {
            Crs::Crs84 => Some("http://www.opengis.net/def/crs/OGC/1.3/CRS84".to_owned()),
            Crs::Crs84h => Some("http://www.opengis.net/def/crs/OGC/0/CRS84h".to_owned()),
            Crs::Epsg(code) => Some(format!("http://www.opengis.net/def/crs/EPSG/0/{code}")),
            Crs::Wkt(_) => None,
        }
    }

    /// Whether the authority defines latitude (or northing) as first axis, so that the wire swaps what we hold as x, y.
    pub fn is_latitude_first(&self) -> bool {
        matches!(self, Crs::Epsg(4326 | 4756 | 4979))
    }

    /// Whether coordinates in this system already are WGS 84 longitude and latitude in the order we hold them.
    pub fn is_wgs84(&self) -> bool {
        matches!(self, Crs::Crs84 | Crs::Crs84h | Crs::Epsg(4326 | 4979))
    }

    /// Whether its unit is the degree, among the systems that are served.
    pub fn is_in_degrees(&self) -> bool {
        self.is_wgs84() || *self == Crs::Epsg(4756)
    }

    /// Reads an EPSG code; none of the deprecated TM-3 twins.
    fn epsg(code: &str, whole: &str) -> Result<Crs, CrsError> {
        match code.parse::<u32>() {
            Ok(code) if (1024..=999_999).contains(&code) => Ok(Crs::Epsg(code)),
            _ => Err(CrsError(whole.to_owned())),
        }
    }
}

impl FromStr for Crs {
    type Err = CrsError;

    /// Reads `EPSG:5897`, `OGC:CRS84`, OGC URIs and URNs, with or without `<…>` as `Content-Crs` has them.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.trim().trim_start_matches('<').trim_end_matches('>');
        let upper = name.to_ascii_uppercase();
        match upper.as_str() {
            "CRS84" | "OGC:CRS84" | "URN:OGC:DEF:CRS:OGC:1.3:CRS84" | "URN:OGC:DEF:CRS:OGC::CRS84" => {
                return Ok(Crs::Crs84);
            }
            "CRS84H" | "OGC:CRS84H" => return Ok(Crs::Crs84h),
            _ => {}
        }
        if let Some(code) = upper.strip_prefix("EPSG:") {
            return Self::epsg(code, text);
        }
        let path = upper
            .strip_prefix("HTTP://WWW.OPENGIS.NET/DEF/CRS/")
            .or_else(|| upper.strip_prefix("HTTPS://WWW.OPENGIS.NET/DEF/CRS/"));
        if let Some(path) = path {
            return match path.split('/').collect::<Vec<_>>().as_slice() {
                ["OGC", _, "CRS84"] => Ok(Crs::Crs84),
                ["OGC", _, "CRS84H"] => Ok(Crs::Crs84h),
                ["EPSG", _, code] => Self::epsg(code, text),
                _ => Err(CrsError(text.to_owned())),
            };
        }
        if let Some(rest) = upper.strip_prefix("URN:OGC:DEF:CRS:EPSG:")
            && let Some((_, code)) = rest.split_once(':')
        {
            return Self::epsg(code, text);
        }
        Err(CrsError(text.to_owned()))
    }
}

impl fmt::Display for Crs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Crs::Crs84 => f.write_str("OGC:CRS84"),
            Crs::Crs84h => f.write_str("OGC:CRS84h"),
            Crs::Epsg(code) => write!(f, "EPSG:{code}"),
            Crs::Wkt(wkt) => {
                let name = wkt.split('"').nth(1).unwrap_or("unnamed");
                write!(f, "custom system \"{name}\"")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_no_reference_system_is_refused() {
        for text in ["", "5897x", "EPSG:", "EPSG:abc", "EPSG:-1", "http://example.org/crs/1", "WGS84"] {
            assert!(text.parse::<Crs>().is_err(), "{text} was read as a reference system");
        }
    }

    #[test]
    fn every_spelling_of_a_system_reads_as_the_same() {
        for text in [
            "EPSG:5897",
            "epsg:5897",
            "http://www.opengis.net/def/crs/EPSG/0/5897",
            "<http://www.opengis.net/def/crs/EPSG/0/5897>",
            "https://www.opengis.net/def/crs/EPSG/9.9/5897",
            "urn:ogc:def:crs:EPSG::5897",
        ] {
            assert_eq!(text.parse::<Crs>(), Ok(Crs::Epsg(5897)), "{text}");
        }
        assert_eq!("OGC:CRS84".parse::<Crs>(), Ok(Crs::Crs84));
        assert_eq!("http://www.opengis.net/def/crs/OGC/1.3/CRS84".parse::<Crs>(), Ok(Crs::Crs84));
    }

    #[test]
    fn only_geographic_epsg_systems_put_latitude_first() {
        assert!(Crs::Epsg(4326).is_latitude_first());
        assert!(Crs::Epsg(4756).is_latitude_first());
        for crs in [Crs::Crs84, Crs::Epsg(5897), Crs::Epsg(3405), Crs::Epsg(9210)] {
            assert!(!crs.is_latitude_first(), "{crs}");
        }
    }
}

//! The operator's own basemap for the page: a PMTiles file that is served in ranges, or the address of another host's pictures.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Response};
use serde_json::{Map, Value, json};

use super::files::{self, Built};
use super::reply::{Reply, send, value};
use super::{App, Ask};
use crate::ogc::media_type::{JSON, PMTILES};
use crate::ogc::problem::Problem;

/// What a file of PMTiles begins with, of the version that the page reads.
const MAGIC: &[u8] = b"PMTiles\x03";

/// Where the file is, from the page's own address.
const FILE: &str = "basemap.pmtiles";

/// A basemap that cannot be used. It is said before the service starts.
#[derive(Debug, thiserror::Error)]
pub enum BasemapError {
    #[error("basemap file {path}: {source}")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("basemap file {0}: this is no PMTiles file of version 3")]
    NoTiles(PathBuf),
    #[error("basemap address '{0}': it starts with https:// or http:// and holds {{z}}, {{x}} and {{y}}")]
    Address(String),
}

/// A basemap, ready to be served.
pub struct Basemap {
    /// What the page is told.
    told: Map<String, Value>,
    file: Option<Arc<Built>>,
    /// From where the page may load what.
    pub policy: HeaderValue,
}

/// Everything the page loads comes from this server, but for the pictures of a basemap that its operator has chosen: those of
/// another host such as `https://tiles.example.vn`.
fn policy(origin: Option<&str>) -> HeaderValue {
    let other = origin.map(|origin| format!(" {origin}")).unwrap_or_default();
    value(&format!(
        "default-src 'self'; connect-src 'self'{other}; img-src 'self' data: blob:{other}; \
         style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; \
         frame-ancestors 'self'"
    ))
}

impl Default for Basemap {
    fn default() -> Basemap {
        Basemap { told: Map::new(), file: None, policy: policy(None) }
    }
}

impl Basemap {
    /// A file of PMTiles.
    ///
    /// # Errors
    /// When it cannot be read or is none.
    pub fn of_file(path: &Path) -> Result<Basemap, BasemapError> {
        let unreadable = |source| BasemapError::Unreadable { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(unreadable)?;
        let mut head = [0; MAGIC.len()];
        match file.read_exact(&mut head) {
            Ok(()) if head == MAGIC => {}
            Err(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => return Err(unreadable(error)),
            _ => return Err(BasemapError::NoTiles(path.to_owned())),
        }
        let file = Built::opened(file).map_err(unreadable)?;
        let told = Map::from_iter([("pmtiles".to_owned(), json!(FILE))]);
        Ok(Basemap { told, file: Some(Arc::new(file)), ..Basemap::default() })
    }

    /// Pictures of another host.
    ///
    /// # Errors
    /// When the address is none of such pictures.
    pub fn of_address(address: &str) -> Result<Basemap, BasemapError> {
        let wrong = || BasemapError::Address(address.to_owned());
        let clean = address.chars().all(|c| c.is_ascii_graphic() && !"\"<>\\;,'".contains(c));
        let is_template = ["{z}", "{x}", "{y}"].iter().all(|part| address.contains(part));
        let (scheme, rest) = address.split_once("://").ok_or_else(wrong)?;
        let host = rest.split('/').next().unwrap_or_default();
        if !clean || !is_template || !["https", "http"].contains(&scheme) || host.is_empty() || host.contains('{') {
            return Err(wrong());
        }
        let told = Map::from_iter([("tiles".to_owned(), json!([address]))]);
        Ok(Basemap { told, file: None, policy: policy(Some(&format!("{scheme}://{host}"))) })
    }

    /// Says whom it is by, and at which zooms there is any of it.
    #[must_use]
    pub fn with(mut self, attribution: Option<&str>, min_zoom: Option<u8>, max_zoom: Option<u8>) -> Basemap {
        let facts = [
            ("attribution", attribution.map(|text| json!(text))),
            ("min_zoom", min_zoom.map(|zoom| json!(zoom))),
            ("max_zoom", max_zoom.map(|zoom| json!(zoom))),
        ];
        self.told.extend(facts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        self
    }
}

/// What there is: an empty object where no basemap is configured.
pub async fn describe(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    ask.params().only(&["f"])?;
    let told = app.basemap().told.clone();
    Ok(send(&app, &ask.headers, Reply::json(JSON, &Value::Object(told))).await)
}

/// The file, or the range of it that is asked for.
pub async fn file(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response<Body>, Problem> {
    let missing =
        || Problem::NotFound("chưa cấu hình bản đồ nền dạng tệp / no basemap is configured as a file".to_owned());
    let file = app.basemap().file.as_ref().ok_or_else(missing)?;
    Ok(files::send(&headers, file, PMTILES, &[]))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_of_tiles_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nền.pmtiles");
        assert!(Basemap::of_file(&path).err().unwrap().to_string().contains("nền.pmtiles"));
        for bytes in [&b""[..], b"PMT", b"PMTiles\x02 of an older version", b"<!doctype html>"] {
            std::fs::write(&path, bytes).unwrap();
            assert!(matches!(Basemap::of_file(&path), Err(BasemapError::NoTiles(_))), "{bytes:?}");
        }
        std::fs::write(&path, b"PMTiles\x03 and more").unwrap();
        assert_eq!(Basemap::of_file(&path).unwrap().policy, Basemap::default().policy);
    }

    #[test]
    fn an_address_that_could_say_more_in_a_header_or_names_no_host_is_refused() {
        for address in [
            "tiles/{z}/{x}/{y}.png",
            "ftp://tiles.example/{z}/{x}/{y}.png",
            "https://tiles.example/{z}/{x}.png",
            "https:///{z}/{x}/{y}.png",
            "https://{s}.tiles.example/{z}/{x}/{y}.png",
            "https://tiles.example; script-src */{z}/{x}/{y}",
            "https://tiles.example;script-src/{z}/{x}/{y}",
        ] {
            assert!(Basemap::of_address(address).is_err(), "{address}");
        }
        let basemap = Basemap::of_address("https://tiles.example:8443/a/{z}/{x}/{y}.png?k=1").unwrap();
        let policy = basemap.policy.to_str().unwrap();
        assert!(policy.contains("connect-src 'self' https://tiles.example:8443; "), "{policy}");
        assert!(policy.contains("img-src 'self' data: blob: https://tiles.example:8443; "), "{policy}");
    }

    #[test]
    fn the_page_is_told_what_is_configured_and_nothing_else() {
        let told = |basemap: Basemap| Value::Object(basemap.told);
        assert_eq!(told(Basemap::default()), json!({}));
        let basemap = Basemap::of_address("https://t.example/{z}/{x}/{y}.png").unwrap();
        let wanted = json!({"tiles": ["https://t.example/{z}/{x}/{y}.png"], "attribution": "© T", "max_zoom": 18});
        assert_eq!(told(basemap.with(Some("© T"), None, Some(18))), wanted);
    }
}

//! The operator's basemap: what the page is told, ranges of a file, and what the page may load from elsewhere.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{Server, refusal, serve};

/// `serve` on an empty store with a configuration.
fn configured(folder: &Path, config: &str) -> Command {
    let store = folder.join("store.gpkg");
    if !store.exists() {
        drop(langxanh::store::gpkg::GpkgStore::create(&store).unwrap());
    }
    let path = folder.join("langxanh.toml");
    std::fs::write(&path, config).unwrap();
    let mut command = serve(&store);
    command.args(["--config", path.to_str().unwrap()]);
    command
}

/// A file that begins as one of PMTiles does; only the page reads on.
fn tiles(folder: &Path) -> PathBuf {
    let path = folder.join("nen.pmtiles");
    let bytes: Vec<u8> = b"PMTiles\x03".iter().copied().chain((8..=255).cycle().take(1000)).collect();
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn a_basemap_that_cannot_be_used_keeps_the_service_from_starting() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        ("[basemap]\npmtiles = \"/nowhere/nen.pmtiles\"", "nen.pmtiles"),
        ("[basemap]\ntiles = \"https://tiles.example/{z}/{x}.png\"", "{y}"),
        ("[basemap]\nattribution = \"©\"", "either pmtiles"),
        ("[basemap]\npmtiles = \"a\"\ntiles = \"https://tiles.example/{z}/{x}/{y}\"", "either pmtiles"),
        ("[basemap]\ntile = \"a\"", "tile"),
    ];
    for (config, says) in cases {
        let error = refusal(&mut configured(folder.path(), config));
        assert!(error.contains(says), "{says:?} is not in {error:?}");
    }
}

#[test]
fn without_one_the_page_is_told_of_none_and_may_load_from_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&mut configured(folder.path(), ""));
    assert_eq!(server.get("/basemap").text(), "{}");
    assert_eq!(server.get("/basemap.pmtiles").status, 404);
    let page = server.get("/?f=html");
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("connect-src 'self';") && !policy.contains("http"), "{policy}");
}

#[test]
fn a_file_is_handed_out_in_ranges() {
    let folder = tempfile::tempdir().unwrap();
    let path = tiles(folder.path());
    let config = format!("[basemap]\npmtiles = {path:?}\nattribution = \"© Bản đồ nền\"\nmax_zoom = 15\n");
    let server = Server::start(&mut configured(folder.path(), &config));
    let told = server.get("/basemap").json();
    let wanted = serde_json::json!({"pmtiles": "basemap.pmtiles", "attribution": "© Bản đồ nền", "max_zoom": 15});
    assert_eq!(told, wanted);
    let whole = std::fs::read(&path).unwrap();
    let range = |text: &str| server.ask("GET", "/basemap.pmtiles", &[("Range", text)]);
    let head = range("bytes=0-126");
    assert_eq!((head.status, head.media_type()), (206, "application/vnd.pmtiles"));
    assert_eq!(head.header("content-range"), Some("bytes 0-126/1008"));
    assert_eq!(head.body, whole[..127]);
    assert_eq!(range("bytes=1000-5000").body, whole[1000..]);
    assert_eq!(range("bytes=1008-").status, 416);
    // The host is ours: nothing is widened.
    let page = server.get("/?f=html");
    assert!(!page.header("content-security-policy").unwrap().contains("http"));
}

#[test]
fn another_host_is_let_in_for_pictures_alone() {
    let folder = tempfile::tempdir().unwrap();
    let config = "[basemap]\ntiles = \"https://tiles.example/a/{z}/{x}/{y}.png\"\n";
    let server = Server::start(&mut configured(folder.path(), config));
    assert_eq!(server.get("/basemap").json()["tiles"][0], "https://tiles.example/a/{z}/{x}/{y}.png");
    let page = server.get("/?f=html");
    let policy = page.header("content-security-policy").unwrap().to_owned();
    let of = |name: &str| policy.split("; ").find(|part| part.starts_with(name)).unwrap_or_default().to_owned();
    assert_eq!(of("connect-src"), "connect-src 'self' https://tiles.example");
    assert_eq!(of("img-src"), "img-src 'self' data: blob: https://tiles.example");
    assert_eq!(policy.matches("tiles.example").count(), 2, "{policy}");
}

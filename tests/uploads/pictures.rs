//! Pictures of features: only pixels come through, and only as pictures.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

use crate::bench::{Bench, bench, bench_with};
use crate::common::http::Answer;

const ITEM: &str = "/collections/clusters/items/a/attachments";

fn picture(format: ImageFormat) -> Vec<u8> {
    let picture = RgbImage::from_fn(64, 32, |x, y| Rgb([x as u8 * 4, y as u8 * 8, 90]));
    let mut bytes = Vec::new();
    DynamicImage::from(picture).write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

fn clusters() -> Bench {
    let bench = bench();
    bench.import("a.csv", "collection=clusters", "id,name_vi\na,A\nb,B\n".as_bytes());
    bench
}

fn path(href: &str) -> String {
    href[href.find("/collections").unwrap()..].to_owned()
}

#[test]
fn what_is_no_picture_is_refused_whatever_it_is_called() {
    let bench = clusters();
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>";
    for media_type in
        ["image/svg+xml", "text/html", "application/octet-stream", "image/gif", "multipart/form-data; boundary=x", ""]
    {
        assert_eq!(bench.server.post(ITEM, media_type, svg).status, 415, "{media_type}");
    }
    let cut = &picture(ImageFormat::Png)[..60];
    for bytes in [
        &svg[..],
        b"<html><script>alert(1)</script></html>",
        b"GIF89a<script>",
        b"\xFF\xD8\xFF\xE0<script>",
        b"%PDF-1.4",
        cut,
    ] {
        for media_type in ["image/jpeg", "image/png", "image/webp"] {
            let answer = bench.server.post(ITEM, media_type, bytes);
            assert_eq!(answer.status, 422, "{}", answer.text());
        }
    }
    assert_eq!(bench.server.post(ITEM, "image/png", b"").status, 400);
    assert_eq!(bench.server.post(ITEM, "image/png", &vec![0; (10 << 20) + 1]).status, 413);
    let other = ITEM.replace("/a/", "/nobody/");
    assert_eq!(bench.server.post(&other, "image/png", &picture(ImageFormat::Png)).status, 404);
    assert_eq!(bench.server.json(ITEM)["attachments"].as_array().unwrap().len(), 0);
    let closed = bench_with("");
    assert!([401, 403, 404].contains(&closed.server.post(ITEM, "image/png", &picture(ImageFormat::Png)).status));
}

#[test]
fn a_picture_is_drawn_anew_and_shown_as_nothing_but_a_picture() {
    let bench = clusters();
    let mut polyglot = picture(ImageFormat::Jpeg);
    polyglot.extend(b"<script>alert(1)</script>PK\x03\x04");
    let sent: Answer = bench.server.post(&format!("{ITEM}?filename=Cong%20thoat.PNG"), "image/jpeg", &polyglot);
    assert_eq!(sent.status, 201, "{}", sent.text());
    let told = sent.json();
    assert_eq!(
        (&told["name"], &told["type"], &told["width"]),
        (&"Cong thoat.jpg".into(), &"image/jpeg".into(), &64.into())
    );
    let href = path(told["href"].as_str().unwrap());
    let shown = bench.server.get(&href);
    assert_eq!((shown.status, shown.media_type()), (200, "image/jpeg"));
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("content-disposition", "inline"),
    ] {
        assert_eq!(shown.header(name), Some(value), "{name}");
    }
    assert!(!shown.body.windows(7).any(|window| window == b"<script"));
    assert_eq!(image::load_from_memory(&shown.body).unwrap().height(), 32);
    let etag = shown.header("etag").unwrap();
    assert_eq!(bench.server.ask("GET", &href, &[("If-None-Match", etag)]).status, 304);
    let again = bench.server.post(ITEM, "image/jpeg", &polyglot);
    assert_eq!((again.status, &again.json()["sha256"]), (201, &told["sha256"]), "the same picture is one");
    assert_eq!(bench.server.json(ITEM)["attachments"].as_array().unwrap().len(), 1);
    // Of another feature, and other kept files, it is not found.
    assert_eq!(bench.server.get(&href.replace("/a/", "/b/")).status, 404);
    let kept: String = rusqlite::Connection::open(&bench.store)
        .unwrap()
        .query_row("SELECT sha256 FROM langxanh_sources WHERE name = 'a.csv'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(bench.server.get(&format!("{ITEM}/{kept}")).status, 404);
    for name in ["..", "x", &"A".repeat(64), &"0".repeat(64)] {
        assert_eq!(bench.server.get(&format!("{ITEM}/{name}")).status, 404, "{name}");
    }
    assert_eq!(bench.request("DELETE", &href, "").status, 204);
    assert_eq!(bench.request("DELETE", &href, "").status, 404);
    assert_eq!(bench.server.get(&href).status, 404);
    let removed = "SELECT count(*) FROM langxanh_attachments WHERE removed_by = 'anonymous' AND who = 'anonymous'";
    assert_eq!(crate::common::count(&bench.store, removed), 1, "who did so stays known");
    let noted = format!(
        "FROM langxanh_changes WHERE collection = 'clusters' AND what LIKE '% sha256:{}%'",
        told["sha256"].as_str().unwrap()
    );
    assert_eq!(
        crate::common::count(&bench.store, &format!("SELECT count(*) {noted}")),
        2,
        "put there once, taken away once"
    );
}

#[test]
fn every_kind_of_picture_is_taken() {
    let bench = clusters();
    for (media_type, format) in
        [("image/png", ImageFormat::Png), ("image/webp", ImageFormat::WebP), ("image/jpeg", ImageFormat::Jpeg)]
    {
        let sent = bench.server.post(ITEM, media_type, &picture(format));
        assert_eq!((sent.status, &sent.json()["type"]), (201, &"image/jpeg".into()), "{media_type}");
    }
}

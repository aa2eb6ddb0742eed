//! The text module against tables and files of other hands: glibc's byte tables and real TCVN3 names of Hanoi.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::collections::BTreeSet;

use common::shared;
use langxanh::text::{Detection, Encoding, decode, detect, fold};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

#[test]
fn every_byte_decodes_as_the_reference_table_says() {
    let Some(table) = shared("domain/vn-legacy-charsets.csv") else {
        return;
    };
    let mut listed = BTreeSet::new();
    for row in csv::Reader::from_path(table).unwrap().records() {
        let row = row.unwrap();
        let byte = u8::from_str_radix(&row[0], 16).unwrap();
        listed.insert(byte);
        for (encoding, code_point) in
            [(Encoding::Tcvn3, &row[2]), (Encoding::Viscii, &row[4]), (Encoding::Windows1258, &row[6])]
        {
            let decoded = decode(encoding, &[byte]);
            match code_point.strip_prefix("U+") {
                Some(hex) => {
                    let expected = char::from_u32(u32::from_str_radix(hex, 16).unwrap()).unwrap();
                    assert_eq!(decoded.text, expected.to_string(), "{encoding} {byte:02X}");
                    assert_eq!(decoded.malformed, 0, "{encoding} {byte:02X}");
                }
                None => assert_eq!(decoded.malformed, 1, "{encoding} {byte:02X}"),
            }
        }
    }
    for byte in (0..0x80).filter(|byte| !listed.contains(byte)) {
        for encoding in [Encoding::Tcvn3, Encoding::Viscii, Encoding::Windows1258] {
            assert_eq!(decode(encoding, &[byte]).text, char::from(byte).to_string());
        }
    }
}

/// A commune's name without its type, and with its tone marks detached from their place: sources disagree on both.
fn comparable(name: &str) -> (String, Vec<char>) {
    let lower = name.to_lowercase();
    let bare = ["phường", "xã", "thị trấn", "p.", "tt."].iter().find_map(|kind| lower.strip_prefix(kind));
    let bare = bare.unwrap_or(&lower);
    let mut marks: Vec<char> = bare.nfd().filter(|c| is_combining_mark(*c)).collect();
    marks.sort_unstable();
    (fold(bare), marks)
}

/// The names of Hanoi's communes between 2014 and 2020, from a source that never was TCVN3.
fn known_communes() -> Option<BTreeSet<(String, Vec<char>)>> {
    let file = std::fs::read(shared("geodata/admin/hanoi_communes_pre2020_vietnam63.geojson")?).unwrap();
    let collection: serde_json::Value = serde_json::from_slice(&file).unwrap();
    let features = collection["features"].as_array().unwrap();
    Some(features.iter().map(|feature| comparable(feature["properties"]["commune_vn"].as_str().unwrap())).collect())
}

/// The reference folder counts 509 names that can be compared; 95 % of them are 484.
fn assert_known(names: &[String], known: &BTreeSet<(String, Vec<char>)>) {
    let found = names.iter().filter(|name| known.contains(&comparable(name))).count();
    assert!(found >= 484, "{found} of {} names are known", names.len());
}

/// The decoded values of a column, and how it was detected.
fn read_column(records: &[csv::ByteRecord], column: usize) -> (Detection, Vec<String>) {
    let detection = detect(records.iter().map(|record| &record[column]));
    let texts = records.iter().map(|record| detection.decode(&record[column]).text).collect();
    (detection, texts)
}

fn records(path: &str) -> Option<Vec<csv::ByteRecord>> {
    Some(csv::Reader::from_path(shared(path)?).unwrap().byte_records().map(Result::unwrap).collect())
}

#[test]
fn real_tcvn3_bytes_are_detected_and_read_to_the_known_communes() {
    let Some(rows) = records("geodata/attributes/hanoi_communes_tcvn3_raw_bytes.csv") else {
        return;
    };
    let Some(known) = known_communes() else {
        return;
    };
    for column in [0, 1] {
        let (detection, texts) = read_column(&rows, column);
        assert_eq!((detection.encoding, detection.mojibake, detection.tie), (Encoding::Tcvn3, None, false));
        assert!(detection.confidence > 0.8, "{detection:?}");
        if column == 0 {
            assert_known(&texts, &known);
        }
    }
}

#[test]
fn real_tcvn3_mojibake_is_detected_and_read_to_the_known_communes() {
    let Some(rows) = records("geodata/attributes/hanoi_communes_tcvn3_mojibake.csv") else {
        return;
    };
    let Some(known) = known_communes() else {
        return;
    };
    let (detection, communes) = read_column(&rows, 0);
    assert_eq!((detection.encoding, detection.mojibake), (Encoding::Utf8, Some(Encoding::Tcvn3)), "{detection:?}");
    assert!(detection.confidence > 0.9 && !detection.tie, "{detection:?}");
    assert_known(&communes, &known);
    for (row, commune) in rows.iter().zip(communes) {
        assert_eq!(commune, std::str::from_utf8(&row[5]).unwrap());
    }
}

#[test]
fn right_unicode_names_are_left_as_they_are() {
    let Some(rows) = records("geodata/attributes/hanoi_communes_tcvn3_mojibake.csv") else {
        return;
    };
    let (detection, communes) = read_column(&rows, 5);
    assert_eq!((detection.encoding, detection.mojibake), (Encoding::Utf8, None), "{detection:?}");
    assert!(rows.iter().zip(communes).all(|(row, commune)| commune.as_bytes() == &row[5]));
}

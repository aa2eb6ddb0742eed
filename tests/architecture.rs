//! What must not exist: imports against the direction of data, and IO in pure modules.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Which modules each module may use. A module that is not listed is an error.
const ARROWS: [(&str, &[&str]); 25] = [
    ("geom", &["text"]),
    ("text", &[]),
    ("domain", &["geom"]),
    ("access", &["text", "domain"]),
    ("filter", &["geom", "text", "domain"]),
    ("query", &["geom", "domain", "filter"]),
    ("compliance", &[]),
    ("hotspot", &["text", "compliance"]),
    ("plan", &["geom", "text", "domain", "compliance"]),
    ("dossier", &["geom", "domain", "compliance", "plan"]),
    ("report", &["text", "access", "compliance", "dossier"]),
    ("store", &["geom", "text", "domain", "access", "filter"]),
    ("edit", &["geom", "text", "domain", "store"]),
    ("publish", &["geom", "text", "domain", "filter", "query", "compliance", "hotspot", "plan", "store"]),
    ("tile", &["geom", "domain", "publish"]),
    (
        "ogc",
        &[
            "geom",
            "text",
            "domain",
            "access",
            "filter",
            "compliance",
            "hotspot",
            "plan",
            "report",
            "store",
            "publish",
            "tile",
        ],
    ),
    (
        "api",
        &[
            "geom",
            "text",
            "domain",
            "access",
            "filter",
            "query",
            "compliance",
            "hotspot",
            "plan",
            "dossier",
            "report",
            "store",
            "edit",
            "publish",
            "tile",
            "ogc",
            "qgis",
            "upload",
        ],
    ),
    ("notify", &["text", "store", "publish", "ogc"]),
    ("transfer", &["geom", "text", "domain", "plan", "store", "publish", "tile", "qgis"]),
    ("upload", &["geom", "text", "domain", "store", "transfer"]),
    ("qgis", &["geom", "text", "domain"]),
    ("sample", &["geom", "text", "domain", "store"]),
    ("config", &[]),
    ("telemetry", &[]),
    (
        "cli",
        &[
            "access",
            "api",
            "compliance",
            "config",
            "domain",
            "dossier",
            "filter",
            "geom",
            "hotspot",
            "notify",
            "ogc",
            "plan",
            "publish",
            "query",
            "report",
            "sample",
            "store",
            "telemetry",
            "text",
            "tile",
            "transfer",
            "upload",
        ],
    ),
];

/// Modules that know no IO. `geom` may name GDAL in two files.
const PURE: [&str; 14] = [
    "geom",
    "text",
    "domain",
    "access",
    "filter",
    "query",
    "compliance",
    "hotspot",
    "plan",
    "dossier",
    "report",
    "edit",
    "tile",
    "qgis",
];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            into.push(path);
        }
    }
}

/// Code of each top-level module without its unit tests and comments, by file.
fn code() -> BTreeMap<PathBuf, (String, String)> {
    let mut all = Vec::new();
    files(&source(), &mut all);
    let mut code = BTreeMap::new();
    for path in all {
        let relative = path.strip_prefix(source()).unwrap().to_owned();
        let module =
            relative.components().next().unwrap().as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned();
        if ["main", "lib"].contains(&module.as_str())
            || relative.components().any(|part| part.as_os_str().to_string_lossy().starts_with("tests"))
        {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let text =
            text.split("#[cfg(test)]\n#[allow").next().unwrap().split("#[cfg(test)]\nmod tests {").next().unwrap();
        let lines: Vec<_> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        code.insert(relative, (module, lines.join("\n")));
    }
    code
}

#[test]
fn modules_use_only_what_the_arrows_allow() {
    let mut faults = Vec::new();
    for (file, (module, text)) in code() {
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == module) else {
            faults.push(format!("{}: the module '{module}' has no arrows", file.display()));
            continue;
        };
        for used in text.split("crate::").skip(1) {
            let name: String = used.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            let is_module = ARROWS.iter().any(|(known, _)| *known == name);
            if is_module && name != module && !allowed.contains(&name.as_str()) {
                faults.push(format!("{}: {module} uses {name}", file.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn pure_modules_know_no_io_and_only_transfer_opens_files_with_gdal() {
    let mut faults = Vec::new();
    for (file, (module, text)) in code() {
        let mut refuse = |what: &str| {
            if text.contains(what) {
                faults.push(format!("{}: {what}", file.display()));
            }
        };
        if PURE.contains(&module.as_str()) {
            for what in ["std::fs", "std::net", "std::env", "tokio", "axum", "rusqlite"] {
                refuse(what);
            }
        }
        let may_call_gdal =
            ["geom/project.rs", "geom/curve.rs", "telemetry.rs"].iter().any(|known| file == Path::new(known));
        if module != "transfer" && !may_call_gdal {
            refuse("gdal::");
        }
        if module != "api" && module != "cli" {
            refuse("axum");
        }
        // `transfer` looks for virtual tables in a stranger's GeoPackage before GDAL sees it.
        if module != "store" && module != "transfer" {
            refuse("rusqlite::Connection");
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Modules whose sentences reach the people who use the page or the command line.
const TELLING: [&str; 9] = ["api", "edit", "query", "filter", "hotspot", "transfer", "domain", "geom", "plan"];

/// Files with sentences that are for people at the console or for programs, or that stand in brackets behind a message, and those
/// whose texts are pairs that are put together apart from each other; tests of the pairs are beside them.
const TELLING_OTHERWISE: [&str; 13] = [
    "api/access.rs",
    "api/basemap.rs",
    "api/health.rs",
    "api/lists",
    "api/metrics.rs",
    "config.rs",
    "sample/mod.rs",
    "compliance/measurement.rs",
    "compliance/table.rs",
    "notify",
    "plan/review",
    "access/identity/keys.rs",
    "upload",
];

/// What comes from or goes to a library, the log or the history, and is put into a sentence where a person reads it.
const NOT_TOLD: [&str; 11] = [
    "undo of change {id}",
    "the visitor may not change the row",
    "the client has left",
    "an edit was refused",
    "nobody takes it",
    "{vi} / has coordinates that are not of {crs}{}: {at}{}",
    "error at line",
    "does not name",
    "an object of GeoJSON",
    "end of file",
    "Non closed ring detected",
];

/// Every text in quotes, with what stands between it and the one before.
fn literals(code: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let (mut rest, mut between) = (code, String::new());
    while let Some(at) = rest.find(['"', '\'', 'r']) {
        between.push_str(&rest[..at]);
        let here = &rest[at..];
        let fence: String = here[1..].chars().take_while(|c| *c == '#').collect();
        let (open, end) = if here.starts_with('r') && here[1 + fence.len()..].starts_with('"') {
            (fence.len() + 2, here[fence.len() + 2..].find(&format!("\"{fence}")).map(|end| end + fence.len() + 2))
        } else if let Some(text) = here.strip_prefix('"') {
            let mut escaped = false;
            let end = text.find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            (1, end.map(|end| end + 1))
        } else {
            // A sign in quotes may be a quotation mark; a lifetime has none at its end.
            let sign = ["'\"'", "'\\''", "'\\\\'"].iter().find(|sign| here.starts_with(**sign));
            let length = sign.map_or(1, |sign| sign.len());
            between.push_str(&here[..length]);
            rest = &here[length..];
            continue;
        };
        let end = end.unwrap_or(here.len());
        found.push((std::mem::take(&mut between), here[open..end].to_owned()));
        rest = &here[(end + 1 + if open > 1 { fence.len() } else { 0 }).min(here.len())..];
    }
    found
}

fn is_vietnamese(text: &str) -> bool {
    text.chars().any(|c| "ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ".contains(c))
}

/// Three words of small letters behind each other: no name, no SQL and no header.
fn is_sentence(text: &str) -> bool {
    let mut run = 0;
    text.split(' ').any(|word| {
        let word = word.trim_matches(|c: char| ",.:;()'\"".contains(c));
        run = if word.len() > 1 && word.chars().all(|c| c.is_ascii_lowercase()) { run + 1 } else { 0 };
        run == 3
    })
}

#[test]
fn whatever_a_person_is_told_has_a_vietnamese_half() {
    let mut faults = Vec::new();
    for (file, (module, text)) in code() {
        if TELLING_OTHERWISE.iter().any(|other| file.starts_with(other)) {
            continue;
        }
        let literals = literals(&text);
        for (at, (before, said)) in literals.iter().enumerate() {
            let is_error = before.trim_end().trim_end_matches('(').ends_with("#[error");
            let is_logged = before.rsplit(';').next().is_some_and(|statement| statement.contains("tracing::"));
            if !(is_error || TELLING.contains(&module.as_str()))
                || !is_sentence(said)
                || is_vietnamese(said)
                || is_logged
            {
                continue;
            }
            // Two languages beside each other, as titles and `both!` have them.
            let is_close = |between: &str| between.len() < 60 && !between.contains(';');
            let earlier =
                at.checked_sub(1).is_some_and(|earlier| is_close(before) && is_vietnamese(&literals[earlier].1));
            let later = literals.get(at + 1).is_some_and(|(between, next)| is_close(between) && is_vietnamese(next));
            if !earlier && !later && !NOT_TOLD.contains(&said.as_str()) {
                faults.push(format!("{}: {said}", file.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

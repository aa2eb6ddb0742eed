//! What must not exist: imports against the direction of data, and IO in pure modules.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Which modules each module may use. A module that is not listed is an error.
const ARROWS: [(&str, &[&str]); 25] = [
    ("geom", &[]),
    ("text", &[]),
    ("domain", &["geom"]),
    ("access", &["text", "domain"]),
    ("filter", &["geom", "text", "domain"]),
    ("query", &["geom", "domain", "filter"]),
    ("compliance", &[]),
    ("hotspot", &["compliance"]),
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

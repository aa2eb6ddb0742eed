//! Drawings written by hand, and a store with the site that they are for.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use langxanh::domain::{FeatureId, Value, catalog};
use langxanh::geom::{Crs, Shape};
use langxanh::store::memory::MemoryStore;
use langxanh::store::{Change, Draft, Mode, Origin, Row, Store};
use langxanh::transfer::drawing::{PlanMode, PlanOptions};
use langxanh::transfer::{EncodingChoice, ImportError};

/// South-west corner of the drawings in EPSG:5897, some 15 km west of the city's centre.
pub const E: f64 = 572_000.123;
pub const N: f64 = 2_330_000.456;

pub fn id(text: &str) -> FeatureId {
    FeatureId::parse(text).unwrap()
}

/// A store with one cluster, `ccn-1`, beside the drawings.
pub fn store() -> MemoryStore {
    let store = MemoryStore::default();
    add_cluster(&store, "ccn-1");
    store
}

/// Adds a cluster beside the drawings.
pub fn add_cluster(store: &dyn Store, name: &str) {
    let clusters = catalog::collection("clusters").unwrap();
    let values = clusters.stored_fields().map(|field| match field.name.as_str() {
        "name_vi" => Value::from("CCN Thử"),
        _ => Value::Null,
    });
    let around = geo::Rect::new((105.69, 21.05), (105.71, 21.07)).to_polygon();
    let shape = Some(Shape::flat(geo::MultiPolygon(vec![around])));
    let draft = Draft { id: Some(id(name)), values: values.collect(), shape };
    let origin = Origin { who: "test".to_owned(), what: "a cluster".to_owned(), why: None };
    store
        .apply(Change { collection: clusters, mode: Mode::Append, drafts: &mut [Ok(draft)].into_iter(), origin })
        .unwrap();
}

pub fn options(source: &Path) -> PlanOptions {
    PlanOptions {
        source: source.to_owned(),
        plan: id("plan-1"),
        site: ("clusters".to_owned(), id("ccn-1")),
        name: None,
        crs: Some(Crs::Epsg(5897)),
        is_swapped: false,
        unit_m: None,
        map: None,
        snap_m: 0.01,
        encoding: EncodingChoice::Auto,
        mode: PlanMode::Append,
        moves_site: false,
        is_away: false,
        dry_run: false,
        who: "test".to_owned(),
    }
}

/// The rows of a collection; none where it was never made.
pub fn rows(store: &dyn Store, collection: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let _ = store.scan(catalog::collection(collection).unwrap(), &mut |row| {
        rows.push(row);
        Ok(())
    });
    rows
}

pub fn value(collection: &str, row: &Row, field: &str) -> Value {
    let (at, _) = catalog::collection(collection).unwrap().field(field).unwrap();
    row.values[at].clone()
}

/// A drawing in text form. Places are in metres from the corner, in the order that `place` gives.
pub struct Dxf {
    pub version: &'static str,
    place: fn(f64, f64) -> (f64, f64),
    entities: Vec<u8>,
    handle: u32,
}

impl Dxf {
    pub fn new() -> Dxf {
        Dxf::placed(|x, y| (E + x, N + y))
    }

    pub fn placed(place: fn(f64, f64) -> (f64, f64)) -> Dxf {
        Dxf { version: "AC1021", place, entities: Vec::new(), handle: 0x100 }
    }

    fn head(&mut self, kind: &str, layer: &str) -> String {
        self.handle += 1;
        format!("0\n{kind}\n5\n{:X}\n8\n{layer}\n", self.handle)
    }

    pub fn polyline(&mut self, layer: &str, is_closed: bool, places: &[(f64, f64)]) -> &mut Dxf {
        let mut text = self.head("LWPOLYLINE", layer);
        write!(text, "100\nAcDbEntity\n100\nAcDbPolyline\n90\n{}\n70\n{}\n", places.len(), u8::from(is_closed))
            .unwrap();
        for (x, y) in places {
            let (x, y) = (self.place)(*x, *y);
            write!(text, "10\n{x:.3}\n20\n{y:.3}\n").unwrap();
        }
        self.entities.extend(text.into_bytes());
        self
    }

    pub fn text(&mut self, layer: &str, at: (f64, f64), text: &[u8]) -> &mut Dxf {
        let head = self.head("TEXT", layer);
        let (x, y) = (self.place)(at.0, at.1);
        let rest = format!("100\nAcDbText\n10\n{x:.3}\n20\n{y:.3}\n40\n2.0\n1\n");
        self.entities.extend(head.into_bytes());
        self.entities.extend(rest.into_bytes());
        self.entities.extend(text);
        self.entities.push(b'\n');
        self
    }

    pub fn raw(&mut self, kind: &str, layer: &str, tags: &str) -> &mut Dxf {
        let head = self.head(kind, layer);
        self.entities.extend(head.into_bytes());
        self.entities.extend(tags.bytes());
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let head = format!(
            "0\nSECTION\n2\nHEADER\n9\n$ACADVER\n1\n{}\n9\n$DWGCODEPAGE\n3\nANSI_1252\n0\nENDSEC\n0\nSECTION\n2\nENTITIES\n",
            self.version
        );
        [head.as_bytes(), &self.entities, b"0\nENDSEC\n0\nEOF\n"].concat()
    }

    pub fn save(&self, dir: &Path, name: &str) -> PathBuf {
        let path = dir.join(name);
        std::fs::write(&path, self.bytes()).unwrap();
        path
    }
}

/// A plan of 200 m × 100 m: a boundary, two lots of 100 m × 80 m for industry, a strip of 200 m × 20 m of green.
pub fn clean() -> Dxf {
    let mut dxf = Dxf::new();
    dxf.polyline("RANH GIOI QH", true, &[(0.0, 0.0), (200.0, 0.0), (200.0, 100.0), (0.0, 100.0)])
        .polyline("CN", true, &[(0.0, 0.0), (100.0, 0.0), (100.0, 80.0), (0.0, 80.0)])
        .polyline("CN", true, &[(100.0, 0.0), (200.0, 0.0), (200.0, 80.0), (100.0, 80.0)])
        .polyline("CX", true, &[(0.0, 80.0), (200.0, 80.0), (200.0, 100.0), (0.0, 100.0)])
        .text("KY HIEU", (50.0, 40.0), b"CN-01")
        .text("KY HIEU", (50.0, 30.0), b"S = 8000 m2")
        .text("KY HIEU", (150.0, 40.0), b"CN-02")
        .text("KY HIEU", (100.0, 90.0), b"CX-01")
        .polyline("CGDD", false, &[(0.0, 5.0), (200.0, 5.0)])
        .polyline("NHA", true, &[(10.0, 10.0), (40.0, 10.0), (40.0, 40.0), (10.0, 40.0)])
        .text("NHA", (20.0, 20.0), b"3T");
    dxf
}

/// Asserts that a drawing is refused with these words and that nothing was stored.
pub fn refused(options: &PlanOptions, words: &[&str]) -> ImportError {
    let store = store();
    let before = store.mark().unwrap();
    let error = langxanh::transfer::drawing::import_plan(&store, options).unwrap_err();
    let said = error.to_string();
    for word in words {
        assert!(said.contains(word), "'{word}' is not in: {said}");
    }
    assert_eq!(store.mark().unwrap(), before, "something was written");
    error
}

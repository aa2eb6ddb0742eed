//! Small files made for the tests, and short ways to import them.

use std::collections::BTreeSet;
use std::ffi::CString;
use std::io::Write;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use gdal::DriverManager;
use gdal::spatial_ref::SpatialRef;
use gdal::vector::{LayerAccess, LayerOptions};
use langxanh::domain::{Collection, FeatureId, Value};
use langxanh::store::memory::MemoryStore;
use langxanh::store::{
    Applied, Attachment, Batch, Changes, Edit, Edited, KeptFile, Mark, Mode, NewAttachment, Origin, Row, Store,
    StoreError, Version,
};
use langxanh::transfer::{EncodingChoice, ImportError, ImportOptions, ImportReport, import};

pub struct Bench {
    pub dir: tempfile::TempDir,
    pub store: MemoryStore,
}

impl Bench {
    pub fn new() -> Bench {
        Bench { dir: tempfile::tempdir().unwrap(), store: MemoryStore::default() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file of the test's own.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub fn options(&self, source: &Path, collection: &str) -> ImportOptions {
        ImportOptions {
            source: source.to_owned(),
            collection: collection.to_owned(),
            layer: None,
            crs: None,
            encoding: EncodingChoice::Auto,
            mode: Mode::Append,
            id_field: None,
            map: None,
            dry_run: false,
            skip_bad: None,
            who: "test".to_owned(),
        }
    }

    pub fn run(&self, options: &ImportOptions) -> Result<ImportReport, ImportError> {
        let before = self.store.version().unwrap();
        let result = import(&self.store, options, &|_, _| {});
        let wrote = result.as_ref().is_ok_and(|report| !report.is_refused() && !report.dry_run);
        assert_eq!(self.store.version().unwrap() != before, wrote, "the store changes exactly when the import says so");
        result
    }

    /// Imports with `--crs` and nothing else said.
    pub fn import(&self, source: &Path, collection: &str, crs: Option<&str>) -> Result<ImportReport, ImportError> {
        let options = ImportOptions { crs: crs.map(|crs| crs.parse().unwrap()), ..self.options(source, collection) };
        self.run(&options)
    }

    /// The message with which an import as a whole is refused.
    pub fn refusal(&self, source: &Path, collection: &str, crs: Option<&str>) -> String {
        match self.import(source, collection, crs) {
            Err(error) => error.to_string(),
            Ok(report) => panic!("{} was taken: {report:?}", source.display()),
        }
    }

    pub fn collection(&self, id: &str) -> Collection {
        self.store.collections().unwrap().into_iter().find(|collection| collection.id == id).unwrap()
    }

    pub fn rows(&self, id: &str) -> Vec<Row> {
        let mut rows = Vec::new();
        self.store
            .scan(&self.collection(id), &mut |row| {
                rows.push(row);
                Ok(())
            })
            .unwrap();
        rows
    }

    /// The values of one field, in row order.
    pub fn values(&self, id: &str, field: &str) -> Vec<Value> {
        let at = self.collection(id).stored_fields().position(|f| f.name == field).unwrap();
        self.rows(id).into_iter().map(|row| row.values[at].clone()).collect()
    }
}

/// A point of each feature, and the bytes of its one text attribute.
pub type Feature<'a> = (&'a str, &'a [u8]);

/// Writes a layer with GDAL: features are well-known text and raw bytes of the attribute `field`.
pub fn layer(
    path: &Path,
    driver: &str,
    srs: Option<&str>,
    field: &str,
    layer_options: &[&str],
    features: &[Feature<'_>],
) {
    let srs = srs.map(|definition| {
        let mut srs = SpatialRef::from_definition(definition).unwrap();
        srs.set_axis_mapping_strategy(gdal::spatial_ref::AxisMappingStrategy::TraditionalGisOrder);
        srs
    });
    let mut dataset = DriverManager::get_driver_by_name(driver).unwrap().create_vector_only(path).unwrap();
    let name = path.file_stem().unwrap().to_str().unwrap();
    let layer = dataset
        .create_layer(LayerOptions { name, srs: srs.as_ref(), options: Some(layer_options), ..LayerOptions::default() })
        .unwrap();
    let definition = gdal::vector::FieldDefn::new(field, gdal_sys::OGRFieldType::OFTString).unwrap();
    definition.set_width(60);
    definition.add_to_layer(&layer).unwrap();
    for (wkt, text) in features {
        let mut feature = gdal::vector::Feature::new(layer.defn()).unwrap();
        if !wkt.is_empty() {
            feature.set_geometry(gdal::vector::Geometry::from_wkt(wkt).unwrap()).unwrap();
        }
        let text = CString::new(*text).unwrap();
        // SAFETY: the feature is live and has this one field; the bytes are copied.
        unsafe { gdal_sys::OGR_F_SetFieldString(feature.c_feature(), 0, text.as_ptr()) };
        feature.create(&layer).unwrap();
    }
}

/// A store that only counts what it is given: the cost of an import without that of a store.
#[derive(Default)]
pub struct Counter(pub std::sync::atomic::AtomicU64);

impl Store for Counter {
    fn collections(&self) -> Result<Vec<Collection>, StoreError> {
        Ok(Vec::new())
    }

    fn version(&self) -> Result<i64, StoreError> {
        Ok(0)
    }

    fn mark(&self) -> Result<Option<Mark>, StoreError> {
        Ok(None)
    }

    fn changes_since(&self, _: &Mark) -> Result<Option<Changes>, StoreError> {
        Ok(None)
    }

    fn scan(&self, _: &Collection, _: &mut dyn FnMut(Row) -> Result<(), StoreError>) -> Result<(), StoreError> {
        Ok(())
    }

    fn row_numbers(&self, _: &Collection) -> Result<Option<RangeInclusive<i64>>, StoreError> {
        Ok(None)
    }

    fn scan_between(
        &self,
        _: &Collection,
        _: RangeInclusive<i64>,
        _: &mut dyn FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        Ok(())
    }

    fn apply_all(&self, batch: Batch<'_>) -> Result<Vec<Applied>, StoreError> {
        let applied = batch.changes.into_iter().map(|change| {
            let inserted = change.drafts.count() as u64;
            self.0.store(inserted, std::sync::atomic::Ordering::Relaxed);
            Applied { inserted, ..Applied::default() }
        });
        Ok(applied.collect())
    }

    fn edit(&self, _: Vec<Edit<'_>>, _: &Origin) -> Result<Vec<Edited>, StoreError> {
        Ok(Vec::new())
    }

    fn find(&self, _: &Collection, _: &FeatureId) -> Result<Option<Row>, StoreError> {
        Ok(None)
    }

    fn holders(&self, _: &Collection, _: &str, _: &str, _: usize) -> Result<Vec<FeatureId>, StoreError> {
        Ok(Vec::new())
    }

    fn source(
        &self,
        _: &str,
        _: &mut dyn FnMut(&[u8]) -> Result<(), StoreError>,
    ) -> Result<Option<KeptFile>, StoreError> {
        Ok(None)
    }

    fn attach(
        &self,
        _: &Collection,
        _: &FeatureId,
        _: NewAttachment<'_>,
        _: &Origin,
    ) -> Result<Attachment, StoreError> {
        Err(StoreError::ReadOnly("it only counts".to_owned()))
    }

    fn detach(&self, _: &Collection, _: &FeatureId, _: &str, _: &Origin) -> Result<bool, StoreError> {
        Ok(false)
    }

    fn attachments(&self, _: &Collection, _: &FeatureId) -> Result<Vec<Attachment>, StoreError> {
        Ok(Vec::new())
    }

    fn histories(
        &self,
        _: &Collection,
        _: Option<&BTreeSet<FeatureId>>,
    ) -> Result<Vec<(FeatureId, Version)>, StoreError> {
        Ok(Vec::new())
    }

    fn history(&self, _: &Collection, _: &FeatureId) -> Result<Vec<Version>, StoreError> {
        Ok(Vec::new())
    }
}

/// A shapefile whose dBase table holds raw bytes; without a `.cpg`, and with the language driver byte set to 0.
pub fn shapefile(path: &Path, srs: Option<&str>, features: &[Feature<'_>]) {
    layer(path, "ESRI Shapefile", srs, "TEN", &["ENCODING="], features);
    let _ = std::fs::remove_file(path.with_extension("cpg"));
    let dbf = path.with_extension("dbf");
    let mut bytes = std::fs::read(&dbf).unwrap();
    bytes[29] = 0;
    std::fs::write(dbf, bytes).unwrap();
}

/// Zips files under given names.
pub fn zip(path: &Path, entries: &[(&str, Vec<u8>)]) {
    let mut zip = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    for (name, bytes) in entries {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

/// The files of a shapefile, as entries of an archive.
pub fn parts(shp: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(shp.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    let same = entries.filter(|path| path.file_stem() == shp.file_stem());
    same.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap())).collect()
}

pub const VN2000: &str = "EPSG:5897";

/// TCVN3 bytes of "Hà Nội", "Cụm công nghiệp" and "làng nghề", each with a place of Hanoi in EPSG:5897.
pub const TCVN3: [Feature<'static>; 3] = [
    ("POINT (588591.944 2326345.3117)", b"H\xB5 N\xE9i"),
    ("POINT (590356.5408 2303823.8664)", b"C\xF4m c\xABng nghi\xD6p"),
    ("POINT (586974.4269 2353075.4545)", b"l\xB5ng ngh\xD2"),
];

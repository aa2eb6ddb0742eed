//! From the path that a user names to a data set that GDAL may open: format by the ending, archives unpacked, all of it
//! whole and within limits.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use tempfile::TempDir;

use super::geojson::{self, Outline};
use super::{ImportError, archive, limits, whole};
use crate::plan::drawing::tags;

/// A format that is read, by the one driver that reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Shapefile,
    /// A dBase table on its own.
    Dbf,
    GeoPackage,
    GeoJson,
    GeoJsonSeq,
    Tab,
    Mif,
    Dxf,
    Kml,
    Gml,
    Gpx,
    FlatGeobuf,
    Csv,
    Xlsx,
    Ods,
}

const ENDINGS: [(&str, Format); 18] = [
    ("shp", Format::Shapefile),
    ("gpkg", Format::GeoPackage),
    ("geojson", Format::GeoJson),
    ("json", Format::GeoJson),
    ("geojsonl", Format::GeoJsonSeq),
    ("geojsons", Format::GeoJsonSeq),
    ("ndjson", Format::GeoJsonSeq),
    ("tab", Format::Tab),
    ("mif", Format::Mif),
    ("dxf", Format::Dxf),
    ("kml", Format::Kml),
    ("gml", Format::Gml),
    ("gpx", Format::Gpx),
    ("fgb", Format::FlatGeobuf),
    ("csv", Format::Csv),
    ("xlsx", Format::Xlsx),
    ("ods", Format::Ods),
    ("dbf", Format::Dbf),
];

impl Format {
    fn of(path: &Path) -> Option<Format> {
        let ending = path.extension()?;
        ENDINGS.iter().find(|(known, _)| ending.eq_ignore_ascii_case(known)).map(|(_, format)| *format)
    }

    /// The name of GDAL's driver.
    pub fn driver(self) -> &'static str {
        match self {
            Format::Shapefile | Format::Dbf => "ESRI Shapefile",
            Format::GeoPackage => "GPKG",
            Format::GeoJson => "GeoJSON",
            Format::GeoJsonSeq => "GeoJSONSeq",
            Format::Tab | Format::Mif => "MapInfo File",
            Format::Dxf => "DXF",
            Format::Kml => "LIBKML",
            Format::Gml => "GML",
            Format::Gpx => "GPX",
            Format::FlatGeobuf => "FlatGeobuf",
            Format::Csv => "CSV",
            Format::Xlsx => "XLSX",
            Format::Ods => "ODS",
        }
    }

    /// Whether text arrives as the file's own bytes, in an encoding that must be found out.
    pub fn is_bytes(self) -> bool {
        matches!(self, Format::Shapefile | Format::Dbf | Format::Tab | Format::Mif | Format::Dxf | Format::Csv)
    }

    /// Whether rows have no geometry but what columns say.
    pub fn is_sheet(self) -> bool {
        matches!(self, Format::Csv | Format::Xlsx | Format::Ods | Format::Dbf)
    }
}

/// A data set that may be opened. What was unpacked or rewritten for it goes when this is dropped.
pub struct DataSet {
    pub format: Format,
    /// What the user named, for messages; `path` may lie in a directory of our own.
    pub source: PathBuf,
    pub path: PathBuf,
    /// The encoding that the file names, as it names it.
    pub declared_encoding: Option<String>,
    /// What GeoJSON says of itself.
    pub outline: Outline,
    /// The layer that is still to be looked for inside.
    pub layer: Option<String>,
    /// Shared by the sets of one archive.
    own: Option<Rc<TempDir>>,
}

/// Finds the data set of a source and checks that it is whole.
pub fn locate(source: &Path, layer: Option<&str>) -> Result<DataSet, ImportError> {
    let path = resolve(source)?;
    if has_ending(&path, "zip") || has_ending(&path, "kmz") {
        check_size(&path)?;
        return from_archive(source, &path, layer);
    }
    let unknown = || ImportError::File { path: source.to_owned(), reason: unknown_ending() };
    let format = Format::of(&path).ok_or_else(unknown)?;
    prepare(source, format, path, layer.map(str::to_owned), None)
}

fn has_ending(path: &Path, known: &str) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(known))
}

/// The file of this machine that a user names.
fn resolve(source: &Path) -> Result<PathBuf, ImportError> {
    let refuse = |reason: &str| ImportError::File { path: source.to_owned(), reason: reason.to_owned() };
    let text = source.to_string_lossy();
    if text.starts_with("/vsi") || text.contains("://") {
        return Err(refuse(
            "chỉ đọc tệp trên máy này: hãy tải về trước / only files on this machine are read: fetch it first",
        ));
    }
    // An absolute path is no connection string of any driver.
    let path = source.canonicalize().map_err(|e| refuse(&e.to_string()))?;
    if path.is_file() { Ok(path) } else { Err(refuse("đây không phải tệp / it is not a file")) }
}

/// A file with all that belongs to it: what stands beside it under the same name, where its format has several files.
pub fn with_siblings(source: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let path = resolve(source)?;
    let is_several = matches!(Format::of(&path), Some(Format::Shapefile | Format::Tab | Format::Mif));
    if !is_several {
        return Ok(vec![path]);
    }
    let fault = |e: io::Error| ImportError::File { path: source.to_owned(), reason: e.to_string() };
    let beside = std::fs::read_dir(path.parent().unwrap_or(Path::new("."))).map_err(fault)?;
    let beside = beside.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>().map_err(fault)?;
    Ok(beside.into_iter().filter(|other| other.is_file() && other.file_stem() == path.file_stem()).collect())
}

fn unknown_ending() -> String {
    let known: Vec<_> = ENDINGS.iter().map(|(ending, _)| format!(".{ending}")).collect();
    format!(
        "đuôi tệp không thuộc các định dạng đọc được: {0}, .kmz, .zip / its ending names no format that is read: {0}, .kmz, .zip",
        known.join(", ")
    )
}

/// An archive unpacked into a directory of our own.
struct Unpacked {
    own: Rc<TempDir>,
    sets: Vec<(Format, PathBuf)>,
}

/// A fault of an archive with the path that the user named.
fn as_named(error: ImportError, source: &Path) -> ImportError {
    match error {
        ImportError::Archive { reason, .. } => ImportError::Archive { path: source.to_owned(), reason },
        other => other,
    }
}

/// The data sets of an archive.
fn sets_of_archive(source: &Path, path: &Path) -> Result<Unpacked, ImportError> {
    let own = TempDir::new().map_err(ImportError::Temporary)?;
    let files = archive::unpack(path, own.path()).map_err(|error| as_named(error, source))?;
    let is_hidden = |path: &Path| path.file_name().and_then(OsStr::to_str).is_none_or(|name| name.starts_with('.'));
    let mut sets: Vec<(Format, PathBuf)> = files
        .into_iter()
        .filter(|path| !is_hidden(path) && !path.components().any(|part| part.as_os_str() == "__MACOSX"))
        .filter_map(|path| Some((Format::of(&path)?, path)))
        .collect();
    // The table of a shapefile or of a MapInfo table is no data set of its own.
    let spatial: Vec<PathBuf> =
        sets.iter().filter(|(f, _)| *f != Format::Dbf).map(|(_, p)| p.with_extension("")).collect();
    sets.retain(|(format, path)| *format != Format::Dbf || !spatial.contains(&path.with_extension("")));
    Ok(Unpacked { own: Rc::new(own), sets })
}

fn nothing_known(source: &Path) -> ImportError {
    ImportError::Archive {
        path: source.to_owned(),
        reason: "không có tệp nào bên trong có đuôi đọc được / no file in it has a known ending".to_owned(),
    }
}

/// Finds every data set of a source: one, or all of an archive.
pub fn locate_all(source: &Path) -> Result<Vec<DataSet>, ImportError> {
    let path = resolve(source)?;
    if !has_ending(&path, "zip") {
        return Ok(vec![locate(source, None)?]);
    }
    check_size(&path)?;
    let Unpacked { own, sets } = sets_of_archive(source, &path)?;
    if sets.is_empty() {
        return Err(nothing_known(source));
    }
    sets.into_iter().map(|(format, path)| prepare(source, format, path, None, Some(own.clone()))).collect()
}

fn from_archive(source: &Path, path: &Path, layer: Option<&str>) -> Result<DataSet, ImportError> {
    let Unpacked { own, mut sets } = sets_of_archive(source, path)?;
    let stem = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut layer = layer;
    if sets.len() > 1 && path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("kmz")) {
        // OGC 12-007r2, clause 6.3: the first KML document of the archive is the one that is meant.
        sets.truncate(1);
    }
    if sets.len() > 1 {
        let names: Vec<String> = sets.iter().map(|(_, path)| stem(path)).collect();
        let found = format!("{0} bộ dữ liệu ({1}) / {0} data sets ({1})", sets.len(), names.join(", "));
        let several = || ImportError::Layer { path: source.to_owned(), found: found.clone(), names: names.clone() };
        let wanted = layer.ok_or_else(several)?;
        sets.retain(|(_, path)| stem(path) == wanted);
        layer = None;
        if sets.len() != 1 {
            return Err(several());
        }
    }
    match sets.pop() {
        Some((format, path)) => {
            let is_its_name = layer == Some(stem(&path).as_str());
            prepare(source, format, path, layer.filter(|_| !is_its_name).map(str::to_owned), Some(own))
        }
        None => Err(nothing_known(source)),
    }
}

fn prepare(
    source: &Path,
    mut format: Format,
    path: PathBuf,
    layer: Option<String>,
    own: Option<Rc<TempDir>>,
) -> Result<DataSet, ImportError> {
    check_size(&path)?;
    let mut outline = Outline::default();
    let whole = match format {
        Format::Shapefile => whole::shapefile(&path),
        Format::Dbf => whole::dbf_rows(&path).map(|_| ()),
        Format::GeoPackage => whole::geopackage(&path),
        // The ending is often that of the other one.
        Format::GeoJson | Format::GeoJsonSeq => geojson::outline(&path).map(|found| {
            format = if found.texts > 1 { Format::GeoJsonSeq } else { Format::GeoJson };
            outline = found;
        }),
        Format::Tab => whole::tab(&path),
        Format::Dxf => whole::dxf(&path),
        Format::Kml | Format::Gml | Format::Gpx => whole::xml(&path),
        Format::Mif => whole::mif(&path),
        Format::FlatGeobuf | Format::Csv => Ok(()),
        Format::Xlsx | Format::Ods => {
            archive::inspect(&path).map_err(|error| as_named(error, source))?;
            Ok(())
        }
    };
    whole.map_err(|reason| ImportError::Incomplete { path: source.to_owned(), reason })?;
    let declared_encoding = declared_encoding(format, &path);
    let set = DataSet { format, source: source.to_owned(), declared_encoding, outline, path, layer, own };
    match format {
        Format::Tab | Format::Mif => set.with_neutral_charset().map_err(ImportError::Temporary),
        Format::Dxf if whole::is_binary_dxf(&set.path) => set.into_text_drawing(),
        _ => Ok(set),
    }
}

/// The size of a file with all that stands beside it under the same name.
fn check_size(path: &Path) -> Result<(), ImportError> {
    let beside = path.parent().and_then(|dir| std::fs::read_dir(dir).ok()).into_iter().flatten().flatten();
    let same_stem = beside.filter(|entry| entry.path().file_stem() == path.file_stem());
    let bytes: u64 = same_stem.filter_map(|entry| entry.metadata().ok()).map(|meta| meta.len()).sum();
    if bytes > limits::FILE_BYTES {
        let limit = format!("{} GiB", limits::FILE_BYTES >> 30);
        return Err(ImportError::Limit { what: format!("{} with {bytes} bytes", path.display()), limit });
    }
    Ok(())
}

/// Bytes of a `.cpg` file or a text header that can name an encoding.
fn first_bytes(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(4096).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn declared_encoding(format: Format, path: &Path) -> Option<String> {
    match format {
        Format::Shapefile | Format::Dbf => {
            if let Some(cpg) = whole::sibling(path, "cpg").and_then(|cpg| first_bytes(&cpg)) {
                return Some(String::from_utf8_lossy(&cpg).trim().to_owned()).filter(|name| !name.is_empty());
            }
            let table = if format == Format::Dbf { path.to_owned() } else { whole::sibling(path, "dbf")? };
            // The language driver of dBase, byte 29: 03, 57 and 58 are ANSI, 2A is the Vietnamese code page.
            match first_bytes(&table)?.get(29)? {
                0x2A => Some("1258".to_owned()),
                0x03 | 0x57..=0x59 => Some("1252".to_owned()),
                _ => None,
            }
        }
        Format::Tab | Format::Mif => {
            let head = String::from_utf8_lossy(&first_bytes(path)?).into_owned();
            let line =
                head.lines().find(|line| line.to_ascii_lowercase().trim_start_matches('!').starts_with("charset"))?;
            let name = line.split_whitespace().nth(1)?.trim_matches('"');
            match name.to_ascii_lowercase().as_str() {
                "windowslatin1" => Some("1252".to_owned()),
                "windowsvietnamese" => Some("1258".to_owned()),
                "utf-8" => Some("UTF-8".to_owned()),
                _ => None,
            }
        }
        // AutoCAD 2007 (AC1021) and later write UTF-8; the code page counts before that.
        Format::Dxf => {
            let head = String::from_utf8_lossy(&first_bytes(path)?).into_owned();
            let mut lines = head.lines().map(str::trim);
            let mut value = |name: &str| lines.by_ref().find(|line| *line == name).and_then(|_| lines.nth(1));
            let version = value("$ACADVER").unwrap_or_default().to_owned();
            if version.as_str() >= "AC1021" {
                Some("UTF-8".to_owned())
            } else {
                value("$DWGCODEPAGE").map(str::to_owned)
            }
        }
        _ => None,
    }
}

impl DataSet {
    /// A directory that goes when this is dropped.
    fn own_dir(&mut self) -> io::Result<Rc<TempDir>> {
        let own = match self.own.take() {
            Some(own) => own,
            None => Rc::new(TempDir::new()?),
        };
        Ok(self.own.insert(own).clone())
    }

    /// The tags of a binary drawing, which GDAL does not read, as a text drawing.
    fn into_text_drawing(mut self) -> Result<DataSet, ImportError> {
        let dir = tempfile::tempdir_in(self.own_dir().map_err(ImportError::Temporary)?.path());
        let text = dir.map_err(ImportError::Temporary)?.keep().join("drawing.dxf");
        let broken = |reason: String| ImportError::Incomplete { path: self.source.clone(), reason };
        let from = BufReader::with_capacity(1 << 16, File::open(&self.path).map_err(|e| broken(e.to_string()))?);
        let mut create = || Ok(Box::new(io::BufWriter::new(File::create(&text)?)) as Box<dyn Write>);
        tags::contents(from, &mut create).map_err(|error| broken(error.to_string()))?;
        self.declared_encoding = declared_encoding(self.format, &text);
        self.path = text;
        Ok(self)
    }

    /// A copy of a MapInfo header that names no charset, beside links to the other files: GDAL's own decoding loses the
    /// last letter of windows-1258, so the bytes are wanted as they are.
    fn with_neutral_charset(mut self) -> io::Result<DataSet> {
        let own = self.own_dir()?;
        let header_dir = tempfile::tempdir_in(own.path())?.keep();
        let name = self.path.file_name().unwrap_or_default();
        let header = header_dir.join(name);
        for entry in self.path.parent().map(std::fs::read_dir).transpose()?.into_iter().flatten() {
            let beside = entry?.path();
            if beside.is_file() && beside != self.path && beside.file_stem() == self.path.file_stem() {
                std::os::unix::fs::symlink(
                    beside.canonicalize()?,
                    header_dir.join(beside.file_name().unwrap_or_default()),
                )?;
            }
        }
        let mut from = BufReader::new(File::open(&self.path)?);
        let mut to = io::BufWriter::new(File::create(&header)?);
        let mut line = Vec::new();
        // A table's header is short and a MIF's ends with "Data": the charset stands in the first lines of both.
        for _ in 0..64 {
            line.clear();
            from.by_ref().take(1 << 20).read_until(b'\n', &mut line)?;
            to.write_all(&neutral(&line))?;
        }
        io::copy(&mut from, &mut to)?;
        to.flush()?;
        self.path = header;
        Ok(self)
    }
}

/// A header line with the name of its charset replaced.
fn neutral(line: &[u8]) -> Vec<u8> {
    let lower = line.to_ascii_lowercase();
    let Some(at) = lower.windows(7).position(|word| word == b"charset") else { return line.to_vec() };
    let mut out = line[..at + 7].to_vec();
    let quoted = line[at..].contains(&b'"');
    out.extend_from_slice(if quoted { b" \"Neutral\"\n" } else { b" Neutral\n" });
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn refusal(source: &str) -> String {
        match locate(Path::new(source), None) {
            Ok(set) => format!("taken as {:?}", set.format),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_is_no_file_of_this_machine_is_refused() {
        assert!(refusal("/vsicurl/http://example.org/a.shp").contains("fetch it first"));
        assert!(refusal("https://example.org/a.geojson").contains("fetch it first"));
        assert!(refusal("/nowhere/a.shp").contains("No such file"));
        let dir = tempfile::Builder::new().suffix(".gdb").tempdir().unwrap();
        assert!(refusal(dir.path().to_str().unwrap()).contains("not a file"));
    }

    #[test]
    fn virtual_formats_and_unknown_endings_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["a.vrt", "a.sqlite", "a", "a.gdb"] {
            let path = dir.path().join(name);
            std::fs::write(&path, "<OGRVRTDataSource/>").unwrap();
            assert!(refusal(path.to_str().unwrap()).contains("names no format"), "{name}");
        }
    }

    #[test]
    fn the_charset_of_a_mapinfo_header_is_neutralised() {
        assert_eq!(neutral(b"!charset WindowsVietnamese\r\n"), b"!charset Neutral\n");
        assert_eq!(neutral(b"  Type NATIVE Charset \"WindowsLatin1\"\n"), b"  Type NATIVE Charset \"Neutral\"\n");
        assert_eq!(neutral(b"  Fields 3\n"), b"  Fields 3\n");
    }
}

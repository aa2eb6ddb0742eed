//! Whether a file is whole and keeps to itself, asked before GDAL opens it.
//!
//! Drivers read on past what is missing: a shapefile without its tail opens with fewer features, a text that ends early
//! with fewer rows. Each format says somewhere how much there should be; here that is compared with what is there.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::plan::drawing::tags;

/// The root element of an XML file starts within this.
pub const PROLOG_BYTES: usize = 64 << 10;

/// The file beside `path` with another ending, in lower or upper case.
pub fn sibling(path: &Path, ending: &str) -> Option<PathBuf> {
    [ending.to_owned(), ending.to_ascii_uppercase()].into_iter().map(|e| path.with_extension(e)).find(|p| p.is_file())
}

fn read_head(path: &Path, bytes: usize) -> Result<Vec<u8>, String> {
    let mut head = Vec::with_capacity(bytes);
    let file = File::open(path).map_err(|e| e.to_string())?;
    file.take(bytes as u64).read_to_end(&mut head).map_err(|e| e.to_string())?;
    Ok(head)
}

fn size(path: &Path) -> Result<u64, String> {
    Ok(std::fs::metadata(path).map_err(|e| e.to_string())?.len())
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The numbers of a header, each refused when the header ends before it.
struct Header(Vec<u8>);

impl Header {
    fn bytes<const N: usize>(&self, at: usize) -> Result<[u8; N], String> {
        let bytes = self.0.get(at..at + N).and_then(|slice| slice.try_into().ok());
        bytes.ok_or_else(|| "phần đầu tệp bị cắt cụt / the header is cut off".to_owned())
    }

    fn u16_le(&self, at: usize) -> Result<u64, String> {
        Ok(u16::from_le_bytes(self.bytes(at)?).into())
    }

    fn u32_le(&self, at: usize) -> Result<u64, String> {
        Ok(u32::from_le_bytes(self.bytes(at)?).into())
    }

    fn u32_be(&self, at: usize) -> Result<u64, String> {
        Ok(u32::from_be_bytes(self.bytes(at)?).into())
    }
}

/// A shapefile's three files against each other (ESRI Shapefile Technical Description, 1998).
pub fn shapefile(shp: &Path) -> Result<(), String> {
    let missing = |ending: &str| {
        format!("thiếu tệp .{ending} đi cùng {0} / the .{ending} file beside {0} is missing", file_name(shp))
    };
    let dbf = sibling(shp, "dbf").ok_or_else(|| missing("dbf"))?;
    let shx = sibling(shp, "shx").ok_or_else(|| missing("shx"))?;
    let shp_size = size(shp)?;
    for (path, what) in [(shp, ".shp"), (shx.as_path(), ".shx")] {
        let header = Header(read_head(path, 100)?);
        if header.u32_be(0)? != 9994 {
            return Err(format!(
                "tệp {what} không bắt đầu như một shapefile / the {what} file does not start as a shapefile"
            ));
        }
        let (claimed, found) = (header.u32_be(24)? * 2, size(path)?);
        if found < claimed {
            return Err(format!(
                "tệp {what} chỉ có {found} trên {claimed} byte ghi ở phần đầu / the {what} file has {found} of the {claimed} bytes that its header names"
            ));
        }
    }
    let (index_bytes, rows) = (Header(read_head(&shx, 100)?).u32_be(24)? * 2, dbf_rows(&dbf)?);
    let shapes = index_bytes.saturating_sub(100) / 8;
    if shapes != rows {
        return Err(format!(
            "tệp .shx có {shapes} hình, tệp .dbf có {rows} dòng / the .shx file counts {shapes} shapes, the .dbf file {rows} rows"
        ));
    }
    let mut index = BufReader::new(File::open(&shx).map_err(|e| e.to_string())?);
    index.seek(SeekFrom::Start(100)).map_err(|e| e.to_string())?;
    for row in 1..=shapes {
        let mut entry = [0u8; 8];
        index.read_exact(&mut entry).map_err(|e| e.to_string())?;
        let entry = Header(entry.to_vec());
        let end = (entry.u32_be(0)? + 4 + entry.u32_be(4)?) * 2;
        if end > shp_size {
            return Err(format!(
                "hình của dòng {row} kết thúc ở byte {end} của tệp .shp dài {shp_size} byte / the shape of row {row} ends at byte {end} of a .shp file of {shp_size} bytes"
            ));
        }
    }
    Ok(())
}

/// A dBase table's rows, each of which is there.
pub fn dbf_rows(dbf: &Path) -> Result<u64, String> {
    let header = Header(read_head(dbf, 32)?);
    let (rows, start, length) = (header.u32_le(4)?, header.u16_le(8)?, header.u16_le(10)?);
    let (claimed, found) = (start + rows * length, size(dbf)?);
    if start < 32 || length == 0 || found < claimed {
        return Err(format!(
            "{0} chỉ có {found} trên {claimed} byte mà {rows} dòng cần / {0} has {found} of the {claimed} bytes that {rows} rows take",
            file_name(dbf)
        ));
    }
    Ok(rows)
}

/// A MapInfo table that names no other table, with all of its rows.
pub fn tab(path: &Path) -> Result<(), String> {
    let text = String::from_utf8_lossy(&read_head(path, 1 << 20)?).to_ascii_lowercase();
    if text.contains("isseamless") || text.contains("create view") || text.contains("open table") {
        return Err("đây là khung nhìn hoặc bảng ghép từ tệp khác: hãy nhập từng tệp đó / it is a view or a seamless table over other files: import those one by one".to_owned());
    }
    if text.contains("type native") {
        let dat = sibling(path, "dat").ok_or("thiếu tệp .dat đi cùng / the .dat file beside it is missing")?;
        dbf_rows(&dat)?;
        return Ok(());
    }
    if text.contains("type dbf") {
        let dbf = sibling(path, "dbf").ok_or("thiếu tệp .dbf đi cùng / the .dbf file beside it is missing")?;
        dbf_rows(&dbf)?;
        return Ok(());
    }
    Err("chỉ đọc bảng kiểu NATIVE và DBF / only tables of type NATIVE and DBF are read".to_owned())
}

/// A drawing that ends as one.
pub fn dxf(path: &Path) -> Result<(), String> {
    let mut file = File::open(path).map_err(|e| e.to_string())?;
    let tail_start = size(path)?.saturating_sub(64);
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(tail_start)).and_then(|_| file.read_to_end(&mut tail)).map_err(|e| e.to_string())?;
    // The texts of a binary drawing end with a zero byte.
    let end = tail.strip_suffix(b"\0").unwrap_or(tail.trim_ascii_end());
    if end.ends_with(b"EOF") {
        Ok(())
    } else {
        Err("dòng cuối không phải EOF / its last line is not EOF".to_owned())
    }
}

/// Whether a drawing is a binary one.
pub fn is_binary_dxf(path: &Path) -> bool {
    read_head(path, 32).is_ok_and(|head| tags::is_binary(&head))
}

/// A GeoPackage whose tables are plain ones: a virtual table may read other files or the network, a view may never end.
pub fn geopackage(path: &Path) -> Result<(), String> {
    if !read_head(path, 16)?.starts_with(b"SQLite format 3\0") {
        return Err(
            "tệp không bắt đầu như một cơ sở dữ liệu SQLite / it does not start as an SQLite database".to_owned()
        );
    }
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let database = rusqlite::Connection::open_with_flags(path, flags).map_err(|e| e.to_string())?;
    let query = "SELECT name, type = 'view' FROM sqlite_master WHERE (type = 'view' AND sql LIKE '%RECURSIVE%') \
                 OR (sql LIKE 'CREATE VIRTUAL TABLE%' AND sql NOT LIKE '%USING%rtree%' AND sql NOT LIKE '%USING%fts%')";
    let named = database.query_row(query, [], |row| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?)));
    match named {
        Ok((name, true)) => Err(format!(
            "'{name}' là khung nhìn tự gọi chính nó và có thể không dừng / '{name}' is a view that calls itself and may never end"
        )),
        Ok((name, false)) => Err(format!(
            "'{name}' là bảng ảo, có thể đọc tệp khác / '{name}' is a virtual table, which may read other files"
        )),
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

/// A MapInfo interchange file whose attributes end where a row does.
pub fn mif(path: &Path) -> Result<(), String> {
    // Without columns there is no such file.
    sibling(path, "mid").map_or(Ok(()), |mid| closed_quotations(&mid))
}

/// Whether every quotation that is opened is closed, too: one that is not swallows the rest of the file without a word.
pub fn closed_quotations(path: &Path) -> Result<(), String> {
    let mut file = BufReader::with_capacity(1 << 16, File::open(path).map_err(|e| e.to_string())?);
    let mut quotes = 0usize;
    loop {
        let bytes = file.fill_buf().map_err(|e| e.to_string())?;
        let count = bytes.len();
        if count == 0 {
            break;
        }
        if bytes.contains(&0) {
            return Err("tệp có byte không phải văn bản / it holds bytes that are no text".to_owned());
        }
        quotes += bytes.iter().filter(|byte| **byte == b'"').count();
        file.consume(count);
    }
    if quotes % 2 == 1 {
        Err("có dấu nháy (\") mở mà không đóng / a quotation mark (\") is opened and never closed".to_owned())
    } else {
        Ok(())
    }
}

/// An XML file without a document type, hence without entities, nested to no great depth, with coordinates that are numbers
/// (readers drop those that are not, and the place with them).
pub fn xml(path: &Path) -> Result<(), String> {
    refuse_entities(&read_head(path, PROLOG_BYTES)?)?;
    let mut markup = Markup(BufReader::with_capacity(1 << 16, File::open(path).map_err(|e| e.to_string())?));
    let mut depth = 0usize;
    let mut is_coordinates = false;
    while let Some((text, tag)) = markup.next().map_err(|e| e.to_string())? {
        if is_coordinates && text.iter().any(|byte| byte.is_ascii_alphabetic() && !byte.eq_ignore_ascii_case(&b'e')) {
            let text = String::from_utf8_lossy(&text);
            let start: String = text.trim().chars().take(60).collect();
            return Err(format!("tọa độ không phải số: '{start}' / coordinates are not numbers: '{start}'"));
        }
        is_coordinates = false;
        match tag.as_slice() {
            [b'/', ..] => depth = depth.saturating_sub(1),
            [b'?' | b'!', ..] | [.., b'/'] => {}
            _ => {
                depth += 1;
                is_coordinates = holds_coordinates(&tag);
            }
        }
        if depth > XML_DEPTH {
            return Err(format!(
                "các phần tử lồng nhau quá {XML_DEPTH} lớp / its elements are nested more than {XML_DEPTH} deep"
            ));
        }
    }
    if depth > 0 {
        Err("tệp kết thúc giữa một phần tử / it ends inside an element".to_owned())
    } else {
        Ok(())
    }
}

/// Elements inside each other; a real file has a dozen.
const XML_DEPTH: usize = 200;

fn holds_coordinates(tag: &[u8]) -> bool {
    let name = tag.split(u8::is_ascii_whitespace).next().unwrap_or_default();
    let local = name.rsplit(|byte| *byte == b':').next().unwrap_or_default();
    matches!(local, b"coordinates" | b"pos" | b"posList" | b"coord")
}

/// XML cut into pairs of a text and the tag behind it, with no more understanding than that takes.
struct Markup<R>(R);

impl<R: BufRead> Markup<R> {
    /// The next text and what stands between `<` and `>`; `None` at the end.
    fn next(&mut self) -> std::io::Result<Option<(Vec<u8>, Vec<u8>)>> {
        let mut text = Vec::new();
        self.0.read_until(b'<', &mut text)?;
        if text.pop() != Some(b'<') {
            return Ok(None);
        }
        let mut tag = Vec::new();
        // Comments and CDATA may hold a `>`; each has an end of its own.
        loop {
            self.0.read_until(b'>', &mut tag)?;
            let is_whole = if tag.starts_with(b"!--") {
                tag.ends_with(b"-->")
            } else if tag.starts_with(b"![CDATA[") {
                tag.ends_with(b"]]>")
            } else {
                true
            };
            if !tag.ends_with(b">") {
                return Ok(None);
            }
            if is_whole {
                tag.pop();
                return Ok(Some((text, tag)));
            }
        }
    }
}

/// Looks at everything before the root element; UTF-16 is read by leaving out its zero bytes.
pub fn refuse_entities(head: &[u8]) -> Result<(), String> {
    let plain: Vec<u8> = head.iter().copied().filter(|byte| *byte != 0).collect();
    let text = String::from_utf8_lossy(&plain);
    let mut rest = text.trim_start_matches(|c: char| !c.is_ascii() || c.is_ascii_whitespace());
    loop {
        rest = rest.trim_start();
        let end = if rest.starts_with("<?") {
            "?>"
        } else if rest.starts_with("<!--") {
            "-->"
        } else {
            break;
        };
        rest = rest
            .split_once(end)
            .map(|(_, after)| after)
            .ok_or("phần mở đầu XML không kết thúc / its XML prolog does not end")?;
    }
    if rest.starts_with("<!") {
        return Err("tệp có DOCTYPE, có thể chứa thực thể: hãy bỏ đi / it has a document type (DOCTYPE), which can hold entities: remove it".to_owned());
    }
    if !rest.starts_with('<') {
        return Err("đây không phải XML / it is not XML".to_owned());
    }
    if rest.split_once('>').is_some_and(|(root, _)| root.contains("/vsi")) {
        return Err(
            "địa chỉ lược đồ dẫn sang hệ tệp khác / its schema location leads to another file system".to_owned()
        );
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::io::Write;

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    #[test]
    fn a_document_type_is_refused_wherever_the_prolog_hides_it() {
        for head in [
            "<!DOCTYPE kml [<!ENTITY a 'b'>]><kml/>",
            "\u{FEFF}<?xml version='1.0'?>\n<!-- a > b -->\n<!DOCTYPE kml SYSTEM 'file:///etc/passwd'><kml/>",
        ] {
            assert!(refuse_entities(head.as_bytes()).is_err(), "{head}");
            let utf16: Vec<u8> =
                std::iter::once(0xFEFF).chain(head.encode_utf16()).flat_map(u16::to_le_bytes).collect();
            assert!(refuse_entities(&utf16).is_err(), "{head} in UTF-16");
        }
        assert!(refuse_entities(b"<g xsi:schemaLocation='a /vsicurl/http://example.org/x.xsd'>").is_err());
        assert!(refuse_entities(b"<?xml version='1.0'?><!-- endless").is_err());
        assert!(refuse_entities(b"<?xml version='1.0'?><kml><![CDATA[<!DOCTYPE html>]]></kml>").is_ok());
    }

    #[test]
    fn xml_that_is_cut_too_deep_or_without_numbers_is_refused() {
        let refused = |text: &str| xml(file(text.as_bytes()).path()).err();
        assert!(refused("<kml><a>").is_some());
        let deep = "<a>".repeat(XML_DEPTH + 1) + &"</a>".repeat(XML_DEPTH + 1);
        assert!(refused(&deep).is_some_and(|reason| reason.contains("deep")));
        for numbers in ["nan,inf", "105.8,NaN", "Infinity 21"] {
            let point = format!("<kml><Point><coordinates> {numbers} </coordinates></Point></kml>");
            assert!(refused(&point).is_some_and(|reason| reason.contains("not numbers")), "{numbers}");
        }
        let sound = "<?xml version='1.0'?><k><!-- a > b --><n><![CDATA[ <b> ]]></n><e/><gml:pos srsName='x'>1e2 -2E1</gml:pos></k>";
        assert_eq!(refused(sound), None);
    }

    #[test]
    fn a_drawing_without_its_end_is_refused() {
        assert!(dxf(file(b"  0\nSECTION\n  2\nENTITIES\n").path()).is_err());
        assert!(dxf(file(b"  0\nENDSEC\n  0\nEOF\n").path()).is_ok());
    }

    #[test]
    fn a_table_with_fewer_rows_than_it_claims_is_refused() {
        let mut dbf = vec![3, 99, 1, 1];
        dbf.extend(2u32.to_le_bytes());
        dbf.extend(65u16.to_le_bytes());
        dbf.extend(11u16.to_le_bytes());
        dbf.resize(65 + 2 * 11, b' ');
        assert_eq!(dbf_rows(file(&dbf).path()), Ok(2));
        dbf.pop();
        assert!(dbf_rows(file(&dbf).path()).is_err());
        assert!(dbf_rows(file(&dbf[..20]).path()).is_err());
    }

    #[test]
    fn a_table_over_other_tables_is_refused() {
        for text in ["!table\n\"\\IsSeamless\" = \"TRUE\"", "!table\nopen table \"x\"\ncreate view", "Type LINKED"] {
            assert!(tab(file(text.as_bytes()).path()).is_err(), "{text}");
        }
    }
}

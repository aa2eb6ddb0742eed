//! CSV and its kin, read by ourselves: GDAL takes rows of any length, which would hide a file that changes its columns
//! midway, and decodes text before anyone knows its encoding.

use std::cell::Cell as Counter;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::table::{Cell, Column, RawRow, ReadError};
use super::{limits, whole};
use crate::domain::DataType;
use crate::text::formula;

/// A CSV file, read from the start as often as wanted.
pub struct Csv {
    columns: Vec<Column>,
    path: PathBuf,
    delimiter: u8,
    skip_lines: usize,
    reader: csv::Reader<Bounded>,
    record: csv::ByteRecord,
    budget: Rc<Counter<usize>>,
    /// The text in UTF-8, where the file is in UTF-16.
    _converted: Option<tempfile::TempPath>,
}

/// Stops a record that never ends before it fills the memory.
struct Bounded {
    inner: File,
    left: Rc<Counter<usize>>,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let left = self.left.get().checked_sub(count);
        self.left.set(left.ok_or_else(|| {
            io::Error::other(format!("một dòng dài quá {0} byte / a row is over {0} bytes", limits::RECORD_BYTES))
        })?);
        Ok(count)
    }
}

impl Csv {
    /// Opens a file and reads its header.
    pub fn open(path: &Path) -> Result<Csv, ReadError> {
        let converted = utf16_as_utf8(path)?;
        let path = converted.as_ref().map_or_else(|| path.to_owned(), |file| file.to_path_buf());
        whole::closed_quotations(&path)?;
        let mut head = Vec::new();
        File::open(&path).and_then(|file| file.take(64 << 10).read_to_end(&mut head)).map_err(|e| e.to_string())?;
        let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&head);
        if head.trim_ascii_start().starts_with(b"<") {
            return Err("đây là XML hoặc HTML, không phải bảng / it is markup (XML or HTML) and no table".to_owned());
        }
        let mut lines = head.split(|byte| *byte == b'\n');
        let first = lines.next().unwrap_or_default().trim_ascii_end();
        // Excel's own first line, which names the delimiter.
        let (delimiter, skip_lines) = match first {
            [b's', b'e', b'p', b'=', delimiter] => (*delimiter, 1),
            _ => (delimiter(first), 0),
        };
        let budget = Rc::new(Counter::new(limits::RECORD_BYTES));
        let reader = reader(&path, delimiter, skip_lines, &budget)?;
        let mut csv = Csv {
            columns: Vec::new(),
            path,
            delimiter,
            skip_lines,
            reader,
            record: csv::ByteRecord::new(),
            budget,
            _converted: converted,
        };
        let header = csv.reader.byte_headers().map_err(|e| e.to_string())?.clone();
        if header.iter().all(|name| name.trim_ascii().is_empty()) {
            return Err("thiếu dòng tiêu đề / it has no header row".to_owned());
        }
        let names = header.iter().map(|name| name.trim_ascii().to_vec());
        csv.columns = names.map(|name| Column { name, data_type: Some(DataType::Text) }).collect();
        Ok(csv)
    }

    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Goes back before the first row.
    pub fn rewind(&mut self) -> Result<(), ReadError> {
        self.budget.set(limits::RECORD_BYTES);
        self.reader = reader(&self.path, self.delimiter, self.skip_lines, &self.budget)?;
        Ok(())
    }

    /// Reads the next row into `row`; `false` at the end.
    pub fn next(&mut self, row: &mut RawRow) -> Result<bool, ReadError> {
        self.budget.set(limits::RECORD_BYTES);
        if !self.reader.read_byte_record(&mut self.record).map_err(|e| csv_fault(&e))? {
            return Ok(false);
        }
        row.geometry = None;
        row.cells.clear();
        let cell =
            |bytes: &[u8]| if bytes.is_empty() { Cell::Null } else { Cell::Text(formula::unguarded(bytes).to_vec()) };
        row.cells.extend(self.record.iter().map(cell));
        Ok(true)
    }
}

fn reader(
    path: &Path,
    delimiter: u8,
    skip_lines: usize,
    budget: &Rc<Counter<usize>>,
) -> Result<csv::Reader<Bounded>, ReadError> {
    use io::{BufRead, Seek};
    let mut file = File::open(path).map_err(|e| e.to_string())?;
    let mut skipped = 0;
    let mut lines = BufReader::new(&file);
    for _ in 0..skip_lines {
        let mut line = Vec::new();
        skipped += lines.by_ref().take(64).read_until(b'\n', &mut line).map_err(|e| e.to_string())?;
    }
    file.seek(io::SeekFrom::Start(skipped as u64)).map_err(|e| e.to_string())?;
    let bounded = Bounded { inner: file, left: budget.clone() };
    Ok(csv::ReaderBuilder::new().delimiter(delimiter).from_reader(bounded))
}

fn csv_fault(error: &csv::Error) -> ReadError {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            format!(
                "dòng {line} có {len} cột, còn tiêu đề có {expected_len} / line {line} has {len} columns where the header has {expected_len}"
            )
        }
        _ => error.to_string(),
    }
}

/// The separator that the header has most of.
fn delimiter(header: &[u8]) -> u8 {
    let count = |delimiter: u8| header.iter().filter(|byte| **byte == delimiter).count();
    [b',', b';', b'\t', b'|'].into_iter().rev().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}

/// A file in UTF-16, as Excel saves "Unicode text", written anew in UTF-8; `None` for any other file.
fn utf16_as_utf8(path: &Path) -> Result<Option<tempfile::TempPath>, ReadError> {
    use io::Write;
    let mut file = BufReader::new(File::open(path).map_err(|e| e.to_string())?);
    let mut head = [0u8; 64];
    let count = file.read(&mut head).map_err(|e| e.to_string())?;
    let head = &head[..count];
    let ascii_pairs = head.chunks_exact(2).filter(|pair| pair[0] != 0 && pair[1] == 0).count();
    let encoding = match head {
        [0xFE, 0xFF, ..] => encoding_rs::UTF_16BE,
        [0xFF, 0xFE, ..] => encoding_rs::UTF_16LE,
        _ if count >= 4 && ascii_pairs * 4 >= count => encoding_rs::UTF_16LE,
        _ => return Ok(None),
    };
    let mut decoder = encoding.new_decoder_with_bom_removal();
    let (mut out, to) = tempfile::NamedTempFile::new().map_err(|e| e.to_string())?.into_parts();
    let mut input = vec![0u8; 1 << 16];
    input[..count].copy_from_slice(head);
    let mut filled = count;
    let mut text = String::with_capacity(4 << 16);
    loop {
        text.clear();
        let (_, _, malformed) = decoder.decode_to_string(&input[..filled], &mut text, filled == 0);
        if malformed {
            return Err(
                "tệp là UTF-16 nhưng có ký tự không đọc được / it is in UTF-16 with units that mean nothing".to_owned()
            );
        }
        out.write_all(text.as_bytes()).map_err(|e| e.to_string())?;
        if filled == 0 {
            return Ok(Some(to));
        }
        filled = file.read(&mut input).map_err(|e| e.to_string())?;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn rows(text: &[u8]) -> Result<Vec<Vec<Cell>>, ReadError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let mut csv = Csv::open(file.path())?;
        let mut all = Vec::new();
        let mut row = RawRow::default();
        while csv.next(&mut row)? {
            all.push(row.cells.clone());
        }
        csv.rewind()?;
        assert_eq!(csv.next(&mut row)?, !all.is_empty());
        Ok(all)
    }

    #[test]
    fn a_csv_that_changes_its_columns_is_refused_with_the_line() {
        let fault = rows(b"a,b\n1,2\n1,2,3\n").unwrap_err();
        assert_eq!(crate::text::en(&fault), "line 3 has 3 columns where the header has 2");
        assert!(rows(b"a,b\n1,2\n1\n").is_err());
    }

    #[test]
    fn a_csv_with_an_open_quotation_or_without_a_header_is_refused() {
        assert!(rows(b"a,b\n1,\"2\n3,4\n").unwrap_err().contains("never closed"));
        assert!(rows(b"").unwrap_err().contains("header"));
    }

    #[test]
    fn delimiters_a_byte_order_mark_and_excels_first_line_are_understood() {
        let text = |text: &str| Cell::Text(text.as_bytes().to_vec());
        for bytes in [&b"\xEF\xBB\xBFa;b\n1;x,y\n"[..], b"sep=;\na;b\n1;x,y\n", b"a\tb\n1\tx,y\n"] {
            assert_eq!(rows(bytes).unwrap(), [[text("1"), text("x,y")]]);
        }
        assert_eq!(rows(b"a,b\n1,\"x;y\"\n").unwrap(), [[text("1"), text("x;y")]]);
    }

    #[test]
    fn bytes_that_are_no_text_and_markup_are_refused() {
        assert!(rows(b"a,b\n1,\0\n").unwrap_err().contains("no text"));
        assert!(rows(b"<html><table></table></html>\n").unwrap_err().contains("markup"));
    }

    #[test]
    fn utf16_text_is_read_as_utf8() {
        let bytes: Vec<u8> = "\u{FEFF}tên,số\nHà Nội,1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let swapped: Vec<u8> = bytes.chunks(2).flat_map(|pair| [pair[1], pair[0]]).collect();
        for bytes in [&bytes, &bytes[2..], &swapped] {
            assert_eq!(rows(bytes).unwrap(), [[Cell::Text("Hà Nội".into()), Cell::Text("1".into())]]);
        }
    }
}

//! Zip archives of others' making, looked through before anything else sees them.
//!
//! Every entry is inflated under our own counters; what an archive says about sizes is compared, never believed.
//! Refused: names that leave the directory, links, encryption, archives inside, lying sizes, too many or too large entries.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Component, Path, PathBuf};

use zip::ZipArchive;

use super::ImportError;
use super::limits;
use super::whole;
use crate::text::both;

/// Unpacks an archive into a directory; returns the paths of the files, in the order of the archive.
pub fn unpack(archive: &Path, into: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let mut files = Vec::new();
    visit(archive, &mut |name, entry| {
        let path = into.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|e| format!("'{}': {e}", name.display()))?;
        }
        // `create_new`: names that differ by their spelling only would let the second replace what was checked of the first.
        let mut file = File::create_new(&path).map_err(|e| format!("'{}': {e}", name.display()))?;
        let written = copy_counted(entry, &mut file)?;
        files.push(path);
        Ok(written)
    })?;
    Ok(files)
}

/// Packs files under their own names, in the order of these and with no times: equal files make equal archives.
pub fn pack(mut files: Vec<PathBuf>, packed: &Path) -> io::Result<()> {
    files.sort();
    let mut zip = zip::ZipWriter::new(File::create(packed)?);
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        zip.start_file(name, zip::write::SimpleFileOptions::default().large_file(true))?;
        io::copy(&mut File::open(file)?, &mut zip)?;
    }
    zip.finish()?;
    Ok(())
}

/// Inflates every entry and keeps nothing: for office documents, which GDAL unpacks itself.
pub fn inspect(archive: &Path) -> Result<(), ImportError> {
    visit(archive, &mut |_, entry| copy_counted(entry, &mut io::sink()))
}

/// An entry as it is inflated, bound to what it may still give.
struct Entry<'a> {
    inner: &'a mut dyn Read,
    declared: u64,
    left: u64,
}

fn copy_counted(entry: &mut Entry<'_>, out: &mut dyn Write) -> Result<u64, String> {
    // One byte more than allowed tells a lie from an end.
    let bound = entry.declared.min(entry.left) + 1;
    let copied = io::copy(&mut entry.inner.take(bound), out).map_err(|e| e.to_string())?;
    if copied > entry.declared {
        return Err(format!(
            "giải nén ra nhiều hơn {0} byte như đã khai / it unpacks to more than the {0} bytes it claims",
            entry.declared
        ));
    }
    if copied > entry.left {
        return Err(expanded());
    }
    if copied < entry.declared {
        return Err(format!(
            "giải nén được {copied} byte trong khi khai {0} / it unpacks to {copied} bytes and claims {0}",
            entry.declared
        ));
    }
    Ok(copied)
}

fn expanded() -> String {
    format!(
        "tệp nén bung ra quá {0} byte hoặc quá {1} lần kích thước của nó / the archive unpacks to more than {0} bytes or {1} times its size",
        limits::ARCHIVE_BYTES,
        limits::ARCHIVE_EXPANSION
    )
}

type Visitor<'a> = dyn FnMut(&Path, &mut Entry<'_>) -> Result<u64, String> + 'a;

fn visit(archive: &Path, each: &mut Visitor<'_>) -> Result<(), ImportError> {
    let refuse = |reason: String| ImportError::Archive { path: archive.to_owned(), reason };
    let file = File::open(archive).map_err(|e| refuse(e.to_string()))?;
    let size = file.metadata().map_err(|e| refuse(e.to_string()))?.len();
    let mut zip = ZipArchive::new(BufReader::new(file)).map_err(|e| refuse(e.to_string()))?;
    if zip.len() > limits::ARCHIVE_ENTRIES {
        return Err(refuse(format!(
            "có {0} mục, nhiều hơn {1} / it has {0} entries, more than {1}",
            zip.len(),
            limits::ARCHIVE_ENTRIES
        )));
    }
    if zip.has_overlapping_files().map_err(|e| refuse(e.to_string()))? {
        return Err(refuse("các mục chồng lên nhau / entries lie over each other".to_owned()));
    }
    if entries_listed(archive).map_err(|e| refuse(e.to_string()))?.is_some_and(|listed| listed != zip.len()) {
        return Err(refuse("có nhiều mục trùng tên / it has several entries of one name".to_owned()));
    }
    let allowance = (size * limits::ARCHIVE_EXPANSION).clamp(limits::ARCHIVE_SMALL_BYTES, limits::ARCHIVE_BYTES);
    let mut left = allowance;
    for index in 0..zip.len() {
        // Encrypted entries can only be opened raw, so what they are is asked there.
        let (name, is_dir) = {
            let raw = zip.by_index_raw(index).map_err(|e| refuse(e.to_string()))?;
            (checked_name(&raw).map_err(&refuse)?, raw.is_dir())
        };
        if is_dir {
            continue;
        }
        let refuse = |reason: String| {
            let name = name.display();
            refuse(both!("'{name}': {reason}"; reason))
        };
        let mut inner = zip.by_index(index).map_err(|e| refuse(e.to_string()))?;
        let declared = inner.size();
        if declared > left {
            return Err(refuse(expanded()));
        }
        let mut head = Vec::with_capacity(whole::PROLOG_BYTES);
        let bound = whole::PROLOG_BYTES as u64;
        (&mut inner).take(bound).read_to_end(&mut head).map_err(|e| refuse(e.to_string()))?;
        if is_archive(&head) {
            return Err(refuse("là tệp nén nằm trong tệp nén: hãy giải nén trước / it is an archive inside the archive: unpack it first".to_owned()));
        }
        if is_xml(&name) {
            whole::refuse_entities(&head).map_err(&refuse)?;
        }
        let mut stream = head.as_slice().chain(inner);
        left -= each(&name, &mut Entry { inner: &mut stream, declared, left }).map_err(&refuse)?;
    }
    Ok(())
}

/// How many entries the end of the archive counts, where it counts them there (APPNOTE 4.3.16): the reader keeps one of
/// each name, and others may take another one.
fn entries_listed(archive: &Path) -> io::Result<Option<usize>> {
    const LENGTH: usize = 22;
    const LONGEST_COMMENT: u64 = 0xFFFF;
    let mut file = File::open(archive)?;
    let size = file.metadata()?.len();
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(size.saturating_sub(LENGTH as u64 + LONGEST_COMMENT)))?;
    file.read_to_end(&mut tail)?;
    let end = tail.windows(LENGTH).rposition(|window| window.starts_with(b"PK\x05\x06"));
    let count = end.map(|at| usize::from(u16::from_le_bytes([tail[at + 10], tail[at + 11]])));
    Ok(count.filter(|count| *count != 0xFFFF))
}

/// The path of an entry, if it stays in the directory and is a plain file or directory.
fn checked_name<R: Read>(entry: &zip::read::ZipFile<'_, R>) -> Result<PathBuf, String> {
    const FILE_KIND: u32 = 0o170_000;
    const PLAIN: [u32; 3] = [0, 0o100_000, 0o040_000];
    let name = entry.name();
    if entry.encrypted() {
        return Err(format!("'{name}' có mật khẩu: hãy giải nén trước / '{name}' is encrypted: unpack it first"));
    }
    if entry.is_symlink() || entry.unix_mode().is_some_and(|mode| !PLAIN.contains(&(mode & FILE_KIND))) {
        return Err(format!(
            "'{name}' là liên kết hoặc thiết bị, không phải tệp / '{name}' is a link or a device, not a file"
        ));
    }
    let path = PathBuf::from(name.replace('\\', "/"));
    let stays_inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    let is_drive = name.as_bytes().get(1) == Some(&b':');
    if name.is_empty() || name.contains('\0') || is_drive || !stays_inside {
        return Err(format!(
            "tên '{0}' dẫn ra ngoài tệp nén / the name '{0}' leads out of the archive",
            name.escape_debug()
        ));
    }
    Ok(path)
}

fn is_archive(head: &[u8]) -> bool {
    const MAGIC: [&[u8]; 6] = [b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh"];
    MAGIC.iter().any(|magic| head.starts_with(magic))
}

fn is_xml(name: &Path) -> bool {
    const ENDINGS: [&str; 6] = ["xml", "rels", "kml", "gml", "gpx", "xsd"];
    let ending = name.extension().unwrap_or_default();
    ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use zip::write::{SimpleFileOptions, ZipWriter};

    fn archive(entries: &[(&str, &[u8])]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut zip = ZipWriter::new(file.reopen().unwrap());
        for (name, bytes) in entries {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap();
        file
    }

    fn refusal(path: &Path) -> String {
        let into = tempfile::tempdir().unwrap();
        let refused = unpack(path, into.path()).unwrap_err().to_string();
        assert!(inspect(path).is_err(), "inspection takes what unpacking refuses: {refused}");
        refused
    }

    /// Changes every occurrence of some bytes, in local headers and in the central directory alike.
    fn patched(file: &tempfile::NamedTempFile, from: &[u8], to: &[u8]) {
        let mut bytes = std::fs::read(file.path()).unwrap();
        let places: Vec<_> =
            bytes.windows(from.len()).enumerate().filter(|(_, w)| *w == from).map(|(at, _)| at).collect();
        assert!(!places.is_empty());
        for at in places {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
        std::fs::write(file.path(), bytes).unwrap();
    }

    #[test]
    fn names_that_leave_the_directory_are_refused() {
        for name in ["../evil.shp", "a/../../evil.shp", "..\\evil.shp", "C:evil.shp"] {
            let refused = refusal(archive(&[(name, b"x")]).path());
            assert!(refused.contains("leads out"), "{name}: {refused}");
        }
        let absolute = archive(&[("Xetc/passwd", b"x")]);
        patched(&absolute, b"Xetc/", b"/etc/");
        assert!(refusal(absolute.path()).contains("leads out"));
    }

    #[test]
    fn links_are_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut zip = ZipWriter::new(file.reopen().unwrap());
        zip.add_symlink("link.shp", "/etc/passwd", SimpleFileOptions::default()).unwrap();
        zip.finish().unwrap();
        assert!(refusal(file.path()).contains("link"));
    }

    #[test]
    fn an_encrypted_entry_is_refused() {
        let file = archive(&[("a.csv", b"secret")]);
        let mut bytes = std::fs::read(file.path()).unwrap();
        let central = bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
        bytes[6] |= 1;
        bytes[central + 8] |= 1;
        std::fs::write(file.path(), bytes).unwrap();
        assert!(refusal(file.path()).contains("encrypted"));
    }

    #[test]
    fn an_archive_inside_is_refused() {
        let inner = std::fs::read(archive(&[("a.csv", b"x")]).path()).unwrap();
        assert!(refusal(archive(&[("inner.bin", &inner)]).path()).contains("archive inside"));
    }

    #[test]
    fn a_thousandfold_expansion_is_refused() {
        let zeros = vec![0u8; 8 << 20];
        assert!(refusal(archive(&[("a.shp", &zeros)]).path()).contains("times its size"));
    }

    #[test]
    fn a_size_that_lies_is_refused_both_ways() {
        let text = "langxanh ".repeat(200);
        for claimed in [1799u32, 1801] {
            let file = archive(&[("a.csv", text.as_bytes())]);
            patched(&file, &1800u32.to_le_bytes(), &claimed.to_le_bytes());
            let refused = refusal(file.path());
            assert!(refused.contains("claims") || refused.contains("hecksum"), "{refused}");
        }
    }

    #[test]
    fn too_many_entries_are_refused() {
        let names: Vec<String> = (0..=limits::ARCHIVE_ENTRIES).map(|n| format!("{n}.txt")).collect();
        let entries: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"".as_slice())).collect();
        assert!(refusal(archive(&entries).path()).contains("1001 entries"));
    }

    #[test]
    fn xml_with_a_document_type_is_refused() {
        let doc = br#"<?xml version="1.0"?><!DOCTYPE k [<!ENTITY a "b">]><kml/>"#;
        assert!(refusal(archive(&[("doc.kml", doc)]).path()).contains("DOCTYPE"));
    }

    #[test]
    fn a_plain_archive_is_unpacked_with_its_directories() {
        let file = archive(&[("lop/a.csv", b"id\n1\n"), ("doc.txt", b"x")]);
        let into = tempfile::tempdir().unwrap();
        let files = unpack(file.path(), into.path()).unwrap();
        assert_eq!(files, [into.path().join("lop/a.csv"), into.path().join("doc.txt")]);
        assert_eq!(std::fs::read(&files[0]).unwrap(), b"id\n1\n");
        inspect(file.path()).unwrap();
    }
}

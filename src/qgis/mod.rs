//! What QGIS opens: a project with every collection of the service as a layer, and styles, made from the same declarations
//! as the map of the page.
//!
//! Documents are written in the terms of QGIS 3.22, the oldest that is supported; newer ones read them too. What is left
//! out of them QGIS fills with its defaults.

mod layout;
mod project;
mod sld;
mod style;
mod symbol;
mod xml;

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

pub use project::{View, qgs};
pub use sld::sld;
pub use style::{qml, title as alias};

/// The project packed as QGIS packs it (`.qgz`). Equal projects are equal bytes.
///
/// # Errors
/// None that a user could cause: the archive is written into memory.
pub fn qgz(view: &View<'_>) -> zip::result::ZipResult<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    // The default date is a fixed one.
    archive.start_file("langxanh.qgs", SimpleFileOptions::default())?;
    archive.write_all(qgs(view).as_bytes())?;
    Ok(archive.finish()?.into_inner())
}

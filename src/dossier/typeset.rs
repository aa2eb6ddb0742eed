//! The typesetter, with everything it may see in memory: one template, one file of data, four fonts. No packages, no network,
//! no clock.

use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate};
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::ecow::EcoVec;
use typst::foundations::{Bytes, Datetime, Duration, Label, Smart};
use typst::layout::{Frame, Point};
use typst::model::Document;
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::{LazyHash, PicoStr};
use typst::{Library, LibraryExt, World};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use super::DossierError;
use super::canvas::{FONTS, Place};

static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(Library::default()));

static BOOK: LazyLock<LazyHash<FontBook>> = LazyLock::new(|| LazyHash::new(FontBook::from_fonts(FONTS.iter())));

/// What the typesetter sees of the world.
struct Desk {
    template: Source,
    data: (FileId, Bytes),
}

fn file(name: &str) -> Result<FileId, DossierError> {
    let path = VirtualPath::new(name).map_err(|error| DossierError::Typesetting(format!("{error:?}")))?;
    Ok(FileId::new(RootedPath::new(VirtualRoot::Project, path)))
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &BOOK
    }

    fn main(&self) -> FileId {
        self.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.template.id() { Ok(self.template.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.data.0 { Ok(self.data.1.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn failed(errors: impl IntoIterator<Item = SourceDiagnostic>) -> DossierError {
    let messages: Vec<_> = errors.into_iter().map(|error| error.message.to_string()).collect();
    DossierError::Typesetting(messages.join("; "))
}

/// A place that the template leaves free for a drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// The map of the sheet at this place in the layout.
    Map(usize),
    /// The small key beside that map.
    Key(usize),
    /// The key of all sheets.
    Index,
}

/// Where a spot is.
#[derive(Debug, Clone, Copy)]
pub struct At {
    pub page: usize,
    /// Its upper left corner, in mm on that page.
    pub place: Place,
}

/// Pages that were laid out, and the drawings that belong under them.
pub struct Pages {
    document: PagedDocument,
    drawings: Vec<(usize, Frame)>,
}

/// Lays out all pages with their texts and tables.
///
/// # Errors
/// [`DossierError::Typesetting`], which is a fault of the template.
pub fn lay_out(template: &str, content: &serde_json::Value) -> Result<Pages, DossierError> {
    let template = Source::new(file("template.typ")?, template.to_owned());
    let desk = Desk { template, data: (file("data.json")?, Bytes::from_string(content.to_string())) };
    let laid_out = typst::compile::<PagedDocument>(&desk).output.map_err(failed);
    // What it remembers of this dossier helps no other one and would stay in memory.
    typst::comemo::evict(0);
    laid_out.map(|document| Pages { document, drawings: Vec::new() })
}

impl Pages {
    /// Where drawings go, of so many sheets.
    pub fn spots(&self, sheets: usize) -> Vec<(Spot, At)> {
        let of_sheet = |at: usize| [(Spot::Map(at), format!("map-{at}")), (Spot::Key(at), format!("key-{at}"))];
        let all = [(Spot::Index, "index".to_owned())].into_iter().chain((0..sheets).flat_map(of_sheet));
        all.filter_map(|(spot, label)| Some((spot, self.find(&label)?))).collect()
    }

    fn find(&self, label: &str) -> Option<At> {
        use typst::introspection::Introspector;

        let introspector = self.document.introspector();
        let found = introspector.query_label(Label::new(PicoStr::intern(label))?).ok()?;
        let position = introspector.position(found.location()?)?;
        let page = position.page.get() - 1;
        Some(At { page, place: (position.point.x.to_mm(), position.point.y.to_mm()) })
    }

    /// Width and height of a page, in mm.
    pub fn size_mm(&self, page: usize) -> (f64, f64) {
        self.document
            .pages()
            .get(page)
            .map_or((0.0, 0.0), |page| (page.frame.width().to_mm(), page.frame.height().to_mm()))
    }

    /// Lays a drawing under what stands on a page.
    pub fn lay_under(&mut self, page: usize, drawing: Frame) {
        self.drawings.push((page, drawing));
    }

    /// Writes the PDF, as PDF/A-2u: it can be kept, and its text can be searched.
    ///
    /// # Errors
    /// [`DossierError::Typesetting`].
    pub fn pdf(self, ident: &str, day: NaiveDate) -> Result<Vec<u8>, DossierError> {
        let mut pages: EcoVec<_> = self.document.pages().into();
        for (page, drawing) in self.drawings {
            if let Some(page) = pages.make_mut().get_mut(page) {
                page.frame.prepend_frame(Point::zero(), drawing);
            }
        }
        let document = PagedDocument::new(pages, self.document.info().clone());
        let standards = PdfStandards::new(&[PdfStandard::A_2u]);
        let standards = standards.map_err(|error| DossierError::Typesetting(format!("{error:?}")))?;
        let date = Datetime::from_ymd_hms(day.year(), day.month() as u8, day.day() as u8, 0, 0, 0);
        let options = PdfOptions {
            ident: Smart::Custom(format!("langxanh {ident}")),
            creator: Smart::Custom(Some("langxanh".to_owned())),
            // The day it holds for and not the day it was made, so that equal dossiers are equal files.
            timestamp: date.map(Timestamp::new_utc),
            standards,
            tagged: false,
            ..PdfOptions::default()
        };
        typst_pdf::pdf(&document, &options).map_err(failed)
    }
}

//! The report as a workbook: a sheet for each part. Texts are written as texts, so none is ever read as a formula.

use rust_xlsxwriter::{Format, FormatAlign, Workbook, Worksheet, XlsxError};

use super::sections::{Cell, Section, title};
use super::{Report, sections};
use crate::compliance::Text;
use crate::dossier::Language;

/// Letters of the widest column; longer texts go on in a second line.
const WIDEST: usize = 60;

/// A text in the language of a report; in both, one after the other.
pub(super) fn in_language(text: &Text, language: Language) -> String {
    match language {
        Language::Vi => text.vi.clone(),
        Language::En => text.en.clone(),
        Language::Both if text.vi == text.en => text.vi.clone(),
        Language::Both => format!("{} / {}", text.vi, text.en),
    }
}

/// Letters that the name of a sheet holds.
const NAME: usize = 31;

/// A name for a sheet in one language: two do not fit.
fn sheet_name(title: &Text, language: Language) -> String {
    let name = if language == Language::En { &title.en } else { &title.vi };
    name.chars().filter(|letter| !"[]:*?/\\".contains(*letter)).take(NAME).collect()
}

struct Writer {
    bold: Format,
    head: Format,
    wrapped: Format,
    change: Format,
    language: Language,
}

impl Writer {
    fn lines(&self, sheet: &mut Worksheet, from: u32, lines: &[Text]) -> Result<u32, XlsxError> {
        let mut row = from;
        for line in lines {
            sheet.write_string(row, 0, in_language(line, self.language))?;
            row += 1;
        }
        Ok(row)
    }

    fn part(&self, sheet: &mut Worksheet, of: &Report, part: &Section) -> Result<(), XlsxError> {
        sheet.set_name(sheet_name(&part.title, self.language))?;
        sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
        sheet.write_string_with_format(0, 0, in_language(&title(of), self.language), &self.bold)?;
        sheet.write_string_with_format(1, 0, in_language(&part.title, self.language), &self.bold)?;
        let first = self.lines(sheet, 2, &part.lines)? + 1;
        let Some(table) = &part.table else { return Ok(()) };
        let mut widths: Vec<usize> = Vec::new();
        for (column, name) in (0..).zip(&table.head) {
            let name = in_language(name, self.language);
            widths.push(name.chars().count().min(24));
            sheet.write_string_with_format(first, column, name, &self.head)?;
        }
        for (row, cells) in (first + 1..).zip(&table.rows) {
            for (column, cell) in (0u16..).zip(cells) {
                let text = match cell {
                    Cell::Count(count) => {
                        sheet.write_number(row, column, *count as f64)?;
                        continue;
                    }
                    Cell::Change(change) => {
                        sheet.write_number_with_format(row, column, *change as f64, &self.change)?;
                        continue;
                    }
                    Cell::Text(text) => in_language(text, self.language),
                    Cell::Site(site) => site.name.clone().unwrap_or_else(|| site.id.clone()),
                };
                if let Some(width) = widths.get_mut(usize::from(column)) {
                    *width = (*width).max(text.chars().count());
                }
                sheet.write_string_with_format(row, column, text, &self.wrapped)?;
            }
        }
        for (column, width) in (0..).zip(widths) {
            sheet.set_column_width(column, (width.clamp(8, WIDEST) + 2) as f64)?;
        }
        sheet.set_freeze_panes(first + 1, 0)?;
        if let (Some(last), Ok(rows)) =
            (u16::try_from(table.head.len()).ok().and_then(|n| n.checked_sub(1)), u32::try_from(table.rows.len()))
        {
            sheet.autofilter(first, 0, first + rows, last)?;
        }
        Ok(())
    }
}

/// Writes the workbook.
///
/// # Errors
/// A sentence where the library refuses what it was given, which is a fault of ours.
pub fn workbook(report: &Report, language: Language) -> Result<Vec<u8>, String> {
    let writer = Writer {
        bold: Format::new().set_bold(),
        head: Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Top),
        wrapped: Format::new().set_text_wrap().set_align(FormatAlign::Top),
        change: Format::new().set_num_format("+0;-0;0"),
        language,
    };
    let mut workbook = Workbook::new();
    for part in sections(report) {
        writer.part(workbook.add_worksheet(), report, &part).map_err(|error| error.to_string())?;
    }
    workbook.save_to_buffer().map_err(|error| error.to_string())
}

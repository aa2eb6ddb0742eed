//! A file as it comes over the wire, into its place on the disk: bounded in bytes and in time, hashed on the way.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, BodyDataStream, Bytes};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use multer::{Field, Multipart};
use sha2::{Digest, Sha256};

use crate::api::posted::media_type;
use crate::ogc::problem::{Fault, Problem};
use crate::text::hex;
use crate::upload::{Full, Place};

/// A body that does not go on for so long is given up.
const STALLED: Duration = Duration::from_secs(30);

/// A body comes within this time or not at all.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// Bytes a second that a body brings at least: a slow one keeps a place from others.
const LEAST_RATE: u64 = 1 << 10;

/// Bytes that are written to the disk at a time.
const BLOCK: usize = 256 << 10;

/// What an upload may say it is. What it is shows when it is read.
pub const TAKEN: [&str; 27] = [
    "multipart/form-data",
    "application/octet-stream",
    "application/zip",
    "application/x-zip-compressed",
    "application/geopackage+sqlite3",
    "application/geo+json",
    "application/json",
    "text/csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.google-earth.kml+xml",
    "application/vnd.google-earth.kmz",
    "application/gml+xml",
    "application/gpx+xml",
    "application/xml",
    "text/xml",
    "image/vnd.dxf",
    "image/x-dxf",
    "application/dxf",
    "application/x-dbf",
    "application/dbf",
    "application/vnd.mif",
    "text/tab-separated-values",
    "application/x-ndjson",
    // What Windows with Excel calls CSV.
    "application/vnd.ms-excel",
    "application/flatgeobuf",
    "text/plain",
];

const MULTIPART: &str = "multipart/form-data";

/// The name of the part of a form that is the file.
const PART: &str = "file";

/// The longest name of a file, in bytes.
const NAME_BYTES: usize = 120;

/// The name of an uploaded file, which becomes one in a folder of our own: without folders, without anything that a driver or a shell
/// would take for more than a name.
///
/// # Errors
/// Why it is none.
pub fn file_name(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_alphanumeric() || " ._-()+,&'[]".contains(c);
    if text.contains("/vsi") || text.contains("://") {
        return Err(
            "không phải tên tệp: tệp được gửi đến, không tải về / is no name of a file: files are sent, not fetched"
                .to_owned(),
        );
    }
    if text.is_empty() || text.len() > NAME_BYTES || text.starts_with(['.', '-', ' ']) || !text.chars().all(is_plain) {
        return Err(format!(
            "không phải tên tệp: gồm chữ, số, dấu cách, chấm, gạch và ngoặc, nhiều nhất {NAME_BYTES} byte, không có thư mục / \
             is no name of a file: it has letters, digits, spaces, points, dashes and brackets, at most {NAME_BYTES} bytes, and no folders"
        ));
    }
    Ok(text.to_owned())
}

/// A file that has come.
pub struct Received {
    /// As the form names it.
    pub name: Option<String>,
    pub sha256: String,
    pub bytes: u64,
}

/// Where the bytes of a file come from.
enum Source {
    Raw(BodyDataStream),
    Part(Box<Field<'static>>),
}

fn broke_off() -> Problem {
    Problem::BadRequest("tệp gửi lên bị đứt giữa chừng / the body broke off".to_owned())
}

impl Source {
    /// The part of a form, or the body as it is.
    async fn of(headers: &HeaderMap, body: Body) -> Result<(Source, Option<Multipart<'static>>), Problem> {
        let media_type = media_type(headers);
        let stream = body.into_data_stream();
        if media_type != MULTIPART {
            return Ok((Source::Raw(stream), None));
        }
        let whole = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let boundary =
            multer::parse_boundary(whole).map_err(|e| Problem::BadRequest(format!("biểu mẫu: {e} / the form: {e}")))?;
        let mut form = Multipart::new(stream, boundary);
        let field = in_time(form.next_field()).await?.map_err(of_form)?;
        match field {
            Some(field) if field.name() == Some(PART) => Ok((Source::Part(Box::new(field)), Some(form))),
            _ => Err(Problem::BadRequest(format!(
                "phần đầu của biểu mẫu không phải '{PART}' / the form has no part '{PART}' as its first"
            ))),
        }
    }

    fn name(&self) -> Option<String> {
        match self {
            Source::Raw(_) => None,
            Source::Part(field) => field.file_name().map(str::to_owned),
        }
    }

    async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        match self {
            Source::Raw(stream) => {
                let next = std::future::poll_fn(|cx| {
                    let stream: std::pin::Pin<&mut BodyDataStream> = std::pin::Pin::new(stream);
                    http_body::Body::poll_frame(stream, cx)
                });
                let mut next = next.await;
                // A frame that is no data holds trailers, which say nothing of a file.
                while let Some(Ok(frame)) = next {
                    match frame.into_data() {
                        Ok(data) => return Ok(Some(data)),
                        Err(_) => next = None,
                    }
                }
                next.map_or(Ok(None), |_| Err(broke_off()))
            }
            Source::Part(field) => field.chunk().await.map_err(of_form),
        }
    }
}

fn of_form(error: multer::Error) -> Problem {
    Problem::BadRequest(format!("biểu mẫu: {error} / the form: {error}"))
}

async fn in_time<T>(work: impl Future<Output = T>) -> Result<T, Problem> {
    tokio::time::timeout(STALLED, work).await.map_err(|_| Problem::TooSlow)
}

/// What is being written.
struct Writing {
    file: File,
    hash: Sha256,
    block: Vec<u8>,
}

impl Writing {
    /// Writes what has gathered, beside the runtime.
    async fn flush(mut self) -> Result<Writing, Problem> {
        let written = tokio::task::spawn_blocking(move || {
            self.hash.update(&self.block);
            self.file.write_all(&self.block)?;
            self.block.clear();
            Ok::<_, std::io::Error>(self)
        });
        let written = written.await.map_err(std::io::Error::other).and_then(|written| written);
        written.map_err(|error| {
            tracing::error!(%error, "an uploaded file could not be written");
            Problem::Internal
        })
    }
}

/// What is said to whoever finds no room.
pub fn full(full: Full, most: u64) -> Problem {
    match full {
        Full::File => Problem::TooLarge(usize::try_from(most).unwrap_or(usize::MAX)),
        Full::User => Problem::Conflict {
            detail: "các tệp bạn gửi đã hết chỗ: ghi hoặc xóa bớt / your uploads take all the room that you have: finish or delete some of them".to_owned(),
            rows: Vec::new(),
        },
        Full::All => {
            Problem::Busy("tệp của mọi người đã hết chỗ: thử lại sau / the uploads of all users take all the room that there is: try again later".to_owned())
        }
    }
}

/// Refuses a body that says it is something else than these.
///
/// # Errors
/// 415 with the list.
pub fn only(headers: &HeaderMap, taken: &'static [&'static str]) -> Result<(), Problem> {
    if taken.contains(&media_type(headers).as_str()) { Ok(()) } else { Err(Problem::UnsupportedMediaType(taken)) }
}

/// Takes a body in as the original of a place.
///
/// # Errors
/// 400, 408 and 413 for what is no such body or too much, 503 where there is no room.
pub async fn receive(place: &Arc<Place>, headers: &HeaderMap, body: Body, most: u64) -> Result<Received, Problem> {
    tokio::time::timeout(PATIENCE, take(place, headers, body, most)).await.map_err(|_| Problem::TooSlow)?
}

async fn take(place: &Arc<Place>, headers: &HeaderMap, body: Body, most: u64) -> Result<Received, Problem> {
    let length = headers.get(axum::http::header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    // A form is a little longer than its file.
    if length.and_then(|length| length.parse::<u64>().ok()).is_some_and(|length| length > most + (64 << 10)) {
        return Err(full(Full::File, most));
    }
    let (mut source, form) = Source::of(headers, body).await?;
    let name = source.name();
    let file = File::create_new(place.original()).map_err(|error| {
        tracing::error!(%error, "an uploaded file could not be made");
        Problem::Internal
    })?;
    let mut writing = Writing { file, hash: Sha256::new(), block: Vec::with_capacity(BLOCK) };
    let mut bytes = 0;
    let begun = Instant::now();
    while let Some(piece) = in_time(source.next()).await?? {
        bytes += piece.len() as u64;
        let elapsed = begun.elapsed();
        if elapsed > STALLED && bytes < elapsed.as_secs() * LEAST_RATE {
            return Err(Problem::TooSlow);
        }
        let claimed = if bytes > most { Err(Full::File) } else { place.claim(piece.len() as u64) };
        claimed.map_err(|reason| full(reason, most))?;
        writing.block.extend_from_slice(&piece);
        if writing.block.len() >= BLOCK {
            writing = writing.flush().await?;
        }
    }
    drop(source);
    if let Some(mut form) = form
        && in_time(form.next_field()).await?.map_err(of_form)?.is_some()
    {
        return Err(Problem::BadRequest(format!(
            "biểu mẫu có phần khác ngoài '{PART}': hãy ghi thành tham số / the form has parts besides '{PART}': say them as parameters"
        )));
    }
    let writing = writing.flush().await?;
    if bytes == 0 {
        return Err(Problem::Parameters(vec![Fault {
            parameter: "file".to_owned(),
            detail: "trống / is empty".to_owned(),
        }]));
    }
    let sha256 = hex(&writing.hash.finalize());
    Ok(Received { name, sha256, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_more_than_a_name_is_refused() {
        for name in [
            "",
            ".",
            "..",
            ".hidden.csv",
            "../a.csv",
            "a/b.csv",
            "a\\b.csv",
            "C:a.csv",
            "/vsicurl/http:a.csv",
            "http://h/a.csv",
            "a\0.csv",
            "a\n.csv",
            "a\".csv",
            "-rf.csv",
            " a.csv",
            "GPKG:a.gpkg",
            "a|b.csv",
            "a;b.csv",
            "<x>.csv",
            "a%2fb.csv",
            "$(x).csv",
        ] {
            assert!(file_name(name).is_err(), "{name:?}");
        }
        assert!(file_name(&"a".repeat(121)).is_err());
        for name in ["a.csv", "Cụm công nghiệp (2024).shp.zip", "ban_ve-01.dxf"] {
            assert_eq!(file_name(name).as_deref(), Ok(name));
        }
    }
}

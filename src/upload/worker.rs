//! The worker: what runs in a process of its own, told on standard input what to do, answering on standard output.

use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use super::columns::Declaration;
use super::frames::{self, Done, Frame, Hello, Refusal};
use super::{ImportJob, Job, Order, VERSION, confine, picture};
use crate::transfer::mapping::MapFile;
use crate::transfer::reading::{self, Candidate, Heading, Taker};
use crate::transfer::target::Target;
use crate::transfer::{EncodingChoice, ImportError, ImportOptions};

/// The longest order; the declaration of a collection is most of it.
const ORDER_BYTES: u64 = 16 << 20;

/// Rows between two reports of progress.
const STEP: u64 = 500;

/// Does what it is told. The folder that it stands in is its own.
///
/// # Errors
/// A sentence where it cannot begin, or nobody listens. What is wrong with the file is part of the answer.
pub fn run() -> Result<(), String> {
    let mut order = Vec::new();
    let read = io::stdin().lock().take(ORDER_BYTES).read_to_end(&mut order);
    read.map_err(|e| format!("there is no order: {e}"))?;
    let order: Order = serde_json::from_slice(&order).map_err(|e| format!("the order is none: {e}"))?;
    confine::die_with(order.parent)?;
    let folder = std::env::current_dir().map_err(|e| e.to_string())?;
    let confinement = confine::confine(&folder, &order.limits)?;
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let hello = Frame::Hello(Hello { version: VERSION, confinement });
    hello.write(&mut out).map_err(|e| e.to_string())?;
    let last = if confinement.is_none() && !order.may_be_free {
        Frame::Refused(Refusal { message: String::new(), layers: Vec::new(), is_unconfined: true })
    } else {
        answer(order.job, &mut out).map_err(|e| e.to_string())?
    };
    last.write(&mut out).and_then(|()| out.flush()).map_err(|e| e.to_string())
}

fn refused(message: String, layers: Vec<String>) -> Frame {
    Frame::Refused(Refusal { message: plain(&message), layers, is_unconfined: false })
}

/// A message without the folder in which the file lies here, which is nobody's business.
fn plain(message: &str) -> String {
    let folder = std::env::current_dir().unwrap_or_default();
    message.replace(&format!("{}/", folder.display()), "")
}

/// Does the job; gives the last piece of the answer.
fn answer(job: Job, out: &mut impl Write) -> io::Result<Frame> {
    Ok(match job {
        Job::Import(job) => match import(&job, out) {
            Ok(notices) => Frame::Done(Done { notices: notices.iter().map(|notice| plain(notice)).collect() }),
            Err(ImportError::Layer { names, path, found }) => {
                refused(ImportError::Layer { names: Vec::new(), path, found }.to_string(), names)
            }
            Err(error) => refused(error.to_string(), Vec::new()),
        },
        Job::Plan(job) => match super::plan::read(&job, out) {
            Ok(last) => last,
            Err(message) => refused(message, Vec::new()),
        },
        Job::Picture { file } => match picture::redraw(Path::new(&file)) {
            Ok((head, bytes)) => {
                Frame::Picture(head).write(out)?;
                Frame::Bytes(bytes)
            }
            Err(reason) => refused(reason, Vec::new()),
        },
        #[cfg(debug_assertions)]
        Job::Probe(probe) => Frame::Probed(probe.run()),
    })
}

/// The encoding of a name.
pub(super) fn encoding(name: Option<&str>) -> Result<EncodingChoice, ImportError> {
    match name.filter(|name| !name.eq_ignore_ascii_case("auto")) {
        None => Ok(EncodingChoice::Auto),
        Some(name) => {
            let named = name.parse().map_err(|e: crate::text::UnknownEncoding| ImportError::Encoding(e.to_string()));
            named.map(EncodingChoice::Named)
        }
    }
}

/// The options of the command line that a job stands for.
fn options(job: &ImportJob) -> Result<(ImportOptions, MapFile), ImportError> {
    let crs = job.crs.as_deref().map(str::parse).transpose();
    let crs = crs.map_err(|e: crate::geom::crs::CrsError| ImportError::Crs(e.to_string()))?;
    let encoding = encoding(job.encoding.as_deref())?;
    let map = match &job.mapping {
        Some(mapping) => serde_json::from_value(mapping.clone()).map_err(|e| ImportError::Mapping(e.to_string()))?,
        None => MapFile::default(),
    };
    let options = ImportOptions {
        source: job.file.clone().into(),
        collection: job.collection.clone(),
        layer: job.layer.clone(),
        crs,
        encoding,
        mode: job.mode,
        id_field: job.id_field.clone(),
        map: None,
        dry_run: true,
        skip_bad: None,
        who: String::new(),
    };
    Ok((options, map))
}

fn import(job: &ImportJob, out: &mut impl Write) -> Result<Vec<String>, ImportError> {
    let (options, map) = options(job)?;
    let broken = |reason| ImportError::Collection { collection: job.collection.clone(), reason };
    let collection = job.declaration.as_ref().map(Declaration::collection).transpose().map_err(broken)?;
    let mut teller = Teller { is_made: collection.is_none(), out, all: 0 };
    let target = Target { collection, is_stored: job.is_stored };
    reading::read(&options, &map, target, &mut teller)
}

/// Hands over what is read.
struct Teller<'a, W> {
    is_made: bool,
    out: &'a mut W,
    all: u64,
}

impl<W: Write> Teller<'_, W> {
    fn tell(&mut self, frame: &Frame) -> Result<(), ImportError> {
        // Nobody hears of it: whoever listened has gone.
        frame.write(self.out).map_err(ImportError::Temporary)
    }
}

impl<W: Write> Taker for Teller<'_, W> {
    fn begin(&mut self, heading: Heading) -> Result<(), ImportError> {
        self.all = heading.rows;
        let made = self.is_made.then(|| Declaration::of(&heading.collection));
        let Heading { absent, has_places, has_ids, columns, rows, .. } = heading;
        let heading = frames::Heading { made, absent, has_places, has_ids, columns, rows };
        self.tell(&Frame::Heading(Box::new(heading)))
    }

    fn row(&mut self, row: Candidate) -> Result<(), ImportError> {
        let number = row.number;
        self.tell(&Frame::Row(row))?;
        if number.is_multiple_of(STEP) {
            self.tell(&Frame::Progress(number, self.all))?;
        }
        Ok(())
    }
}

//! What a worker says, piece by piece: a length, a kind, and bytes. Whoever reads takes no piece that is longer than allowed.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use super::columns::Declaration;
use super::confine::Confinement;
use super::plan::PlanHead;
use crate::store::Draft;
use crate::transfer::mapping::ColumnUse;
use crate::transfer::reading::Candidate;
use crate::transfer::{RowFault, packed};

/// Bytes of one piece: room for a geometry with as many vertices as are taken.
pub const MOST: usize = 160 << 20;

/// One piece.
#[derive(Debug)]
pub enum Frame {
    /// The first.
    Hello(Hello),
    /// What was decided before the first row.
    Heading(Box<Heading>),
    /// Work done and all work.
    Progress(u64, u64),
    Row(Candidate),
    /// The last of an import that went well.
    Done(Done),
    /// The last of one that did not.
    Refused(Refusal),
    /// Says what the next piece is.
    Picture(PictureHead),
    Bytes(Vec<u8>),
    /// What was read of a drawing.
    Plan(PlanHead),
    /// A row of one of the registers of plans.
    PlanRow(u8, Draft),
    /// What a probe found.
    #[cfg(debug_assertions)]
    Probed(super::confine::Probed),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    pub version: u32,
    pub confinement: Confinement,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heading {
    /// Where it was made from the file.
    pub made: Option<Declaration>,
    pub absent: Vec<bool>,
    pub has_places: bool,
    pub has_ids: bool,
    pub columns: Vec<ColumnUse>,
    pub rows: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Done {
    pub notices: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    pub message: String,
    pub layers: Vec<String>,
    /// Nothing was read because nothing confines the worker.
    pub is_unconfined: bool,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PictureHead {
    pub is_jpeg: bool,
    pub width: u32,
    pub height: u32,
}

impl Frame {
    fn kind(&self) -> u8 {
        match self {
            Frame::Hello(_) => 1,
            Frame::Heading(_) => 2,
            Frame::Progress(..) => 3,
            Frame::Row(_) => 4,
            Frame::Done(_) => 5,
            Frame::Refused(_) => 6,
            Frame::Picture(_) => 7,
            Frame::Bytes(_) => 8,
            #[cfg(debug_assertions)]
            Frame::Probed(_) => 9,
            Frame::Plan(_) => 10,
            Frame::PlanRow(..) => 11,
        }
    }

    /// Whether nothing comes behind it.
    pub fn is_last(&self) -> bool {
        match self {
            Frame::Hello(_) | Frame::Heading(_) | Frame::Progress(..) | Frame::Row(_) | Frame::Picture(_) => false,
            Frame::Plan(_) | Frame::PlanRow(..) => false,
            Frame::Done(_) | Frame::Refused(_) | Frame::Bytes(_) => true,
            #[cfg(debug_assertions)]
            Frame::Probed(_) => true,
        }
    }

    /// Writes the piece.
    ///
    /// # Errors
    /// Where nobody listens any more.
    pub fn write(&self, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
        let body = match self {
            Frame::Hello(hello) => serde_json::to_vec(hello)?,
            Frame::Heading(heading) => serde_json::to_vec(heading)?,
            Frame::Progress(done, all) => [done.to_le_bytes(), all.to_le_bytes()].concat(),
            Frame::Row(row) => row_bytes(row),
            Frame::Done(done) => serde_json::to_vec(done)?,
            Frame::Refused(refusal) => serde_json::to_vec(refusal)?,
            Frame::Picture(head) => serde_json::to_vec(head)?,
            Frame::Plan(head) => serde_json::to_vec(head)?,
            Frame::PlanRow(at, draft) => {
                let mut bytes = vec![*at];
                packed::put_draft(&mut bytes, draft);
                bytes
            }
            Frame::Bytes(bytes) => return piece(self.kind(), bytes, out),
            #[cfg(debug_assertions)]
            Frame::Probed(probed) => serde_json::to_vec(probed)?,
        };
        piece(self.kind(), &body, out)
    }

    /// Reads the next piece; `None` at the end.
    ///
    /// # Errors
    /// Where it is none, or longer than `most` bytes.
    pub fn read(from: &mut impl Read, most: usize) -> io::Result<Option<Frame>> {
        let mut head = [0u8; 5];
        let mut got = 0;
        while got < head.len() {
            match from.read(&mut head[got..])? {
                0 if got == 0 => return Ok(None),
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => got += count,
            }
        }
        let [a, b, c, d, kind] = head;
        let length = u32::from_le_bytes([a, b, c, d]) as usize;
        if length > most.min(MOST) {
            return Err(broken("a piece is too long"));
        }
        // Grows with what comes and not with what is promised.
        let mut body = Vec::new();
        from.take(length as u64).read_to_end(&mut body)?;
        if body.len() < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Frame::parse(kind, body).map(Some)
    }

    fn parse(kind: u8, body: Vec<u8>) -> io::Result<Frame> {
        Ok(match kind {
            1 => Frame::Hello(serde_json::from_slice(&body)?),
            2 => Frame::Heading(serde_json::from_slice(&body)?),
            3 => {
                let mut bytes = body.as_slice();
                let mut number = || packed::take(&mut bytes).map(u64::from_le_bytes);
                match (number(), number()) {
                    (Some(done), Some(all)) => Frame::Progress(done, all),
                    _ => return Err(broken("a report of progress is cut off")),
                }
            }
            4 => Frame::Row(row_of(&body).map_err(|reason| broken(&reason))?),
            5 => Frame::Done(serde_json::from_slice(&body)?),
            6 => Frame::Refused(serde_json::from_slice(&body)?),
            7 => Frame::Picture(serde_json::from_slice(&body)?),
            8 => Frame::Bytes(body),
            #[cfg(debug_assertions)]
            9 => Frame::Probed(serde_json::from_slice(&body)?),
            10 => Frame::Plan(serde_json::from_slice(&body)?),
            11 => {
                let (at, draft) = body.split_first().ok_or_else(|| broken("a row is cut off"))?;
                Frame::PlanRow(*at, packed::take_draft(draft).map_err(|reason| broken(&reason))?)
            }
            _ => return Err(broken("a piece of an unknown kind")),
        })
    }
}

fn broken(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

fn piece(kind: u8, body: &[u8], out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let length = u32::try_from(body.len()).ok().filter(|_| body.len() <= MOST);
    let length = length.ok_or_else(|| broken("a row or picture is too large"))?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(&[kind])?;
    out.write_all(body)
}

fn row_bytes(row: &Candidate) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend(row.number.to_le_bytes());
    out.extend((row.faults.len() as u32).to_le_bytes());
    for fault in &row.faults {
        packed::put_text(&mut out, fault.field.as_deref().unwrap_or_default());
        packed::put_text(&mut out, &fault.reason);
    }
    packed::put_draft(&mut out, &row.draft);
    out
}

fn row_of(mut bytes: &[u8]) -> Result<Candidate, String> {
    let cut = || "a row is cut off".to_owned();
    let number = u64::from_le_bytes(packed::take(&mut bytes).ok_or_else(cut)?);
    let count = u32::from_le_bytes(packed::take(&mut bytes).ok_or_else(cut)?);
    let mut faults = Vec::new();
    for _ in 0..count {
        let field = packed::take_text(&mut bytes).ok_or_else(cut)?;
        let reason = packed::take_text(&mut bytes).ok_or_else(cut)?;
        faults.push(RowFault { row: number, field: Some(field).filter(|field| !field.is_empty()), reason });
    }
    Ok(Candidate { number, draft: packed::take_draft(bytes)?, faults })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::{FeatureId, Value};

    fn row() -> Candidate {
        let draft = Draft { id: Some(FeatureId::parse("a").unwrap()), values: vec![Value::Integer(3)], shape: None };
        let fault =
            |field: Option<&str>| RowFault { row: 7, field: field.map(str::to_owned), reason: "sai".to_owned() };
        Candidate { number: 7, draft, faults: vec![fault(Some("area_ha")), fault(None)] }
    }

    #[test]
    fn a_length_that_is_not_there_costs_nothing_and_one_that_is_too_long_is_refused() {
        let mut head = (MOST as u32).to_le_bytes().to_vec();
        head.push(8);
        assert_eq!(Frame::read(&mut head.as_slice(), MOST).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        let mut head = u32::MAX.to_le_bytes().to_vec();
        head.push(8);
        assert_eq!(Frame::read(&mut head.as_slice(), MOST).unwrap_err().to_string(), "a piece is too long");
        assert_eq!(Frame::read(&mut [0u8, 0].as_slice(), MOST).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        assert!(Frame::read(&mut [].as_slice(), MOST).unwrap().is_none());
    }

    #[test]
    fn rows_come_as_they_went_and_broken_ones_are_refused() {
        let mut sent = Vec::new();
        Frame::Row(row()).write(&mut sent).unwrap();
        let come = Frame::read(&mut sent.as_slice(), MOST).unwrap();
        assert!(matches!(come, Some(Frame::Row(come)) if come == row()));
        let body = &sent[5..];
        for end in 0..body.len() {
            assert!(row_of(&body[..end]).is_err(), "cut at {end}");
        }
        for kind in [0, 1, 2, 3, 5, 6, 7, 10, 11, 12, 255] {
            let mut piece = vec![2, 0, 0, 0, kind];
            piece.extend(b"[]");
            assert!(Frame::read(&mut piece.as_slice(), MOST).is_err(), "{kind}");
        }
    }
}

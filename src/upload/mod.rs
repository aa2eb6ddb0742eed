//! Files of strangers, read in a process of its own that can do nothing but read them.
//!
//! A parser of somebody else's bytes may be led astray by these. So the service never opens such a file itself: it starts its own
//! binary anew with an empty environment and a folder that holds the file alone; that process gives up everything else
//! ([`confine`]) before it looks at the first byte, reads as the command line does, and hands back rows in a bounded form
//! ([`frames`]) of which the service believes nothing ([`intake`]). However it ends, the service goes on.
//! Calls block and belong on a thread of their own.

mod columns;
pub mod confine;
pub mod frames;
mod intake;
mod picture;
mod plan;
mod process;
mod spool;
mod worker;

use serde::{Deserialize, Serialize};

pub use columns::Declaration;
pub use confine::{Confinement, Limits};
pub use intake::{Allow, CommitError, Committed, Counts, Reading, commit, count, redraw};
pub use picture::Picture;
pub use plan::{Ground, PlanJob, PlanReading};
pub use process::{Leash, Workers};
pub use spool::{Full, Place, Quota, Spool};
pub use worker::run as work;

pub use crate::transfer::RowFault;
pub use crate::transfer::mapping::ColumnUse;
pub use crate::transfer::target::Target;

use crate::store::{Mode, Store};
use crate::transfer::target;

/// The version of what a worker says; both ends are one binary, so that another one is a fault.
pub const VERSION: u32 = 1;

/// The name of the hidden command that is the worker.
pub const COMMAND: &str = "read-upload";

/// What a worker is told, on its standard input.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// The process that started it and with which it ends.
    pub parent: u32,
    pub limits: Limits,
    /// Whether it may work where the kernel confines it in no way.
    pub may_be_free: bool,
    pub job: Job,
}

/// What is to be done with the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Job {
    Import(Box<ImportJob>),
    Plan(Box<PlanJob>),
    Picture {
        file: String,
    },
    /// Tries what must be impossible; for tests.
    #[cfg(debug_assertions)]
    Probe(confine::Probe),
}

/// How a file is to be read. Texts are as the user wrote them, `None` where nothing was said.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportJob {
    /// The name of the file in the worker's folder.
    pub file: String,
    pub collection: String,
    /// The collection as the store has it or as it is declared; `None` where it is made from the file.
    pub declaration: Option<Declaration>,
    pub is_stored: bool,
    pub layer: Option<String>,
    pub crs: Option<String>,
    pub encoding: Option<String>,
    #[serde(with = "mode")]
    pub mode: Mode,
    pub id_field: Option<String>,
    /// As a mapping file has it.
    pub mapping: Option<serde_json::Value>,
}

/// Why there is nothing to show for a file. The words are for the user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UploadError {
    /// What the command line says, too.
    #[error("{message}")]
    Refused {
        message: String,
        /// The layers or data sets that there are, where one must be named.
        layers: Vec<String>,
    },
    #[error(
        "tệp này làm chương trình đọc tệp dừng đột ngột ({how}); dữ liệu không thay đổi / the program that reads files broke down over this one ({how}); nothing was changed"
    )]
    Crashed { how: String },
    #[error(
        "đọc tệp mất hơn {seconds} giây nên đã dừng lại; hãy chia nhỏ tệp / reading took more than {seconds} s and was stopped: split the file"
    )]
    TooSlow { seconds: u64 },
    #[error("đã dừng theo yêu cầu / it was stopped as asked for")]
    Stopped,
    /// The kernel offers nothing that keeps a worker in its place.
    #[error(
        "máy chủ này không cô lập được chương trình đọc tệp nên không nhận tệp / this server cannot confine the program that reads files, and takes none"
    )]
    Unconfined,
    /// What came from the worker is not what a worker says.
    #[error(
        "chương trình đọc tệp trả về dữ liệu không hợp lệ ({0}) / the program that reads files answered with what cannot be right ({0})"
    )]
    Untrue(String),
    #[error("không đọc được tệp trên máy chủ ({0}) / the file cannot be read on the server ({0})")]
    Machine(String),
}

/// The collection that a file is to be read into, as the store has it or as it is declared.
///
/// # Errors
/// Why there can be none, in the words of the command line.
pub fn target(store: &dyn Store, id: &str) -> Result<Target, String> {
    target::find(store, id).map_err(|error| error.to_string())
}

mod mode {
    //! Modes by the names of the command line.
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::store::Mode;

    pub fn serialize<S: Serializer>(mode: &Mode, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(super::mode_name(*mode))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Mode, D::Error> {
        let name = String::deserialize(deserializer)?;
        super::mode_named(&name).ok_or_else(|| serde::de::Error::custom("no mode has this name"))
    }
}

const MODES: [(&str, Mode); 3] = [("append", Mode::Append), ("upsert", Mode::Upsert), ("replace", Mode::Replace)];

/// The mode of a name, as the command line has it.
pub fn mode_named(name: &str) -> Option<Mode> {
    MODES.iter().find(|(known, _)| *known == name).map(|(_, mode)| *mode)
}

/// The name of a mode.
pub fn mode_name(mode: Mode) -> &'static str {
    MODES.iter().find(|(_, known)| *known == mode).map_or("", |(name, _)| name)
}

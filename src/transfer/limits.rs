//! The bounds of what is taken from a file: far above any real register, far below what would hurt the machine.

/// Size of the file and of everything beside it that belongs to it, in bytes.
pub const FILE_BYTES: u64 = 4 << 30;
/// Rows of one import.
pub const ROWS: u64 = 10_000_000;
/// Columns of a source.
pub const FIELDS: usize = 500;
/// Vertices of one geometry, after arcs became lines.
pub const VERTICES: usize = 5_000_000;
/// Bytes of one text value.
pub const TEXT_BYTES: usize = 1 << 20;
/// Bytes of one CSV record: room for the WKT of [`VERTICES`].
pub const RECORD_BYTES: usize = 256 << 20;
/// Entries of an archive.
pub const ARCHIVE_ENTRIES: usize = 1_000;
/// Bytes that an archive may unpack to.
pub const ARCHIVE_BYTES: u64 = 2 << 30;
/// How many times its own size an archive may unpack to.
pub const ARCHIVE_EXPANSION: u64 = 100;
/// Archives that unpack to less than this are not asked for their expansion: blank columns pack well.
pub const ARCHIVE_SMALL_BYTES: u64 = 1 << 20;
/// Faults that a report lists.
pub const FAULTS: usize = 10_000;
/// Bytes of the file of a plan's drawing, which is kept in the store.
pub const DRAWING_BYTES: u64 = 100 << 20;
/// Vertices of all of a drawing, after arcs became lines and blocks were drawn.
pub const DRAWING_VERTICES: u64 = 10_000_000;

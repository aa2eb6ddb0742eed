//! The hash of a file while it is read.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::text::hex;

/// Hashes what is read through it, and refuses at its end what is not as expected.
pub struct Hashing<'a> {
    from: File,
    hash: Sha256,
    expected: Option<&'a str>,
}

impl<'a> Hashing<'a> {
    /// # Errors
    /// When the file cannot be opened.
    pub fn of(path: &Path, expected: Option<&'a str>) -> io::Result<Hashing<'a>> {
        Ok(Hashing { from: File::open(path)?, hash: Sha256::new(), expected })
    }

    /// The hash of what was read until now, in hexadecimal digits.
    pub fn sha256(&self) -> String {
        hex(&self.hash.clone().finalize())
    }
}

impl Read for Hashing<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(into)?;
        self.hash.update(&into[..count]);
        if count == 0 && !into.is_empty() && self.expected.is_some_and(|expected| self.sha256() != expected) {
            return Err(io::Error::other("it was changed while it was read"));
        }
        Ok(count)
    }
}

//! A body in two pieces: a long one that is compressed once and kept, and a short end that is new for each answer.
//!
//! gzip, Brotli and Zstandard all have blocks of plain bytes. The kept piece ends at a byte boundary without closing the
//! stream; the end (links, `timeStamp`) is appended as plain blocks, so a cached page is never compressed twice.

use std::io::Write;

use bytes::Bytes;
use crc32fast::Hasher;
use flate2::{Compress, Compression, FlushCompress};

/// A content coding of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Coding {
    Zstd,
    Brotli,
    Gzip,
}

impl Coding {
    /// Preferred first: the fastest to make and unpack at a like size.
    pub const ALL: [Coding; 3] = [Coding::Zstd, Coding::Brotli, Coding::Gzip];

    /// The name in `Accept-Encoding` and `Content-Encoding`.
    pub fn name(self) -> &'static str {
        match self {
            Coding::Zstd => "zstd",
            Coding::Brotli => "br",
            Coding::Gzip => "gzip",
        }
    }
}

/// Levels that cost little while a client waits; a page is compressed at most once per snapshot.
const GZIP_LEVEL: u32 = 3;
const BROTLI_QUALITY: u32 = 4;
const ZSTD_LEVEL: i32 = 3;
const BROTLI_WINDOW: u32 = 22;

/// Plain blocks hold at most so many bytes in each of the three formats.
const BLOCK: usize = 65_535;

/// The kept piece: an open stream, and what its end must know of it; or a whole body, closed.
#[derive(Debug, Clone)]
pub struct Sealed {
    pub coding: Coding,
    pub bytes: Bytes,
    checksum: Hasher,
    /// Whether nothing follows any more.
    pub is_whole: bool,
}

impl Sealed {
    /// Compresses the pieces, of at least one byte in all, into one open stream.
    ///
    /// # Errors
    /// Only when memory cannot be written to; the caller then sends the pieces as they are.
    pub fn new(coding: Coding, pieces: &[Bytes]) -> std::io::Result<Sealed> {
        let mut checksum = Hasher::new();
        let bytes = match coding {
            Coding::Gzip => {
                pieces.iter().for_each(|piece| checksum.update(piece));
                gzip(pieces)?
            }
            Coding::Brotli => {
                let mut writer = brotli::CompressorWriter::new(Vec::new(), 1 << 16, BROTLI_QUALITY, BROTLI_WINDOW);
                pieces.iter().try_for_each(|piece| writer.write_all(piece))?;
                writer.flush()?;
                writer.get_ref().clone()
            }
            Coding::Zstd => {
                let mut writer = zstd::stream::write::Encoder::new(Vec::new(), ZSTD_LEVEL)?;
                pieces.iter().try_for_each(|piece| writer.write_all(piece))?;
                writer.flush()?;
                writer.get_ref().clone()
            }
        };
        // What compressing took too much would stay with the bytes for as long as they are kept.
        Ok(Sealed { coding, bytes: bytes.into_boxed_slice().into(), checksum, is_whole: false })
    }

    /// Compresses the pieces, of at least one byte in all, into a closed stream.
    ///
    /// # Errors
    /// As [`Sealed::new`].
    pub fn whole(coding: Coding, pieces: &[Bytes]) -> std::io::Result<Sealed> {
        let open = Sealed::new(coding, pieces)?;
        let end = open.close(&[], pieces.iter().map(Bytes::len).sum());
        Ok(Sealed { bytes: [open.bytes, end].concat().into(), is_whole: true, ..open })
    }

    /// The bytes that close the stream after `end`; `kept` is the length of the kept piece before compression.
    pub fn close(&self, end: &[u8], kept: usize) -> Bytes {
        let mut out = Vec::with_capacity(end.len() + 64);
        let blocks: Vec<&[u8]> = end.chunks(BLOCK).collect();
        for (index, block) in blocks.iter().enumerate() {
            let last = index + 1 == blocks.len();
            let length = block.len() as u32;
            match self.coding {
                // RFC 1951, 3.2.4: BFINAL, BTYPE 00, padding, LEN, one's complement of LEN.
                Coding::Gzip => {
                    out.push(u8::from(last));
                    out.extend_from_slice(&(length as u16).to_le_bytes());
                    out.extend_from_slice(&(!(length as u16)).to_le_bytes());
                }
                // RFC 7932, 9.2: ISLAST 0, MNIBBLES 00, MLEN - 1 in 16 bits, ISUNCOMPRESSED 1.
                Coding::Brotli => {
                    let header = ((length - 1) << 3) | (1 << 19);
                    out.extend_from_slice(&header.to_le_bytes()[..3]);
                }
                // RFC 8878, 3.1.1.2: last, type 0 (raw), size.
                Coding::Zstd => {
                    let header = u32::from(last) | (length << 3);
                    out.extend_from_slice(&header.to_le_bytes()[..3]);
                }
            }
            out.extend_from_slice(block);
        }
        match self.coding {
            Coding::Gzip => {
                if blocks.is_empty() {
                    out.extend_from_slice(&[1, 0, 0, 0xff, 0xff]);
                }
                let mut checksum = self.checksum.clone();
                checksum.update(end);
                out.extend_from_slice(&checksum.finalize().to_le_bytes());
                out.extend_from_slice(&((kept + end.len()) as u32).to_le_bytes());
            }
            // ISLAST 1, ISLASTEMPTY 1.
            Coding::Brotli => out.push(0b11),
            Coding::Zstd => {
                if blocks.is_empty() {
                    out.extend_from_slice(&[1, 0, 0]);
                }
            }
        }
        out.into()
    }
}

/// A gzip header and a raw deflate stream that ends at a byte boundary without its final block.
fn gzip(pieces: &[Bytes]) -> std::io::Result<Vec<u8>> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let mut deflate = Compress::new(Compression::new(GZIP_LEVEL), false);
    let mut feed = |input: &[u8], flush: FlushCompress| -> std::io::Result<()> {
        let start = deflate.total_in();
        loop {
            out.reserve(1 << 15);
            let consumed = (deflate.total_in() - start) as usize;
            deflate.compress_vec(&input[consumed..], &mut out, flush).map_err(std::io::Error::other)?;
            let all_in = (deflate.total_in() - start) as usize == input.len();
            // Room left over means that nothing is held back any more.
            if all_in && out.len() < out.capacity() {
                return Ok(());
            }
        }
    };
    pieces.iter().try_for_each(|piece| feed(piece, FlushCompress::None))?;
    feed(&[], FlushCompress::Sync)?;
    Ok(out)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Read;

    fn unpack(coding: Coding, packed: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        match coding {
            // The plain decoder reads one member only, as browsers do, and checks length and checksum.
            Coding::Gzip => flate2::bufread::GzDecoder::new(packed).read_to_end(&mut out).map(drop),
            Coding::Brotli => brotli::Decompressor::new(packed, 4096).read_to_end(&mut out).map(drop),
            Coding::Zstd => zstd::stream::read::Decoder::new(packed).unwrap().read_to_end(&mut out).map(drop),
        }
        .unwrap();
        out
    }

    fn round_trip(pieces: &[Vec<u8>], end: &[u8]) {
        let pieces: Vec<Bytes> = pieces.iter().cloned().map(Bytes::from).collect();
        let kept: usize = pieces.iter().map(Bytes::len).sum();
        let mut plain = pieces.concat();
        plain.extend_from_slice(end);
        for coding in Coding::ALL {
            let whole = Sealed::whole(coding, &pieces).unwrap();
            assert_eq!(unpack(coding, &whole.bytes), pieces.concat(), "{}", coding.name());
            let sealed = Sealed::new(coding, &pieces).unwrap();
            let packed = [&sealed.bytes[..], &sealed.close(end, kept)].concat();
            assert_eq!(unpack(coding, &packed), plain, "{}", coding.name());
        }
    }

    #[test]
    fn an_empty_end_and_empty_pieces_unpack() {
        round_trip(&[b"x".to_vec()], b"");
        round_trip(&[vec![], b"x".to_vec(), vec![]], b"y");
    }

    #[test]
    fn an_end_longer_than_a_block_unpacks() {
        round_trip(&[b"abc".repeat(100_000)], &b"0123456789".repeat(20_000));
    }

    #[test]
    fn one_kept_piece_serves_several_ends() {
        let piece = Bytes::from_static(b"features features features");
        let sealed = Sealed::new(Coding::Gzip, std::slice::from_ref(&piece)).unwrap();
        for end in [&b"at one"[..], b"at two"] {
            let packed = [&sealed.bytes[..], &sealed.close(end, piece.len())].concat();
            assert_eq!(unpack(Coding::Gzip, &packed), [&piece[..], end].concat());
        }
    }

    proptest! {
        #[test]
        fn any_body_unpacks_to_itself(
            pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..3000), 1..4),
            end in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            round_trip(&pieces, &end);
        }
    }
}

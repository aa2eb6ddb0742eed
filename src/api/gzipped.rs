//! A body that is compressed while it is sent: the first bytes leave at once, and memory holds one piece at a time.

use std::io::Write;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body::{Body, Frame};

/// Bytes that are compressed in one go: about a millisecond of work.
const PIECE: usize = 128 << 10;

/// The gzip form of another body, at the level that keeps up with a network.
pub struct Gzipped<B> {
    plain: B,
    /// What has come and is still to be compressed.
    waiting: Bytes,
    /// `None` behind the end.
    encoder: Option<GzEncoder<Vec<u8>>>,
    /// Whether nothing has been compressed yet.
    is_new: bool,
}

impl<B> Gzipped<B> {
    pub fn new(plain: B) -> Gzipped<B> {
        let encoder = GzEncoder::new(Vec::new(), Compression::fast());
        Gzipped { plain, waiting: Bytes::new(), encoder: Some(encoder), is_new: true }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Gzipped<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = self.get_mut();
        loop {
            let Some(encoder) = this.encoder.as_mut() else { return Poll::Ready(None) };
            if this.waiting.is_empty() {
                match ready!(Pin::new(&mut this.plain).poll_frame(cx)) {
                    Some(Ok(frame)) => this.waiting = frame.into_data().unwrap_or_default(),
                    // What breaks off is not closed: who unpacks it sees that.
                    Some(Err(error)) => {
                        this.encoder = None;
                        return Poll::Ready(Some(Err(error)));
                    }
                    None => {
                        // Writing into memory cannot fail.
                        let end = this.encoder.take().and_then(|encoder| encoder.finish().ok()).unwrap_or_default();
                        return Poll::Ready(Some(Ok(Frame::data(end.into()))));
                    }
                }
                continue;
            }
            let piece = this.waiting.split_to(this.waiting.len().min(PIECE));
            let mut written = encoder.write_all(&piece);
            if std::mem::take(&mut this.is_new) {
                // Whoever waits for the first bytes gets them, whatever comes behind.
                written = written.and_then(|()| encoder.flush());
            }
            drop(written);
            let packed = std::mem::take(encoder.get_mut());
            if !packed.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(packed.into()))));
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.encoder.is_none()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::VecDeque;
    use std::convert::Infallible;
    use std::io::Read;
    use std::task::Waker;

    use proptest::prelude::*;

    use super::*;

    /// Blocks, and how many of them were taken.
    struct Blocks(VecDeque<Bytes>, usize);

    impl Body for Blocks {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            self.1 += 1;
            Poll::Ready(self.0.pop_front().map(|block| Ok(Frame::data(block))))
        }
    }

    fn next(body: &mut Gzipped<Blocks>) -> Option<Bytes> {
        match Pin::new(body).poll_frame(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Some(Ok(frame))) => frame.into_data().ok(),
            _ => None,
        }
    }

    fn gzipped(blocks: Vec<Vec<u8>>) -> Gzipped<Blocks> {
        Gzipped::new(Blocks(blocks.into_iter().map(Bytes::from).collect(), 0))
    }

    #[test]
    fn the_first_block_can_be_read_before_the_second_is_asked_for() {
        let mut body = gzipped(vec![b"[".to_vec(), b"1]".to_vec()]);
        let first = next(&mut body).unwrap();
        assert_eq!(body.plain.1, 1);
        let mut read = [0; 1];
        flate2::read::GzDecoder::new(&first[..]).read_exact(&mut read).unwrap();
        assert_eq!(&read, b"[");
    }

    #[test]
    fn a_large_block_is_compressed_piece_by_piece() {
        let noise: Vec<u8> = (0..8u32 << 20).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let mut body = gzipped(vec![noise.clone()]);
        let (mut packed, mut pieces) = (Vec::new(), 0);
        while let Some(piece) = next(&mut body) {
            assert!(piece.len() <= 2 * PIECE, "{}", piece.len());
            packed.extend_from_slice(&piece);
            pieces += 1;
        }
        assert!(pieces > 2, "{pieces}");
        let mut read = Vec::new();
        flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut read).unwrap();
        assert!(read == noise);
    }

    proptest! {
        #[test]
        fn any_body_unpacks_to_itself(blocks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..2000), 0..8)) {
            let mut body = gzipped(blocks.clone());
            let packed: Vec<u8> = std::iter::from_fn(|| next(&mut body)).flatten().collect();
            prop_assert!(body.is_end_stream());
            let mut read = Vec::new();
            flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut read).unwrap();
            prop_assert_eq!(read, blocks.concat());
        }
    }
}

//! Pictures drawn anew: what comes out holds pixels and nothing else, whatever came in.

use std::fs::File;
use std::io::{BufReader, Cursor};
use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader};

use super::frames::PictureHead;

/// The longest side of a picture that is read, in pixels.
pub const LONGEST_SIDE: u32 = 16_384;

/// Pixels of a picture that is read.
const PIXELS: u64 = 100_000_000;

/// The longest side of what is kept: enough to read a sign in a photo of a street.
pub const KEPT_SIDE: u32 = 4_096;

/// Bytes that decoding may take, several times what the largest picture needs.
const MEMORY: u64 = 1 << 30;

const QUALITY: u8 = 88;

/// A picture as it is kept: JPEG, or PNG where it may be seen through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub bytes: Vec<u8>,
    pub is_jpeg: bool,
    pub width: u32,
    pub height: u32,
}

impl Picture {
    /// Takes what a worker has drawn.
    ///
    /// # Errors
    /// Where it cannot come from a worker that does what it should.
    pub fn of(head: PictureHead, bytes: Vec<u8>) -> Result<Picture, String> {
        let start: &[u8] = if head.is_jpeg { b"\xFF\xD8\xFF" } else { b"\x89PNG\r\n\x1a\n" };
        let sides = 1..=KEPT_SIDE;
        if !bytes.starts_with(start) || !sides.contains(&head.width) || !sides.contains(&head.height) {
            return Err("it is no picture".to_owned());
        }
        Ok(Picture { bytes, is_jpeg: head.is_jpeg, width: head.width, height: head.height })
    }

    pub fn media_type(&self) -> &'static str {
        if self.is_jpeg { "image/jpeg" } else { "image/png" }
    }
}

/// Reads a picture, turns it as its camera says, makes it no larger than is kept, and draws it anew.
///
/// # Errors
/// A sentence for the user.
pub fn redraw(file: &Path) -> Result<(PictureHead, Vec<u8>), String> {
    let none = "đây không phải ảnh JPEG, PNG hay WebP / this is no JPEG, PNG or WebP picture";
    let broken = |error: image::ImageError| format!("ảnh bị hỏng: {error} / the picture is broken: {error}");
    let file = File::open(file).map_err(|e| e.to_string())?;
    let mut reader = ImageReader::new(BufReader::new(file)).with_guessed_format().map_err(|e| e.to_string())?;
    if !matches!(reader.format(), Some(ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) {
        return Err(none.to_owned());
    }
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS {
        return Err(format!(
            "ảnh {width} × {height} điểm quá lớn / a picture of {width} × {height} pixels is too large"
        ));
    }
    let orientation = decoder.orientation().map_err(broken)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    picture.apply_orientation(orientation);
    if picture.width().max(picture.height()) > KEPT_SIDE {
        picture = picture.resize(KEPT_SIDE, KEPT_SIDE, image::imageops::FilterType::Triangle);
    }
    let head = PictureHead { is_jpeg: !picture.color().has_alpha(), width: picture.width(), height: picture.height() };
    let mut bytes = Vec::new();
    if head.is_jpeg {
        let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
        DynamicImage::from(picture.into_rgb8()).write_with_encoder(encoder).map_err(broken)?;
    } else {
        let plain = DynamicImage::from(picture.into_rgba8());
        plain.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).map_err(broken)?;
    }
    Ok((head, bytes))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    fn redrawn(bytes: &[u8]) -> Result<(PictureHead, Vec<u8>), String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        redraw(file.path())
    }

    fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        picture.into().write_to(&mut Cursor::new(&mut bytes), format).unwrap();
        bytes
    }

    #[test]
    fn what_is_no_picture_is_refused_whatever_it_calls_itself() {
        for bytes in [
            &b""[..],
            b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>",
            b"<html><script>alert(1)</script></html>",
            b"GIF89a\x01\0\x01\0\0\0\0;",
            b"BM\0\0\0\0",
            b"\xFF\xD8\xFF",
            b"\x89PNG\r\n\x1a\n",
            b"RIFF\0\0\0\0WEBP",
        ] {
            assert!(redrawn(bytes).is_err(), "{bytes:?}");
        }
        let whole = encoded(RgbImage::from_pixel(64, 64, Rgb([9, 99, 199])), ImageFormat::Png);
        assert!(redrawn(&whole[..whole.len() / 2]).is_err());
    }

    #[test]
    fn what_stands_behind_a_picture_and_in_its_texts_goes() {
        let picture = RgbImage::from_fn(40, 20, |x, y| Rgb([x as u8 * 6, y as u8 * 12, 100]));
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let mut bytes = encoded(picture.clone(), format);
            bytes.extend(b"<script>alert('x')</script>PK\x03\x04");
            let (head, drawn) = redrawn(&bytes).unwrap();
            assert_eq!((head.is_jpeg, head.width, head.height), (true, 40, 20), "{format:?}");
            assert!(!drawn.windows(7).any(|window| window == b"<script"), "{format:?}");
            assert_eq!(image::load_from_memory(&drawn).unwrap().width(), 40);
        }
        let glass = encoded(RgbaImage::from_pixel(8, 8, Rgba([1, 2, 3, 4])), ImageFormat::WebP);
        let (head, drawn) = redrawn(&glass).unwrap();
        assert!(!head.is_jpeg && drawn.starts_with(b"\x89PNG"));
    }

    #[test]
    fn a_photo_taken_upright_stands_upright_and_says_nothing_of_where_it_was_taken() {
        // A JPEG of 40 × 20 with an Exif segment that says: turn it by 90° (orientation 6, tag 0x0112), and whose maker's note
        // (tag 0x927C) is a secret.
        let plain = encoded(RgbImage::from_pixel(40, 20, Rgb([200, 10, 10])), ImageFormat::Jpeg);
        let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x02\0".to_vec();
        exif.extend(b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0");
        exif.extend(b"\x7C\x92\x07\0\x06\0\0\0\x26\0\0\0\0\0\0\0secret");
        let mut photo = plain[..2].to_vec();
        photo.extend([0xFF, 0xE1]);
        photo.extend(u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
        photo.extend(&exif);
        photo.extend(&plain[2..]);
        let (head, drawn) = redrawn(&photo).unwrap();
        assert_eq!((head.width, head.height), (20, 40));
        assert!(!drawn.windows(4).any(|window| window == b"Exif"));
        assert!(!drawn.windows(6).any(|window| window == b"secret"));
    }

    #[test]
    fn sides_that_are_promised_and_not_there_cost_nothing() {
        // A PNG that claims 60,000 × 60,000 pixels and has none: refused by its head.
        let small = encoded(RgbImage::from_pixel(1, 1, Rgb([0, 0, 0])), ImageFormat::Png);
        let mut huge = small.clone();
        huge[16..20].copy_from_slice(&60_000u32.to_be_bytes());
        huge[20..24].copy_from_slice(&60_000u32.to_be_bytes());
        let mut crc = crc32fast::Hasher::new();
        crc.update(&huge[12..29]);
        huge[29..33].copy_from_slice(&crc.finalize().to_be_bytes());
        assert!(redrawn(&huge).is_err());
    }

    #[test]
    fn a_large_picture_is_made_smaller() {
        let wide = encoded(RgbImage::from_pixel(5_000, 100, Rgb([1, 2, 3])), ImageFormat::Png);
        let (head, _) = redrawn(&wide).unwrap();
        assert_eq!((head.width, head.height), (4_096, 82));
    }
}

//! A message is signed with a secret that its receiver has too, so that he knows it to be ours, whole, and of now.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};

use crate::text::hex;

/// Bytes of a secret at the least (RFC 2104 advises the length of the hash; half of it cannot be guessed either).
const LEAST: usize = 16;

/// A secret that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the secret has less than {LEAST} bytes")]
pub struct SecretFault;

/// A secret of ours and of a receiver. It is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// The text of a file without the line's end that editors add.
    ///
    /// # Errors
    /// [`SecretFault`] where it could be guessed.
    pub fn new(text: &str) -> Result<Secret, SecretFault> {
        let text = text.trim_end_matches(['\r', '\n']);
        if text.len() < LEAST { Err(SecretFault) } else { Ok(Secret(text.as_bytes().to_vec())) }
    }

    /// HMAC-SHA-256 over the time, a dot and the body, in hexadecimal digits; `None` where the library refuses, which is a
    /// fault of ours.
    pub fn signature(&self, at: i64, body: &[u8]) -> Option<String> {
        let message = [format!("{at}.").as_bytes(), body].concat();
        let signed = crypto::sign(&message, &EncodingKey::from_secret(&self.0), Algorithm::HS256).ok()?;
        BASE64_URL_SAFE_NO_PAD.decode(signed).ok().map(|bytes| hex(&bytes))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_could_be_guessed_is_refused_and_none_is_ever_shown() {
        assert_eq!(Secret::new("fifteen bytes !\n"), Err(SecretFault));
        let secret = Secret::new("sixteen bytes ok\r\n").unwrap();
        assert!(!format!("{secret:?}").contains("sixteen"));
    }

    #[test]
    fn the_signature_is_that_of_rfc_2104_over_time_dot_body() {
        // printf '1790000000.{"a":1}' | openssl dgst -sha256 -hmac 'sixteen bytes ok'
        let secret = Secret::new("sixteen bytes ok").unwrap();
        let expected = "4dc5b9ee900b603bad45cdc53733649385d01bea564c855e2fbe441e047e6511";
        assert_eq!(secret.signature(1_790_000_000, b"{\"a\":1}").unwrap(), expected);
        assert_ne!(secret.signature(1_790_000_001, b"{\"a\":1}").unwrap(), expected);
    }
}

//! Tokens: 256 random bits, shown once, kept as their hash.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

use crate::text::hex;

/// What every token begins with, so that programs that look for leaked secrets know it.
pub const PREFIX: &str = "lx_";

/// A text that nobody may read in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: String) -> Secret {
        Secret(text)
    }

    /// The text itself, for whoever must have it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The SHA-256 of a token: what is kept of it. A random token needs no slow hash, since nobody can try all of them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest([u8; 32]);

impl Digest {
    pub fn of(secret: &Secret) -> Digest {
        Digest(Sha256::digest(secret.reveal().as_bytes()).into())
    }

    /// Whether it is the same, found out in a time that says nothing of where they differ.
    pub fn is(&self, other: &Digest) -> bool {
        self.0.ct_eq(&other.0).into()
    }

    /// 64 hexadecimal digits.
    pub fn to_hex(self) -> String {
        hex(&self.0)
    }

    /// Reads what [`Digest::to_hex`] has written.
    pub fn from_hex(text: &str) -> Option<Digest> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok()?;
        }
        Some(Digest(bytes))
    }
}

/// Not the hash itself: whoever reads a log need not even know which token it was.
impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(…)")
    }
}

/// A new token.
#[derive(Debug, Clone)]
pub struct Token(Secret);

impl Token {
    /// A token of the system's randomness.
    ///
    /// # Errors
    /// Where the system has none to give.
    pub fn random() -> Result<Token, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Token::from_bytes(bytes))
    }

    /// The token of 256 bits.
    pub fn from_bytes(bytes: [u8; 32]) -> Token {
        Token(Secret::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// What its user is shown, once.
    pub fn secret(&self) -> Secret {
        self.0.clone()
    }

    /// What is kept of it.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn no_debug_form_shows_a_secret_or_what_is_kept_of_it() {
        let token = Token::from_bytes([0xab; 32]);
        for shown in [format!("{token:?}"), format!("{:?}", token.secret()), format!("{:?}", token.digest())] {
            assert!(!shown.contains("lx_") && !shown.contains(&token.digest().to_hex()[..8]), "{shown}");
        }
    }

    #[test]
    fn what_is_kept_is_the_sha_256_of_the_whole_text() {
        // printf 'lx_%s' "$(head -c 32 /dev/zero | base64 | tr '+/' '-_' | tr -d =)" | sha256sum
        let token = Token::from_bytes([0; 32]);
        assert_eq!(token.secret().reveal(), format!("lx_{}", "A".repeat(43)));
        assert_eq!(Digest::from_hex(&token.digest().to_hex()), Some(token.digest()));
        assert_eq!(token.digest().to_hex(), KEPT_OF_ZEROS);
    }

    const KEPT_OF_ZEROS: &str = "0201ee18c1b759365030159b96ec79d9dec0956ddaf0595b6f67329dad104838";

    #[test]
    fn a_text_that_is_no_hash_is_none() {
        for text in ["", "00", &"g".repeat(64), &"é".repeat(32), &"0".repeat(63), &format!("+{}", "0".repeat(63))] {
            assert_eq!(Digest::from_hex(text), None, "{text}");
        }
    }

    #[test]
    fn two_tokens_are_never_alike() {
        let [a, b] = [Token::random().unwrap(), Token::random().unwrap()];
        assert!(!a.digest().is(&b.digest()));
        assert_eq!(a.secret().reveal().len(), PREFIX.len() + 43);
    }
}

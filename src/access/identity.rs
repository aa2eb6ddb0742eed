//! Tokens of an identity provider (OpenID Connect): signed by its keys, made for us, still in time, with a role of ours.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Map, Value};

use super::user::{Account, How, Viewer, check_name};

/// Bytes of a token at the most.
pub const MAX_TOKEN: usize = 8 << 10;

/// Keys of a provider at the most.
const MAX_KEYS: usize = 64;

/// Clocks may differ by so much.
const LEEWAY: TimeDelta = TimeDelta::seconds(30);

/// Algorithms that are taken where none are named.
pub const USUAL: [&str; 2] = ["RS256", "ES256"];

/// What can be named: signatures by a private key. A secret that both sides share would let everybody who can check a token
/// make one.
const KNOWN: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// An algorithm by its name in JWS; `None` for what is none or not safe.
pub fn algorithm(name: &str) -> Option<Algorithm> {
    name.parse().ok().filter(|algorithm| KNOWN.contains(algorithm))
}

/// What we expect of the provider's tokens.
#[derive(Debug, Clone)]
pub struct Provider {
    pub issuer: String,
    pub audience: String,
    pub algorithms: Vec<Algorithm>,
    /// The claim that names the user.
    pub name_claim: String,
    /// The claim that holds his roles; a dot leads into an object: `realm_access.roles`.
    pub role_claim: String,
    /// What each value of that claim grants here.
    pub roles: BTreeMap<String, Account>,
}

/// A key of the provider, and the only algorithms with which it is used.
#[derive(Clone)]
struct Key {
    id: Option<String>,
    algorithms: Vec<Algorithm>,
    key: DecodingKey,
}

/// The keys of the provider.
#[derive(Clone, Default)]
pub struct Keys(Vec<Key>);

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.0.len())
    }
}

/// Algorithms that a key can sign with: the one it names itself, else those of its kind and curve.
fn algorithms_of(key: &Jwk) -> Vec<Algorithm> {
    let of_kind: &[Algorithm] = match &key.algorithm {
        AlgorithmParameters::RSA(_) => &KNOWN[..6],
        AlgorithmParameters::EllipticCurve(curve) => match curve.curve {
            EllipticCurve::P256 => &[Algorithm::ES256],
            EllipticCurve::P384 => &[Algorithm::ES384],
            _ => &[],
        },
        AlgorithmParameters::OctetKeyPair(_) => &[Algorithm::EdDSA],
        // A shared secret has no place in a public list.
        _ => &[],
    };
    let named = key.common.key_algorithm.map(|named| named.to_string());
    let is_named = |algorithm: &&Algorithm| named.as_ref().is_none_or(|named| *named == format!("{algorithm:?}"));
    of_kind.iter().filter(is_named).copied().collect()
}

impl Keys {
    /// Reads a JWK set. Keys that sign nothing we know are passed over.
    ///
    /// # Errors
    /// A sentence where it is no such set or holds no key that could be used.
    pub fn parse(text: &str) -> Result<Keys, String> {
        let document: Value = serde_json::from_str(text).map_err(|error| format!("is no JSON: {error}"))?;
        let listed = document["keys"].as_array().ok_or("is no JWK set: there is no list 'keys'")?;
        if listed.len() > MAX_KEYS {
            return Err(format!("holds more than {MAX_KEYS} keys"));
        }
        let mut keys = Vec::new();
        for key in listed {
            let Ok(jwk) = serde_json::from_value::<Jwk>(key.clone()) else { continue };
            let algorithms = algorithms_of(&jwk);
            let signs = jwk.common.public_key_use.as_ref().is_none_or(|used| *used == PublicKeyUse::Signature);
            if let Ok(key) = DecodingKey::from_jwk(&jwk)
                && signs
                && !algorithms.is_empty()
            {
                keys.push(Key { id: jwk.common.key_id, algorithms, key });
            }
        }
        if keys.is_empty() { Err("holds no key that signs tokens".to_owned()) } else { Ok(Keys(keys)) }
    }

    /// The key that a token names; the only one where it names none.
    fn find(&self, id: Option<&str>) -> Option<&Key> {
        match (id, self.0.as_slice()) {
            (Some(id), keys) => keys.iter().find(|key| key.id.as_deref() == Some(id)),
            (None, [only]) => Some(only),
            _ => None,
        }
    }
}

/// Why a token of a provider opens nothing. For the log; who sent it is told no more than he must know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityFault {
    #[error("không đọc được mã truy cập này / it is no token that could be read")]
    Malformed,
    #[error("mã truy cập ghi khóa mà nhà cung cấp không liệt kê / it names a key that the provider does not list")]
    UnknownKey,
    #[error("mã truy cập ký bằng thuật toán khác với khóa / it is signed by another algorithm than its key's")]
    Algorithm,
    #[error("chữ ký, nơi cấp hoặc nơi nhận không đúng / its signature, issuer or audience is not right")]
    Refused,
    #[error("đã hết hạn hoặc chưa có hiệu lực / it has expired or does not hold yet")]
    NotNow,
    #[error("mục '{0}' không phải tên người dùng hợp lệ ở đây / its claim '{0}' is no name that a user can have here")]
    Name(String),
    #[error("không vai trò nào của người dùng '{0}' có quyền ở đây / no role of the user '{0}' grants anything here")]
    NoRole(String),
}

/// Whether a text has the form of a signed token of a provider, whatever it holds.
pub fn is_signed(text: &str) -> bool {
    text.bytes().filter(|byte| *byte == b'.').count() == 2
}

/// Who a token of the provider names, and what it grants.
///
/// # Errors
/// Why it opens nothing.
pub fn verify(provider: &Provider, keys: &Keys, token: &str, now: DateTime<Utc>) -> Result<Viewer, IdentityFault> {
    if token.len() > MAX_TOKEN {
        return Err(IdentityFault::Malformed);
    }
    // Addresses of keys in a header (jku, x5u) and keys in it (jwk, x5c) are what its sender says, and are not looked at.
    let header = jsonwebtoken::decode_header(token).map_err(|_| IdentityFault::Malformed)?;
    if header.crit.is_some() {
        return Err(IdentityFault::Malformed);
    }
    if !provider.algorithms.contains(&header.alg) {
        return Err(IdentityFault::Algorithm);
    }
    let key = keys.find(header.kid.as_deref()).ok_or(IdentityFault::UnknownKey)?;
    if !key.algorithms.contains(&header.alg) {
        return Err(IdentityFault::Algorithm);
    }
    let mut validation = Validation::new(header.alg);
    validation.set_issuer(&[&provider.issuer]);
    validation.set_audience(&[&provider.audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    // The time is told to us, and is looked at below.
    validation.validate_exp = false;
    let claims: Map<String, Value> =
        jsonwebtoken::decode(token, &key.key, &validation).map_err(|_| IdentityFault::Refused)?.claims;
    let expires_at = instant(&claims, "exp")?.ok_or(IdentityFault::NotNow)?;
    let begins = instant(&claims, "nbf")?;
    if now >= expires_at + LEEWAY || begins.is_some_and(|begins| now + LEEWAY < begins) {
        return Err(IdentityFault::NotNow);
    }
    let name = claims.get(&provider.name_claim).and_then(Value::as_str).unwrap_or_default();
    check_name(name).map_err(|_| IdentityFault::Name(provider.name_claim.clone()))?;
    let account = account(provider, &claims).ok_or_else(|| IdentityFault::NoRole(name.to_owned()))?;
    Ok(Viewer { name: name.to_owned(), account, how: How::Identity, expires_at: Some(expires_at) })
}

/// A claim that is an instant in seconds; `None` where there is no such claim.
fn instant(claims: &Map<String, Value>, name: &str) -> Result<Option<DateTime<Utc>>, IdentityFault> {
    let Some(claim) = claims.get(name) else { return Ok(None) };
    // A year beyond what a calendar holds would never end.
    let seconds = claim.as_f64().filter(|seconds| (0.0..1e11).contains(seconds)).ok_or(IdentityFault::Malformed)?;
    DateTime::from_timestamp(seconds as i64, 0).map(Some).ok_or(IdentityFault::Malformed)
}

/// What the roles of a token grant: of several the highest, of equal ones the first by its name. They are not added up:
/// two grants together would reach what neither does.
fn account(provider: &Provider, claims: &Map<String, Value>) -> Option<Account> {
    let mut claim = None;
    for (at, step) in provider.role_claim.split('.').enumerate() {
        claim = if at == 0 { claims.get(step) } else { claim.and_then(|claim: &Value| claim.get(step)) };
    }
    let has = |role: &str| match claim {
        Some(Value::String(one)) => one == role,
        Some(Value::Array(several)) => several.iter().any(|one| one.as_str() == Some(role)),
        _ => false,
    };
    let mut best: Option<&Account> = None;
    for (name, account) in &provider.roles {
        if has(name) && best.is_none_or(|best| account.role > best.role) {
            best = Some(account);
        }
    }
    best.cloned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use jsonwebtoken::{EncodingKey, Header, encode};
    use serde_json::json;

    use super::*;
    use crate::access::{Grant, Role};

    const NOW: i64 = 1_795_000_000;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(NOW, 0).unwrap()
    }

    /// A key on the curve P-256 of 32 bytes, which must be a number below the order of the curve.
    fn key(byte: u8) -> EncodingKey {
        // PKCS #8 around SEC 1 (RFC 5915) without the public point: algorithm id-ecPublicKey, prime256v1.
        let mut der =
            vec![0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
        der.extend([0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]);
        der.extend([0x04, 0x27, 0x30, 0x25, 0x02, 0x01, 0x01, 0x04, 0x20]);
        der.extend([byte; 32]);
        EncodingKey::from_ec_der(&der)
    }

    fn public(byte: u8, id: &str) -> Value {
        let mut jwk = serde_json::to_value(Jwk::from_encoding_key(&key(byte), Algorithm::ES256).unwrap()).unwrap();
        jwk["kid"] = id.into();
        jwk
    }

    fn keys() -> Keys {
        Keys::parse(&json!({"keys": [public(1, "a"), public(2, "b")]}).to_string()).unwrap()
    }

    fn provider() -> Provider {
        let account = |role| Account { role, collections: Grant::All, districts: Grant::All, proposes: false };
        Provider {
            issuer: "https://id.example.vn".to_owned(),
            audience: "langxanh".to_owned(),
            algorithms: USUAL.iter().filter_map(|name| algorithm(name)).collect(),
            name_claim: "preferred_username".to_owned(),
            role_claim: "realm.roles".to_owned(),
            roles: [("edit", Role::Editor), ("read", Role::Viewer)]
                .map(|(name, role)| (name.to_owned(), account(role)))
                .into(),
        }
    }

    fn claims() -> Value {
        json!({
            "iss": "https://id.example.vn", "aud": ["langxanh", "other"], "exp": NOW + 60, "nbf": NOW - 60,
            "preferred_username": "lan", "realm": {"roles": ["read", "edit", "else"]},
        })
    }

    fn signed(header: &Header, claims: &Value) -> String {
        encode(header, claims, &key(1)).unwrap()
    }

    fn header(id: &str) -> Header {
        Header { kid: Some(id.to_owned()), ..Header::new(Algorithm::ES256) }
    }

    fn outcome(claims: &Value) -> Result<Viewer, IdentityFault> {
        verify(&provider(), &keys(), &signed(&header("a"), claims), now())
    }

    #[test]
    fn a_token_of_the_provider_names_its_user_and_the_highest_of_his_roles() {
        let viewer = outcome(&claims()).unwrap();
        assert_eq!((viewer.name.as_str(), viewer.account.role, viewer.how), ("lan", Role::Editor, How::Identity));
        let mut one = claims();
        one["realm"]["roles"] = "read".into();
        assert_eq!(outcome(&one).unwrap().account.role, Role::Viewer);
    }

    #[test]
    fn claims_that_are_wrong_or_lacking_open_nothing() {
        use IdentityFault as F;
        let wrong = [
            ("iss", json!("https://id.example.vn.evil"), F::Refused),
            ("iss", json!(["https://evil", "https://else"]), F::Refused),
            ("aud", json!("another"), F::Refused),
            ("aud", json!([]), F::Refused),
            ("exp", json!(NOW - 30), F::NotNow),
            ("exp", json!("never"), F::Refused),
            ("exp", json!(1e300), F::Refused),
            ("nbf", json!(NOW + 31), F::NotNow),
            ("nbf", json!("later"), F::Malformed),
            ("preferred_username", json!("Lan\nadmin"), F::Name("preferred_username".to_owned())),
            ("preferred_username", json!(5), F::Name("preferred_username".to_owned())),
            ("realm", json!({"roles": ["else"]}), F::NoRole("lan".to_owned())),
            ("realm", json!("edit"), F::NoRole("lan".to_owned())),
        ];
        for (name, value, fault) in wrong {
            let mut bad = claims();
            bad[name] = value.clone();
            let found = outcome(&bad).unwrap_err();
            assert!(
                found == fault || matches!((&found, name), (F::Malformed | F::Refused, "exp")),
                "{name}: {value}: {found:?}"
            );
        }
        for name in ["iss", "aud", "exp", "preferred_username", "realm"] {
            let mut bad = claims();
            bad.as_object_mut().unwrap().remove(name);
            assert!(outcome(&bad).is_err(), "without {name}");
        }
        let mut untimed = claims();
        untimed.as_object_mut().unwrap().remove("nbf");
        assert!(outcome(&untimed).is_ok());
    }

    #[test]
    fn a_key_of_another_or_none_that_is_known_opens_nothing() {
        let check = |token: &str| verify(&provider(), &keys(), token, now()).unwrap_err();
        assert_eq!(check(&signed(&header("b"), &claims())), IdentityFault::Refused);
        assert_eq!(check(&signed(&header("c"), &claims())), IdentityFault::UnknownKey);
        assert_eq!(check(&signed(&Header::new(Algorithm::ES256), &claims())), IdentityFault::UnknownKey, "two keys");
        let only = Keys::parse(&json!({"keys": [public(1, "a")]}).to_string()).unwrap();
        assert!(verify(&provider(), &only, &signed(&Header::new(Algorithm::ES256), &claims()), now()).is_ok());
        let elsewhere = Header { jku: Some("https://evil.example/keys".to_owned()), ..header("c") };
        assert_eq!(check(&signed(&elsewhere, &claims())), IdentityFault::UnknownKey);
    }

    #[test]
    fn no_token_chooses_its_own_algorithm() {
        use base64::Engine;
        use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
        let check = |token: &str| verify(&provider(), &keys(), token, now()).unwrap_err();
        let payload = BASE64.encode(claims().to_string());
        for algorithm in ["none", "None", "NONE", ""] {
            let header = BASE64.encode(json!({"alg": algorithm, "kid": "a"}).to_string());
            assert_eq!(check(&format!("{header}.{payload}.")), IdentityFault::Malformed, "{algorithm}");
        }
        // The public key, which everybody has, as the secret of a shared-secret algorithm.
        let x = public(1, "a")["x"].as_str().unwrap().to_owned();
        let secret = EncodingKey::from_secret(&BASE64.decode(x).unwrap());
        let shared = Header { kid: Some("a".to_owned()), ..Header::new(Algorithm::HS256) };
        assert_eq!(check(&encode(&shared, &claims(), &secret).unwrap()), IdentityFault::Algorithm);
        // A key of one kind is not used with an algorithm of another.
        let as_rsa = BASE64.encode(json!({"alg": "RS256", "kid": "a"}).to_string());
        assert_eq!(check(&format!("{as_rsa}.{payload}.AAAA")), IdentityFault::Algorithm);
        let critical = Header { crit: Some(vec!["b64".to_owned()]), ..header("a") };
        assert_eq!(check(&signed(&critical, &claims())), IdentityFault::Malformed);
        assert!(algorithm("HS256").is_none() && algorithm("none").is_none());
    }

    #[test]
    fn what_is_no_token_is_refused_however_long_it_is() {
        let good = signed(&header("a"), &claims());
        let cut = &good[..good.len() - 1];
        let long = format!("{good}{}", "A".repeat(MAX_TOKEN));
        let mut changed = good.clone().into_bytes();
        let payload = good.find('.').unwrap() + 20;
        changed[payload] = if changed[payload] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        for token in ["", ".", "..", "a.b.c", "a.b", cut, &long, &changed, &good.replace('.', "..")] {
            assert!(verify(&provider(), &keys(), token, now()).is_err(), "{token}");
        }
    }

    #[test]
    fn a_list_without_a_key_that_signs_is_said_to_be_none() {
        for text in ["", "[]", "{}", r#"{"keys": []}"#, r#"{"keys": [{"kty": "oct", "k": "AAAA"}]}"#] {
            assert!(Keys::parse(text).is_err(), "{text}");
        }
        let mut encrypts = public(1, "a");
        encrypts["use"] = "enc".into();
        assert!(Keys::parse(&json!({"keys": [encrypts]}).to_string()).is_err());
        let mut other = public(1, "a");
        other["alg"] = "ES384".into();
        assert!(Keys::parse(&json!({"keys": [other]}).to_string()).is_err());
        assert_eq!(format!("{:?}", keys()), "Keys(2)");
    }
}

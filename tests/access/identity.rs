//! Tokens of an identity provider, over the wire. The keys are made here.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::fixtures::{add_user, bearer, configured, send, store};
use crate::common::{Server, refusal, serve, skipped};

/// A private key on P-256 as PKCS #8, without the public point.
fn key() -> EncodingKey {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).unwrap();
    // Below the order of the curve, which begins with ff.
    secret[0] = 0x7f;
    let head = "3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420";
    let mut der: Vec<u8> =
        (0..head.len() / 2).map(|at| u8::from_str_radix(&head[at * 2..at * 2 + 2], 16).unwrap()).collect();
    der.extend(secret);
    EncodingKey::from_ec_der(&der)
}

fn public(key: &EncodingKey, algorithm: Algorithm, id: &str) -> Value {
    let mut jwk = serde_json::to_value(Jwk::from_encoding_key(key, algorithm).unwrap()).unwrap();
    jwk["kid"] = id.into();
    jwk["use"] = "sig".into();
    jwk
}

fn claims() -> Value {
    let now = chrono::Utc::now().timestamp();
    json!({
        "iss": "https://id.hanoi.example", "aud": "langxanh", "sub": "f81d", "iat": now, "nbf": now - 5, "exp": now + 300,
        "preferred_username": "thu.ha", "roles": ["offline_access", "gis-editor"],
    })
}

const CONFIGURATION: &str = r#"
[oidc]
issuer = "https://id.hanoi.example"
audience = "langxanh"
jwks = "KEYS"

[oidc.roles.gis-editor]
role = "editor"
districts = ["Quốc Oai"]

[oidc.roles.gis-admin]
role = "admin"
"#;

/// A service that knows the keys of a list.
fn service(store: &Path, keys: &[Value]) -> Server {
    let file = store.with_extension("keys.json");
    std::fs::write(&file, json!({"keys": keys}).to_string()).unwrap();
    configured(store, &CONFIGURATION.replace("KEYS", file.to_str().unwrap()))
}

fn status(server: &Server, token: &str) -> u16 {
    send(server, "GET", "/me", &[("Authorization", &bearer(token))], "").status
}

fn header(algorithm: Algorithm, id: &str) -> Header {
    Header { kid: Some(id.to_owned()), ..Header::new(algorithm) }
}

#[test]
fn a_user_of_the_provider_is_known_with_the_rights_of_his_role() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), vec![]);
    let key = key();
    let server = service(&store, &[public(&key, Algorithm::ES256, "a")]);
    let token = encode(&header(Algorithm::ES256, "a"), &claims(), &key).unwrap();
    let answer = send(&server, "GET", "/me", &[("Authorization", &bearer(&token))], "");
    assert_eq!(answer.status, 200, "{}", answer.text());
    let told = answer.json();
    assert_eq!((told["name"].as_str(), told["role"].as_str()), (Some("thu.ha"), Some("editor")));
    assert_eq!(told["districts"], json!(["Quốc Oai"]));
    let delete = |item: &str| {
        send(
            &server,
            "DELETE",
            &format!("/collections/clusters/items/{item}"),
            &[("Authorization", &bearer(&token))],
            "",
        )
        .status
    };
    assert_eq!((delete("site-ba-dinh"), delete("site-quoc-oai")), (403, 204));
    let admin = json!({"roles": "gis-admin"});
    let mut higher = claims();
    higher["roles"] = admin["roles"].clone();
    let token = encode(&header(Algorithm::ES256, "a"), &higher, &key).unwrap();
    assert_eq!(send(&server, "GET", "/me", &[("Authorization", &bearer(&token))], "").json()["role"], "admin");
}

#[test]
fn forged_and_misused_tokens_open_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), vec![]);
    let local = add_user(&store, "lan", &["--role", "admin"]);
    let [key, other] = [(); 2].map(|()| key());
    let listed = public(&key, Algorithm::ES256, "a");
    let server = service(&store, std::slice::from_ref(&listed));
    let good = encode(&header(Algorithm::ES256, "a"), &claims(), &key).unwrap();
    assert_eq!(status(&server, &good), 200);
    let with = |change: &dyn Fn(&mut Value)| {
        let mut changed = claims();
        change(&mut changed);
        encode(&header(Algorithm::ES256, "a"), &changed, &key).unwrap()
    };
    let now = chrono::Utc::now().timestamp();
    let payload = good.split('.').nth(1).unwrap().to_owned();
    let unsigned = |algorithm: &str| {
        format!("{}.{payload}.", BASE64.encode(json!({"alg": algorithm, "typ": "JWT", "kid": "a"}).to_string()))
    };
    let point = BASE64.decode(listed["x"].as_str().unwrap()).unwrap();
    let shared =
        |secret: &[u8]| encode(&header(Algorithm::HS256, "a"), &claims(), &EncodingKey::from_secret(secret)).unwrap();
    let own_key = Header {
        jku: Some("https://evil.example/keys.json".to_owned()),
        x5u: Some("https://evil.example/cert".to_owned()),
        jwk: serde_json::from_value(public(&other, Algorithm::ES256, "a")).ok(),
        ..header(Algorithm::ES256, "a")
    };
    let mut parts: Vec<&str> = good.split('.').collect();
    let promoted = BASE64.encode(claims().to_string().replace("gis-editor", "gis-admin"));
    parts[1] = &promoted;
    let forged = [
        ("unsigned", unsigned("none")),
        ("unsigned", unsigned("NONE")),
        ("unsigned, with the old signature", format!("{}{}", unsigned("none"), good.rsplit('.').next().unwrap())),
        ("the public key as a secret", shared(&point)),
        ("the list of keys as a secret", shared(listed.to_string().as_bytes())),
        ("an empty secret", shared(b"")),
        ("another's key", encode(&header(Algorithm::ES256, "a"), &claims(), &other).unwrap()),
        ("a key that is not listed", encode(&header(Algorithm::ES256, "b"), &claims(), &other).unwrap()),
        ("a path as a key", encode(&header(Algorithm::ES256, "../../etc/passwd"), &claims(), &other).unwrap()),
        ("a key of its own", encode(&own_key, &claims(), &other).unwrap()),
        ("other claims", parts.join(".")),
        ("expired", with(&|claims| claims["exp"] = (now - 31).into())),
        ("not yet", with(&|claims| claims["nbf"] = (now + 60).into())),
        ("without an end", with(&|claims| drop(claims.as_object_mut().unwrap().remove("exp")))),
        ("of another issuer", with(&|claims| claims["iss"] = "https://id.hanoi.example.evil".into())),
        ("for another service", with(&|claims| claims["aud"] = "mail".into())),
        ("for nobody", with(&|claims| drop(claims.as_object_mut().unwrap().remove("aud")))),
        ("without a role of ours", with(&|claims| claims["roles"] = json!(["offline_access"]))),
        ("with the name of a user of ours", with(&|claims| claims["preferred_username"] = "lan".into())),
        ("with nobody's name", with(&|claims| claims["preferred_username"] = "anonymous".into())),
        ("with a line in its name", with(&|claims| claims["preferred_username"] = "a\nb".into())),
        ("huge", with(&|claims| claims["more"] = "x".repeat(9000).into())),
        ("no token", "a.b.c".to_owned()),
        ("no token", "..".to_owned()),
    ];
    for (what, token) in forged {
        let status = status(&server, &token);
        assert!([401, 429].contains(&status), "{what}: {status}");
    }
    assert_eq!((status(&server, &good), status(&server, &local)), (200, 200));
    assert!(!server.messages().contains("panicked"), "{}", server.messages());
}

#[test]
fn a_key_of_rsa_signs_with_rs256_and_is_no_secret_of_hs256() {
    let made = std::process::Command::new("sh")
        .args(["-c", "openssl genrsa 2048 2>/dev/null | openssl rsa -traditional -outform DER 2>/dev/null"])
        .output();
    let Some(der) =
        made.ok().filter(|output| output.status.success() && !output.stdout.is_empty()).map(|output| output.stdout)
    else {
        return skipped("there is no openssl that makes a key");
    };
    let key = EncodingKey::from_rsa_der(&der);
    let listed = public(&key, Algorithm::RS256, "r");
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), vec![]);
    let server = service(&store, std::slice::from_ref(&listed));
    assert_eq!(status(&server, &encode(&header(Algorithm::RS256, "r"), &claims(), &key).unwrap()), 200);
    // The key names RS256; another algorithm of its kind is not configured, and not its own.
    for algorithm in [Algorithm::PS256, Algorithm::RS384, Algorithm::RS512] {
        assert_eq!(status(&server, &encode(&header(algorithm, "r"), &claims(), &key).unwrap()), 401, "{algorithm:?}");
    }
    let modulus = BASE64.decode(listed["n"].as_str().unwrap()).unwrap();
    for secret in [modulus.as_slice(), listed["n"].as_str().unwrap().as_bytes()] {
        let token = encode(&header(Algorithm::HS256, "r"), &claims(), &EncodingKey::from_secret(secret)).unwrap();
        assert_eq!(status(&server, &token), 401);
    }
}

#[test]
fn a_configuration_that_would_let_anybody_in_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), vec![]);
    let file = folder.path().join("wrong.toml");
    let wrong = |from: &str, to: &str, told: &str| {
        std::fs::write(&file, CONFIGURATION.replace(from, to)).unwrap();
        let message = refusal(serve(&store).args(["--config", file.to_str().unwrap()]));
        assert!(message.contains(told), "{message}");
    };
    wrong("jwks = \"KEYS\"", "jwks = \"KEYS\"\nalgorithms = [\"none\"]", "algorithms");
    wrong("jwks = \"KEYS\"", "jwks = \"KEYS\"\nalgorithms = [\"HS256\"]", "algorithms");
    wrong("jwks = \"KEYS\"", "jwks = \"http://id.hanoi.example/keys\"", "https");
    wrong("audience = \"langxanh\"", "", "audience");
    wrong("role = \"admin\"", "role = \"root\"", "root");
    wrong("[oidc]", "restricted = [\"violation\"]\n[oidc]", "violation");
}

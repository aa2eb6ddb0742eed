//! Credentials that are wrong in every way, over the wire. Whoever shows something that is not right is never taken for
//! somebody who shows nothing.

use super::fixtures::{add_user, basic, bearer, configured, send, store, user, within};
use crate::common::http::Answer;
use crate::common::{Server, serve};

fn me(server: &Server, headers: &[(&str, &str)]) -> Answer {
    send(server, "GET", "/me", headers, "")
}

fn signed(server: &Server, authorization: &str) -> u16 {
    me(server, &[("Authorization", authorization)]).status
}

#[test]
fn what_is_not_right_is_refused_everywhere_and_never_read_as_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), vec![]);
    let token = add_user(&store, "lan", &["--role", "viewer"]);
    add_user(&store, "minh", &["--role", "admin"]);
    let server = Server::start(&mut serve(&store));
    let wrong = [
        "Bearer lx_wrong".to_owned(),
        bearer(&token[..token.len() - 1]),
        bearer(&format!("{token}A")),
        bearer(&token.to_uppercase()),
        bearer(&format!("{token} ")).replace("Bearer ", "Token "),
        token.clone(),
        basic("minh", &token),
        basic("lan", "wrong"),
    ];
    for authorization in &wrong {
        for target in ["/", "/me", "/collections", "/collections/clusters/items", "/search?q=a", "/qgis/langxanh.qgz"] {
            let answer = send(&server, "GET", target, &[("Authorization", authorization)], "");
            // After some of them the address has to wait, which is a refusal too.
            assert!([401, 429].contains(&answer.status), "{authorization} {target}: {}", answer.status);
            assert_eq!(answer.media_type(), "application/problem+json");
        }
    }
    assert_eq!(signed(&server, &bearer(&token)), 200, "a right token is let in from an address that failed before");
}

#[test]
fn tokens_open_as_bearer_and_as_the_password_of_their_user() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), vec![]);
    let token =
        add_user(&store, "lan", &["--role", "editor", "--districts", "Quốc Oai,00004", "--expires", "2999-01-01"]);
    let server = Server::start(&mut serve(&store));
    for authorization in
        [bearer(&token), basic("lan", &token), basic("", &token), bearer(&token).replace("Bearer", "bEARER")]
    {
        let answer = me(&server, &[("Authorization", &authorization)]);
        assert_eq!(answer.status, 200, "{authorization}");
        let told = answer.json();
        assert_eq!((told["name"].as_str(), told["role"].as_str()), (Some("lan"), Some("editor")));
        assert_eq!(
            (&told["collections"], told["expires_at"].as_str()),
            (&serde_json::Value::Null, Some("2998-12-31T17:00:00Z"))
        );
        assert_eq!(told["districts"], serde_json::json!(["00004", "Quốc Oai"]));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

#[test]
fn several_authorization_headers_are_no_request() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), vec![]);
    let token = bearer(&add_user(&store, "lan", &["--role", "viewer"]));
    let server = Server::start(&mut serve(&store));
    let twice = [("Authorization", token.as_str()), ("authorization", token.as_str())];
    assert_eq!(me(&server, &twice).status, 400);
    let other = [("Authorization", token.as_str()), ("Authorization", "Bearer lx_other")];
    assert_eq!(me(&server, &other).status, 400);
    assert_eq!(signed(&server, &format!("{token}, {token}")), 401);
}

#[test]
fn who_is_not_known_is_asked_for_a_token_in_the_way_that_fits_the_client() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), vec![]);
    add_user(&store, "lan", &["--role", "viewer"]);
    let server = Server::start(&mut serve(&store));
    let challenges = |headers: &[(&str, &str)]| {
        let answer = me(&server, headers);
        assert_eq!(answer.status, 401);
        let all = answer.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("www-authenticate"));
        all.map(|(_, value)| value.clone()).collect::<Vec<_>>()
    };
    assert_eq!(challenges(&[]), ["Basic realm=\"langxanh\", charset=\"UTF-8\"", "Bearer realm=\"langxanh\""]);
    assert_eq!(challenges(&[("Sec-Fetch-Dest", "empty")]), ["Bearer realm=\"langxanh\""]);
    assert_eq!(challenges(&[("Sec-Fetch-Dest", "document")]).len(), 2);
}

#[test]
fn what_a_script_gets_in_somebody_s_name_is_kept_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), vec![]);
    let token = add_user(&store, "lan", &["--role", "viewer"]);
    let server = Server::start(&mut serve(&store));
    // A browser shows the token of a prompt by itself, beneath the script that asks.
    let basic = basic("lan", &token);
    let lifetime = |headers: &[(&str, &str)]| {
        let answer = server.ask("GET", "/collections/clusters/items?limit=1", headers);
        assert_eq!(answer.status, 200);
        answer.header("cache-control").unwrap_or_default().to_owned()
    };
    let script = ("Sec-Fetch-Dest", "empty");
    assert_eq!(lifetime(&[("Authorization", &basic), script]), "private, no-store");
    assert_eq!(lifetime(&[("Authorization", &basic)]), "private, no-cache");
    assert_eq!(lifetime(&[script]), "no-cache");
}

#[test]
fn a_token_that_is_revoked_opens_nothing_at_once_and_others_of_its_user_still_do() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), vec![]);
    let first = add_user(&store, "lan", &["--role", "viewer"]);
    let server = Server::start(&mut serve(&store));
    let output = user(&store, "token", &["lan"]).output().unwrap();
    let second = String::from_utf8(output.stdout).unwrap().trim().to_owned();
    within(5, "a new token", || signed(&server, &bearer(&second)) == 200);
    assert!(user(&store, "token", &["lan", "--revoke", "1"]).status().unwrap().success());
    // Within a second where the machine has nothing else to do; tests run beside each other.
    within(5, "the revocation", || signed(&server, &bearer(&first)) == 401);
    assert_eq!(signed(&server, &bearer(&second)), 200);
    assert!(user(&store, "remove", &["lan"]).status().unwrap().success());
    within(5, "the removal", || signed(&server, &bearer(&second)) == 401);
}

#[test]
fn an_expired_token_opens_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), vec![]);
    let soon = (chrono::Utc::now() + chrono::TimeDelta::seconds(10)).to_rfc3339();
    let token = bearer(&add_user(&store, "lan", &["--role", "viewer", "--expires", &soon]));
    let server = Server::start(&mut serve(&store));
    assert_eq!(signed(&server, &token), 200);
    within(15, "the end of the token", || signed(&server, &token) == 401);
}

#[test]
fn failures_are_counted_by_address_and_by_name_and_the_wait_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), vec![]);
    let token = add_user(&store, "lan", &["--role", "viewer"]);
    let server = configured(&store, "trust_proxy = true\n");
    let from = |address: &str, authorization: &str| {
        me(&server, &[("Authorization", authorization), ("X-Forwarded-For", address)])
    };
    for _ in 0..10 {
        assert_eq!(from("10.0.0.1", "Bearer lx_wrong").status, 401);
    }
    let locked = from("10.0.0.1", "Bearer lx_wrong");
    let wait: u64 = locked.header("retry-after").unwrap().parse().unwrap();
    assert!(locked.status == 429 && (1..=60).contains(&wait), "{wait}");
    assert_eq!(from("1.1.1.1, 10.0.0.1", "Bearer lx_wrong").status, 429, "what a client says before it does not count");
    assert_eq!(from("10.0.0.2", "Bearer lx_wrong").status, 401, "another address is another");
    assert_eq!(from("10.0.0.1", &bearer(&token)).status, 200, "a right token is let in");
    // One name from ever new addresses.
    for at in 0..10 {
        assert_eq!(from(&format!("10.1.0.{at}"), &basic("lan", "lx_wrong")).status, 401);
    }
    assert_eq!(from("10.1.0.200", &basic("lan", "lx_wrong")).status, 429);
    assert_eq!(from("10.1.0.201", &basic("lan", &token)).status, 200, "nobody is locked out by others");
}

#[test]
fn no_secret_and_no_line_of_a_stranger_stands_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), vec![]);
    let token = add_user(&store, "lan", &["--role", "viewer"]);
    let server = Server::start(serve(&store).args(["--log", "trace"]));
    assert_eq!(signed(&server, &bearer(&token)), 200);
    assert_eq!(signed(&server, &basic("lan", &token)), 200);
    let injected = basic("lan\n2026-11-26T00:00:00Z  INFO admin signed in\u{1b}[2K", "lx_secretsecret");
    for _ in 0..12 {
        signed(&server, &injected);
    }
    signed(&server, "Bearer lx_anothersecret");
    let metrics = server.get("/metrics").text().to_owned();
    let said = server.messages() + &metrics;
    assert!(said.contains("refused"), "{said}");
    let encoded = [basic("lan", &token), injected].map(|header| header.split_once(' ').unwrap().1.to_owned());
    for secret in [token.as_str(), &token[3..], "secretsecret", "anothersecret", &encoded[0], &encoded[1]] {
        assert!(!said.contains(secret), "{secret}");
    }
    assert!(!said.contains("admin signed in") && !said.contains('\u{1b}'), "{said}");
}

#[test]
fn without_any_user_a_sentence_tells_the_keeper_what_to_run() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), vec![]);
    let server = Server::start(&mut serve(&store));
    let answer = send(&server, "DELETE", "/collections/clusters/items/site-quoc-oai", &[], "");
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("langxanh user add"), "{}", answer.text());
    // Who is put on record while the service runs may write at once.
    let token = add_user(&store, "lan", &["--role", "admin"]);
    within(5, "the first user", || signed(&server, &bearer(&token)) == 200);
    assert_eq!(send(&server, "DELETE", "/collections/clusters/items/site-quoc-oai", &[], "").status, 401);
}

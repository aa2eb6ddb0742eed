//! Webhooks of the real program: a change that is served is told.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{first_ids, patch};
use crate::common::{Server, refusal, sample_store, serve};

/// Takes one message and gives its body.
fn message(listener: &TcpListener) -> Value {
    listener.set_nonblocking(true).unwrap();
    let end = Instant::now() + Duration::from_secs(20);
    let mut stream = loop {
        match listener.accept() {
            Ok((stream, _)) => break stream,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock && Instant::now() < end => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(error) => panic!("no message came: {error}"),
        }
    };
    stream.set_nonblocking(false).unwrap();
    let mut bytes = Vec::new();
    loop {
        let mut block = [0; 4096];
        let count = stream.read(&mut block).unwrap();
        bytes.extend_from_slice(&block[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((_, body)) = text.split_once("\r\n\r\n")
            && let Ok(document) = serde_json::from_str(body)
        {
            stream.write_all(b"HTTP/1.1 204 X\r\nConnection: close\r\n\r\n").unwrap();
            return document;
        }
        assert!(count > 0, "it broke off: {text}");
    }
}

#[test]
fn a_change_that_is_served_is_told_to_who_is_named_in_the_configuration_and_can_be_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = sample_store(folder.path());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (secret, config) = (folder.path().join("secret"), folder.path().join("langxanh.toml"));
    std::fs::write(&secret, "a secret of at least sixteen bytes\n").unwrap();
    let hook = |url: &str| {
        format!(
            "open_editing = true\n[[webhooks]]\nname = \"test\"\nurl = \"{url}\"\nsecret_file = \"{}\"\n\
             collections = [\"clusters\"]\n",
            secret.display()
        )
    };
    let start = || {
        let mut command = serve(&store);
        command.args(["--config", config.to_str().unwrap()]);
        command
    };
    std::fs::write(&config, hook("http://hooks.example.vn/")).unwrap();
    let told = refusal(&mut start());
    assert!(told.contains("[[webhooks]] test") && told.contains("https://"), "{told}");

    std::fs::write(&config, hook(&format!("http://{}/", listener.local_addr().unwrap()))).unwrap();
    let server = Server::start(&mut start());
    let id = &first_ids(&server, "clusters", 1)[0];
    assert_eq!(patch(&server, "clusters", id, "investor", json!("Công ty mới")).status, 204);
    let event = message(&listener);
    assert_eq!((&event["rows"][0]["id"], &event["rows"][0]["operation"]), (&json!(id), &json!("update")));
    assert_eq!(event["missed_messages"], 0);
    let read = server.json(event["rows"][0]["href"].as_str().unwrap());
    assert_eq!(read["properties"]["investor"], "Công ty mới", "whoever is told reads it already");
    let change = server.json(event["href"].as_str().unwrap());
    assert_eq!(change["id"], event["change"]);
}

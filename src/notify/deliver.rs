//! Sending messages to one receiver, one after the other, again and again until it takes them or it is clear that it will not.

use std::fmt;
use std::time::Duration;

use chrono::Utc;

use super::{Event, Hook};

/// A receiver that takes longer is not waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often a message is sent at the most, and how long is waited after the first time; then twice as long each time.
const ATTEMPTS: u32 = 8;
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// An address that is not told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is no address for a webhook: it starts with https://, or with http:// and the address of this machine itself"
)]
pub struct AddressFault(String);

/// Where messages go. It is never shown whole: receivers put secrets into paths.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(String);

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address")
    }
}

impl Address {
    /// # Errors
    /// [`AddressFault`] for one that would send in the clear over a network.
    pub fn new(text: &str) -> Result<Address, AddressFault> {
        let is_here = |rest: &str| {
            let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
            // What stands before an @ is a name, and the host comes behind it.
            let host = authority.rsplit('@').next().unwrap_or_default();
            let host = host.strip_prefix("[::1]").map_or_else(|| host.split(':').next(), |_| Some("::1"));
            matches!(host, Some("127.0.0.1" | "localhost" | "::1"))
        };
        let is_plain = text.chars().all(|letter| letter.is_ascii_graphic());
        let is_safe = text.strip_prefix("https://").is_some_and(|rest| !rest.is_empty())
            || text.strip_prefix("http://").is_some_and(is_here);
        if is_plain && is_safe { Ok(Address(text.to_owned())) } else { Err(AddressFault(text.to_owned())) }
    }
}

/// What became of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Taken,
    /// It may be taken later.
    Later,
    /// It will never be taken.
    Never,
}

/// What an answer says. Nothing is followed to another address: that would be one that the operator has not named.
fn outcome(status: u16) -> Outcome {
    match status {
        200..=299 => Outcome::Taken,
        408 | 425 | 429 | 500..=599 => Outcome::Later,
        _ => Outcome::Never,
    }
}

/// How long is waited before the next attempt.
fn wait(attempt: u32) -> Duration {
    FIRST_WAIT.saturating_mul(2_u32.saturating_pow(attempt))
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .max_redirects(0)
        .timeout_global(Some(PATIENCE))
        .http_status_as_error(false)
        .build()
        .into()
}

fn attempt(agent: &ureq::Agent, hook: &Hook, event: &Event) -> Outcome {
    let at = Utc::now().timestamp();
    let Some(signature) = hook.secret.signature(at, &event.body) else {
        tracing::error!(hook = hook.name, "a message could not be signed and is not sent");
        return Outcome::Never;
    };
    let request = agent
        .post(&hook.address.0)
        .header("Content-Type", "application/json")
        .header("User-Agent", concat!("langxanh/", env!("CARGO_PKG_VERSION")))
        .header("Langxanh-Delivery", format!("{}-{}", hook.name, event.change))
        .header("Langxanh-Signature", format!("t={at},v1={signature}"));
    match request.send(event.body.as_slice()) {
        Ok(answer) => outcome(answer.status().as_u16()),
        Err(error) => {
            tracing::debug!(hook = hook.name, %error, "a webhook was not reached");
            Outcome::Later
        }
    }
}

/// Sends a message until it is taken, will never be, was sent often enough, or `goes_on` says no; how it ended.
fn deliver(attempt: impl Fn() -> Outcome, sleep: impl Fn(Duration), goes_on: &dyn Fn() -> bool) -> Outcome {
    for number in 0..ATTEMPTS {
        match attempt() {
            Outcome::Later if number + 1 < ATTEMPTS => sleep(wait(number)),
            ended => return ended,
        }
        if !goes_on() {
            break;
        }
    }
    Outcome::Later
}

/// What messages are sent with.
pub struct Sender(ureq::Agent);

impl Default for Sender {
    fn default() -> Sender {
        Sender(agent())
    }
}

impl Sender {
    /// Sends a message again and again until it is clear what becomes of it, as long as `goes_on` says so. Blocks.
    pub fn send(&self, hook: &Hook, event: &Event, goes_on: &dyn Fn() -> bool) -> Outcome {
        deliver(|| attempt(&self.0, hook, event), std::thread::sleep, goes_on)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn an_address_in_the_clear_is_refused_unless_it_is_this_machine() {
        let refused = [
            "http://hooks.example.vn/x",
            "http://127.0.0.1.example.vn/",
            "http://127.0.0.1@evil.example/",
            "http://localhost:80@evil.example/",
            "http://[::2]/",
            "https://",
            "ftp://127.0.0.1/",
            "file:///etc/passwd",
            "https://a b/",
            "",
        ];
        for text in refused {
            assert!(Address::new(text).is_err(), "{text}");
        }
        for text in
            ["https://hooks.example.vn/x?y=1", "http://127.0.0.1:8000/", "http://localhost/a", "http://[::1]:9/"]
        {
            assert!(Address::new(text).is_ok(), "{text}");
        }
        assert!(!format!("{:?}", Address::new("https://h/token").unwrap()).contains("token"));
    }

    #[test]
    fn a_redirect_and_a_refusal_end_it_and_a_busy_receiver_does_not() {
        let told = [200, 204, 301, 302, 400, 404, 410, 408, 429, 500, 503].map(outcome);
        use Outcome::{Later, Never, Taken};
        assert_eq!(told, [Taken, Taken, Never, Never, Never, Never, Never, Later, Later, Later, Later]);
    }

    /// How often is tried and how long is waited where attempts come out so.
    fn run(outcomes: &[Outcome], at_most: usize) -> (Outcome, Vec<u64>) {
        let (left, waits) = (RefCell::new(outcomes.iter().copied()), RefCell::new(Vec::new()));
        let attempt = || left.borrow_mut().next().unwrap_or(Outcome::Later);
        let goes_on = || waits.borrow().len() < at_most;
        let ended = deliver(attempt, |wait| waits.borrow_mut().push(wait.as_secs()), &goes_on);
        (ended, waits.into_inner())
    }

    #[test]
    fn it_is_tried_again_after_twice_as_long_each_time_and_given_up_in_the_end() {
        use Outcome::{Later, Never, Taken};
        assert_eq!(run(&[Taken], 9), (Taken, vec![]));
        assert_eq!(run(&[Never], 9), (Never, vec![]));
        assert_eq!(run(&[Later, Later, Taken], 9), (Taken, vec![1, 2]));
        assert_eq!(run(&[Later, Never], 9), (Never, vec![1]));
        assert_eq!(run(&[], 9), (Later, vec![1, 2, 4, 8, 16, 32, 64]), "eight attempts in about two minutes");
        assert_eq!(run(&[], 2), (Later, vec![1, 2]), "somebody else is on duty now");
    }
}

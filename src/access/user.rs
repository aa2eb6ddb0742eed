//! Users on record, what they were granted, and who a request comes from.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::token::{Digest, Secret};

/// What histories call somebody who has not shown who he is. Nobody on record has this name.
pub const ANONYMOUS: &str = "anonymous";

/// Letters of a name at the most.
pub const MAX_NAME: usize = 64;

/// What somebody may do, each with all that the one before may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads, what is restricted too.
    Viewer,
    /// Changes rows of the collections and districts that were granted.
    Editor,
    /// Decides proposals and signs quarters off.
    Approver,
    /// Everything everywhere.
    Admin,
}

impl Role {
    pub const ALL: [Role; 4] = [Role::Viewer, Role::Editor, Role::Approver, Role::Admin];

    pub fn as_str(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Editor => "editor",
            Role::Approver => "approver",
            Role::Admin => "admin",
        }
    }

    /// The role of a word; `None` for any other.
    pub fn parse(text: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// What a right reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// Everything, also what is made later.
    All,
    /// These alone.
    Only(BTreeSet<String>),
}

impl Grant {
    /// Those that are named; all where nothing was said.
    pub fn of<'a>(names: Option<impl IntoIterator<Item = &'a str>>) -> Grant {
        names.map_or(Grant::All, |names| Grant::Only(names.into_iter().map(str::to_owned).collect()))
    }

    pub fn is_all(&self) -> bool {
        *self == Grant::All
    }

    pub fn has(&self, name: &str) -> bool {
        match self {
            Grant::All => true,
            Grant::Only(names) => names.contains(name),
        }
    }

    /// The names; `None` for all.
    pub fn names(&self) -> Option<Vec<&str>> {
        match self {
            Grant::All => None,
            Grant::Only(names) => Some(names.iter().map(String::as_str).collect()),
        }
    }
}

/// What somebody was granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub role: Role,
    pub collections: Grant,
    /// Names of former districts and codes of communes.
    pub districts: Grant,
    /// Whether what he writes waits for an approver.
    pub proposes: bool,
}

/// A user on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub name: String,
    pub account: Account,
    pub made_at: DateTime<Utc>,
}

/// The text cannot be the name of a user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' không thể là tên người dùng: chỉ dùng 1 đến {MAX_NAME} chữ thường a-z, chữ số hoặc . _ - @, bắt đầu bằng chữ hoặc số / '{0}' cannot be the name of a user: 1 to {MAX_NAME} small letters a-z, digits or . _ - @ are allowed, a letter or digit first"
)]
pub struct NameFault(pub String);

/// Checks a name: it stands in histories, logs and addresses, and two of them must not look alike.
///
/// # Errors
/// [`NameFault`], with the name as far as it can be shown.
pub fn check_name(name: &str) -> Result<(), NameFault> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_known = |c: char| is_plain(c) || "._-@".contains(c);
    if (1..=MAX_NAME).contains(&name.len())
        && name.starts_with(is_plain)
        && name.chars().all(is_known)
        && name != ANONYMOUS
    {
        return Ok(());
    }
    Err(NameFault(name.chars().take(MAX_NAME).flat_map(char::escape_debug).collect()))
}

/// Whether something that ends at an instant, or never, still holds.
pub fn is_valid_until(end: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    end.is_none_or(|end| now < end)
}

/// How somebody has shown who he is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Not at all.
    Anonymous,
    /// By a token of this service.
    Token,
    /// By the token of an identity provider.
    Identity,
}

/// Who a request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    pub name: String,
    pub account: Account,
    pub how: How,
    /// When what he showed ends.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Viewer {
    /// Nobody known: reads what is open.
    pub fn anonymous() -> Viewer {
        let nothing = Grant::Only(BTreeSet::new());
        let account = Account { role: Role::Viewer, collections: nothing.clone(), districts: nothing, proposes: false };
        Viewer { name: ANONYMOUS.to_owned(), account, how: How::Anonymous, expires_at: None }
    }

    pub fn is_anonymous(&self) -> bool {
        self.how == How::Anonymous
    }
}

/// Why a secret opens nothing. Which of them it is, is for the log and never for who sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// No token on record is like it.
    Unknown,
    /// It was once good.
    Expired,
    /// It belongs to another than who was named.
    OfAnother,
}

/// A token on record: nothing from which it could be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownToken {
    pub id: i64,
    pub user: String,
    pub digest: Digest,
    pub made_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
}

/// All users on record with their tokens, as they stood at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Users {
    pub users: Vec<User>,
    pub tokens: Vec<KnownToken>,
}

impl Users {
    pub fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    pub fn find(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|user| user.name == name)
    }

    /// Whose a secret is. Every token is compared whole, whether it is found or not, so that the time it takes says nothing.
    /// `named` is the name that was sent with it, where one was.
    ///
    /// # Errors
    /// Why it opens nothing.
    pub fn holder(&self, secret: &Secret, named: Option<&str>, now: DateTime<Utc>) -> Result<Viewer, Refusal> {
        let digest = Digest::of(secret);
        let mut found = None;
        for token in &self.tokens {
            if digest.is(&token.digest) {
                found = Some(token);
            }
        }
        let token = found.ok_or(Refusal::Unknown)?;
        let user = self.find(&token.user).ok_or(Refusal::Unknown)?;
        if named.is_some_and(|named| named != user.name) {
            return Err(Refusal::OfAnother);
        }
        if !is_valid_until(token.expires_at, now) {
            return Err(Refusal::Expired);
        }
        Ok(Viewer {
            name: user.name.clone(),
            account: user.account.clone(),
            how: How::Token,
            expires_at: token.expires_at,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::access::Token;

    fn now() -> DateTime<Utc> {
        "2026-11-26T04:00:00Z".parse().unwrap()
    }

    fn record(role: Role, expires_at: Option<DateTime<Utc>>) -> (Users, Secret) {
        let token = Token::from_bytes([7; 32]);
        let account = Account { role, collections: Grant::All, districts: Grant::All, proposes: false };
        let user = User { name: "lan".to_owned(), account, made_at: now() };
        let known = KnownToken { id: 1, user: user.name.clone(), digest: token.digest(), made_at: now(), expires_at };
        (Users { users: vec![user], tokens: vec![known] }, token.secret())
    }

    #[test]
    fn a_name_that_could_be_taken_for_another_or_break_a_log_is_refused() {
        for name in
            ["", "Lan", "lần", "a b", "a\nb", "-lan", "@lan", "a/b", "a:b", "\u{1b}[31m", ANONYMOUS, &"a".repeat(65)]
        {
            let fault = check_name(name).unwrap_err().to_string();
            assert!(fault.chars().all(|c| !c.is_control()), "{fault:?}");
        }
        for name in ["lan", "phong.kinh-te", "a@b.vn", "1", &"a".repeat(64)] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn a_secret_opens_for_its_own_user_until_it_ends_and_for_nobody_else() {
        let end = now() + TimeDelta::seconds(1);
        let (users, secret) = record(Role::Editor, Some(end));
        assert_eq!(users.holder(&secret, None, now()).unwrap().name, "lan");
        assert!(users.holder(&secret, Some("lan"), now()).is_ok());
        assert_eq!(users.holder(&secret, Some("minh"), now()), Err(Refusal::OfAnother));
        // The instant at which it ends is no more its own.
        assert_eq!(users.holder(&secret, None, end), Err(Refusal::Expired));
        let other = Token::from_bytes([8; 32]).secret();
        assert_eq!(users.holder(&other, None, now()), Err(Refusal::Unknown));
    }

    #[test]
    fn a_token_whose_user_is_gone_opens_nothing() {
        let (mut users, secret) = record(Role::Admin, None);
        users.users.clear();
        assert_eq!(users.holder(&secret, None, now()), Err(Refusal::Unknown));
    }

    #[test]
    fn what_stands_on_record_is_no_secret_that_opens() {
        let (users, _) = record(Role::Admin, None);
        let stored = users.tokens[0].digest.to_hex();
        for text in [stored.clone(), format!("lx_{stored}")] {
            assert_eq!(users.holder(&Secret::new(text), None, now()), Err(Refusal::Unknown));
        }
    }
}

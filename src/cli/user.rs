//! `langxanh user`: who may do what. Tokens are shown once, on standard output.

use std::collections::BTreeSet;
use std::io::Write;

use anyhow::{Context, bail};
use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand, ValueEnum};

use super::Workplace;
use crate::access::{Account, Grant, Role, Token, User, check_name, district_key, is_commune_code};
use crate::domain::Value;
use crate::domain::schema::parse_instant;
use crate::store::{NewToken, Store};

#[derive(Debug, Args)]
pub struct UserArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Put a user on record and print the token of the new user, once
    Add(AddArgs),
    /// List users, what they were granted, and their tokens by number
    List,
    /// Take a user off the record, with all tokens
    Remove {
        /// Name of the user
        name: String,
    },
    /// Print a further token of a user, or revoke one
    Token(TokenArgs),
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleWord {
    /// Reads, what is restricted too
    Viewer,
    /// Changes rows of the granted collections and districts
    Editor,
    /// As editor; decides proposals and signs quarters off
    Approver,
    /// Everything everywhere
    Admin,
}

#[derive(Debug, Args)]
struct AddArgs {
    /// Name: small letters a-z, digits, . _ - @
    name: String,
    #[arg(long, value_enum)]
    role: RoleWord,
    /// Collections that may be changed, with commas between [default: all]
    #[arg(long, value_delimiter = ',', value_name = "IDS")]
    collections: Option<Vec<String>>,
    /// Former districts by name and communes by code that may be changed, with commas between [default: all]
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    districts: Option<Vec<String>>,
    /// Whether changes wait for an approver
    #[arg(long)]
    proposes: bool,
    /// Day from which the token does not hold any more, or an instant [default: never]
    #[arg(long, value_name = "DATE")]
    expires: Option<String>,
}

#[derive(Debug, Args)]
struct TokenArgs {
    /// Name of the user
    name: String,
    /// Number of the token to revoke, as `user list` shows it
    #[arg(long, value_name = "ID")]
    revoke: Option<i64>,
    /// Day from which the new token does not hold any more, or an instant [default: never]
    #[arg(long, value_name = "DATE", conflicts_with = "revoke")]
    expires: Option<String>,
}

impl From<RoleWord> for Role {
    fn from(word: RoleWord) -> Role {
        match word {
            RoleWord::Viewer => Role::Viewer,
            RoleWord::Editor => Role::Editor,
            RoleWord::Approver => Role::Approver,
            RoleWord::Admin => Role::Admin,
        }
    }
}

pub fn run(workplace: &Workplace, args: UserArgs) -> anyhow::Result<()> {
    // A store that is not there is not made for the sake of a user: its path is mistyped, mostly.
    let store = workplace.open()?;
    match args.command {
        Command::Add(args) => add(&*store, args),
        Command::List => list(&*store),
        Command::Remove { name } => remove(&*store, &name),
        Command::Token(args) => token(&*store, args),
    }
}

/// The instant from which something does not hold any more.
fn end(text: &str, now: DateTime<Utc>) -> anyhow::Result<DateTime<Utc>> {
    // A day begins when it does in Hanoi.
    let day = || text.parse::<NaiveDate>().ok().and_then(|day| parse_instant(&format!("{day}T00:00:00+07:00")));
    let end = day().or_else(|| parse_instant(text));
    let Some(end) = end else {
        bail!("--expires {text}: write a day as 2027-01-01 or an instant as 2027-01-01T17:00:00Z")
    };
    if end <= now {
        bail!("--expires {text} is past: the token would never hold");
    }
    Ok(end)
}

/// A new token and what is kept of it.
fn new_token(expires: Option<&str>) -> anyhow::Result<(Token, NewToken)> {
    let now = Utc::now();
    let expires_at = expires.map(|text| end(text, now)).transpose()?;
    let token = Token::random().context("the system gives no random numbers")?;
    let kept = NewToken { digest: token.digest(), made_at: now, expires_at };
    Ok((token, kept))
}

/// Shows a token, and nothing else, where a script can read it.
fn show(token: &Token, name: &str) -> anyhow::Result<()> {
    tracing::info!("token of '{name}', shown this once; in QGIS it is the password of a basic authentication");
    let mut out = std::io::stdout();
    writeln!(out, "{}", token.secret().reveal()).and_then(|()| out.flush()).context("writing the token")
}

/// Names without blanks around them; a list that was given and is empty is a mistake.
fn names(given: Option<Vec<String>>, flag: &str) -> anyhow::Result<Option<BTreeSet<String>>> {
    let Some(given) = given else { return Ok(None) };
    let names: BTreeSet<String> =
        given.iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        bail!("{flag} names nothing; leave it out to grant all");
    }
    Ok(Some(names))
}

/// Districts and communes on record: keys of names, and codes.
fn places(store: &dyn Store) -> anyhow::Result<BTreeSet<String>> {
    let mut known = BTreeSet::new();
    for id in ["admin_units", "admin_unit_changes", "clusters", "craft_villages"] {
        let Some(collection) = store.collections()?.into_iter().find(|collection| collection.id == id) else {
            continue;
        };
        let at = |name: &str| collection.field(name).map(|(at, _)| at);
        let of_unit = |row: &crate::store::Row, field: Option<usize>| {
            field.and_then(|at| row.values.get(at)).and_then(Value::as_str).map(str::to_owned)
        };
        let districts = [at("district_legacy"), at("name_vi").filter(|_| id == "admin_units")];
        let communes = [at("code"), at("new_code"), at("commune_2025_code")];
        store.scan(&collection, &mut |row| {
            known.extend(districts.iter().filter_map(|field| of_unit(&row, *field)).map(|name| district_key(&name)));
            let codes = communes.iter().filter_map(|field| of_unit(&row, *field));
            known.extend(
                codes.flat_map(|codes| codes.split(',').map(|code| code.trim().to_owned()).collect::<Vec<_>>()),
            );
            Ok(())
        })?;
    }
    Ok(known)
}

fn add(store: &dyn Store, args: AddArgs) -> anyhow::Result<()> {
    check_name(&args.name)?;
    if store.users()?.find(&args.name).is_some() {
        bail!(
            "there is a user '{0}' already: `user token {0}` makes a further token, `user remove {0}` removes the user",
            args.name
        );
    }
    let role = Role::from(args.role);
    let (collections, districts) = (names(args.collections, "--collections")?, names(args.districts, "--districts")?);
    if matches!(role, Role::Admin | Role::Viewer) && (collections.is_some() || districts.is_some() || args.proposes) {
        bail!(
            "--collections, --districts and --proposes bind who edits: the role {} takes none of them",
            role.as_str()
        );
    }
    if let Some(named) = &collections {
        let there: BTreeSet<String> = store.collections()?.into_iter().map(|collection| collection.id).collect();
        let unknown: Vec<_> = named.difference(&there).map(String::as_str).collect();
        if !unknown.is_empty() {
            let there: Vec<_> = there.iter().map(String::as_str).collect();
            bail!("there is no collection {}; there are {}", unknown.join(", "), there.join(", "));
        }
    }
    if let Some(named) = &districts {
        let there = places(store)?;
        let key = |name: &str| if is_commune_code(name) { name.to_owned() } else { district_key(name) };
        let unknown: Vec<_> = named.iter().filter(|name| !there.contains(&key(name))).map(String::as_str).collect();
        if !unknown.is_empty() {
            bail!(
                "no district or commune on record is called {}: write districts as they were called until 30 June 2025 \
                 (Quốc Oai) and communes by their code of five digits (09895)",
                unknown.join(", ")
            );
        }
    }
    let grant = |names: Option<BTreeSet<String>>| names.map_or(Grant::All, Grant::Only);
    let account =
        Account { role, collections: grant(collections), districts: grant(districts), proposes: args.proposes };
    let (token, kept) = new_token(args.expires.as_deref())?;
    store.put_user(&User { name: args.name.clone(), account, made_at: kept.made_at }, Some(&kept))?;
    show(&token, &args.name)
}

fn day(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn list(store: &dyn Store) -> anyhow::Result<()> {
    let users = store.users()?;
    if users.is_empty() {
        tracing::info!("no user is on record: nobody may write. `user add NAME --role editor` makes one");
    }
    let mut out = String::new();
    let now = Utc::now();
    for user in &users.users {
        let Account { role, collections, districts, proposes } = &user.account;
        let listed = |grant: &Grant| grant.names().map_or_else(|| "all".to_owned(), |names| names.join(","));
        let binds = match role {
            Role::Editor | Role::Approver => {
                let waits = if *proposes { "  proposes" } else { "" };
                format!("  collections: {}  districts: {}{waits}", listed(collections), listed(districts))
            }
            Role::Viewer | Role::Admin => String::new(),
        };
        out.push_str(&format!("{}  {}{binds}  since {}\n", user.name, role.as_str(), day(user.made_at)));
        for token in users.tokens.iter().filter(|token| token.user == user.name) {
            let end = match token.expires_at {
                None => "holds until revoked".to_owned(),
                Some(end) if end > now => format!("holds until {}", day(end)),
                Some(end) => format!("expired {}", day(end)),
            };
            out.push_str(&format!("  token {}  made {}  {end}\n", token.id, day(token.made_at)));
        }
    }
    std::io::stdout().write_all(out.as_bytes()).context("writing the list")
}

fn remove(store: &dyn Store, name: &str) -> anyhow::Result<()> {
    if !store.remove_user(name)? {
        bail!("there is no user {name:?}: `user list` shows who is on record");
    }
    tracing::info!("user '{name}' is off the record, with all tokens; what the user changed stays in the history");
    Ok(())
}

fn token(store: &dyn Store, args: TokenArgs) -> anyhow::Result<()> {
    let users = store.users()?;
    let Some(user) = users.find(&args.name) else {
        bail!("there is no user {:?}: `user list` shows who is on record", args.name);
    };
    if let Some(id) = args.revoke {
        if !store.revoke_token(&user.name, id)? {
            bail!("user '{}' has no token {id}: `user list` shows their numbers", user.name);
        }
        tracing::info!("token {id} of '{}' opens nothing any more", user.name);
        return Ok(());
    }
    let (token, kept) = new_token(args.expires.as_deref())?;
    store.put_user(user, Some(&kept))?;
    show(&token, &user.name)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_token_ends_when_its_day_begins_in_hanoi() {
        let now = "2026-11-26T04:00:00Z".parse().unwrap();
        assert_eq!(end("2027-01-01", now).unwrap().to_rfc3339(), "2026-12-31T17:00:00+00:00");
        assert_eq!(end("2027-01-01T00:00:00Z", now).unwrap().to_rfc3339(), "2027-01-01T00:00:00+00:00");
        for text in ["2026-11-26", "01/01/2027", "tomorrow", ""] {
            assert!(end(text, now).is_err(), "{text}");
        }
    }

    #[test]
    fn a_list_that_names_nothing_grants_nothing_by_mistake() {
        assert!(names(Some(vec![" ".to_owned()]), "--districts").is_err());
        assert_eq!(names(None, "--districts").unwrap(), None);
        let given = Some(vec![" Quốc Oai".to_owned(), "Quốc Oai".to_owned()]);
        assert_eq!(names(given, "--districts").unwrap().unwrap().len(), 1);
    }
}

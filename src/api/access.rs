//! Who is let in and to what: the users on record, the keys of the identity provider, and who failed too often.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use chrono::Utc;

use super::App;
use super::visitor::Visitor;
use crate::access::identity::{self, IdentityFault, Keys, Provider, is_signed};
use crate::access::{
    Action, Area, DEFINED_BY, Denied, Failures, PREFIX, Permit, Refusal, Secret, Territory, Users, Viewer, belonging,
    decide,
};
use crate::domain::{Collection, FeatureId, Value};
use crate::ogc::problem::Problem;
use crate::publish::Snapshot;
use crate::publish::veil::Restricted;
use crate::store::{Draft, Row};

/// Keys of the provider are asked for again at most so often, whoever names ones that are not known.
const REFRESH: Duration = Duration::from_secs(60);

/// Keys are trusted for so long; a provider that takes one back is heard by then.
const TRUSTED: Duration = Duration::from_secs(60 * 60);

/// Gets the list of keys of an identity provider. Blocks.
pub trait KeySource: Send + Sync {
    /// The text of the list.
    ///
    /// # Errors
    /// A sentence for the keeper.
    fn fetch(&self) -> Result<String, String>;
}

/// What an operator says about who is let in.
#[derive(Default)]
pub struct Entry {
    /// Those on record when the service starts.
    pub users: Users,
    /// Whether everybody who reaches the service may edit.
    pub open_editing: bool,
    pub provider: Option<(Provider, Arc<dyn KeySource>)>,
    /// What only they may read.
    pub restricted: Restricted,
}

/// The identity provider with its keys as they were last heard of.
struct Identity {
    provider: Provider,
    source: Arc<dyn KeySource>,
    keys: ArcSwap<Keys>,
    /// When the keys were last asked for, whether they came or not.
    asked_at: tokio::sync::Mutex<Option<Instant>>,
}

pub struct Access {
    users: ArcSwap<Users>,
    anonymous: Visitor,
    is_open: bool,
    identity: Option<Identity>,
    failures: Mutex<Failures>,
    /// Which communes took in which districts, by the version of the snapshot that says so.
    territory: ArcSwap<(u64, Territory)>,
}

impl Access {
    /// Who is let in, and what is kept from all others.
    pub fn new(entry: Entry) -> (Access, Restricted) {
        let identity = entry.provider.map(|(provider, source)| Identity {
            provider,
            source,
            keys: ArcSwap::default(),
            asked_at: tokio::sync::Mutex::new(None),
        });
        let access = Access {
            users: ArcSwap::from_pointee(entry.users),
            anonymous: Visitor(Arc::new(Viewer::anonymous())),
            is_open: entry.open_editing,
            identity,
            failures: Mutex::default(),
            territory: ArcSwap::from_pointee((0, Territory::default())),
        };
        (access, entry.restricted)
    }

    pub fn anonymous(&self) -> Visitor {
        self.anonymous.clone()
    }

    /// Whether there is anybody who could sign in.
    fn has_users(&self) -> bool {
        self.identity.is_some() || !self.users.load().is_empty()
    }

    /// Who shows a token of ours or of the provider.
    pub async fn bearer(&self, secret: &Secret) -> Option<Arc<Viewer>> {
        if !secret.reveal().starts_with(PREFIX)
            && let Some(identity) = &self.identity
            && is_signed(secret.reveal())
        {
            let viewer = identity.viewer(secret).await;
            let viewer = viewer.map_err(|fault| tracing::warn!(%fault, "a token was refused")).ok()?;
            if self.users.load().find(&viewer.name).is_some() {
                tracing::warn!(name = viewer.name, "a token of the provider names a user of ours, and was refused");
                return None;
            }
            return Some(Arc::new(viewer));
        }
        self.holder(secret, None)
    }

    /// Who shows a token of ours as a password; the name may be left out.
    pub fn basic(&self, name: &str, secret: &Secret) -> Option<Arc<Viewer>> {
        self.holder(secret, Some(name).filter(|name| !name.is_empty()))
    }

    fn holder(&self, secret: &Secret, named: Option<&str>) -> Option<Arc<Viewer>> {
        let holder = self.users.load().holder(secret, named, Utc::now());
        let refused = |refusal: Refusal| {
            let why = match refusal {
                Refusal::Unknown => "nobody has it",
                Refusal::Expired => "it has expired",
                Refusal::OfAnother => "it is not that user's",
            };
            tracing::warn!(why, "a token was refused");
        };
        holder.map(Arc::new).map_err(refused).ok()
    }

    /// Counts a failure, and gives what is answered.
    pub fn refuse(&self, place: &str, name: Option<&str>) -> Problem {
        let now = Instant::now();
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = [Some(format!("at {place}")), name.map(|name| format!("as {name}"))];
        let wait = waits.into_iter().flatten().filter_map(|key| failures.failed(&key, now)).max();
        drop(failures);
        match wait {
            Some(wait) => {
                tracing::warn!(address = place, seconds = wait.as_secs(), "too many failed attempts to sign in");
                Problem::TooMany(wait.as_secs().max(1))
            }
            None => Problem::Unauthorized(
                "Mã truy cập không đúng, đã hết hạn hoặc đã bị thu hồi. / The token is wrong, expired or revoked."
                    .to_owned(),
            ),
        }
    }
}

impl Identity {
    async fn viewer(&self, token: &Secret) -> Result<Viewer, IdentityFault> {
        self.refresh(TRUSTED).await;
        let verify = || identity::verify(&self.provider, &self.keys.load(), token.reveal(), Utc::now());
        match verify() {
            Err(IdentityFault::UnknownKey) => {
                self.refresh(REFRESH).await;
                verify()
            }
            outcome => outcome,
        }
    }

    /// Asks for the keys again where they were last asked for longer ago. Those that are known stay where none come.
    async fn refresh(&self, after: Duration) {
        // Who waits here for another's answer needs none of his own.
        let mut asked_at = self.asked_at.lock().await;
        if asked_at.is_some_and(|asked_at| asked_at.elapsed() < after) {
            return;
        }
        *asked_at = Some(Instant::now());
        let source = Arc::clone(&self.source);
        let fetched = tokio::task::spawn_blocking(move || source.fetch()).await;
        let fetched = fetched.unwrap_or_else(|error| Err(error.to_string()));
        match fetched.and_then(|text| Keys::parse(&text)) {
            Ok(keys) => self.keys.store(Arc::new(keys)),
            Err(error) => tracing::error!(error, "the keys of the identity provider could not be had"),
        }
    }
}

/// Gives the row of an id as it is now.
pub(super) type Find<'a> = &'a dyn Fn(&Collection, &FeatureId) -> Option<Row>;

/// Where a row belongs: by what it says itself, or by its station, plan or site.
fn area(snapshot: &Snapshot, find: Find<'_>, collection: &Collection, values: &[Value]) -> Area {
    let find = |of: &str, id: &FeatureId| {
        let of = &snapshot.collection(of)?.declaration;
        Some((of, find(of, id)?.values))
    };
    belonging(collection, values, &find).area
}

/// The communes that took in each district, as the registers say.
fn territory(snapshot: &Snapshot) -> Territory {
    let pairs = |id: &str, commune: &str| {
        let collection = snapshot.collection(id)?;
        let at = |name: &str| collection.declaration.field(name).map(|(at, _)| at);
        let (district, commune) = (at("district_legacy")?, at(commune)?);
        let pair = |row: u32| Some((collection.value(row, district), collection.value(row, commune)));
        Some((0..collection.len() as u32).filter_map(pair).collect::<Vec<_>>())
    };
    let all: Vec<(Value, Value)> = DEFINED_BY.iter().filter_map(|(id, commune)| pairs(id, commune)).flatten().collect();
    Territory::new(all.iter().filter_map(|(district, commune)| Some((district.as_str()?, commune.as_str()?))))
}

/// What is answered to who has not signed in and would have to.
pub fn sign_in() -> Problem {
    Problem::Unauthorized("Chỉ dành cho người dùng đã đăng nhập. / This is for users who have signed in.".to_owned())
}

fn refused(denied: Denied) -> Problem {
    let why = denied.why.to_string();
    if denied.is_anonymous { Problem::Unauthorized(why) } else { Problem::Forbidden(why) }
}

impl App {
    /// Those on record have changed.
    pub fn admit(&self, users: Users) {
        self.access.users.store(Arc::new(users));
    }

    /// Whether a visitor may do something at once with this row of a collection: as it is before and as it shall be; without
    /// either, whether he may do it to any row.
    ///
    /// # Errors
    /// 401 for somebody who has not shown who he is, 403 for all others, with the reason.
    pub(super) fn may(
        &self,
        visitor: &Visitor,
        action: Action,
        collection: &Collection,
        before: Option<&Row>,
        after: Option<&Draft>,
    ) -> Result<(), Problem> {
        match self.may_propose(visitor, action, collection, before, after)? {
            Permit::Write => Ok(()),
            Permit::Propose => {
                let why = "Thay đổi của bạn phải chờ duyệt; không thể làm việc này. / What you change waits for an approver; this cannot.";
                Err(Problem::Forbidden(why.to_owned()))
            }
        }
    }

    /// Whether a visitor may decide what others propose.
    ///
    /// # Errors
    /// As [`App::may`].
    pub(super) fn may_decide(&self, visitor: &Visitor) -> Result<(), Problem> {
        let nothing = &Territory::default();
        decide(visitor, Action::Decide, "", None, None, nothing).map(|_| ()).map_err(refused)
    }

    /// Whether a visitor may do what speaks of no single row: sign a quarter off, open it again, take back what others did.
    ///
    /// # Errors
    /// As [`App::may`].
    pub(super) fn may_govern(&self, visitor: &Visitor, action: Action) -> Result<(), Problem> {
        if self.access.is_open {
            return Ok(());
        }
        decide(visitor, action, "", None, None, &Territory::default()).map(|_| ()).map_err(refused)
    }

    /// As [`App::may`], for what can wait for an approver too.
    ///
    /// # Errors
    /// As [`App::may`].
    pub(super) fn may_propose(
        &self,
        visitor: &Visitor,
        action: Action,
        collection: &Collection,
        before: Option<&Row>,
        after: Option<&Draft>,
    ) -> Result<Permit, Problem> {
        let snapshot = self.snapshot();
        let published = |of: &Collection, id: &FeatureId| {
            let of = snapshot.collection(&of.id)?;
            of.row(of.find(id)?)
        };
        self.may_among(&published, visitor, action, collection, before, after)
    }

    /// As [`App::may_propose`], where the rows that know where others lie are not those that are published: inside a
    /// transaction, behind the edits before.
    ///
    /// # Errors
    /// As [`App::may`].
    pub(super) fn may_among(
        &self,
        find: Find<'_>,
        visitor: &Visitor,
        action: Action,
        collection: &Collection,
        before: Option<&Row>,
        after: Option<&Draft>,
    ) -> Result<Permit, Problem> {
        let (before, after) = (before.map(|row| &*row.values), after.map(|draft| &*draft.values));
        let access = &self.access;
        if access.is_open {
            return Ok(Permit::Write);
        }
        if visitor.is_anonymous() && !access.has_users() {
            let detail = "Chưa có người dùng nào, nên không ai được sửa: người quản trị chạy `langxanh user add TÊN --role editor`. / \
                          No user is on record, so nobody may edit: its keeper runs `langxanh user add NAME --role editor`.";
            return Err(Problem::Forbidden(detail.to_owned()));
        }
        // Who has all districts need not be told where a row lies.
        if visitor.is_anonymous() || visitor.account.districts.is_all() {
            let anywhere = Area::default();
            let (before, after) = (before.map(|_| &anywhere), after.map(|_| &anywhere));
            return decide(visitor, action, &collection.id, before, after, &Territory::default()).map_err(refused);
        }
        let snapshot = self.snapshot();
        let [before, after] =
            [before, after].map(|values| values.map(|values| area(&snapshot, find, collection, values)));
        if access.territory.load().0 != snapshot.version {
            access.territory.store(Arc::new((snapshot.version, territory(&snapshot))));
        }
        let territory = access.territory.load();
        decide(visitor, action, &collection.id, before.as_ref(), after.as_ref(), &territory.1).map_err(refused)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    /// Counts how often it is asked, and gives nothing that could be used.
    #[derive(Default)]
    struct Silent(AtomicUsize);

    impl KeySource for Silent {
        fn fetch(&self) -> Result<String, String> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Err("nobody answers".to_owned())
        }
    }

    fn identity(source: &Arc<Silent>) -> Identity {
        let provider = Provider {
            issuer: "https://id.example".to_owned(),
            audience: "langxanh".to_owned(),
            algorithms: identity::USUAL.iter().filter_map(|name| identity::algorithm(name)).collect(),
            name_claim: "sub".to_owned(),
            role_claim: "roles".to_owned(),
            roles: BTreeMap::new(),
        };
        let source = Arc::clone(source) as Arc<dyn KeySource>;
        Identity { provider, source, keys: ArcSwap::default(), asked_at: tokio::sync::Mutex::new(None) }
    }

    fn naming(key: usize) -> Secret {
        let header = format!(r#"{{"alg":"ES256","kid":"{key}"}}"#);
        Secret::new(format!("{}.e30.AAAA", URL_SAFE_NO_PAD.encode(header)))
    }

    #[tokio::test]
    async fn keys_that_nobody_knows_make_us_ask_the_provider_once_a_minute_and_no_more() {
        let source = Arc::new(Silent::default());
        let identity = identity(&source);
        for key in 0..20 {
            assert_eq!(identity.viewer(&naming(key)).await, Err(IdentityFault::UnknownKey));
        }
        assert_eq!(source.0.load(Ordering::Relaxed), 1);
        let a_minute_ago = Instant::now().checked_sub(REFRESH).unwrap();
        *identity.asked_at.lock().await = Some(a_minute_ago);
        for key in 0..20 {
            assert_eq!(identity.viewer(&naming(key)).await, Err(IdentityFault::UnknownKey));
        }
        assert_eq!(source.0.load(Ordering::Relaxed), 2);
    }
}

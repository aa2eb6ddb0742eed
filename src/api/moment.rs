//! `as-of` with a moment: what was on record then, in the place of what held on a day.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::access::sign_in;
use super::collections::find;
use super::edits::closed;
use super::{App, Ask};
use crate::domain::Kind;
use crate::ogc::AS_OF;
use crate::ogc::problem::{Fault, Problem};
use crate::publish::Snapshot;
use crate::publish::moment::recorded_at;

/// Bytes of GeoJSON that snapshots of moments may hold together.
const BYTES: u64 = 256 << 20;

/// A moment so close may still be written into: it is kept for the state of the store that it was read from.
const SETTLED: TimeDelta = TimeDelta::seconds(60);

/// A moment, and where it is close the version of the snapshot that was served.
type Key = (DateTime<Utc>, Option<u64>);

#[derive(Clone)]
struct Weight;

impl Weighter<Key, Arc<Snapshot>> for Weight {
    fn weight(&self, _: &Key, snapshot: &Arc<Snapshot>) -> u64 {
        // Facts and assessments weigh about as much as what is served.
        2 * snapshot.collections.iter().map(|collection| collection.weight() as u64).sum::<u64>()
    }
}

/// Snapshots of moments that were asked for.
pub struct Moments(Cache<Key, Arc<Snapshot>, Weight>);

impl Default for Moments {
    fn default() -> Moments {
        Moments(Cache::with_weighter(8, BYTES, Weight))
    }
}

fn fault(detail: String) -> Problem {
    Problem::Parameters(vec![Fault { parameter: AS_OF.to_owned(), detail }])
}

/// Refuses other days and moments of what stays in the database.
pub fn no_past(stays: &str) -> Problem {
    fault(format!(
        "không dùng được: '{stays}' nằm trong cơ sở dữ liệu, chỉ hỏi được cho hôm nay / is not offered: '{stays}' stays in the database, which is asked for today alone"
    ))
}

impl Ask {
    /// The request, answered from what was recorded at the moment that `as-of` names, where it names one.
    ///
    /// # Errors
    /// 400 for a moment that is none or lies ahead.
    pub(super) async fn into_recorded(mut self, app: &App) -> Result<Ask, Problem> {
        if let Some(at) = self.params().moment()? {
            // What is kept back today was not kept back then.
            if !self.sees_all {
                return Err(sign_in());
            }
            self.snapshot = app.recorded(at.trunc_subsecs(3)).await?;
            self.is_of_moment = true;
        }
        Ok(self)
    }

    /// As [`Ask::into_recorded`], for a collection. A table of a user's own has no past, and what is derived from the registers
    /// is told for days.
    pub(super) async fn into_collection_recorded(self, app: &App, id: &str) -> Result<Ask, Problem> {
        let kind = find(&self.snapshot, id)?.declaration.kind;
        if let (Kind::Register, Some(stays)) = (kind, self.snapshot.without_past(id))
            && self.params().moment()?.is_some()
        {
            return Err(no_past(stays));
        }
        match kind {
            Kind::Register => self.into_recorded(app).await,
            Kind::Derived if self.params().moment()?.is_some() => Err(fault(format!(
                "'{id}' được tính theo ngày: hãy hỏi một ngày như 2025-06-30 / '{id}' is computed for days: ask for a day such as 2025-06-30"
            ))),
            Kind::Derived | Kind::Table => Ok(self),
        }
    }
}

impl App {
    /// Refuses plans of a moment, where some of what they are put together from is not known for it.
    pub(super) fn knows_plans_of(&self, ask: &Ask) -> Result<(), Problem> {
        match self.snapshot().without_past("plan_findings") {
            Some(stays) if ask.is_of_moment => Err(no_past(stays)),
            _ => Ok(()),
        }
    }

    /// The registers as they were recorded at a moment.
    async fn recorded(&self, at: DateTime<Utc>) -> Result<Arc<Snapshot>, Problem> {
        let now = Utc::now();
        if at > now {
            return Err(fault(format!(
                "'{0}' ở tương lai: chưa ghi gì / '{0}' lies ahead: nothing is recorded yet",
                at.to_rfc3339()
            )));
        }
        let now_served = self.snapshot();
        let key = (at, Some(now_served.version).filter(|_| at >= now - SETTLED));
        if let Some(known) = self.moments.0.get(&key) {
            return Ok(known);
        }
        let none = || {
            Problem::NotFound("kho này không do langxanh tạo và không lưu lịch sử / this store was not made by langxanh and keeps no history".to_owned())
        };
        let registrar = self.registrar().map_err(|_| none())?;
        let standards = Arc::clone(&now_served.standards);
        let stay = now_served.collections.iter().filter(|collection| collection.remote.is_some());
        let stay = stay.map(|collection| collection.declaration.id.clone()).collect();
        let made = registrar.read(move |store| recorded_at(store, &standards, at, &stay)).await.map_err(closed)?;
        let made = made.map_err(|error| {
            tracing::error!(%error, %at, "what was recorded at a moment cannot be read");
            Problem::Internal
        })?;
        let made = Arc::new(made);
        self.moments.0.insert(key, Arc::clone(&made));
        Ok(made)
    }
}

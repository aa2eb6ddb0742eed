//! What was read, written: all of it with the file that it came in, or nothing.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};
use serde_json::Value;

use super::desk::{Import, Progress, Ready};
use super::{conflict, declared, members, plan, show, unprocessable};
use crate::api::edits::{checked, closed, failed};
use crate::api::visitor::{Action, Visitor};
use crate::api::{App, Ask, Segments};
use crate::domain::Collection;
use crate::ogc::problem::Problem;
use crate::store::hashing::Hashing;
use crate::store::{Draft, Mode, Origin, Row, SourceFile, Store};
use crate::upload::{self, CommitError, Committed};

/// Writes all of an import.
pub async fn commit(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    visitor: Visitor,
    ask: Ask,
    body: Body,
) -> Result<Response<Body>, Problem> {
    ask.params().only(&[])?;
    let import = app.desk()?.find(&visitor, &id)?;
    let members = members(&ask.headers, body, &["message", "skip_bad"]).await?;
    let why = match members.get("message") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => checked(text).map_err(|detail| unprocessable("/message", detail))?,
        Some(_) => return Err(unprocessable("/message", "không phải chữ / is no text")),
    };
    let skip_bad = match members.get("skip_bad") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(skip_bad)) => *skip_bad,
        Some(_) => return Err(unprocessable("/skip_bad", "không phải đúng hay sai / is neither true nor false")),
    };
    let turn = import.turn()?;
    let ready = match &**import.progress.load() {
        Progress::Ready(ready) => Found::Rows(Arc::clone(ready)),
        Progress::Plan(drawn) => Found::Plan(Arc::clone(drawn)),
        Progress::Reading => return Err(conflict("tệp còn đang được đọc / the file is still being read")),
        Progress::Committed(_) => return Err(conflict("tệp này đã ghi rồi / this import has been written already")),
        Progress::Refused { message, .. } | Progress::Failed(message) => return Err(unprocessable("", message)),
    };
    app.may_import(&visitor, &declared(&app, &import.options.load().collection))?;
    let mode = import.options.load().mode;
    let origin =
        Origin { who: visitor.name.clone(), what: format!("import {} sha256:{}", import.name, import.sha256), why };
    let (of_work, app_of_work) = (Arc::clone(&import), Arc::clone(&app));
    let work = move |store: &dyn Store| {
        let import = of_work;
        let _turn = turn;
        let written = write(&app_of_work, store, &import, &ready, (mode, skip_bad), &origin, &visitor);
        if let Ok(applied) = &written {
            import.progress.store(Arc::new(Progress::Committed(applied.clone())));
        }
        written
    };
    let done = app.registrar()?.write(work).await.map_err(closed)?;
    done?;
    Ok(show::answer(StatusCode::OK, &import.document(&ask.base)))
}

/// What a commit writes.
enum Found {
    Rows(Arc<Ready>),
    Plan(Arc<plan::Drawn>),
}

/// What is answered where nothing was written.
fn not_written(error: CommitError<Problem>) -> Problem {
    let said = error.to_string();
    match error {
        CommitError::Denied(problem) => problem,
        CommitError::Changed => conflict(&said),
        CommitError::Faulty(_) | CommitError::Replaced(_) => unprocessable("", &said),
        CommitError::Store(error) => failed(error),
        CommitError::Machine(_) => {
            tracing::error!(error = said, "an import was not written");
            Problem::Internal
        }
    }
}

/// Writes on the thread that does; gives what was done.
fn write(
    app: &App,
    store: &dyn Store,
    import: &Import,
    found: &Found,
    (mode, skip_bad): (Mode, bool),
    origin: &Origin,
    visitor: &Visitor,
) -> Result<Value, Problem> {
    let lost = |error: io::Error| {
        tracing::error!(%error, "an uploaded file cannot be read any more");
        Problem::Internal
    };
    let mut content = Hashing::of(&import.place.original(), Some(&import.sha256)).map_err(lost)?;
    let source = SourceFile { sha256: import.sha256.clone(), name: import.name.clone(), content: &mut content };
    let mut allow = |collection: &Collection, before: Option<&Row>, after: Option<&Draft>| {
        app.may(visitor, Action::Import, collection, before, after)
    };
    match found {
        Found::Rows(ready) => {
            let heading = &ready.reading.heading;
            if !heading.is_stored {
                // A new table is everybody's, whatever rows it has.
                app.may(visitor, Action::Import, &heading.collection, None, None)?;
            }
            let committed = Committed { mode, skip_bad, origin: origin.clone(), source };
            let applied = upload::commit(store, &ready.reading, committed, &mut allow).map_err(not_written)?;
            Ok(show::counts(applied))
        }
        Found::Plan(drawn) => {
            let applied = drawn.reading.commit(store, origin, source, &mut allow).map_err(not_written)?;
            Ok(applied.into_iter().map(|(collection, applied)| (collection, show::counts(applied))).collect())
        }
    }
}

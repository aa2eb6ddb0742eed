//! The service's side of a worker: start it, listen, and see it end, whatever it does.

use std::io::{self, BufReader, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use super::confine::ENVIRONMENT;
use super::frames::{Frame, MOST, Refusal};
use super::{COMMAND, Confinement, Job, Limits, Order, UploadError, VERSION};

/// How workers are run.
#[derive(Debug, Clone)]
pub struct Workers {
    pub limits: Limits,
    /// How long one may take, whatever it does or waits for.
    pub patience: Duration,
    /// Whether they may work where the kernel confines them in no way.
    pub may_be_free: bool,
}

/// This very program, also where another one lies in its place by now.
const PROGRAM: &str = "/proc/self/exe";

/// By which a worker is stopped from elsewhere.
#[derive(Debug, Default)]
pub struct Leash(Mutex<Held>);

#[derive(Debug, Default, PartialEq, Eq)]
enum Held {
    #[default]
    Nothing,
    /// A process that has not been waited for, so that its number is its own.
    Running(Pid),
    Cut,
}

impl Leash {
    fn held(&self) -> MutexGuard<'_, Held> {
        // Nothing panics while it is locked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops what runs, and what would.
    pub fn stop(&self) {
        let mut held = self.held();
        if let Held::Running(pid) = *held {
            kill(pid);
        }
        *held = Held::Cut;
    }

    fn is_cut(&self) -> bool {
        *self.held() == Held::Cut
    }

    fn kill(&self) {
        if let Held::Running(pid) = *self.held() {
            kill(pid);
        }
    }

    /// Takes hold of a process; false where all was stopped already.
    fn take(&self, pid: Pid) -> bool {
        let mut held = self.held();
        let is_wanted = *held != Held::Cut;
        if is_wanted {
            *held = Held::Running(pid);
        }
        is_wanted
    }

    fn let_go(&self) {
        let mut held = self.held();
        if let Held::Running(_) = *held {
            *held = Held::Nothing;
        }
    }
}

/// Ends a worker and whatever it may have started.
fn kill(group: Pid) {
    // One that has ended already is what is wanted.
    let _ = kill_process_group(group, Signal::KILL);
}

/// How the talk with a worker ended.
enum Talk {
    /// It said its last.
    Ended,
    /// It ended in the middle.
    BrokeOff,
}

impl Workers {
    /// Has a job done in a folder, to which the file was put; hands over what comes. The caller's thread is taken until the worker
    /// has ended.
    ///
    /// # Errors
    /// [`UploadError`], for whatever reason there is no whole answer.
    pub fn run(
        &self,
        folder: &Path,
        job: Job,
        leash: &Leash,
        hear: &mut dyn FnMut(Frame) -> Result<(), String>,
    ) -> Result<Confinement, UploadError> {
        let machine = |e: io::Error| UploadError::Machine(e.to_string());
        let mut child = start(folder).map_err(machine)?;
        let pid = Pid::from_child(&child);
        if !leash.take(pid) {
            kill(pid);
            child.wait().map_err(machine)?;
            return Err(UploadError::Stopped);
        }
        let is_late = AtomicBool::new(false);
        let talk = thread::scope(|scope| {
            let (done, is_done) = channel::<()>();
            let (patience, late) = (self.patience, &is_late);
            let watch = move || {
                // Until the sender goes; nothing is ever sent.
                if is_done.recv_timeout(patience) == Err(RecvTimeoutError::Timeout) {
                    late.store(true, Ordering::Relaxed);
                    leash.kill();
                }
            };
            let watched = thread::Builder::new().name("upload-watch".to_owned()).spawn_scoped(scope, watch);
            let talk = match watched {
                Ok(_) => self.talk(&mut child, job, hear),
                Err(error) => Err(machine(error)),
            };
            drop(done);
            talk
        });
        kill(pid);
        leash.let_go();
        let status = child.wait().map_err(machine)?;
        match talk {
            _ if is_late.load(Ordering::Relaxed) => Err(UploadError::TooSlow { seconds: self.patience.as_secs() }),
            _ if leash.is_cut() => Err(UploadError::Stopped),
            Ok((Talk::Ended, confinement)) => Ok(confinement),
            Ok((Talk::BrokeOff, _)) => Err(UploadError::Crashed { how: how(status) }),
            Err(error) => Err(error),
        }
    }

    fn talk(
        &self,
        child: &mut Child,
        job: Job,
        hear: &mut dyn FnMut(Frame) -> Result<(), String>,
    ) -> Result<(Talk, Confinement), UploadError> {
        let nothing = Confinement { files: false, calls: false };
        let (Some(mut to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            return Ok((Talk::BrokeOff, nothing));
        };
        let parent = std::process::id();
        let order = Order { parent, limits: self.limits, may_be_free: self.may_be_free, job };
        let order = serde_json::to_vec(&order).map_err(|e| UploadError::Machine(e.to_string()))?;
        // One that ends before it has heard all is one that breaks off, which is seen below.
        let _ = to.write_all(&order);
        drop(to);
        let mut from = BufReader::with_capacity(1 << 16, from);
        let mut next = || match Frame::read(&mut from, MOST) {
            Ok(frame) => Ok(frame),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(UploadError::Untrue(error.to_string())),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(UploadError::Machine(error.to_string())),
        };
        let confinement = match next()? {
            Some(Frame::Hello(hello)) if hello.version == VERSION => hello.confinement,
            Some(_) => return Err(UploadError::Untrue("it does not greet".to_owned())),
            None => return Ok((Talk::BrokeOff, nothing)),
        };
        let mut talk = Talk::BrokeOff;
        while let Some(frame) = next()? {
            match frame {
                Frame::Refused(Refusal { is_unconfined: true, .. }) => return Err(UploadError::Unconfined),
                Frame::Refused(refusal) => return Err(refused(refusal)),
                frame => {
                    let is_last = frame.is_last();
                    hear(frame).map_err(UploadError::Untrue)?;
                    if is_last {
                        talk = Talk::Ended;
                        break;
                    }
                }
            }
        }
        Ok((talk, confinement))
    }
}

/// Letters of a message and names of layers that are passed on.
const MESSAGE_LETTERS: usize = 4_000;
const LAYERS: usize = 500;

/// A text of a worker as it may be shown: one line, and not endless.
pub fn one_line(text: &str, letters: usize) -> String {
    text.chars().take(letters).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn refused(refusal: Refusal) -> UploadError {
    UploadError::Refused {
        message: one_line(&refusal.message, MESSAGE_LETTERS),
        layers: refusal.layers.iter().take(LAYERS).map(|layer| one_line(layer, 200)).collect(),
    }
}

/// Starts a worker in its folder, with an empty environment but for where libraries find their data.
fn start(folder: &Path) -> io::Result<Child> {
    let kept = ENVIRONMENT.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
    Command::new(PROGRAM)
        .arg0("langxanh")
        .arg(COMMAND)
        .env_clear()
        .envs(kept)
        .env("TMPDIR", folder)
        .env("LANG", "C.UTF-8")
        .env("PROJ_NETWORK", "OFF")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
}

/// How a process ended, for people.
fn how(status: ExitStatus) -> String {
    match (status.signal(), status.code()) {
        (Some(6), _) => "SIGABRT".to_owned(),
        (Some(9), _) => "SIGKILL".to_owned(),
        (Some(11), _) => "SIGSEGV".to_owned(),
        (Some(24), _) => "SIGXCPU".to_owned(),
        (Some(25), _) => "SIGXFSZ".to_owned(),
        (Some(signal), _) => format!("signal {signal}"),
        (None, code) => format!("code {}", code.unwrap_or_default()),
    }
}

//! How a worker gives up what it does not need, before it looks at a file.
//!
//! Limits of the kernel bound what it takes of the machine; Landlock leaves it its folder and the data of the libraries, and no
//! TCP; a filter of system calls leaves it those with which files are read, and none to start a process, make a socket,
//! change a limit or watch another process. Limits hold on every kernel, the other two where there are any: which of them hold
//! is said first, and the service decides.

use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
    path_beneath_rules,
};
use rustix::process::{Resource, Rlimit, Signal, setrlimit};
use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What a worker may take of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Bytes of address space.
    pub memory: u64,
    /// Seconds of a processor.
    pub seconds: u64,
    /// Bytes of any one file that it writes.
    pub file_bytes: u64,
}

/// Files that a worker may have open: those of a shapefile, libraries, SQLite.
const OPEN_FILES: u64 = 128;

/// Which of the two confinements of the kernel hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confinement {
    /// Files and TCP, by Landlock.
    pub files: bool,
    /// System calls, by seccomp.
    pub calls: bool,
}

impl Confinement {
    /// Whether none holds.
    pub fn is_none(self) -> bool {
        !self.files && !self.calls
    }
}

/// Where libraries and their data lie; what is not there is passed over. Other places come with [`ENVIRONMENT`].
const READABLE: [&str; 12] = [
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/share/gdal",
    "/usr/share/proj",
    "/usr/local/share/gdal",
    "/usr/local/share/proj",
    "/etc/ld.so.cache",
    "/dev/null",
    "/dev/urandom",
];

/// Variables that say where the data of libraries lie: all that a worker keeps of the service's environment.
pub const ENVIRONMENT: [&str; 4] = ["GDAL_DATA", "PROJ_DATA", "PROJ_LIB", "LD_LIBRARY_PATH"];

/// System calls that a worker may make: memory, files by name and by number, the clock, and its end.
const CALLS: [&str; 85] = [
    "brk",
    "chdir",
    "clock_getres",
    "clock_gettime",
    "clock_nanosleep",
    "close",
    "copy_file_range",
    "dup",
    "dup3",
    "exit",
    "exit_group",
    "faccessat",
    "faccessat2",
    "fadvise64",
    "fallocate",
    "fchmod",
    "fchmodat",
    "fcntl",
    "fdatasync",
    "flock",
    "fstat",
    "fstatfs",
    "fsync",
    "ftruncate",
    "futex",
    "getcwd",
    "getdents64",
    "getegid",
    "geteuid",
    "getgid",
    "getpid",
    "getppid",
    "getrandom",
    "getrlimit",
    "getrusage",
    "gettid",
    "gettimeofday",
    "getuid",
    "lseek",
    "madvise",
    "mincore",
    "mkdirat",
    "mmap",
    "mprotect",
    "mremap",
    "msync",
    "munmap",
    "nanosleep",
    "newfstatat",
    "openat",
    "ppoll",
    "pread64",
    "preadv",
    "pwrite64",
    "pwritev",
    "read",
    "readlinkat",
    "readv",
    "renameat",
    "renameat2",
    "restart_syscall",
    "rseq",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sched_getaffinity",
    "sched_yield",
    "sendfile",
    "set_robust_list",
    "sigaltstack",
    "statfs",
    "statx",
    "symlinkat",
    "sync_file_range",
    "sysinfo",
    "times",
    "truncate",
    "umask",
    "uname",
    "unlinkat",
    "utimensat",
    "write",
    "writev",
    "lgetxattr",
    "getxattr",
];

/// The same by their older names, which one architecture alone has.
#[cfg(target_arch = "x86_64")]
const OLDER_CALLS: [&str; 16] = [
    "access", "chmod", "creat", "dup2", "getdents", "lstat", "mkdir", "open", "poll", "readlink", "rename", "rmdir",
    "stat", "symlink", "time", "unlink",
];
#[cfg(not(target_arch = "x86_64"))]
const OLDER_CALLS: [&str; 0] = [];

/// What a call that is not allowed answers: it is not permitted. A library that asks for more than it needs goes on without.
const NOT_PERMITTED: u32 = 1;

/// Gives up everything that is not needed; `folder` is the worker's own.
///
/// # Errors
/// A sentence where a limit cannot be set. What the kernel does not offer is no error.
pub fn confine(folder: &Path, limits: &Limits) -> Result<Confinement, String> {
    limit(limits)?;
    rustix::thread::set_no_new_privs(true).map_err(|e| format!("its rights cannot be fixed: {e}"))?;
    // To whoever has none this says nothing new.
    let none = CapabilitySet::empty();
    set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })
        .map_err(|e| format!("its capabilities cannot be given up: {e}"))?;
    let files = confine_files(folder).unwrap_or(false);
    let calls = confine_calls().is_ok();
    Ok(Confinement { files, calls })
}

/// Ends this process with the one that started it.
///
/// # Errors
/// Where that has ended already or the kernel refuses.
pub fn die_with(parent: u32) -> Result<(), String> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).map_err(|e| e.to_string())?;
    // It may have ended before it could be tied to.
    let now = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get().unsigned_abs());
    if now == Some(parent) { Ok(()) } else { Err("the service has ended".to_owned()) }
}

fn limit(limits: &Limits) -> Result<(), String> {
    let all = [
        (Resource::Core, 0),
        (Resource::Nproc, 0),
        (Resource::Nofile, OPEN_FILES),
        (Resource::Fsize, limits.file_bytes),
        (Resource::Cpu, limits.seconds),
        (Resource::As, limits.memory),
    ];
    for (resource, most) in all {
        let limit = Rlimit { current: Some(most), maximum: Some(most) };
        setrlimit(resource, limit).map_err(|e| format!("its limits cannot be set: {e}"))?;
    }
    Ok(())
}

fn confine_files(folder: &Path) -> Result<bool, RulesetError> {
    let abi = ABI::V6;
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let own = (AccessFs::from_all(abi) & !AccessFs::Execute)
        & !(AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::MakeFifo | AccessFs::MakeSock | AccessFs::IoctlDev);
    let named = ENVIRONMENT.iter().filter_map(std::env::var_os);
    let named: Vec<_> = named.flat_map(|value| std::env::split_paths(&value).collect::<Vec<_>>()).collect();
    // A path that is not absolute would mean the worker's own folder.
    let named = named.iter().map(AsRef::as_ref).filter(|path: &&Path| path.is_absolute());
    let readable = READABLE.iter().map(Path::new).chain(named);
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(abi))?
        .handle_access(AccessNet::from_all(abi))?
        .scope(Scope::from_all(abi))?
        .create()?
        .add_rules(path_beneath_rules(readable, read))?
        .add_rules(path_beneath_rules([folder], own))?
        .restrict_self()?;
    Ok(status.ruleset != RulesetStatus::NotEnforced)
}

fn confine_calls() -> Result<(), String> {
    let mut rules: Vec<_> = CALLS.iter().chain(&OLDER_CALLS).map(|name| json!({"syscall": name})).collect();
    // Limits may be asked for and not be set.
    rules.push(json!({"syscall": "prlimit64", "args": [{"index": 2, "type": "qword", "op": "eq", "val": 0}]}));
    let filter =
        json!({"worker": {"mismatch_action": {"errno": NOT_PERMITTED}, "match_action": "allow", "filter": rules}});
    let arch = std::env::consts::ARCH.try_into().map_err(|e| format!("{e:?}"))?;
    let filters = seccompiler::compile_from_json(filter.to_string().as_bytes(), arch).map_err(|e| e.to_string())?;
    let filter = filters.get("worker").ok_or("there is no filter")?;
    seccompiler::apply_filter(filter).map_err(|e| e.to_string())
}

/// What a worker is to try.
#[cfg(debug_assertions)]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// A file outside its folder.
    pub foreign_file: std::path::PathBuf,
    /// Where somebody listens.
    pub address: String,
    /// Bytes that it may not have.
    pub memory: usize,
}

/// What came of it: the errors, or that it could be done.
#[cfg(debug_assertions)]
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probed {
    pub reads_foreign: String,
    pub reads_foreign_by_link: String,
    pub writes_foreign: String,
    pub lists_root: String,
    pub connects: String,
    pub listens: String,
    pub sends_datagrams: String,
    pub connects_local: String,
    pub starts_process: String,
    pub starts_thread: String,
    pub raises_limit: String,
    pub takes_memory: String,
    pub writes_own: String,
    pub environment: Vec<String>,
}

#[cfg(debug_assertions)]
impl Probe {
    /// Tries everything.
    pub fn run(&self) -> Probed {
        fn said<T, E: ToString>(outcome: Result<T, E>) -> String {
            outcome.map_or_else(|error| error.to_string(), |_| "done".to_owned())
        }
        let link = Path::new("link");
        let raised = Rlimit { current: Some(OPEN_FILES), maximum: Some(OPEN_FILES * 2) };
        Probed {
            reads_foreign: said(std::fs::read(&self.foreign_file)),
            reads_foreign_by_link: said(
                std::os::unix::fs::symlink(&self.foreign_file, link).and_then(|()| std::fs::read(link)),
            ),
            writes_foreign: said(std::fs::write(self.foreign_file.with_extension("written"), "x")),
            lists_root: said(std::fs::read_dir("/")),
            connects: said(std::net::TcpStream::connect(&self.address)),
            listens: said(std::net::TcpListener::bind("127.0.0.1:0")),
            sends_datagrams: said(std::net::UdpSocket::bind("127.0.0.1:0")),
            connects_local: said(std::os::unix::net::UnixDatagram::unbound()),
            starts_process: said(std::process::Command::new("/bin/true").spawn()),
            starts_thread: said(std::thread::Builder::new().spawn(|| {})),
            raises_limit: said(setrlimit(Resource::Nofile, raised)),
            takes_memory: said(Vec::<u8>::new().try_reserve_exact(self.memory)),
            writes_own: said(std::fs::write("own", "x").and_then(|()| std::fs::read("own"))),
            environment: std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned()).collect(),
        }
    }
}

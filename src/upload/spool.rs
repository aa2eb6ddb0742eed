//! Where uploaded files lie until they are written or forgotten: a folder that is the service's own, bounded for all and for each
//! user, empty when the service starts.

use std::collections::HashMap;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::{FlockOperation, flock};
use tempfile::TempDir;

/// How folders of single files begin; nothing else is ever removed.
const PREFIX: &str = "upload-";

/// How much may lie there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Bytes of one file.
    pub file: u64,
    /// Bytes of all files of one user.
    pub user: u64,
    /// Bytes of all files.
    pub all: u64,
    /// Files of one user.
    pub files: usize,
}

/// There is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// The file is longer than any may be.
    File,
    /// The user has too many or too large files.
    User,
    /// All users together have.
    All,
}

/// The folder. Another service on the same store may use it, too, and what it has there stays.
pub struct Spool {
    folder: PathBuf,
    quota: Quota,
    used: Mutex<HashMap<String, Used>>,
    /// Held while the service runs.
    _lock: File,
}

#[derive(Debug, Default, Clone, Copy)]
struct Used {
    files: usize,
    bytes: u64,
}

impl Spool {
    /// Opens the folder, makes it where it is not there, and removes what an earlier service has left in it.
    ///
    /// # Errors
    /// When it cannot be made or is no folder.
    pub fn open(folder: &Path, quota: Quota) -> io::Result<Spool> {
        match DirBuilder::new().mode(0o700).create(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        // What a link leads to is somebody else's.
        if !folder.symlink_metadata()?.is_dir() {
            return Err(io::Error::new(io::ErrorKind::NotADirectory, "it is no folder"));
        }
        let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(folder.join("lock"))?;
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok() {
            sweep(folder)?;
        }
        Ok(Spool { folder: folder.to_owned(), quota, used: Mutex::default(), _lock: lock })
    }

    fn used(&self) -> MutexGuard<'_, HashMap<String, Used>> {
        // Nothing panics while it is locked.
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more file of a user.
    ///
    /// # Errors
    /// [`Full`] where the user has too many, or what the disk says.
    pub fn place(self: &Arc<Spool>, who: &str) -> io::Result<Result<Place, Full>> {
        {
            let mut used = self.used();
            let of_user = used.entry(who.to_owned()).or_default();
            if of_user.files >= self.quota.files {
                return Ok(Err(Full::User));
            }
            of_user.files += 1;
        }
        // From here on its drop gives the place back.
        let mut place = Place { spool: Arc::clone(self), who: who.to_owned(), bytes: Mutex::new(0), folder: None };
        place.folder = Some(tempfile::Builder::new().prefix(PREFIX).tempdir_in(&self.folder)?);
        Ok(Ok(place))
    }
}

/// Removes the folders of files.
fn sweep(folder: &Path) -> io::Result<()> {
    for entry in folder.read_dir()? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(PREFIX) && entry.file_type()?.is_dir() {
            std::fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// The folder of one file, which goes with this value.
pub struct Place {
    spool: Arc<Spool>,
    who: String,
    bytes: Mutex<u64>,
    folder: Option<TempDir>,
}

impl Place {
    /// Takes room for so many further bytes.
    ///
    /// # Errors
    /// [`Full`]; nothing more is taken then.
    pub fn claim(&self, more: u64) -> Result<(), Full> {
        let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let quota = &self.spool.quota;
        if *bytes + more > quota.file {
            return Err(Full::File);
        }
        let mut used = self.spool.used();
        let all: u64 = used.values().map(|used| used.bytes).sum();
        let of_user = used.entry(self.who.clone()).or_default();
        if of_user.bytes + more > quota.user {
            return Err(Full::User);
        }
        if all + more > quota.all {
            return Err(Full::All);
        }
        of_user.bytes += more;
        *bytes += more;
        Ok(())
    }

    fn path(&self) -> &Path {
        self.folder.as_ref().map_or(&self.spool.folder, TempDir::path)
    }

    /// Where the file lies as it came, which no worker sees.
    pub fn original(&self) -> PathBuf {
        self.path().join("original")
    }

    /// Where rows are kept.
    pub fn aside(&self) -> &Path {
        self.path()
    }

    /// A new folder for a worker, with a copy of the file under a name.
    ///
    /// # Errors
    /// What the disk says.
    pub fn work(&self, name: &str) -> io::Result<TempDir> {
        let folder = tempfile::Builder::new().prefix("work-").tempdir_in(self.path())?;
        std::fs::copy(self.original(), folder.path().join(name))?;
        Ok(folder)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(Err(error)) = self.folder.take().map(TempDir::close) {
            tracing::warn!(%error, "an uploaded file could not be removed");
        }
        let bytes = *self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let mut used = self.spool.used();
        if let Some(of_user) = used.get_mut(&self.who) {
            of_user.files = of_user.files.saturating_sub(1);
            of_user.bytes = of_user.bytes.saturating_sub(bytes);
            if of_user.files == 0 {
                used.remove(&self.who);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const QUOTA: Quota = Quota { file: 100, user: 150, all: 200, files: 2 };

    #[test]
    fn a_file_a_user_and_all_users_have_a_bound_and_what_is_dropped_is_free_again() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Arc::new(Spool::open(&folder.path().join("s"), QUOTA).unwrap());
        let place = |who: &str| spool.place(who).unwrap();
        let first = place("lan").unwrap();
        assert_eq!(first.claim(101), Err(Full::File));
        first.claim(100).unwrap();
        assert_eq!(first.claim(1), Err(Full::File));
        let second = place("lan").unwrap();
        assert_eq!(second.claim(51), Err(Full::User));
        second.claim(50).unwrap();
        assert_eq!(place("lan").err(), Some(Full::User));
        let other = place("minh").unwrap();
        assert_eq!(other.claim(51), Err(Full::All));
        other.claim(50).unwrap();
        drop(first);
        place("lan").unwrap().claim(100).unwrap();
        assert_eq!(spool.folder.read_dir().unwrap().count(), 3, "two files and the lock");
    }

    #[test]
    fn what_an_earlier_service_left_is_removed_and_what_another_holds_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        let spool = Arc::new(Spool::open(&path, QUOTA).unwrap());
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        let place = spool.place("lan").unwrap().unwrap();
        std::fs::write(place.original(), "x").unwrap();
        std::fs::write(path.join("not-ours"), "x").unwrap();
        let beside = Spool::open(&path, QUOTA).unwrap();
        assert!(place.original().exists(), "another service runs");
        drop(beside);
        // As a killed process leaves it.
        std::mem::forget(place);
        drop(spool);
        std::fs::create_dir(path.join("upload-old")).unwrap();
        std::fs::write(path.join("upload-old/original"), "x").unwrap();
        let lock = File::open(path.join("lock")).unwrap();
        flock(&lock, FlockOperation::Unlock).unwrap();
        drop(lock);
        std::fs::remove_file(path.join("lock")).unwrap();
        let _again = Spool::open(&path, QUOTA).unwrap();
        let left: Vec<_> = path.read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left.len(), 2, "{left:?}");
        assert!(path.join("not-ours").exists());
    }

    #[test]
    fn a_link_in_place_of_the_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        std::os::unix::fs::symlink(folder.path(), &path).unwrap();
        assert!(Spool::open(&path, QUOTA).is_err());
    }
}

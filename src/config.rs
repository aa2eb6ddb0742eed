//! What an operator sets: flags win over environment variables, these over the configuration file, that over defaults.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Store that is used where none is named.
pub const DEFAULT_STORE: &str = "langxanh.gpkg";

/// Address that is listened on where none is named.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:8080";

/// The configuration file. Every key may be left out; an unknown key is an error.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigFile {
    /// The GeoPackage with the registers, or the address of the database, `postgres://…`.
    pub store: Option<String>,
    /// Address and port, e.g. `0.0.0.0:8080`.
    pub listen: Option<String>,
    /// The address that links start with, e.g. `https://gis.example.vn/langxanh`.
    pub public_url: Option<String>,
    /// Whether `Forwarded` and `X-Forwarded-*` of a proxy in front are believed. Only where no client can come round it.
    #[serde(default)]
    pub trust_proxy: bool,
    /// Whether everybody who reaches the service may edit, without a name. Only where nobody else can.
    #[serde(default)]
    pub open_editing: bool,
    /// How files of others are taken in.
    #[serde(default)]
    pub uploads: UploadsConfig,
    /// Collections that only users on record may read.
    #[serde(default)]
    pub restricted: Vec<String>,
    /// Whether plans that are drafts, with everything of them, are for users on record alone.
    #[serde(default)]
    pub restrict_drafts: bool,
    /// What lies beneath the city's own layers on the page.
    pub basemap: Option<BasemapConfig>,
    /// An identity provider whose users may sign in.
    pub oidc: Option<OidcConfig>,
    /// Which collections are held in memory, of a store on PostGIS.
    #[serde(default)]
    pub snapshot: SnapshotConfig,
    /// What is told of the database.
    #[serde(default)]
    pub database: DatabaseConfig,
    /// Who is told of changes.
    #[serde(default)]
    pub webhooks: Vec<WebhookConfig>,
    /// Log level or directives, e.g. `info` or `langxanh=debug`.
    pub log: Option<String>,
}

/// What uploads may take. A MiB is 2^20 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UploadsConfig {
    /// Whether files are taken at all.
    pub enabled: bool,
    /// Where they lie until they are written; beside the store where nothing is said.
    pub folder: Option<PathBuf>,
    /// Of one file, of all files of a user, and of all files.
    pub file_mib: u64,
    pub user_mib: u64,
    pub all_mib: u64,
    /// Memory of the process that reads a file.
    pub memory_mib: u64,
    /// How long it may read.
    pub seconds: u64,
    /// So many read at a time.
    pub at_a_time: usize,
    /// Whether files are read although the kernel can confine the process that does so in no way.
    pub unconfined: bool,
}

impl Default for UploadsConfig {
    fn default() -> UploadsConfig {
        UploadsConfig {
            enabled: true,
            folder: None,
            file_mib: 100,
            user_mib: 500,
            all_mib: 2_048,
            memory_mib: 3_072,
            seconds: 120,
            at_a_time: 2,
            unconfined: false,
        }
    }
}

/// Which collections of a store on PostGIS are held in memory, and how the others are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SnapshotConfig {
    /// `auto`, `always` or `never`; `auto` without it.
    pub usual: Option<String>,
    /// The same for single collections.
    pub collections: BTreeMap<String, String>,
    /// With `auto`, collections with more rows stay in the database; 2,000,000 without it.
    pub rows: Option<u64>,
    /// Statements that read what stays in the database, at a time.
    pub connections: Option<usize>,
    /// How long each of them may take.
    pub seconds: Option<u64>,
}

/// What is told of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseConfig {
    /// Statements that take so many milliseconds are logged.
    pub slow_ms: u64,
    /// An instance whose snapshot lacks a change for more seconds than this says that it is not ready; 0: it never does.
    pub behind_seconds: u64,
}

impl Default for DatabaseConfig {
    fn default() -> DatabaseConfig {
        DatabaseConfig { slow_ms: 1_000, behind_seconds: 60 }
    }
}

/// A basemap: a file or an address, not both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BasemapConfig {
    /// A PMTiles file, which this service hands out.
    pub pmtiles: Option<PathBuf>,
    /// The address of another host's pictures, e.g. `https://tiles.example.vn/{z}/{x}/{y}.png`: readers load them from there.
    pub tiles: Option<String>,
    /// Whom it is by, as its licence wants it said.
    pub attribution: Option<String>,
    /// Zooms at which there is any of it.
    pub min_zoom: Option<u8>,
    pub max_zoom: Option<u8>,
}

/// Somebody who is told of changes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// What logs call it.
    pub name: String,
    /// Where messages are sent: https, or http to this machine itself.
    pub url: String,
    /// The file with the secret that signs them.
    pub secret_file: PathBuf,
    /// Districts as they were until 30 June 2025, or codes of communes.
    #[serde(default)]
    pub districts: Vec<String>,
    /// Sites such as `clusters/phung`.
    #[serde(default)]
    pub sites: Vec<String>,
    /// Only rows of these collections; all without it.
    #[serde(default)]
    pub collections: Vec<String>,
}

/// An OpenID Connect provider.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcConfig {
    /// Who issues the tokens, as their claim `iss` says it.
    pub issuer: String,
    /// Whom they are for, as their claim `aud` says it.
    pub audience: String,
    /// The provider's keys: a file or an address with https.
    pub jwks: String,
    /// Algorithms of signatures; RS256 and ES256 without it.
    pub algorithms: Option<Vec<String>>,
    /// The claim that names the user; `preferred_username` without it.
    pub name_claim: Option<String>,
    /// The claim that holds the roles, `realm_access.roles` in an object; `roles` without it.
    pub role_claim: Option<String>,
    /// What each value of that claim grants.
    pub roles: BTreeMap<String, OidcRole>,
}

/// What a role of the provider grants here.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcRole {
    /// viewer, editor, approver or admin.
    pub role: String,
    /// All without it.
    pub collections: Option<Vec<String>>,
    /// All without it.
    pub districts: Option<Vec<String>>,
    /// Whether changes wait for an approver.
    #[serde(default)]
    pub proposes: bool,
}

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("configuration file {path}: {source}")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("configuration file {path}: {reason}")]
    Invalid { path: PathBuf, reason: String },
    #[error("'{0}' is no public URL: it starts with http:// or https:// and has neither query nor fragment")]
    PublicUrl(String),
}

impl ConfigFile {
    /// Reads a file; without one everything is unset.
    pub fn read(path: Option<&Path>) -> Result<ConfigFile, ConfigError> {
        let Some(path) = path else { return Ok(ConfigFile::default()) };
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        toml::from_str(&text)
            .map_err(|e| ConfigError::Invalid { path: path.to_owned(), reason: e.to_string().trim().to_owned() })
    }
}

/// Checks an address that links are to start with.
pub fn public_url(text: &str) -> Result<String, ConfigError> {
    let is_http = text.starts_with("http://") || text.starts_with("https://");
    let clean = text.chars().all(|c| c.is_ascii_graphic() && !"?#<>\"'\\`".contains(c));
    if is_http && clean {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err(ConfigError::PublicUrl(text.to_owned()))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_an_error_that_names_file_and_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("langxanh.toml");
        std::fs::write(&path, "listen = \"0.0.0.0:80\"\nlisten_adress = \"x\"\n").unwrap();
        let message = ConfigFile::read(Some(&path)).unwrap_err().to_string();
        assert!(message.contains("langxanh.toml") && message.contains("listen_adress"), "{message}");
    }

    #[test]
    fn a_file_that_is_not_there_is_an_error_and_no_file_is_not() {
        assert!(ConfigFile::read(Some(Path::new("/nowhere/langxanh.toml"))).is_err());
        assert_eq!(ConfigFile::read(None).unwrap(), ConfigFile::default());
    }

    #[test]
    fn what_is_held_in_memory_is_said_for_all_collections_and_for_each() {
        let text = "[snapshot]\nusual = \"never\"\nrows = 5\n[snapshot.collections]\nparcels = \"always\"\n";
        let file: ConfigFile = toml::from_str(text).unwrap();
        assert_eq!((file.snapshot.usual.as_deref(), file.snapshot.rows), (Some("never"), Some(5)));
        assert_eq!(file.snapshot.collections["parcels"], "always");
    }

    #[test]
    fn public_urls_are_checked() {
        for text in ["gis.example", "ftp://h", "http://h/?a=1", "http://h/\"><script>", "http://h/a b"] {
            assert!(public_url(text).is_err(), "{text}");
        }
        assert_eq!(public_url("https://gis.example/x/").unwrap(), "https://gis.example/x");
    }
}

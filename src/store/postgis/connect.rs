//! How the database is reached: its address, TLS, the connections that are kept, and the one that listens.

use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::time::Duration;

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Pool, QueueMode, RecyclingMethod, Runtime};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio::runtime::Handle;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres::{AsyncMessage, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::errors::causes;
use super::probe::Probe;
use super::schema::{quoted_path, state};
use crate::store::remote::RemoteError;
use crate::store::remote::postgres::{Bounds, PostgresReads};

/// Connections that are kept at the most.
const CONNECTIONS: usize = 16;

/// So long is waited for a connection, for a server to answer, and for others who write.
const PATIENCE: Duration = Duration::from_secs(10);

/// A listening connection that broke is made anew after so long, and later each time.
const AGAIN: Duration = Duration::from_millis(200);

/// How often who is not on duty tries to be, and who is looks whether the connection stands by which he is.
const TURN: Duration = Duration::from_secs(1);

/// Whoever is on duty holds the advisory lock of this number, on a connection of its own, for as long as that stands.
const DUTY: i64 = i64::from_be_bytes(*b"langduty");

/// The server takes the lock from a machine that has died without a word.
const UNTIL_GIVEN_UP: &str =
    "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3";

/// Where the database is, and how it is spoken to.
#[derive(Clone)]
pub struct Address {
    /// Of several servers this finds the one that can be written to.
    config: Config,
    /// Of several servers this finds any.
    any: Config,
    tls: MakeRustlsConnect,
    /// As messages name it: without the password.
    pub name: String,
}

impl Address {
    /// Reads `postgres://user@host/database?sslmode=…`. `sslmode` is `disable`, `prefer` (without a word), `require`, or
    /// `verify-full`, which holds the server's certificate against the file `sslrootcert` or the roots of the web. Without
    /// a password in it, the one of the environment is taken (`PGPASSWORD`).
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub fn parse(url: &str) -> Result<Address, String> {
        let (mode, roots, plain) = taken_out(url)?;
        let mut config =
            Config::from_str(&plain).map_err(|error| format!("the address is not read: {}", causes(&error)))?;
        let (must_verify, mode) = match mode.as_deref() {
            None | Some("prefer" | "allow") => (false, SslMode::Prefer),
            Some("disable") => (false, SslMode::Disable),
            Some("require") => (false, SslMode::Require),
            Some("verify-full") => (true, SslMode::Require),
            Some(other) => {
                return Err(format!("sslmode '{other}' is not known: use disable, prefer, require or verify-full"));
            }
        };
        config.ssl_mode(mode).connect_timeout(PATIENCE).tcp_user_timeout(PATIENCE * 3).keepalives_idle(PATIENCE * 3);
        if config.get_application_name().is_none() {
            config.application_name("langxanh");
        }
        if let (None, Ok(password)) = (config.get_password(), std::env::var("PGPASSWORD")) {
            config.password(password);
        }
        let name = named(&config);
        let tls = MakeRustlsConnect::new(client(must_verify, roots.as_deref())?);
        let any = config.clone();
        if has_several(&config) {
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        Ok(Address { config, any, tls, name })
    }

    /// Whether it names replicas beside the primary, whichever that is.
    pub fn has_several(&self) -> bool {
        has_several(&self.config)
    }

    /// Each server by itself.
    fn servers(&self) -> Vec<Config> {
        let ports = self.config.get_ports();
        let alone = |(at, host): (usize, &Host)| {
            let mut config = Config::new();
            match host {
                Host::Tcp(name) => config.host(name),
                Host::Unix(path) => config.host_path(path),
            };
            // One port may stand for all hosts.
            ports.get(at).or(ports.first()).map(|port| config.port(*port));
            self.config.get_user().map(|user| config.user(user));
            self.config.get_password().map(|password| config.password(password));
            self.config.get_dbname().map(|name| config.dbname(name));
            self.config.get_options().map(|options| config.options(options));
            config.ssl_mode(self.config.get_ssl_mode()).connect_timeout(PATIENCE).tcp_user_timeout(PATIENCE * 3);
            config
        };
        self.config.get_hosts().iter().enumerate().map(alone).collect()
    }

    /// What asks each server how it is.
    pub fn probes(&self) -> Vec<Probe> {
        self.servers().into_iter().map(|server| Probe::new(server, self.tls.clone())).collect()
    }

    /// The user that the service acts as.
    pub fn user(&self) -> &str {
        self.config.get_user().unwrap_or_default()
    }

    pub fn database(&self) -> &str {
        self.config.get_dbname().unwrap_or(self.user())
    }

    /// One connection, to any server where none can be written to; what it is told is not looked at.
    pub async fn connect(&self) -> Result<tokio_postgres::Client, tokio_postgres::Error> {
        let connected = match self.config.connect(self.tls.clone()).await {
            Err(_) if self.has_several() => self.any.connect(self.tls.clone()).await,
            other => other,
        };
        let (client, connection) = connected?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// The connections of a store whose collections stand on this shelf; `postgis` is the schema of PostGIS. What was written
    /// is there where they lead.
    pub fn pool(&self, shelf: &str, postgis: &str) -> Result<Pool, String> {
        self.pool_of(&self.config, shelf, postgis)
    }

    /// Connections to any server, for reading while there is no primary; nothing where there is one server alone.
    pub fn pool_of_any(&self, shelf: &str, postgis: &str) -> Result<Option<Pool>, String> {
        self.has_several().then(|| self.pool_of(&self.any, shelf, postgis)).transpose()
    }

    fn pool_of(&self, config: &Config, shelf: &str, postgis: &str) -> Result<Pool, String> {
        let settings = Arc::new(format!(
            "SET search_path = {}; SET TimeZone = 'UTC'; SET synchronous_commit = on; SET lock_timeout = {};
             SET client_min_messages = warning",
            quoted_path(&["langxanh", shelf, postgis]),
            PATIENCE.as_millis()
        ));
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(config.clone(), self.tls.clone(), recycling);
        let set = Hook::async_fn(move |client: &mut deadpool_postgres::ClientWrapper, _| {
            let settings = Arc::clone(&settings);
            Box::pin(async move { client.batch_execute(&settings).await.map_err(HookError::Backend) })
        });
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            // The one that was used last has its statements prepared.
            .queue_mode(QueueMode::Lifo)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(PATIENCE))
            .post_create(set)
            .build();
        pool.map_err(|error| causes(&error))
    }

    /// Connections for reading what stays in the database.
    pub fn reads(&self, shelf: &str, postgis: &str, bounds: Bounds) -> Result<PostgresReads, RemoteError> {
        let state = state(shelf);
        PostgresReads::new(self.servers(), self.tls.clone(), &quoted_path(&[shelf, postgis]), state, bounds)
    }

    /// Tells a bell of every change from now on, as long as there is the bell.
    pub fn listen(&self, runtime: &Handle, bell: &Arc<Bell>) {
        let (address, bell) = (self.clone(), Arc::downgrade(bell));
        runtime.spawn(async move {
            let mut pause = AGAIN;
            while bell.strong_count() > 0 {
                match address.heard(&bell).await {
                    Ok(()) => pause = AGAIN,
                    Err(error) => {
                        tracing::warn!(store = address.name, error = causes(&error), "nothing is heard of changes");
                        pause = (pause * 2).min(PATIENCE);
                    }
                }
                tokio::time::sleep(pause).await;
            }
        });
    }

    /// Tries to be the one on duty, again and again, as long as somebody asks whether it is.
    pub fn stand(&self, runtime: &Handle, duty: &Arc<AtomicBool>) {
        let (address, duty) = (self.clone(), Arc::downgrade(duty));
        runtime.spawn(async move {
            while duty.strong_count() > 0 {
                if let Err(error) = address.on_duty(&duty).await {
                    tracing::debug!(store = address.name, error = causes(&error), "nobody can be on duty");
                }
                set_on_duty(&duty, false);
                tokio::time::sleep(TURN).await;
            }
        });
    }

    /// Tries to be on duty, and is, until the connection ends.
    async fn on_duty(&self, duty: &Weak<AtomicBool>) -> Result<(), tokio_postgres::Error> {
        let mut config = self.config.clone();
        config.application_name("langxanh duty");
        let (client, connection) = config.connect(self.tls.clone()).await?;
        let mut connection = tokio::spawn(connection);
        client.batch_execute(UNTIL_GIVEN_UP).await?;
        // A replica has locks of its own, and who may not note what he did would do it again and again.
        let mut ask =
            "SELECT CASE WHEN pg_is_in_recovery() OR NOT has_table_privilege('langxanh.langxanh_told', 'UPDATE')
                       THEN false ELSE pg_try_advisory_lock($1) END";
        while duty.strong_count() > 0 {
            let Ok(answer) = tokio::time::timeout(PATIENCE, client.query_one(ask, &[&DUTY])).await else {
                return Ok(());
            };
            if answer?.get(0) {
                set_on_duty(duty, true);
                // It is held as long as the connection stands; to take it again would count.
                ask = "SELECT $1::bigint IS NOT NULL";
            }
            tokio::select! {
                _ = &mut connection => return Ok(()),
                () = tokio::time::sleep(TURN) => {}
            }
        }
        Ok(())
    }

    /// Listens until the connection ends.
    async fn heard(&self, bell: &Weak<Bell>) -> Result<(), tokio_postgres::Error> {
        let (client, mut connection) = self.config.connect(self.tls.clone()).await?;
        let mut asked = std::pin::pin!(client.batch_execute("LISTEN langxanh"));
        let mut is_listening = false;
        loop {
            let message = std::future::poll_fn(|context| {
                // The connection does the work that the question waits for.
                let message = connection.poll_message(context);
                if !is_listening && asked.as_mut().poll(context).is_ready() {
                    is_listening = true;
                    // What happened while nobody listened is not known.
                    if let Some(bell) = bell.upgrade() {
                        bell.ring();
                    }
                }
                message
            });
            match tokio::time::timeout(PATIENCE, message).await {
                Ok(Some(Ok(AsyncMessage::Notification(_)))) => match bell.upgrade() {
                    Some(bell) => bell.ring(),
                    None => return Ok(()),
                },
                Ok(Some(Ok(_))) => {}
                Ok(Some(Err(error))) => return Err(error),
                Ok(None) => return Ok(()),
                Err(_) if bell.strong_count() == 0 => return Ok(()),
                Err(_) => {}
            }
        }
    }
}

/// Says whether this instance is on duty, and logs when that changes.
fn set_on_duty(duty: &Weak<AtomicBool>, is_on: bool) {
    let Some(duty) = duty.upgrade() else { return };
    if duty.swap(is_on, Ordering::Relaxed) != is_on {
        let now = if is_on { "this instance is on duty for all now" } else { "this instance is not on duty any more" };
        tracing::info!("{now}");
    }
}

/// Rings at every change.
#[derive(Default)]
pub struct Bell {
    rung: Mutex<u64>,
    waiting: Condvar,
}

impl Bell {
    fn ring(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.waiting.notify_all();
    }

    /// Waits until it rings behind what was seen; whether it did.
    pub fn wait(&self, seen: &mut u64, at_most: Duration) -> bool {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.waiting.wait_timeout_while(rung, at_most, |rung| *rung == *seen);
        let (rung, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let has_rung = *rung != *seen;
        *seen = *rung;
        has_rung
    }
}

/// `sslmode` and `sslrootcert` of an address, and the address without them.
fn taken_out(url: &str) -> Result<(Option<String>, Option<String>, String), String> {
    let Some((place, query)) = url.split_once('?') else { return Ok((None, None, url.to_owned())) };
    let (mut mode, mut roots, mut rest) = (None, None, form_urlencoded::Serializer::new(String::new()));
    let mut has_rest = false;
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*key {
            "sslmode" => mode = Some(value.into_owned()),
            "sslrootcert" => roots = Some(value.into_owned()),
            _ => {
                rest.append_pair(&key, &value);
                has_rest = true;
            }
        }
    }
    // PostgreSQL's addresses know no plus for a blank.
    let rest = rest.finish().replace('+', "%20");
    Ok((mode, roots, if has_rest { format!("{place}?{rest}") } else { place.to_owned() }))
}

fn has_several(config: &Config) -> bool {
    config.get_hosts().len() > 1
}

fn named(config: &Config) -> String {
    let ports = config.get_ports();
    let hosts = config.get_hosts().iter().enumerate().map(|(at, host)| {
        let port = ports.get(at).or(ports.first()).map(|port| format!(":{port}")).unwrap_or_default();
        match host {
            Host::Tcp(name) => format!("{name}{port}"),
            Host::Unix(path) => format!("{}{port}", path.display()),
        }
    });
    let hosts = hosts.collect::<Vec<_>>().join(",");
    let user = config.get_user().map(|user| format!("{user}@")).unwrap_or_default();
    format!("postgres://{user}{hosts}/{}", config.get_dbname().or(config.get_user()).unwrap_or_default())
}

/// TLS as clients speak it. Without verification nobody can listen, and nobody proves who the server is: so do all
/// programs that only `require` TLS.
fn client(must_verify: bool, roots: Option<&str>) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| error.to_string())?;
    if !must_verify {
        let anybody = Arc::new(Anybody(provider));
        return Ok(builder.dangerous().with_custom_certificate_verifier(anybody).with_no_client_auth());
    }
    let mut store = RootCertStore::empty();
    match roots {
        Some(file) => {
            let unread = |error: &dyn std::fmt::Display| format!("sslrootcert: {file} cannot be read: {error}");
            for certificate in CertificateDer::pem_file_iter(file).map_err(|error| unread(&error))? {
                store.add(certificate.map_err(|error| unread(&error))?).map_err(|error| unread(&error))?;
            }
        }
        None => store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    Ok(builder.with_root_certificates(store).with_no_client_auth())
}

/// Takes every certificate; that whoever shows it has its key is looked at all the same.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_named_without_its_password() {
        let address =
            Address::parse("postgres://lan:secret@db.example:5433/city?sslmode=disable&connect_timeout=3").unwrap();
        assert_eq!(address.name, "postgres://lan@db.example:5433/city");
        assert_eq!((address.user(), address.database()), ("lan", "city"));
        assert!(!address.has_several());
    }

    #[test]
    fn several_servers_are_each_reached_at_their_own_port() {
        let address = Address::parse("postgres://lan:secret@a:5433,b:5434/city").unwrap();
        assert_eq!(address.name, "postgres://lan@a:5433,b:5434/city");
        let servers = address.servers();
        let ports: Vec<u16> = servers.iter().flat_map(|server| server.get_ports().to_vec()).collect();
        assert_eq!(ports, [5433, 5434]);
        assert!(servers.iter().all(|server| server.get_password() == Some(&b"secret"[..]) && !has_several(server)));
    }

    #[test]
    fn a_mode_that_is_not_known_and_a_root_that_is_not_there_are_said() {
        let fault = |url: &str| Address::parse(url).err().unwrap();
        assert!(fault("postgres://u@h/d?sslmode=verify-none").contains("verify-none"));
        assert!(fault("postgres://u@h/d?sslmode=verify-full&sslrootcert=/nowhere.pem").contains("/nowhere.pem"));
        assert!(fault("postgres://u@h:port/d").contains("address"));
    }

    #[test]
    fn a_bell_that_rang_before_anybody_waited_is_heard() {
        let bell = Bell::default();
        let (mut one, mut other) = (0, 0);
        assert!(!bell.wait(&mut one, Duration::ZERO));
        bell.ring();
        assert!(bell.wait(&mut one, Duration::ZERO));
        assert!(!bell.wait(&mut one, Duration::from_millis(1)));
        assert!(bell.wait(&mut other, Duration::ZERO), "each who waits hears for himself");
    }
}

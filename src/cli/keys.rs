//! Keys of an identity provider: from a file, or over HTTPS within narrow bounds.

use std::io::Read;
use std::time::Duration;

use anyhow::bail;

use crate::access::identity::{Provider, USUAL, algorithm};
use crate::access::{Account, Grant, Role};
use crate::api::access::KeySource;
use crate::config::{OidcConfig, OidcRole};

/// Bytes of a list of keys at the most.
const MAX_BYTES: u64 = 256 << 10;

/// A provider that takes longer is not waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where keys come from.
pub enum JwkSource {
    File(String),
    Https(String),
}

fn fetch(url: &str) -> Result<String, ureq::Error> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .https_only(true)
        .max_redirects(0)
        .max_redirects_will_error(true)
        .timeout_global(Some(PATIENCE))
        .build()
        .into();
    agent.get(url).call()?.body_mut().with_config().limit(MAX_BYTES).read_to_string()
}

fn read(path: &str) -> std::io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(path)?.take(MAX_BYTES).read_to_string(&mut text)?;
    Ok(text)
}

impl KeySource for JwkSource {
    fn fetch(&self) -> Result<String, String> {
        match self {
            JwkSource::File(path) => read(path).map_err(|error| format!("{path}: {error}")),
            JwkSource::Https(url) => fetch(url).map_err(|error| format!("{url}: {error}")),
        }
    }
}

fn account(name: &str, given: &OidcRole) -> anyhow::Result<Account> {
    let Some(role) = Role::parse(&given.role) else {
        let known: Vec<_> = Role::ALL.map(Role::as_str).into();
        bail!("[oidc.roles] {name}: there is no role '{}'; there are {}", given.role, known.join(", "));
    };
    let grant = |names: &Option<Vec<String>>| Grant::of(names.as_ref().map(|names| names.iter().map(String::as_str)));
    let (collections, districts) = (grant(&given.collections), grant(&given.districts));
    Ok(Account { role, collections, districts, proposes: given.proposes })
}

/// What the configuration says of the provider.
///
/// # Errors
/// A sentence that names the key at fault.
pub fn provider(config: &OidcConfig) -> anyhow::Result<(Provider, JwkSource)> {
    let named = config.algorithms.clone().unwrap_or_else(|| USUAL.map(str::to_owned).into());
    let mut algorithms = Vec::new();
    for name in &named {
        let Some(known) = algorithm(name) else {
            bail!("[oidc] algorithms: '{name}' is none that can be trusted; RS256 and ES256 are usual");
        };
        algorithms.push(known);
    }
    if algorithms.is_empty() || config.issuer.is_empty() || config.audience.is_empty() {
        bail!("[oidc] issuer, audience and algorithms cannot be empty");
    }
    if config.roles.is_empty() {
        bail!("[oidc.roles] names no role: nobody could sign in");
    }
    let source = match &config.jwks {
        url if url.starts_with("https://") => JwkSource::Https(url.clone()),
        url if url.contains("://") => bail!("[oidc] jwks: {url} is neither a file nor an https address"),
        path => JwkSource::File(path.clone()),
    };
    let roles = config.roles.iter().map(|(name, given)| Ok((name.clone(), account(name, given)?)));
    let provider = Provider {
        issuer: config.issuer.clone(),
        audience: config.audience.clone(),
        algorithms,
        name_claim: config.name_claim.clone().unwrap_or_else(|| "preferred_username".to_owned()),
        role_claim: config.role_claim.clone().unwrap_or_else(|| "roles".to_owned()),
        roles: roles.collect::<anyhow::Result<_>>()?,
    };
    Ok((provider, source))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn config(more: &str) -> OidcConfig {
        let text = format!("issuer = \"https://id\"\naudience = \"a\"\njwks = \"keys.json\"\n{more}");
        toml::from_str(&text).unwrap()
    }

    #[test]
    fn what_would_let_anybody_in_is_refused_when_the_service_starts() {
        let roles = "[roles.a]\nrole = \"editor\"";
        for algorithm in ["none", "HS256", "HS512", "rs256", ""] {
            assert!(provider(&config(&format!("algorithms = [\"{algorithm}\"]\n{roles}"))).is_err(), "{algorithm}");
        }
        assert!(provider(&config(&format!("algorithms = []\n{roles}"))).is_err());
        assert!(provider(&config("[roles]")).is_err());
        assert!(provider(&config("[roles.a]\nrole = \"owner\"")).is_err());
        let plain = OidcConfig { jwks: "http://id/keys".to_owned(), ..config(roles) };
        assert!(provider(&plain).is_err());
        let (made, _) = provider(&config("[roles.a]\nrole = \"editor\"\ndistricts = [\"Quốc Oai\"]")).unwrap();
        assert_eq!(made.roles["a"].districts, Grant::of(Some(["Quốc Oai"])));
        assert_eq!(made.algorithms.len(), 2);
    }
}

//! Webhooks as the configuration names them, checked when the service starts: a name that is mistyped would be told nothing.

use anyhow::{Context, bail};

use crate::config::WebhookConfig;
use crate::notify::{Address, Hook, Secret};
use crate::ogc::feed::Interest;
use crate::publish::Snapshot;
use crate::report::District;

fn hook(config: &WebhookConfig, snapshot: &Snapshot) -> anyhow::Result<Hook> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    if config.name.is_empty() || !config.name.chars().all(is_plain) {
        bail!("a name has letters, digits, '-', '_' and '.' alone");
    }
    let path = config.secret_file.display();
    let text = std::fs::read_to_string(&config.secret_file).with_context(|| format!("secret_file {path}"))?;
    let secret = Secret::new(&text).with_context(|| format!("secret_file {path}"))?;
    let mut interests = Vec::new();
    for name in &config.districts {
        let Some(district) = District::named(name, &snapshot.review) else {
            bail!("districts: no site lies in '{name}'");
        };
        interests.push(Interest { site: None, district: Some(district.name) });
    }
    for name in &config.sites {
        let known = snapshot.facts.keys().find(|(kind, id)| format!("{}/{id}", kind.as_str()) == *name);
        let Some(site) = known else { bail!("sites: there is no '{name}'; a site is written as clusters/phung") };
        interests.push(Interest { site: Some(site.clone()), district: None });
    }
    if let Some(id) = config.collections.iter().find(|id| snapshot.collection(id).is_none()) {
        bail!("collections: there is no '{id}' in the store");
    }
    let address = Address::new(&config.url).context("url")?;
    Ok(Hook { name: config.name.clone(), address, secret, interests, collections: config.collections.clone() })
}

/// All hooks of the configuration.
///
/// # Errors
/// A sentence that names the hook and the key at fault.
pub fn hooks(configs: &[WebhookConfig], snapshot: &Snapshot) -> anyhow::Result<Vec<Hook>> {
    let made = |(at, config): (usize, &WebhookConfig)| {
        if configs[..at].iter().any(|other| other.name == config.name) {
            // The store keeps by the name how far a receiver was told.
            bail!("[[webhooks]] {}: there are two of this name", config.name);
        }
        hook(config, snapshot).with_context(|| format!("[[webhooks]] {}", config.name))
    };
    configs.iter().enumerate().map(made).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::compliance::Standards;
    use crate::publish::{publish, today};
    use crate::store::memory::MemoryStore;

    #[test]
    fn what_would_tell_nobody_or_everybody_is_refused_when_the_service_starts() {
        let folder = tempfile::tempdir().unwrap();
        let (secret, short) = (folder.path().join("secret"), folder.path().join("short"));
        std::fs::write(&secret, "a secret that is long enough\n").unwrap();
        std::fs::write(&short, "short\n").unwrap();
        let snapshot = publish(&MemoryStore::default(), &Arc::new(Standards::bundled().unwrap()), today()).unwrap();
        let read = |more: &str, file: &std::path::Path, url: &str| -> anyhow::Result<Vec<Hook>> {
            let text = format!("name = \"a\"\nurl = \"{url}\"\nsecret_file = \"{}\"\n{more}", file.display());
            hooks(&[toml::from_str(&text)?], &snapshot)
        };
        let url = "https://hooks.example.vn/";
        assert_eq!(read("", &secret, url).unwrap().len(), 1);
        for more in
            ["districts = [\"Nowhere\"]", "sites = [\"clusters/none\"]", "collections = [\"none\"]", "secret = \"x\""]
        {
            assert!(read(more, &secret, url).is_err(), "{more}");
        }
        assert!(read("", &short, url).is_err());
        let text = format!("name = \"a\"\nurl = \"{url}\"\nsecret_file = \"{}\"\n", secret.display());
        let twice: [WebhookConfig; 2] = [(); 2].map(|()| toml::from_str(&text).unwrap());
        assert!(hooks(&twice, &snapshot).unwrap_err().to_string().contains("two of this name"));
        assert!(read("", &folder.path().join("none"), url).is_err());
        let fault = read("", &secret, "http://hooks.example.vn/").unwrap_err();
        assert!(format!("{fault:#}").contains("[[webhooks]] a: url"), "{fault:#}");
    }
}

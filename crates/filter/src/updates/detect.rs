//! Detection: the five checks before an update is offered. Source: specification
//! section 6.6.

use serde::Serialize;

use super::{Manifest, Product, Server};

/// The checks in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckName {
    /// Any Exchange product is installed.
    AnyExchange,
    /// The right one is installed.
    Edition,
    /// Its service pack is installed.
    ServicePack,
    /// The registry value that enables updates is there, with type and data.
    Registry,
    /// The update is not installed yet.
    NotInstalled,
}

impl CheckName {
    /// All five in order.
    pub const ALL: [Self; 5] = [
        Self::AnyExchange,
        Self::Edition,
        Self::ServicePack,
        Self::Registry,
        Self::NotInstalled,
    ];

    /// The question the check asks.
    pub const fn words(self) -> &'static str {
        match self {
            Self::AnyExchange => "an Exchange product is installed",
            Self::Edition => "it is the right product",
            Self::ServicePack => "it has the service pack",
            Self::Registry => "the registry enables updates",
            Self::NotInstalled => "this update is not installed yet",
        }
    }
}

/// One check and its outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Which one.
    pub check: CheckName,
    /// Whether it passed; absent where an earlier check failed and it was not made.
    pub passed: Option<bool>,
    /// What was found.
    pub reason: String,
}

/// The outcome of all checks for one update.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Detection {
    /// The five checks in order.
    pub checks: Vec<Check>,
}

impl Detection {
    /// Whether every check passed.
    pub fn passed(&self) -> bool {
        self.checks.iter().all(|check| check.passed == Some(true))
    }

    /// The check that failed.
    pub fn failed(&self) -> Option<&Check> {
        self.checks.iter().find(|check| check.passed == Some(false))
    }
}

/// Makes the five checks in order; those after a failed one are not made.
pub fn detect(server: &Server, update: &Manifest) -> Detection {
    let mut failed = false;
    let checks = CheckName::ALL.into_iter().map(|check| {
        if failed {
            let reason = "not reached".to_owned();
            return Check { check, passed: None, reason };
        }
        let (passed, reason) = match made(check, server, update) {
            Ok(found) => (true, found),
            Err(reason) => (false, reason),
        };
        failed = !passed;
        Check { check, passed: Some(passed), reason }
    });
    Detection { checks: checks.collect() }
}

/// What was found, or why the check fails with the cure.
fn made(check: CheckName, server: &Server, update: &Manifest) -> Result<String, String> {
    let requires = &update.requires;
    match check {
        CheckName::AnyExchange => match server.edition() {
            Product::None => Err("no Exchange product is installed".to_owned()),
            product => Ok(product.name().to_owned()),
        },
        CheckName::Edition if server.edition() == requires.edition => {
            Ok(requires.edition.name().to_owned())
        }
        CheckName::Edition => Err(format!(
            "{} is installed and the update is for {}",
            server.edition().name(),
            requires.edition.name()
        )),
        CheckName::ServicePack if server.service_pack() >= requires.service_pack => {
            Ok(format!("service pack {}", server.service_pack()))
        }
        CheckName::ServicePack => Err(format!(
            "service pack {} is installed; install service pack {}",
            server.service_pack(),
            requires.service_pack
        )),
        CheckName::Registry => registry(server, update),
        CheckName::NotInstalled => {
            let known = server.installed().iter().find(|installed| {
                installed.identity == update.identity
                    || (installed.is_filter_update()
                        && update.is_filter_update()
                        && installed.version == update.version)
            });
            match known {
                None => Ok("not installed".to_owned()),
                Some(known) => Err(format!("{} is installed already", known.version)),
            }
        }
    }
}

fn registry(server: &Server, update: &Manifest) -> Result<String, String> {
    let Some(wanted) = &update.requires.registry else {
        return Ok("the update asks for no registry value".to_owned());
    };
    let cure = || {
        let (kind, key) = (wanted.kind.name(), &wanted.key);
        format!("make it a {kind} of {} in {key}", wanted.data)
    };
    let name = &wanted.name;
    let Some(found) = server.registry().iter().find(|value| value.is_at(wanted)) else {
        return Err(format!("{name} is not there; {}", cure()));
    };
    if found.kind != wanted.kind {
        return Err(format!("{name} is a {}; {}", found.kind.name(), cure()));
    }
    if !found.holds_as(wanted) {
        return Err(format!("{name} is {}; {}", found.data, cure()));
    }
    Ok(format!("{name} is a {} of {}", found.kind.name(), found.data))
}

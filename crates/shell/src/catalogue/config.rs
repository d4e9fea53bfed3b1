//! `Set-` and `Get-` of one object with settings.

use agents::PolicySpec;

use super::{
    Given, attachment, connection, content, organization, recipient, reputation, sender,
    server,
};
use crate::language::Fault;
use crate::row::Row;
use crate::{Object, Value, View};

/// Where a cmdlet has its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// On an Edge server.
    Edge,
    /// In the internal organization.
    Organization,
}

/// One object with settings.
pub(crate) struct Config {
    /// What follows `Set-` and `Get-`.
    pub(crate) noun: &'static str,
    /// Where it has its effect.
    pub(crate) place: Place,
    /// One line of help.
    pub(crate) about: &'static str,
    /// Its parameters, in the order in which `Get-` shows them.
    pub(crate) rows: &'static [Row<PolicySpec>],
}

/// All of them, in the order in which scripts write them.
pub(crate) const CONFIGS: &[Config] = &[
    content::CONFIG,
    connection::ALLOW_LIST,
    connection::ALLOW_PROVIDERS,
    connection::BLOCK_LIST,
    connection::BLOCK_PROVIDERS,
    sender::ID_CONFIG,
    sender::FILTER_CONFIG,
    recipient::CONFIG,
    reputation::CONFIG,
    attachment::CONFIG,
    server::TRANSPORT,
    server::CONNECTOR,
    server::SERVICE,
    organization::CONFIG,
];

impl Config {
    /// What the product changes by itself after the parameters `given` were set, with what it
    /// says of it.
    pub(crate) fn couple(
        &self,
        policy: &mut PolicySpec,
        given: &[&str],
    ) -> Option<&'static str> {
        let reputation = self.noun == reputation::CONFIG.noun;
        reputation.then(|| reputation::couple(policy, given)).flatten()
    }

    /// Why the parameters `given`, all of them set in `policy`, are refused.
    pub(crate) fn refused(&self, policy: &PolicySpec, given: &[Given]) -> Option<Fault> {
        if self.noun == content::CONFIG.noun {
            return content::refused(policy, given);
        }
        let service = self.noun == server::SERVICE.noun;
        service.then(|| server::refused(policy, given)).flatten()
    }

    /// What `Get-` gives.
    pub(crate) fn object(&self, policy: &PolicySpec) -> Object {
        let named = Object::new(self.noun, View::List)
            .with("Name", Value::Text(self.noun.to_owned()));
        self.rows
            .iter()
            .fold(named, |object, row| object.with(row.name, (row.get)(policy)))
    }
}

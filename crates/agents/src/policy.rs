//! The policy: everything a trial may vary.

use std::sync::Arc;

use filter::ScoreSource;
use mail::{Edition, JunkComparison, Threshold, Thresholds};
use pipeline::{Engine, PriorityOrder, Roster};
use serde::{Deserialize, Serialize};

use crate::place::in_order;
use crate::{
    AddressRewritingSpec, AttachmentFilterSpec, ConnectionFilterSpec, ContentFilterSpec,
    ImfSpec, ProviderSpec, ReceiveConnectorSpec, RecipientFilterSpec, Role, RuleSpec,
    SenderFilterSpec, SenderIdSpec, SenderReputationSpec, SpecError, TopologySpec,
    TransportServiceSpec, TransportSpec, content_filter, edition_2003, registry,
};

/// One agent's place in the order, as `Get-TransportAgent` lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AgentEntry {
    /// Agent name; letter case does not matter.
    pub name: String,
    /// Priority from 1, lower first; each agent needs its own.
    pub priority: usize,
    /// Whether the agent runs at all.
    #[serde(default = "yes")]
    pub enabled: bool,
}

const fn yes() -> bool {
    true
}

/// Settings of the organization: `Set-OrganizationConfig`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct OrganizationSpec {
    /// `SCLJunkThreshold`, 0 to 9 (default 4): the store moves mail above it to Junk.
    pub scl_junk_threshold: Threshold,
    /// Whether the store's SCL test is on at all (default true). The product has no such
    /// switch for the organization; off is the same as a threshold of 9.
    pub scl_junk_enabled: bool,
    /// `gt` (default) as the product does, or `ge` as one of its dialogs says.
    pub junk_comparison: JunkComparison,
}

impl Default for OrganizationSpec {
    fn default() -> Self {
        Self {
            scl_junk_threshold: Threshold::new(4).expect("4 is in range"),
            scl_junk_enabled: true,
            junk_comparison: JunkComparison::Gt,
        }
    }
}

/// A policy as written in a file. Every key has the product's default.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PolicySpec {
    /// `2003-sp2`, `2007`, `2010`, `2013`, `2016`, `2019` or `se` (default): decides which
    /// agents there are, and default texts.
    pub edition: Edition,
    /// `edge` (default), or `hub`: a Hub Transport server of 2007 and 2010, a Mailbox server
    /// since 2013, with the antispam agents that such a server can have.
    #[serde(skip_serializing_if = "Role::is_edge")]
    pub role: Role,
    /// Agents with priorities; agents not named keep the default order behind those named.
    pub agents: Vec<AgentEntry>,
    /// The list that takes the place of `agents` at the next restart of the service; absent
    /// where nothing waits. Replays do not look at it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pending_agents: Vec<AgentEntry>,
    /// `Set-OrganizationConfig`.
    pub organization: OrganizationSpec,
    /// `Set-TransportConfig`.
    pub transport: TransportSpec,
    /// `Set-TransportService`; not written out where it is the product's own.
    #[serde(skip_serializing_if = "TransportServiceSpec::is_default")]
    pub transport_service: TransportServiceSpec,
    /// `Set-ReceiveConnector`.
    pub receive_connector: ReceiveConnectorSpec,
    /// Connection Filtering Agent.
    pub connection_filter: ConnectionFilterSpec,
    /// Both Address Rewriting agents.
    pub address_rewriting: AddressRewritingSpec,
    /// Edge Rule Agent: rules, best priority first but for those that name their own.
    pub rules: Vec<RuleSpec>,
    /// Content Filter Agent.
    pub content_filter: ContentFilterSpec,
    /// Sender Id Agent.
    pub sender_id: SenderIdSpec,
    /// Sender Filter Agent.
    pub sender_filter: SenderFilterSpec,
    /// Recipient Filter Agent.
    pub recipient_filter: RecipientFilterSpec,
    /// Protocol Analysis Agent.
    pub sender_reputation: SenderReputationSpec,
    /// Attachment Filtering Agent.
    pub attachment_filter: AttachmentFilterSpec,
    /// Intelligent Message Filter: `2003-sp2` only; absent is its defaults.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intelligent_message_filter: Option<ImfSpec>,
    /// Several servers, each with these settings but for its own; absent is one server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topology: Option<TopologySpec>,
}

/// A policy ready to run.
pub struct Policy {
    /// The edition.
    pub edition: Edition,
    /// The agents with their settings.
    pub engine: Engine,
    /// Names and events of the agents.
    pub roster: Roster,
    /// The global order.
    pub order: PriorityOrder,
    /// Which agents run, by registration.
    pub enabled: Vec<bool>,
    /// The four thresholds.
    pub thresholds: Thresholds,
    /// How the store compares.
    pub junk_comparison: JunkComparison,
}

impl PolicySpec {
    /// The four thresholds as written; a tier that is off has none.
    pub fn thresholds(&self) -> Thresholds {
        if self.edition == Edition::E2003Sp2 {
            return edition_2003::thresholds(&self.imf());
        }
        let filter = &self.content_filter;
        let organization = &self.organization;
        Thresholds {
            delete: filter.scl_delete_enabled.then_some(filter.scl_delete_threshold),
            reject: filter.scl_reject_enabled.then_some(filter.scl_reject_threshold),
            quarantine: filter
                .scl_quarantine_enabled
                .then_some(filter.scl_quarantine_threshold),
            junk: organization
                .scl_junk_enabled
                .then_some(organization.scl_junk_threshold),
        }
    }

    /// The Intelligent Message Filter as it is, or would be, set.
    pub fn imf(&self) -> ImfSpec {
        self.intelligent_message_filter.clone().unwrap_or_default()
    }

    /// The content filter's reply to a rejected message: its own, or the edition's.
    pub fn rejection_response(&self) -> &str {
        let own = self.content_filter.rejection_response.as_deref();
        own.unwrap_or(content_filter::default_response(self.edition))
    }

    /// Writes thresholds into the policy; a tier switched off keeps its number. Under
    /// `2003-sp2` the harshest tier of the gateway that is on becomes its one action.
    pub fn set_thresholds(&mut self, thresholds: &Thresholds) {
        if self.edition == Edition::E2003Sp2 {
            let imf = self.intelligent_message_filter.get_or_insert_default();
            return edition_2003::set_thresholds(imf, thresholds);
        }
        let filter = &mut self.content_filter;
        let set = |enabled: &mut bool, value: &mut Threshold, new: Option<Threshold>| {
            *enabled = new.is_some();
            if let Some(new) = new {
                *value = new;
            }
        };
        set(
            &mut filter.scl_delete_enabled,
            &mut filter.scl_delete_threshold,
            thresholds.delete,
        );
        set(
            &mut filter.scl_reject_enabled,
            &mut filter.scl_reject_threshold,
            thresholds.reject,
        );
        set(
            &mut filter.scl_quarantine_enabled,
            &mut filter.scl_quarantine_threshold,
            thresholds.quarantine,
        );
        let organization = &mut self.organization;
        set(
            &mut organization.scl_junk_enabled,
            &mut organization.scl_junk_threshold,
            thresholds.junk,
        );
    }

    /// The server's agents in its default order, with those that decide nothing here.
    pub fn all_agents(&self) -> Vec<&'static str> {
        let own = self.role.own_agents(self.edition);
        [own, self.role.antispam_agents(self.edition)].concat()
    }

    /// The server's agents (see [`PolicySpec::all_agents`]) in the order of this policy, each
    /// with its switch.
    ///
    /// # Errors
    ///
    /// [`SpecError`] where an agent is unknown, named twice or shares its priority.
    pub fn agent_order(&self) -> Result<Vec<(&'static str, bool)>, SpecError> {
        let all = self.all_agents();
        let mut named: Vec<(usize, usize, bool)> = Vec::new();
        for entry in &self.agents {
            let known = |name: &&str| name.eq_ignore_ascii_case(&entry.name);
            let Some(agent) = all.iter().position(known) else {
                let edition = self.edition;
                let kind = match self.role {
                    _ if edition == Edition::E2003Sp2 => "no filter of 2003".to_owned(),
                    Role::Edge => "no Edge agent".to_owned(),
                    Role::Hub => format!("no Hub agent of {}", edition.name()),
                };
                let problem = format!("`{}` is {kind}", entry.name);
                let cure = format!("use one of {}", all.join(", "));
                return Err(SpecError::new("agents.name", problem, cure));
            };
            if named.iter().any(|(_, other, _)| *other == agent) {
                let problem = format!("`{}` is named twice", all[agent]);
                return Err(SpecError::new(
                    "agents.name",
                    problem,
                    "name each agent once",
                ));
            }
            let taken = named.iter().any(|(priority, ..)| *priority == entry.priority);
            if taken || entry.priority == 0 || entry.priority > all.len() {
                let problem =
                    format!("priority `{}` of `{}`", entry.priority, entry.name);
                let cure =
                    format!("give each agent its own number from 1 to {}", all.len());
                return Err(SpecError::new("agents.priority", problem, cure));
            }
            named.push((entry.priority, agent, entry.enabled));
        }
        named.sort_unstable();
        let rest = (0..all.len())
            .filter(|agent| !named.iter().any(|(_, other, _)| other == agent))
            .map(|agent| (all[agent], true))
            .collect::<Vec<_>>();
        Ok(named
            .iter()
            .map(|(_, agent, enabled)| (all[*agent], *enabled))
            .chain(rest)
            .collect())
    }

    /// The same, as it will be after the next restart of the service.
    ///
    /// # Errors
    ///
    /// [`SpecError`] where an agent is unknown, named twice or shares its priority.
    pub fn pending_order(&self) -> Result<Vec<(&'static str, bool)>, SpecError> {
        if self.pending_agents.is_empty() {
            return self.agent_order();
        }
        let (role, edition) = (self.role, self.edition);
        let agents = self.pending_agents.clone();
        Self { agents, role, edition, ..Self::default() }.agent_order()
    }

    /// The same policy with rules and providers in the order in which they run, none of them
    /// naming its place.
    ///
    /// # Errors
    ///
    /// [`SpecError`] at a place where no entry could stand.
    pub fn settled(&self) -> Result<Self, SpecError> {
        let mut policy = self.clone();
        let rules = in_order("rules.priority", 0, &self.rules, |rule| rule.priority)?;
        policy.rules = rules
            .into_iter()
            .map(|(_, rule)| RuleSpec { priority: None, ..rule.clone() })
            .collect();
        let settle = |key: &str, list: &[ProviderSpec]| -> Result<_, SpecError> {
            let ordered = in_order(key, 1, list, |provider| provider.priority)?;
            let plain = |(_, provider): (usize, &ProviderSpec)| ProviderSpec {
                priority: None,
                ..provider.clone()
            };
            Ok(ordered.into_iter().map(plain).collect())
        };
        let (from, to) = (&self.connection_filter, &mut policy.connection_filter);
        to.ip_allow_list_providers = settle(
            "connection-filter.ip-allow-list-providers.priority",
            &from.ip_allow_list_providers,
        )?;
        to.ip_block_list_providers = settle(
            "connection-filter.ip-block-list-providers.priority",
            &from.ip_block_list_providers,
        )?;
        Ok(policy)
    }

    /// Writes an order (names of the agents that decide, best priority first) into the policy,
    /// keeping switches. The server's own agents stay in front.
    ///
    /// # Errors
    ///
    /// [`SpecError`] where the policy's own list of agents is wrong.
    pub fn set_order(&mut self, names: &[String]) -> Result<(), SpecError> {
        let switches = self.agent_order()?;
        let names = names.iter();
        if self.edition == Edition::E2003Sp2
            && switches.iter().map(|(name, _)| *name).eq(names.clone())
        {
            return Ok(());
        }
        let own = self.role.own_agents(self.edition).iter();
        self.agents = own
            .map(|name| (*name).to_owned())
            .chain(names.cloned())
            .enumerate()
            .map(|(index, name)| AgentEntry {
                name: name.clone(),
                priority: index + 1,
                enabled: switches.iter().all(|(other, on)| *other != name || *on),
            })
            .collect();
        self.agent_order().map(|_| ())
    }

    /// The policy with all settings checked and every agent registered; `source` rates
    /// messages for the content filter.
    ///
    /// # Errors
    ///
    /// [`SpecError`] naming the key, the value and the cure.
    pub fn resolve(&self, source: Arc<dyn ScoreSource>) -> Result<Policy, SpecError> {
        if self.topology.is_some() {
            let problem = "the file has several servers, which only `replay`, `compare`, \
                           `check`, `explain`, `pipeline`, `power`, `agent-log export` and \
                           `world record` can run";
            let cure = "use those, or a policy file of one server";
            return Err(SpecError::new("topology", problem, cure));
        }
        edition_2003::check(self)?;
        self.check_role()?;
        let engine = registry::register(self, source)?;
        let roster = engine.roster();
        let order = self.agent_order()?;
        // The server's own agents decide nothing and are not registered.
        let deciding: Vec<(u8, bool)> = order
            .iter()
            .filter_map(|(name, on)| Some((roster.find(name)?, *on)))
            .collect();
        let agents = deciding.iter().map(|(agent, _)| *agent).collect();
        let mut enabled = vec![true; deciding.len()];
        for (agent, on) in deciding {
            enabled[usize::from(agent)] = on;
        }
        let order =
            PriorityOrder::new(&roster, agents).expect("agent_order names each once");
        Ok(Policy {
            edition: self.edition,
            thresholds: self.thresholds(),
            junk_comparison: match &self.intelligent_message_filter {
                Some(imf) => imf.store_comparison,
                None => self.organization.junk_comparison,
            },
            engine,
            roster,
            order,
            enabled,
        })
    }

    /// Settings of agents that the server does not have would do nothing.
    fn check_role(&self) -> Result<(), SpecError> {
        let lacks = self.sections_without_agent();
        let written = [
            ("rules", !self.rules.is_empty()),
            ("address-rewriting", self.address_rewriting != <_>::default()),
            ("attachment-filter", self.attachment_filter != <_>::default()),
            ("connection-filter", self.connection_filter != <_>::default()),
        ];
        match written.iter().find(|(key, there)| *there && lacks.contains(key)) {
            None => Ok(()),
            Some((key, _)) => {
                let edition = self.edition.name();
                let problem = format!("a hub of edition {edition} has no agent for it");
                let cure = "remove it, or set `role = \"edge\"`";
                Err(SpecError::new(*key, problem, cure))
            }
        }
    }

    /// Tables of this file whose agents the server does not have.
    pub(crate) fn sections_without_agent(&self) -> Vec<&'static str> {
        let agents = self.role.antispam_agents(self.edition);
        [
            ("rules", "Edge Rule Agent"),
            ("address-rewriting", "Address Rewriting Inbound Agent"),
            ("attachment-filter", "Attachment Filtering Agent"),
            ("connection-filter", "Connection Filtering Agent"),
        ]
        .into_iter()
        .filter(|(_, agent)| !agents.contains(agent))
        .map(|(key, _)| key)
        .collect()
    }
}

//! Several servers: which there are, how mail is shared among them, what passes between them.

use std::collections::BTreeMap;
use std::net::IpAddr;

use mail::Edition;
use pipeline::{HeaderRight, Hop, ShareBy, Sharing};
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::addresses::InternalServers;
use crate::{OrganizationSpec, PolicySpec, Role, SpecError};

/// Most servers of a topology.
const MOST_SERVERS: usize = 16;

/// The `[topology]` table of a policy file.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TopologySpec {
    /// What decides which of several servers a message comes to: `client-ip` (default), so
    /// that each client keeps to one, or `message`.
    pub share_by: ShareBySpec,
    /// Key of the hash that decides it (default 0): another key, another way to share.
    pub key: u64,
    /// The servers.
    pub servers: Vec<ServerSpec>,
}

/// What decides which server a message comes to, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShareBySpec {
    /// The connecting address.
    #[default]
    ClientIp,
    /// Each message on its own.
    Message,
}

/// Whether a server lets in the organization's header fields that the server before it sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HopHeaders {
    /// It does: the session holds `ms-Exch-Accept-Headers-Organization`.
    #[default]
    Keep,
    /// Its header firewall takes them.
    Strip,
}

/// One server, as written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ServerSpec {
    /// Name, as results name it and as it calls itself at HELO.
    pub name: String,
    /// 1 (default) for servers that clients connect to, 2 for those behind them, and so on.
    /// Servers of one stage stand in parallel.
    #[serde(default = "one")]
    pub stage: usize,
    /// Share of its stage's mail in proportion to the others' (default 1; 0 gets none).
    #[serde(default = "share")]
    pub weight: u32,
    /// The address that the next server sees; absent is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// From stage 2: `keep` (default) or `strip` the header fields of the organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<HopHeaders>,
    /// From stage 2: whether servers of the stage before authenticate. By default where
    /// headers are kept, since one group of the product holds both rights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authenticated: Option<bool>,
    /// A policy file of its own, relative to this file; by default this file's settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// Settings that differ on this server, as tables of a policy file. Lists are replaced as
    /// a whole.
    #[serde(default, skip_serializing_if = "Table::is_empty")]
    pub settings: Table,
}

const fn one() -> usize {
    1
}

const fn share() -> u32 {
    1
}

/// One server of a [`Deployment`].
#[derive(Debug, Clone, PartialEq)]
pub struct Server {
    /// Name.
    pub name: String,
    /// Share of its stage's mail.
    pub weight: u32,
    /// The address that the next server sees.
    pub address: Option<IpAddr>,
    /// Whether it lets in the organization's header fields.
    pub right: HeaderRight,
    /// Whether the sessions that bring its mail are authenticated; stage 1 has the clients'
    /// own.
    pub authenticated: bool,
    /// Its settings.
    pub policy: PolicySpec,
}

impl Server {
    /// The hop by which mail of this server reaches `next`.
    pub fn hop(&self, next: &Self) -> Hop {
        Hop {
            name: self.name.clone(),
            address: self.address,
            right: next.right,
            authenticated: next.authenticated,
        }
    }
}

/// The servers of an organization, ready to be resolved one by one.
#[derive(Debug, Clone, PartialEq)]
pub struct Deployment {
    /// Servers by stage, in the order of the file.
    pub stages: Vec<Vec<Server>>,
    share_by: ShareBy,
    key: u64,
}

impl Deployment {
    /// The servers of a policy with a topology; `None` for a policy of one server. `files`
    /// are the policies that servers name, by the names they use.
    ///
    /// # Errors
    ///
    /// [`SpecError`] at a name, stage, weight or setting that cannot be.
    pub fn of(
        base: &PolicySpec,
        files: &BTreeMap<String, PolicySpec>,
    ) -> Result<Option<Self>, SpecError> {
        let Some(topology) = &base.topology else { return Ok(None) };
        let servers = &topology.servers;
        check_names(servers)?;
        let last = servers.iter().map(|server| server.stage).max().unwrap_or_default();
        let mut stages = Vec::new();
        for stage in 1..=last {
            let of_stage = servers.iter().filter(|server| server.stage == stage);
            let of_stage: Vec<Server> = of_stage
                .map(|spec| server(spec, base, files))
                .collect::<Result<_, _>>()?;
            if of_stage.iter().all(|server| server.weight == 0) {
                let problem = format!("stage {stage} has no server with a weight");
                let cure = "number stages from 1 without gaps, each with a server";
                return Err(SpecError::new("topology.servers.stage", problem, cure));
            }
            stages.push(of_stage);
        }
        let share_by = match topology.share_by {
            ShareBySpec::ClientIp => ShareBy::ClientIp,
            ShareBySpec::Message => ShareBy::Message,
        };
        Ok(Some(Self { stages, share_by, key: topology.key }))
    }

    /// How mail is shared among the servers of a stage (from 0).
    pub fn sharing(&self, stage: usize) -> Sharing {
        let weights: Vec<u32> = self.stages[stage].iter().map(|one| one.weight).collect();
        // Stages choose independently.
        let key = self.key.wrapping_mul(0x1_0000).wrapping_add(stage as u64);
        Sharing::new(self.share_by, key, &weights).expect("every stage has a weight")
    }

    /// All servers, stage by stage.
    pub fn servers(&self) -> impl Iterator<Item = &Server> {
        self.stages.iter().flatten()
    }

    /// The ways of mail as text, one line per server: all that is not its own settings. Two
    /// deployments with the same paths and settings do the same.
    pub fn paths(&self) -> String {
        let share_by = match self.share_by {
            ShareBy::ClientIp => "client-ip",
            ShareBy::Message => "message",
        };
        let mut text = format!("share-by {share_by}, key {}\n", self.key);
        for (stage, servers) in self.stages.iter().enumerate() {
            for Server { name, weight, address, right, authenticated, policy: _ } in
                servers
            {
                let address = address.map_or("none".to_owned(), |ip| ip.to_string());
                let headers = match right {
                    HeaderRight::Keep => "keep",
                    HeaderRight::Strip => "strip",
                };
                text.push_str(&format!(
                    "{name}: stage {}, weight {weight}, address {address}, headers \
                     {headers}, authenticated {authenticated}\n",
                    stage + 1
                ));
            }
        }
        text
    }

    /// What to look at before trusting the numbers.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        for pair in self.stages.windows(2) {
            for (sender, taker) in
                pair[0].iter().flat_map(|s| pair[1].iter().map(move |t| (s, t)))
            {
                let internal = &taker.policy.transport.internal_smtp_servers;
                let listed = InternalServers::parse(internal).is_ok_and(|servers| {
                    sender.address.is_none_or(|ip| servers.hold(ip))
                });
                if !listed && !taker.authenticated {
                    warnings.push(format!(
                        "`{}` takes `{}` for the client of all mail it sends: its address is \
                         not among `transport.internal-smtp-servers`",
                        taker.name, sender.name
                    ));
                }
            }
        }
        warnings
    }
}

fn check_names(servers: &[ServerSpec]) -> Result<(), SpecError> {
    if servers.is_empty() || servers.len() > MOST_SERVERS {
        let problem = format!("{} servers", servers.len());
        let cure = format!("name 1 to {MOST_SERVERS} as `[[topology.servers]]`");
        return Err(SpecError::new("topology.servers", problem, cure));
    }
    for (at, server) in servers.iter().enumerate() {
        let name = &server.name;
        let key = "topology.servers.name";
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
        if name.is_empty() || name.len() > 64 || !name.bytes().all(fits) {
            let problem = format!("`{name}` is no name of a server");
            let cure = "use up to 64 letters, digits, `-`, `.` and `_`";
            return Err(SpecError::new(key, problem, cure));
        }
        if servers[..at].iter().any(|other| other.name.eq_ignore_ascii_case(name)) {
            let problem = format!("two servers are called `{name}`");
            return Err(SpecError::new(key, problem, "give each its own name"));
        }
        if server.stage == 0 || server.stage > MOST_SERVERS {
            let problem = format!("`{}` of `{name}`", server.stage);
            let cure = "number stages from 1";
            return Err(SpecError::new("topology.servers.stage", problem, cure));
        }
        let hop = server.headers.is_some() || server.authenticated.is_some();
        if server.stage == 1 && hop {
            let problem = format!("`{name}` is of stage 1, where clients connect");
            let cure = "set `headers` and `authenticated` from stage 2 on";
            return Err(SpecError::new("topology.servers.headers", problem, cure));
        }
    }
    Ok(())
}

fn server(
    spec: &ServerSpec,
    base: &PolicySpec,
    files: &BTreeMap<String, PolicySpec>,
) -> Result<Server, SpecError> {
    let key = |part: &str| format!("topology.servers.{}.{part}", spec.name);
    let own = match &spec.policy {
        None => base,
        Some(name) => files.get(name).ok_or_else(|| {
            SpecError::new(key("policy"), format!("`{name}` was not read"), "name a file")
        })?,
    };
    if spec.policy.is_some() && own.topology.is_some() {
        let problem = "the file has a topology itself";
        return Err(SpecError::new(key("policy"), problem, "name one server's policy"));
    }
    for foreign in ["organization", "topology"] {
        if spec.settings.contains_key(foreign) {
            let problem = format!("`{foreign}` is no setting of one server");
            let cure = "write it once, outside of `topology.servers`";
            return Err(SpecError::new(key("settings"), problem, cure));
        }
    }
    let policy = merged(own, &spec.settings)
        .map_err(|problem| SpecError::new(key("settings"), problem, "correct it"))?;
    if policy.edition == Edition::E2003Sp2 {
        let problem = "Exchange 2003 cannot stand in a topology";
        let cure = "set a later edition, or use a policy file of one server";
        return Err(SpecError::new(key("edition"), problem, cure));
    }
    let organization: OrganizationSpec = base.organization.clone();
    let policy = PolicySpec { organization, topology: None, ..policy };
    let headers = spec.headers.unwrap_or_default();
    Ok(Server {
        name: spec.name.clone(),
        weight: spec.weight,
        address: spec.address,
        right: match headers {
            HopHeaders::Keep if spec.stage > 1 => HeaderRight::Keep,
            HopHeaders::Keep | HopHeaders::Strip => HeaderRight::Strip,
        },
        authenticated: spec.authenticated.unwrap_or(headers == HopHeaders::Keep),
        policy,
    })
}

/// A policy with other settings written over it. Of a policy for another role only what the
/// role has is taken over.
fn merged(base: &PolicySpec, settings: &Table) -> Result<PolicySpec, String> {
    #[derive(Deserialize)]
    struct Kind {
        edition: Option<Edition>,
        role: Option<Role>,
    }
    let said = |error: toml::de::Error| error.message().replace('\n', "; ");
    let kind = Kind::deserialize(Value::Table(settings.clone())).map_err(said)?;
    let kind = PolicySpec {
        edition: kind.edition.unwrap_or(base.edition),
        role: kind.role.unwrap_or(base.role),
        ..PolicySpec::default()
    };
    let mut plain = PolicySpec { topology: None, ..base.clone() };
    if kind.all_agents() != base.all_agents() {
        plain.agents.clear();
        plain.pending_agents.clear();
    }
    let mut table = Table::try_from(plain).map_err(|error| error.to_string())?;
    for key in kind.sections_without_agent() {
        table.remove(key);
    }
    write_over(&mut table, settings);
    PolicySpec::deserialize(Value::Table(table)).map_err(said)
}

fn write_over(table: &mut Table, settings: &Table) {
    for (key, value) in settings {
        match (table.get_mut(key), value) {
            (Some(Value::Table(old)), Value::Table(new)) => write_over(old, new),
            _ => {
                table.insert(key.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Deployment, SpecError> {
        let base: PolicySpec = toml::from_str(text).unwrap();
        Deployment::of(&base, &BTreeMap::new()).map(|found| found.expect("a topology"))
    }

    #[test]
    fn a_server_has_the_files_settings_but_for_its_own() {
        let found = of("rules = [{ name = 'r', actions = { delete = true } }]\n\
             [content-filter]\nscl-reject-threshold = 6\nscl-delete-enabled = true\n\
             [organization]\nscl-junk-threshold = 3\n\
             [[topology.servers]]\nname = 'edge1'\n\
             [[topology.servers]]\nname = 'edge2'\nweight = 3\n\
             settings.content-filter.scl-reject-threshold = 8\n\
             [[topology.servers]]\nname = 'hub'\nstage = 2\nauthenticated = false\n\
             settings.role = 'hub'\n")
        .unwrap();
        let [edges, hubs] = found.stages.as_slice() else { panic!("two stages") };
        let reject = |server: &Server| server.policy.thresholds().reject.unwrap().get();
        assert_eq!((reject(&edges[0]), reject(&edges[1]), reject(&hubs[0])), (6, 8, 6));
        assert!(edges[1].policy.content_filter.scl_delete_enabled);
        assert_eq!(edges[1].policy.rules.len(), 1);
        assert!(hubs[0].policy.rules.is_empty());
        assert_eq!(hubs[0].policy.thresholds().junk.unwrap().get(), 3);
        assert_eq!((hubs[0].right, hubs[0].authenticated), (HeaderRight::Keep, false));
        assert_eq!(edges[0].right, HeaderRight::Strip);
    }

    #[test]
    fn what_cannot_be_is_refused_with_the_key() {
        let one = "[[topology.servers]]\nname = 'a'\n";
        for (text, key) in [
            ("[topology]\n".to_owned(), "topology.servers"),
            (format!("{one}{one}"), "topology.servers.name"),
            (format!("{one}[[topology.servers]]\nname = 'A'\n"), "topology.servers.name"),
            (format!("{one}stage = 2\n"), "topology.servers.stage"),
            (format!("{one}stage = 0\n"), "topology.servers.stage"),
            (format!("{one}weight = 0\n"), "topology.servers.stage"),
            (format!("{one}headers = 'strip'\n"), "topology.servers.headers"),
            (format!("{one}policy = 'x.toml'\n"), "topology.servers.a.policy"),
            (format!("{one}settings.colour = 1\n"), "topology.servers.a.settings"),
            (
                format!("{one}settings.edition = '2003-sp2'\n"),
                "topology.servers.a.edition",
            ),
            (format!("edition = '2003-sp2'\n{one}"), "topology.servers.a.edition"),
            (
                format!("{one}settings.organization.scl-junk-threshold = 1\n"),
                "topology.servers.a.settings",
            ),
            ("[[topology.servers]]\nname = 'a b'\n".to_owned(), "topology.servers.name"),
        ] {
            assert_eq!(of(&text).unwrap_err().key, key, "{text}");
        }
    }

    #[test]
    fn a_policy_of_several_servers_is_no_policy_of_one() {
        let base: PolicySpec =
            toml::from_str("[[topology.servers]]\nname = 'a'\n").unwrap();
        let source = filter::RecordedStamp::new(filter::StampHeader::OrganizationScl);
        let refused = base.resolve(std::sync::Arc::new(source)).err();
        assert!(refused.is_some_and(|error| error.key == "topology"));
    }

    #[test]
    fn a_server_that_is_taken_for_the_client_is_warned_of() {
        let text = "[[topology.servers]]\nname = 'outer'\naddress = '10.0.0.1'\n\
             [[topology.servers]]\nname = 'inner'\nstage = 2\nheaders = 'strip'\n";
        assert!(of(text).unwrap().warnings()[0].contains("`outer`"));
        let listed =
            format!("{text}settings.transport.internal-smtp-servers = ['10.0.0.0/8']\n");
        assert!(of(&listed).unwrap().warnings().is_empty());
        let trusting = text.replace("'strip'", "'strip'\nauthenticated = true");
        assert!(of(&trusting).unwrap().warnings().is_empty());
    }

    #[test]
    fn each_stage_shares_its_mail_in_its_own_way() {
        let server = |name, stage| {
            format!("[[topology.servers]]\nname = '{name}'\nstage = {stage}\n")
        };
        let servers = [("a", 1), ("b", 1), ("c", 2), ("d", 2)];
        let text: String = servers.map(|(name, stage)| server(name, stage)).concat();
        let found = of(&text).unwrap();
        let shares = |stage: usize| -> Vec<usize> {
            let of = |last: u8| {
                let client = Some(IpAddr::from([192, 0, 2, last]));
                found.sharing(stage).server(mail::CaseId([0; 32]), client)
            };
            (0..64).map(of).collect()
        };
        assert_ne!(shares(0), shares(1));
    }

    #[test]
    fn an_order_of_edge_agents_is_not_the_order_of_a_hub() {
        let found = of("agents = [{ name = 'Edge Rule Agent', priority = 1 }]\n\
             [[topology.servers]]\nname = 'edge'\n\
             [[topology.servers]]\nname = 'hub'\nstage = 2\nsettings.role = 'hub'\n")
        .unwrap();
        assert_eq!(
            found.stages[0][0].policy.agent_order().unwrap()[0].0,
            "Edge Rule Agent"
        );
        assert!(found.stages[1][0].policy.agents.is_empty());
    }
}

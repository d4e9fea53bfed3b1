//! What a corpus needs to be asked.

use std::collections::BTreeSet;

use agents::{Policy, PolicySpec};
use anyhow::Result;
use corpus::Parser;
use filter::StampHeader;
use mail::{Case, Question, World, domain_of};
use pipeline::HeaderRight;

use super::wire::Wanted;
use crate::settings::{Scores, resolve};

/// The questions of one server's policy or of several servers'.
pub(crate) struct Needs {
    zones: BTreeSet<String>,
    /// Each policy as it is, and as one that leaves nobody out.
    policies: Vec<Policy>,
}

impl Needs {
    /// What policies ask.
    ///
    /// # Errors
    ///
    /// A setting that cannot be used.
    pub(crate) fn of<'a>(
        specs: impl IntoIterator<Item = &'a PolicySpec>,
    ) -> Result<Self> {
        // Scores decide nothing about what is asked.
        let scores = Scores::Stamps(StampHeader::OrganizationScl);
        let (mut zones, mut policies) = (BTreeSet::new(), Vec::new());
        for spec in specs {
            let lists = &spec.connection_filter;
            let providers = lists.ip_allow_list_providers.iter();
            let providers = providers.chain(&lists.ip_block_list_providers);
            zones.extend(providers.map(|provider| {
                provider.lookup_domain.trim_end_matches('.').to_ascii_lowercase()
            }));
            policies.push(resolve(spec, scores.source())?);
            policies.push(resolve(&unsparing(spec), scores.source())?);
        }
        Ok(Self { zones, policies })
    }

    /// The lookup domains of the policies' lists.
    pub(crate) fn zones(&self) -> impl Iterator<Item = &str> {
        self.zones.iter().map(String::as_str)
    }

    /// What is asked about every message, whatever its settings let the agents ask: the
    /// client's name and its place on every list, and the records of HELO name and senders.
    pub(crate) fn at_first(&self, case: &Case) -> BTreeSet<Wanted> {
        let mut wanted = BTreeSet::new();
        let session = &case.session;
        if let Some(ip) = session.client_ip.get() {
            wanted.insert(Wanted::Dns(Question::Ptr, ip.to_string()));
            let listing = |zone: &str| Wanted::Listing(zone.to_owned(), *ip);
            wanted.extend(self.zones().map(listing));
        }
        let mut ask = |name: &str, questions: &[Question]| {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            let literal =
                name.starts_with('[') || name.parse::<std::net::IpAddr>().is_ok();
            if name.contains('.') && !literal && !name.contains(char::is_whitespace) {
                let asked = questions.iter().map(|q| Wanted::Dns(*q, name.clone()));
                wanted.extend(asked);
            }
        };
        if let Some(helo) = session.helo.get() {
            ask(helo, &[Question::Txt, Question::Address]);
        }
        let message = &case.message;
        let header = message.from.iter().chain(&message.sender);
        let header = header.chain(&message.resent_from).chain(&message.resent_sender);
        let senders = header.map(|address| address.email.as_str());
        for sender in senders.chain(session.mail_from.get().map(String::as_str)) {
            let domain = domain_of(sender);
            ask(domain, &[Question::Txt, Question::Mx, Question::Address]);
        }
        wanted
    }

    /// What the agents miss when they look at a message, in every form that the policy's
    /// changes can give it. Nobody else may look at the world meanwhile.
    pub(crate) fn missing(&self, case: &Case, world: &World) -> BTreeSet<Wanted> {
        for policy in &self.policies {
            let observer = policy.engine.observer();
            let (right, findings) = (HeaderRight::Strip, &mut observer.findings());
            observer.observe(right, &mut case.clone(), world, &Parser, findings);
        }
        missed(world)
    }
}

/// What was asked of a world that it does not know, taken out of its notes.
pub(crate) fn missed(world: &World) -> BTreeSet<Wanted> {
    let dns = world.dns.unanswered.take();
    let dns = dns.into_iter().map(|(question, name)| Wanted::Dns(question, name));
    let lists = world.listings.unanswered.take();
    dns.chain(lists.into_iter().map(|(zone, ip)| Wanted::Listing(zone, ip))).collect()
}

/// The policy with every agent looking and nobody exempt, so that another policy finds its
/// answers in the world too.
fn unsparing(spec: &PolicySpec) -> PolicySpec {
    let mut spec = spec.clone();
    let lists = &mut spec.connection_filter;
    lists.ip_allow_list.clear();
    lists.ip_block_list.clear();
    for config in
        [&mut lists.ip_allow_list_providers_config, &mut lists.ip_allow_list_config]
    {
        config.enabled = true;
        config.external_mail_enabled = true;
    }
    lists.ip_block_list_providers_config.enabled = true;
    lists.ip_block_list_providers_config.external_mail_enabled = true;
    let sender_id = &mut spec.sender_id;
    sender_id.enabled = true;
    sender_id.external_mail_enabled = true;
    sender_id.bypassed_recipients.clear();
    sender_id.bypassed_sender_domains.clear();
    let reputation = &mut spec.sender_reputation;
    reputation.enabled = true;
    reputation.external_mail_enabled = true;
    spec
}

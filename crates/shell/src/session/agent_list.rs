//! The agents' list: `…-TransportAgent`, and the pipeline view.
//!
//! Source: specification section 2.4. Decision on U5: the agent is taken out, put in again at
//! the priority held between 1 and the number of agents, and all are numbered anew.

use std::sync::Arc;

use agents::{AgentEntry, PolicySpec};
use filter::{RecordedStamp, StampHeader};
use mail::SmtpEvent;

use super::bind::Bound;
use super::invoke::text;
use super::{Role, Session};
use crate::catalogue::{Place, Special, nearest};
use crate::language::{Fault, Span};
use crate::row::Kind;
use crate::{Object, Value, View, quoted};

/// Column starts of the product's table: 0, 51, 67.
const AGENT_TABLE: View =
    View::Table(&[("Identity", 50), ("Enabled", 15), ("Priority", 0)]);

impl Session<'_> {
    /// `Get-TransportAgent`: the list as it will be after a restart.
    pub(super) fn get_agents(&self, bound: &Bound) -> Result<Vec<Value>, Fault> {
        let order = pending(&self.policy, Span::default())?;
        let wanted = match bound.get("Identity") {
            Some(given) => {
                let name = text(given)?;
                if !name.contains(['*', '?']) {
                    position(&order, &name, given.span)?;
                }
                name
            }
            None => "*".to_owned(),
        };
        let number = |at: usize| Value::Number(i64::try_from(at + 1).unwrap_or(i64::MAX));
        Ok(order
            .iter()
            .enumerate()
            .filter(|(_, (name, _))| crate::is_like(name, &wanted))
            .map(|(at, (name, on))| {
                Value::Object(
                    Object::new("TransportAgent", AGENT_TABLE)
                        .with("Identity", Value::Text((*name).to_owned()))
                        .with("Enabled", Value::Bool(*on))
                        .with("Priority", number(at)),
                )
            })
            .collect())
    }

    /// `Set-`, `Enable-` and `Disable-TransportAgent`.
    pub(super) fn set_agent(
        &mut self,
        name: &str,
        special: Special,
        bound: &Bound,
        span: Span,
    ) -> Result<Vec<Value>, Fault> {
        let Some(identity) = bound.get("Identity") else {
            let cure = "name it, such as 'Content Filter Agent'";
            return Err(Fault::new(span, "no agent is named", cure));
        };
        let mut order = pending(&self.policy, span)?;
        let at = position(&order, &text(identity)?, identity.span)?;
        let (agent, was_on) = order[at];
        let change = match special {
            Special::EnableTransportAgent => {
                order[at].1 = true;
                (!was_on).then(|| format!("switch {} on", quoted(agent)))
            }
            Special::DisableTransportAgent => {
                order[at].1 = false;
                was_on.then(|| format!("switch {} off", quoted(agent)))
            }
            _ => {
                let Some(given) = bound.get("Priority") else {
                    let cure = "give -Priority";
                    return Err(Fault::new(span, "nothing is set", cure));
                };
                let most = i64::try_from(order.len()).unwrap_or(i64::MAX);
                let value = given.check(Kind::Number(0, i64::MAX), &Value::Null)?;
                let wanted = value.number().unwrap_or(1);
                let held = wanted.clamp(1, most);
                if held != wanted {
                    self.warn(format!("priority {wanted} is taken as {held}"));
                }
                let place = usize::try_from(held - 1).unwrap_or(0);
                let moved = order.remove(at);
                order.insert(place, moved);
                let (from, to) = (at + 1, place + 1);
                (from != to).then(|| {
                    format!("move {} from priority {from} to {to}", quoted(agent))
                })
            }
        };
        if bound.what_if && self.role != Role::Organization {
            self.say(match change {
                Some(change) => {
                    format!("What if: {name} would {change} at the next restart.")
                }
                None => format!("What if: {name} would change nothing."),
            });
            return Ok(Vec::new());
        }
        self.change(name, Place::Edge, bound, span, |session| {
            let list = entries(&session.policy.all_agents(), &order);
            let active = session.policy.agent_order().unwrap_or_default();
            session.policy.pending_agents =
                if order == active { Vec::new() } else { explicit(list, &order) };
            Ok(())
        })
    }

    /// The waiting list becomes the active one.
    pub(super) fn activate(&mut self) {
        if let Ok(order) = self.policy.pending_order() {
            self.policy.agents = entries(&self.policy.all_agents(), &order);
            self.policy.pending_agents = Vec::new();
        }
    }

    /// `Get-TransportPipeline`.
    pub(super) fn pipeline_view(&self, span: Span) -> Result<Vec<Value>, Fault> {
        if !self.running {
            let cure = "start it: Start-Service MSExchangeTransport";
            return Err(Fault::new(span, "the transport service is stopped", cure));
        }
        if !self.met_messages {
            let problem = "no message has passed since the service started";
            let cure = "send one first: Send-TestMessage FILE";
            return Err(Fault::new(span, problem, cure));
        }
        let source = Arc::new(RecordedStamp::new(StampHeader::OrganizationScl));
        let policy = self
            .policy
            .resolve(source)
            .map_err(|error| Fault::new(span, error.to_string(), "correct the policy"))?;
        let on = |agent: u8| policy.enabled[usize::from(agent)];
        Ok(SmtpEvent::ALL
            .iter()
            .map(|event| {
                let names: Vec<&str> = policy
                    .order
                    .agents()
                    .iter()
                    .filter(|agent| on(**agent) && policy.roster.attends(**agent, *event))
                    .map(|agent| policy.roster.names()[usize::from(*agent)])
                    .collect();
                Value::Object(
                    Object::new("TransportPipeline", View::List)
                        .with("Event", Value::Text(event.to_string()))
                        .with("TransportAgents", Value::texts(&names)),
                )
            })
            .collect())
    }
}

type Order = Vec<(&'static str, bool)>;

fn pending(policy: &PolicySpec, span: Span) -> Result<Order, Fault> {
    policy.pending_order().map_err(|error| Fault::new(span, error.problem, error.cure))
}

fn position(order: &Order, name: &str, span: Span) -> Result<usize, Fault> {
    order.iter().position(|(known, _)| known.eq_ignore_ascii_case(name)).ok_or_else(
        || {
            let cure = match nearest(name, order.iter().map(|(known, _)| *known)) {
                Some(near) => format!("did you mean '{near}'?"),
                None => "see Get-TransportAgent".to_owned(),
            };
            Fault::new(span, format!("there is no agent `{name}`"), cure)
        },
    )
}

/// An order as a policy writes it; the default order with all agents on is written as
/// nothing.
fn entries(all: &[&str], order: &[(&'static str, bool)]) -> Vec<AgentEntry> {
    let default = order.iter().zip(all).all(|((name, on), own)| *on && name == own);
    if default && order.len() == all.len() {
        return Vec::new();
    }
    explicit(Vec::new(), order)
}

/// The same, spelled out also where it is the default: a waiting list has to say so.
fn explicit(list: Vec<AgentEntry>, order: &[(&'static str, bool)]) -> Vec<AgentEntry> {
    if !list.is_empty() {
        return list;
    }
    order
        .iter()
        .enumerate()
        .map(|(at, (name, on))| AgentEntry {
            name: (*name).to_owned(),
            priority: at + 1,
            enabled: *on,
        })
        .collect()
}

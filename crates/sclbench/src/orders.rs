//! The agent orders that a sweep covers.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Result, bail};
use pipeline::PriorityOrder;
use serde::Deserialize;
use sweep::Space;

use crate::chain;
use crate::observe::Observed;
use crate::settings;

/// Which orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Orders {
    /// One of every class.
    All,
    /// The policy's own.
    Default,
    /// The policy's own, and those of a file.
    File(PathBuf),
}

/// A file of orders.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Agent names, best priority first; agents that are left out follow in the order of the
    /// policy.
    orders: Vec<Vec<String>>,
}

impl FromStr for Orders {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "all" => Self::All,
            "default" => Self::Default,
            path => Self::File(path.into()),
        })
    }
}

impl Orders {
    /// The file as input of a run, for its provenance.
    pub(crate) fn inputs(&self) -> Option<(&'static str, PathBuf)> {
        match self {
            Self::All | Self::Default => None,
            Self::File(path) => Some(("orders", path.clone())),
        }
    }

    /// The space of these orders and all threshold settings.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or an order names an agent that is not there, or one twice.
    pub(crate) fn space(&self, observed: &Observed) -> Result<Space> {
        let path = match self {
            Self::All => return Ok(chain::space(observed, true)),
            Self::Default => return Ok(chain::space(observed, false)),
            Self::File(path) => path,
        };
        let shown = path.display();
        let file: File = settings::toml(path)?;
        let roster = observed.docket.engine().roster();
        let mut space = chain::space(observed, false);
        let mut seen: BTreeSet<u64> =
            space.orders.iter().map(|order| roster.orientation(order)).collect();
        for (number, names) in file.orders.iter().enumerate() {
            let number = number + 1;
            let mut agents: Vec<u8> = Vec::new();
            for name in names {
                match roster.find(name) {
                    Some(agent) if agents.contains(&agent) => bail!(
                        "`{shown}`, order {number}: `{name}` stands there twice; name each \
                         agent once"
                    ),
                    Some(agent) => agents.push(agent),
                    None => bail!(
                        "`{shown}`, order {number}: there is no agent `{name}`; use the \
                         names that `sclbench pipeline` lists"
                    ),
                }
            }
            for agent in observed.order.agents() {
                if !agents.contains(agent) {
                    agents.push(*agent);
                }
            }
            let order = PriorityOrder::new(&roster, agents)?;
            // Orders of one class end every message the same way.
            if seen.insert(roster.orientation(&order)) {
                space.orders.push(order);
            }
        }
        Ok(space)
    }
}

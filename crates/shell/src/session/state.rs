//! What a session holds, and how it runs statements.

use std::collections::BTreeMap;
use std::sync::Arc;

use agents::PolicySpec;
use filter::{RecordedStamp, StampHeader};
use mail::{MailboxSettings, World};

use crate::language::{Expression, Fault, Node, Pipeline, Span, Statement};
use crate::layout::shown;
use crate::{Object, Value, language};

/// Where the session runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// An Edge server, which is no part of the organization.
    #[default]
    Edge,
    /// A server of the organization, apart from the Edge servers.
    Organization,
    /// A server of the organization with the antispam agents installed: everything acts.
    Hub,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 3] = [Self::Edge, Self::Organization, Self::Hub];

    /// The role's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Edge => "edge",
            Self::Organization => "organization",
            Self::Hub => "hub",
        }
    }
}

/// One line that a statement has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Output.
    Output(String),
    /// A warning.
    Warning(String),
}

/// Where one recipient's copy of a test message ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The message's place.
    pub message: String,
    /// The recipient.
    pub recipient: String,
    /// The tier.
    pub tier: String,
    /// Who decided, and why; empty where nobody did.
    pub decided_by: String,
}

/// The world outside the session.
pub trait Host {
    /// Replays the mail of `source` under `policy`.
    ///
    /// # Errors
    ///
    /// What is wrong, in words, with the cure.
    fn send(
        &mut self,
        policy: &PolicySpec,
        source: &str,
    ) -> Result<Vec<Delivery>, String>;

    /// The recorded world; `None` where there is none.
    fn world(&self) -> Option<&World> {
        None
    }

    /// The settings of its mailboxes, to be changed.
    fn mailboxes_mut(&mut self) -> Option<&mut BTreeMap<String, MailboxSettings>> {
        None
    }

    /// The rows of the agent logs at a place, each with its `Timestamp`.
    ///
    /// # Errors
    ///
    /// What is wrong, in words, with the cure.
    fn agent_log(&mut self, location: &str) -> Result<Vec<Object>, String> {
        Err(format!("`{location}` cannot be read here; use `sclbench shell`"))
    }
}

/// A host that has no mail.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHost;

impl Host for NoHost {
    fn send(&mut self, _: &PolicySpec, source: &str) -> Result<Vec<Delivery>, String> {
        Err(format!("`{source}` cannot be read here; use `sclbench shell`"))
    }
}

/// A session on one policy.
///
/// `policy.agents` is what the running server uses; `policy.pending_agents` is what it will
/// use after a restart.
pub struct Session<'h> {
    pub(super) policy: PolicySpec,
    pub(super) role: Role,
    pub(super) host: &'h mut dyn Host,
    pub(super) running: bool,
    pub(super) met_messages: bool,
    pub(super) variables: BTreeMap<String, Value>,
    pub(super) lines: Vec<Line>,
    pub(super) commands: usize,
    pub(super) what_if: bool,
    pub(super) ended: bool,
    /// Mailboxes that the statement has changed, as they were before.
    pub(super) undo: Vec<(String, Option<MailboxSettings>)>,
    pub(super) mailboxes_changed: bool,
}

/// Most commands that one run may take.
pub(super) const MOST_COMMANDS: usize = 20_000;
/// Most bytes that a variable, or the values between two commands, may take.
pub(super) const MOST_SIZE: usize = 16 << 20;

impl<'h> Session<'h> {
    /// A session on a running server that no message has passed yet. Rules and providers
    /// that name their own place are put there.
    ///
    /// # Errors
    ///
    /// The policy itself cannot be used.
    pub fn new(
        policy: PolicySpec,
        role: Role,
        host: &'h mut dyn Host,
    ) -> Result<Self, agents::SpecError> {
        let mut policy = policy.settled()?;
        crate::catalogue::number(&mut policy, None);
        validate(&policy)?;
        Ok(Self {
            policy,
            role,
            host,
            running: true,
            met_messages: false,
            variables: BTreeMap::new(),
            lines: Vec::new(),
            commands: 0,
            what_if: false,
            ended: false,
            undo: Vec::new(),
            mailboxes_changed: false,
        })
    }

    /// The policy as it stands.
    pub const fn policy(&self) -> &PolicySpec {
        &self.policy
    }

    /// Where the session runs.
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Whether settings of mailboxes have changed since this was last asked, and what they
    /// are.
    pub fn take_mailboxes(&mut self) -> Option<&BTreeMap<String, MailboxSettings>> {
        let changed = std::mem::take(&mut self.mailboxes_changed);
        self.host.world().filter(|_| changed).map(|world| &world.mailboxes)
    }

    /// Whether `exit` was said.
    pub const fn ended(&self) -> bool {
        self.ended
    }

    /// Whether the service runs.
    pub const fn running(&self) -> bool {
        self.running
    }

    /// Names of the variables that are set.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }

    /// Takes what was said since the last time.
    pub fn take_lines(&mut self) -> Vec<Line> {
        std::mem::take(&mut self.lines)
    }

    /// Runs all statements of a script; a script that cannot be read runs not at all.
    ///
    /// # Errors
    ///
    /// The first [`Fault`]; what ran before it stays done.
    pub fn run(&mut self, script: &str) -> Result<(), Fault> {
        let statements = language::parse(script)?;
        self.commands = 0;
        for statement in &statements {
            self.statement(statement)?;
            if self.ended {
                break;
            }
        }
        Ok(())
    }

    /// Runs one statement; one that fails changes nothing.
    ///
    /// # Errors
    ///
    /// The [`Fault`] that stopped it.
    pub fn statement(&mut self, statement: &Statement) -> Result<(), Fault> {
        let before = (self.policy.clone(), self.running, self.met_messages);
        let done = match statement {
            Statement::Assign { span, name, adds: false, value } => {
                self.assign(*span, name, value)
            }
            Statement::Assign { span, name, adds: true, value } => {
                self.add(*span, name, value)
            }
            Statement::Exit(_) => {
                self.ended = true;
                Ok(())
            }
            Statement::Run(pipeline) => self.pipeline(pipeline, None).map(|values| {
                self.lines.extend(shown(&values).into_iter().map(Line::Output));
            }),
        };
        self.what_if = false;
        if done.is_err() {
            (self.policy, self.running, self.met_messages) = before;
            self.undo_mailboxes();
        }
        self.mailboxes_changed |= !self.undo.is_empty();
        self.undo.clear();
        done
    }

    /// Forgets how many commands have run: for a prompt, where each line is a run.
    pub const fn rest(&mut self) {
        self.commands = 0;
    }

    fn assign(&mut self, span: Span, name: &str, value: &Pipeline) -> Result<(), Fault> {
        if ["true", "false", "null", "_"].iter().any(|own| own.eq_ignore_ascii_case(name))
        {
            let problem = format!("`${name}` cannot be assigned");
            return Err(Fault::new(span, problem, "use another name"));
        }
        let value = self.assigned(value)?;
        self.hold(span, name, value)
    }

    /// `+=`: numbers and texts are joined, a list gets longer.
    fn add(&mut self, span: Span, name: &str, value: &Pipeline) -> Result<(), Fault> {
        let own = self.variables.get(&name.to_lowercase()).cloned();
        let new = self.assigned(value)?;
        let sum = match (own.unwrap_or(Value::Null), new) {
            (Value::Null, new) => new,
            (Value::Number(left), right) if right.number().is_some() => {
                let sum = left.checked_add(right.number().unwrap_or(0));
                Value::Number(sum.ok_or_else(|| {
                    Fault::new(span, "the sum is too large", "use smaller numbers")
                })?)
            }
            (Value::Text(left), right) => Value::Text(left + &right.text()),
            (Value::List(mut all), right) => {
                all.extend(right.items());
                Value::List(all)
            }
            (Value::Object(left), right) => {
                let all = [Value::Object(left)].into_iter().chain(right.items());
                Value::List(all.collect())
            }
            (left, _) => {
                let problem = format!("nothing can be added to `{}`", left.text());
                return Err(Fault::new(span, problem, "start from a list: @( … )"));
            }
        };
        self.hold(span, name, sum)
    }

    fn assigned(&mut self, value: &Pipeline) -> Result<Value, Fault> {
        let mut values = self.pipeline(value, None)?;
        let list = |node: &Node| matches!(node.expression, Expression::List(_));
        Ok(match (values.len(), &value.head) {
            // `@( … )` stays a list, whatever it holds.
            (_, Some(node)) if value.commands.is_empty() && list(node) => {
                Value::List(values)
            }
            (1, _) => values.swap_remove(0),
            (0, None) => Value::Null,
            _ => Value::List(values),
        })
    }

    fn hold(&mut self, span: Span, name: &str, value: Value) -> Result<(), Fault> {
        self.variables.insert(name.to_lowercase(), value);
        let held: usize = self.variables.values().map(Value::size).sum();
        if held > MOST_SIZE {
            self.variables.remove(&name.to_lowercase());
            let problem = "the variables hold too much";
            return Err(Fault::new(span, problem, "keep less in variables"));
        }
        Ok(())
    }

    pub(super) fn warn(&mut self, text: impl Into<String>) {
        self.lines.push(Line::Warning(text.into()));
    }

    pub(super) fn say(&mut self, text: impl Into<String>) {
        self.lines.push(Line::Output(text.into()));
    }
}

/// Whether the agents take the policy.
pub(super) fn validate(policy: &PolicySpec) -> Result<(), agents::SpecError> {
    policy.pending_order()?;
    policy.resolve(Arc::new(RecordedStamp::new(StampHeader::OrganizationScl))).map(|_| ())
}

//! The transport service, and messages that pass it.

use super::Session;
use super::bind::Bound;
use super::invoke::text;
use crate::catalogue::Special;
use crate::language::{Fault, Span};
use crate::{Object, Value, View};

const SERVICE: &str = "MSExchangeTransport";

impl Session<'_> {
    /// `Restart-`, `Start-`, `Stop-` and `Get-Service`, and `Net`.
    pub(super) fn service(
        &mut self,
        special: Special,
        bound: &Bound,
        span: Span,
    ) -> Result<Vec<Value>, Fault> {
        let name = match bound.get("Name") {
            Some(given) => text(given)?,
            None if special == Special::GetService => SERVICE.to_owned(),
            None => {
                let cure = format!("name it: {SERVICE}");
                return Err(Fault::new(span, "no service is named", cure));
            }
        };
        if !name.eq_ignore_ascii_case(SERVICE) {
            let span = bound.get("Name").map_or(span, |given| given.span);
            let problem = format!("the service `{name}` is not modelled");
            return Err(Fault::new(span, problem, format!("use {SERVICE}")));
        }
        let special = match (special, bound.get("Verb")) {
            (Special::Net, Some(given)) => {
                match given.check(NET_VERBS, &Value::Null)?.text().as_str() {
                    "Stop" => Special::StopService,
                    _ => Special::StartService,
                }
            }
            (other, _) => other,
        };
        let done = match special {
            Special::StopService => "stopped",
            Special::StartService => "started",
            Special::RestartService => "restarted",
            _ => {
                let status = if self.running { "Running" } else { "Stopped" };
                return Ok(vec![Value::Object(
                    Object::new("Service", View::Auto)
                        .with("Status", Value::Text(status.to_owned()))
                        .with("Name", Value::Text(SERVICE.to_owned())),
                )]);
            }
        };
        if bound.what_if {
            self.say(format!("What if: {SERVICE} would be {done}."));
            return Ok(Vec::new());
        }
        let stops = special != Special::StartService;
        let starts = special != Special::StopService;
        if !stops && self.running {
            self.warn(format!("{SERVICE} runs already; nothing has taken effect"));
            return Ok(Vec::new());
        }
        if special == Special::StopService && !self.running {
            self.warn(format!("{SERVICE} is stopped already"));
            return Ok(Vec::new());
        }
        self.running = starts;
        self.met_messages = false;
        if starts {
            self.activate();
        }
        self.say(format!("{SERVICE} {done}."));
        Ok(Vec::new())
    }

    /// `Send-TestMessage`.
    pub(super) fn send(
        &mut self,
        bound: &Bound,
        span: Span,
    ) -> Result<Vec<Value>, Fault> {
        let Some(given) = bound.get("File") else {
            let cure = "name a message file or another source";
            return Err(Fault::new(span, "no message is named", cure));
        };
        if !self.running {
            let cure = "start it: Start-Service MSExchangeTransport";
            return Err(Fault::new(span, "the transport service is stopped", cure));
        }
        let source = text(given)?;
        if bound.what_if {
            self.say(format!("What if: `{source}` would be replayed."));
            return Ok(Vec::new());
        }
        let deliveries = self.host.send(&self.policy, &source).map_err(|error| {
            let (problem, cure) =
                error.split_once("; ").unwrap_or((&error, "check the path"));
            Fault::new(given.span, problem, cure)
        })?;
        self.met_messages = true;
        let object = |delivery: super::Delivery| {
            Value::Object(
                Object::new("TestMessage", View::Auto)
                    .with("Message", Value::Text(delivery.message))
                    .with("Recipient", Value::Text(delivery.recipient))
                    .with("Tier", Value::Text(delivery.tier))
                    .with("DecidedBy", Value::Text(delivery.decided_by)),
            )
        };
        Ok(deliveries.into_iter().map(object).collect())
    }
}

const NET_VERBS: crate::row::Kind = crate::row::Kind::Word(&["Stop", "Start"]);

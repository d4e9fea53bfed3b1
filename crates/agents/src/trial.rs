//! Test bench: one agent alone in the real engine.

use mail::{
    Address, Case, CaseId, Field, Label, Message, Origin, Parse, Session, Timestamp,
    World,
};
use pipeline::{Agent, Class, Ending, Engine, Gate, HeaderRight, Plan, Signal, Transit};

/// Gives the same message for any bytes, or none.
pub(crate) struct Always(pub(crate) Option<Message>);

impl Parse for Always {
    fn parse(&self, _raw: &[u8]) -> Option<Message> {
        self.0.clone()
    }
}

/// An anonymous session from `from` to `to` whose From field is `from` too.
pub(crate) fn case(from: &str, to: &[&str]) -> Case {
    let known = Origin::Recorded;
    let recipients = to.iter().map(|email| (*email).to_owned()).collect();
    Case {
        id: CaseId([0; 32]),
        label: Label::Ham,
        category: String::new(),
        time: Timestamp::MIN,
        session: Session {
            client_ip: Field::known("192.0.2.1".parse().unwrap(), known),
            helo: Field::known("mx.sender.example".into(), known),
            authenticated: Field::known(false, known),
            mail_from: Field::known(from.into(), known),
            rcpt_to: Field::known(recipients, known),
            time: Field::known((), known),
        },
        message: Message { from: vec![Address::new(from)], ..Message::default() },
        raw: Vec::new(),
    }
}

/// One finished walk.
pub(crate) struct Walked {
    pub(crate) mail: Transit,
    pub(crate) endings: Vec<Ending>,
    pub(crate) engine: Engine,
    pub(crate) class: Class,
}

impl Walked {
    /// What was said of each recipient: tier, reason and detail; empty where delivered.
    pub(crate) fn told(&self) -> Vec<String> {
        let told = |ending: &Ending| match ending {
            Ending::Delivered(..) => String::new(),
            Ending::Settled(tier, cause) => {
                let agent = usize::from(cause.agent);
                let reason = self.engine.reasons(agent)[usize::from(cause.reason)];
                let detail = self.engine.detail(agent, cause.detail);
                format!("{tier} {reason} {detail}").trim_end().to_owned()
            }
        };
        self.endings.iter().map(told).collect()
    }

    /// Whether no agent claims to have anything to do with the case.
    pub(crate) fn idle(&self) -> bool {
        self.engine.busy(&self.class, Signal::Clear).next().is_none()
    }
}

/// Takes a case through an engine, with agents in the order of registration.
pub(crate) fn walk_engine(
    engine: Engine,
    mut case: Case,
    world: &World,
    parse: &dyn Parse,
) -> Walked {
    let mut engine = engine.ready().unwrap();
    let observer = engine.observer();
    let mut findings = observer.findings();
    let (right, case) = (HeaderRight::Strip, &mut case);
    observer.observe(right, case, world, parse, &mut findings);
    let class = engine.take_in(findings).remove(0);
    let roster = engine.roster();
    let enabled = vec![true; usize::from(roster.len())];
    let plan = Plan::new(&roster, &roster.default_order(), &enabled);
    let mut mail = Transit::new();
    let gate = Gate::Literal(mail::Thresholds::default());
    engine.walk(&plan, &class, Signal::Clear, gate, &mut mail);
    let endings =
        (0..class.recipients()).map(|who| engine.ending(&class, &mail, who)).collect();
    Walked { mail, endings, engine, class }
}

/// Takes a case through an engine with one agent.
pub(crate) fn walk<A: Agent + 'static>(agent: A, case: Case, world: &World) -> Walked {
    let mut engine = Engine::new();
    engine.register(agent);
    walk_engine(engine, case, world, &Always(None))
}

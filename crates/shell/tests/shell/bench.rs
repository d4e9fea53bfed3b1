//! A session with a mail system that always delivers.

use agents::PolicySpec;
use shell::{Delivery, Host, Line, Role, Session};

/// Delivers one message to one recipient.
pub(crate) struct Delivers;

impl Host for Delivers {
    fn send(&mut self, _: &PolicySpec, source: &str) -> Result<Vec<Delivery>, String> {
        Ok(vec![Delivery {
            message: source.to_owned(),
            recipient: "ann@corp.example".to_owned(),
            tier: "inbox".to_owned(),
            decided_by: "Server: Delivered".to_owned(),
        }])
    }
}

/// What a script said, and what it made of the policy.
pub(crate) struct Ran {
    pub(crate) policy: PolicySpec,
    pub(crate) output: Vec<String>,
    pub(crate) warnings: Vec<String>,
    /// The fault, on one line.
    pub(crate) fault: Option<String>,
}

impl Ran {
    /// Output and warnings as a page.
    pub(crate) fn page(&self) -> String {
        self.output.join("\n")
    }
}

/// Runs a script on a policy.
pub(crate) fn run_on(policy: &PolicySpec, role: Role, script: &str) -> Ran {
    let mut host = Delivers;
    let mut session = Session::new(policy.clone(), role, &mut host).unwrap();
    let fault = session.run(script).err().map(|fault| fault.on_one_line("s", script));
    let (mut output, mut warnings) = (Vec::new(), Vec::new());
    for line in session.take_lines() {
        match line {
            Line::Output(text) => output.push(text),
            Line::Warning(text) => warnings.push(text),
        }
    }
    Ran { policy: session.policy().clone(), output, warnings, fault }
}

/// Runs a script, which must succeed, on an Edge server with the product's defaults.
pub(crate) fn run(script: &str) -> Ran {
    let ran = run_on(&PolicySpec::default(), Role::Edge, script);
    assert_eq!(ran.fault, None, "{script}");
    ran
}

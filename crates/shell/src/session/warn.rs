//! What a change should make an administrator look at.
//!
//! Source: specification 2.4 and 3.2; decisions on U6 and U7: an order of thresholds that
//! leaves a tier without effect, and a quarantine without a mailbox, are warned of and not
//! refused.

use agents::PolicySpec;

use super::Session;

impl Session<'_> {
    /// Says what a change just made is worth a look, where it was not so before.
    pub(super) fn warn_about(&mut self, before: &PolicySpec) {
        if self.policy.pending_agents != before.pending_agents
            && !self.policy.pending_agents.is_empty()
        {
            self.warn(
                "the change waits for a restart of MSExchangeTransport: \
                 Restart-Service MSExchangeTransport",
            );
        }
        let old = about_thresholds(before);
        for text in about_thresholds(&self.policy) {
            if !old.contains(&text) {
                self.warn(text);
            }
        }
    }
}

fn about_thresholds(policy: &PolicySpec) -> Vec<String> {
    let thresholds = policy.thresholds();
    let tiers = [
        ("delete", thresholds.delete),
        ("reject", thresholds.reject),
        ("quarantine", thresholds.quarantine),
    ];
    let mut texts = Vec::new();
    for (at, (harsh, first)) in tiers.iter().enumerate() {
        for (mild, second) in &tiers[at + 1..] {
            if let (Some(first), Some(second)) = (first, second)
                && first <= second
            {
                texts.push(format!(
                    "the {mild} threshold {second} is never reached: {harsh} acts from \
                     {first} on"
                ));
            }
        }
    }
    if thresholds.quarantine.is_some()
        && policy.content_filter.quarantine_mailbox.is_none()
    {
        texts.push(
            "quarantine is on without a mailbox: set one with Set-ContentFilterConfig \
             -QuarantineMailbox"
                .to_owned(),
        );
    }
    texts
}

//! Cmdlets of the product that a policy cannot express, each with the reason and the cure.
//!
//! FIDELITY lists the same; a test compares the two.

const FACTORY: &str =
    "no code is loaded here; a policy has the ten agents of an Edge server";
const MAILBOX: &str =
    "mailboxes are part of the recorded world; write their settings into its folder";
const LOG: &str =
    "a replay writes its trace into the run folder; read `trace.parquet` there";
const NETWORK: &str =
    "nothing is asked on the network; record the answers in a world folder";

/// Name, and why it cannot be run.
pub(crate) const REFUSED: &[(&str, &str)] = &[
    ("Install-TransportAgent", FACTORY),
    ("Uninstall-TransportAgent", FACTORY),
    ("Set-Mailbox", MAILBOX),
    ("Get-Mailbox", MAILBOX),
    ("Set-MailboxJunkEmailConfiguration", MAILBOX),
    ("Get-MailboxJunkEmailConfiguration", MAILBOX),
    ("Update-SafeList", MAILBOX),
    ("Test-SenderId", NETWORK),
    ("Test-IPBlockListProvider", NETWORK),
    ("Test-IPAllowListProvider", NETWORK),
    ("Set-TransportService", LOG),
    ("Get-TransportService", LOG),
    ("Set-TransportServer", LOG),
    ("Get-TransportServer", LOG),
    ("Get-AgentLog", LOG),
];

//! Cmdlets of the product that a policy cannot express, each with the reason and the cure.
//!
//! FIDELITY lists the same; a test compares the two.

const FACTORY: &str =
    "no code is loaded here; a policy has the ten agents of an Edge server";
const LOG: &str =
    "the log of a replay has no limits of size or age; see `sclbench agent-log export`";

/// Name, and why it cannot be run.
pub(crate) const REFUSED: &[(&str, &str)] = &[
    ("Install-TransportAgent", FACTORY),
    ("Uninstall-TransportAgent", FACTORY),
    ("Set-TransportService", LOG),
    ("Get-TransportService", LOG),
    ("Set-TransportServer", LOG),
    ("Get-TransportServer", LOG),
];

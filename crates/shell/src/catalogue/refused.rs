//! Cmdlets of the product that a policy cannot express, each with the reason and the cure.
//!
//! FIDELITY lists the same; a test compares the two.

const FACTORY: &str =
    "no code is loaded here; a policy has the ten agents of an Edge server";
const SERVER: &str = "2007 and 2010 keep the agent log's settings in EdgeTransport.exe.config; \
                      later editions have Set-TransportService";

/// Name, and why it cannot be run.
pub(crate) const REFUSED: &[(&str, &str)] = &[
    ("Install-TransportAgent", FACTORY),
    ("Uninstall-TransportAgent", FACTORY),
    ("Set-TransportServer", SERVER),
    ("Get-TransportServer", SERVER),
];

//! Settings of the Connection Filtering Agent, as written.

use std::net::{IpAddr, Ipv4Addr};

use serde::{Deserialize, Serialize};

use crate::addresses::Addresses;

const fn yes() -> bool {
    true
}

/// The number by which the shell names an entry. It is no setting: entries that differ in
/// nothing else are equal.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntryNumber(pub Option<u32>);

impl EntryNumber {
    const fn is_absent(&self) -> bool {
        self.0.is_none()
    }
}

impl PartialEq for EntryNumber {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for EntryNumber {}

/// One entry of an IP allow or block list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct IpEntrySpec {
    /// Its number, which both lists share one run of; the shell gives one where there is
    /// none. It changes no verdict.
    #[serde(default, skip_serializing_if = "EntryNumber::is_absent")]
    pub identity: EntryNumber,
    /// `192.0.2.1`, `192.0.2.0/24` or `192.0.2.1-192.0.2.9`.
    pub address: String,
    /// First moment at which the entry no longer holds (RFC 3339); absent is for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiration_time: Option<String>,
    /// Made by sender reputation, not by a person (default false): decides the response.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_machine_generated: bool,
    /// A remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl IpEntrySpec {
    /// Whether the entry holds an address; one that cannot be read holds none.
    pub fn holds(&self, ip: IpAddr) -> bool {
        Addresses::parse("address", &self.address).is_ok_and(|set| set.hold(ip))
    }
}

/// One allow or block list provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProviderSpec {
    /// Name for logs and reports.
    pub name: String,
    /// Domain that is asked.
    pub lookup_domain: String,
    /// Whether it is asked at all (default true).
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Place among the providers from 1, lower first. Absent is last; one that is taken
    /// moves the older provider and those behind it down, as `Add-IPBlockListProvider` does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<usize>,
    /// Any answer is a hit (default false). With no matching setting at all, any answer is
    /// a hit too (decision on U20).
    #[serde(default)]
    pub any_match: bool,
    /// A hit where the bits of the mask's last octet are set in the answer's; see
    /// `bitmask-arithmetic`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bitmask_match: Option<Ipv4Addr>,
    /// A hit where the answer is one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ip_addresses_match: Vec<Ipv4Addr>,
    /// Response to a refused client, at most 240 characters; block list providers only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejection_response: Option<String>,
}

impl ProviderSpec {
    /// Whether an answer of the provider is a hit.
    pub fn takes(&self, answer: Ipv4Addr, arithmetic: BitmaskArithmetic) -> bool {
        let none_set = self.bitmask_match.is_none() && self.ip_addresses_match.is_empty();
        let masked = self.bitmask_match.is_some_and(|mask| {
            let mask = mask.octets()[3];
            let common = answer.octets()[3] & mask;
            match arithmetic {
                BitmaskArithmetic::AllBits => common == mask,
                BitmaskArithmetic::AnyBit => common != 0,
            }
        });
        self.any_match || none_set || masked || self.ip_addresses_match.contains(&answer)
    }
}

/// How a bitmask is compared with an answer (contradiction of the sources, U20).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BitmaskArithmetic {
    /// Every bit of the mask has to be set.
    #[default]
    AllBits,
    /// One bit of the mask is enough.
    AnyBit,
}

/// Switches of one list: `Set-IPAllowListConfig`, `Set-IPAllowListProvidersConfig`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct IpListConfigSpec {
    /// The list counts (default true).
    pub enabled: bool,
    /// It counts for anonymous sessions (default true).
    pub external_mail_enabled: bool,
    /// It counts for authenticated sessions (default false).
    pub internal_mail_enabled: bool,
}

impl Default for IpListConfigSpec {
    fn default() -> Self {
        Self { enabled: true, external_mail_enabled: true, internal_mail_enabled: false }
    }
}

/// Switches and responses of the IP block list: `Set-IPBlockListConfig`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct IpBlockListConfigSpec {
    /// The list counts (default true).
    pub enabled: bool,
    /// It counts for anonymous sessions (default true).
    pub external_mail_enabled: bool,
    /// It counts for authenticated sessions (default false).
    pub internal_mail_enabled: bool,
    /// Response at a machine-generated entry, at most 240 characters; `{0}` stands for the
    /// client's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine_entry_rejection_response: Option<String>,
    /// Response at any other entry, at most 240 characters; `{0}` stands for the client's
    /// address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub static_entry_rejection_response: Option<String>,
}

impl Default for IpBlockListConfigSpec {
    fn default() -> Self {
        Self {
            enabled: true,
            external_mail_enabled: true,
            internal_mail_enabled: false,
            machine_entry_rejection_response: None,
            static_entry_rejection_response: None,
        }
    }
}

/// Switches of the block list providers: `Set-IPBlockListProvidersConfig`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct IpBlockListProvidersConfigSpec {
    /// The providers are asked (default true).
    pub enabled: bool,
    /// They are asked about anonymous sessions (default true).
    pub external_mail_enabled: bool,
    /// They are asked about authenticated sessions (default false).
    pub internal_mail_enabled: bool,
    /// Recipients that providers keep no mail from.
    pub bypassed_recipients: Vec<String>,
}

impl Default for IpBlockListProvidersConfigSpec {
    fn default() -> Self {
        Self {
            enabled: true,
            external_mail_enabled: true,
            internal_mail_enabled: false,
            bypassed_recipients: Vec::new(),
        }
    }
}

/// Settings of the agent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ConnectionFilterSpec {
    /// `Set-IPAllowListConfig`.
    pub ip_allow_list_config: IpListConfigSpec,
    /// `Set-IPBlockListConfig`.
    pub ip_block_list_config: IpBlockListConfigSpec,
    /// `Set-IPAllowListProvidersConfig`.
    pub ip_allow_list_providers_config: IpListConfigSpec,
    /// `Set-IPBlockListProvidersConfig`.
    pub ip_block_list_providers_config: IpBlockListProvidersConfigSpec,
    /// `all-bits` (default) or `any-bit`.
    pub bitmask_arithmetic: BitmaskArithmetic,
    /// `Add-IPAllowListEntry`.
    pub ip_allow_list: Vec<IpEntrySpec>,
    /// `Add-IPBlockListEntry`.
    pub ip_block_list: Vec<IpEntrySpec>,
    /// `Add-IPAllowListProvider`, best priority first.
    pub ip_allow_list_providers: Vec<ProviderSpec>,
    /// `Add-IPBlockListProvider`, best priority first.
    pub ip_block_list_providers: Vec<ProviderSpec>,
}

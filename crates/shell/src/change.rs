//! What changes between two policies, as cmdlets.
//!
//! Each function takes a settings table apart without `..`, so that a new setting cannot be
//! forgotten here.

use agents::{
    AttachmentAction, AttachmentFilterSpec, BlockedSenderAction, ConnectionFilterSpec,
    ContentFilterSpec, IpListConfigSpec, PolicySpec, ProxyServerType,
    RecipientBlockedSenderAction, RecipientFilterSpec, SenderFilterSpec, SenderIdAction,
    SenderIdSpec, SenderReputationSpec,
};
use mail::Scl;

use crate::cmdlet::Cmdlet;
use crate::quoted;

/// Cmdlets for an Edge server, without agents' priorities and switches; none where nothing
/// changes. What differs but is not written is in [`left_out`].
pub fn edge_changes(from: &PolicySpec, to: &PolicySpec) -> Vec<String> {
    let mut lines = content_filter(&from.content_filter, &to.content_filter);
    lines.extend(connection_filter(&from.connection_filter, &to.connection_filter));
    lines.extend(sender_id(&from.sender_id, &to.sender_id).line());
    lines.extend(sender_filter(&from.sender_filter, &to.sender_filter).line());
    lines.extend(recipient_filter(&from.recipient_filter, &to.recipient_filter).line());
    lines.extend(reputation(&from.sender_reputation, &to.sender_reputation).line());
    lines.extend(attachment_filter(&from.attachment_filter, &to.attachment_filter));
    lines
}

/// Cmdlets for the internal organization: one line, or none where nothing changes.
///
/// The product has no switch for the organization's junk test; off is written as 9, above
/// which no SCL lies.
pub fn organization_changes(from: &PolicySpec, to: &PolicySpec) -> Vec<String> {
    let value = |policy: &PolicySpec| {
        let organization = &policy.organization;
        if organization.scl_junk_enabled {
            organization.scl_junk_threshold.get()
        } else {
            9
        }
    };
    Cmdlet::new("Set-OrganizationConfig")
        .number("SCLJunkThreshold", value(from), value(to))
        .line()
        .into_iter()
        .collect()
}

/// Settings that differ and that no script carries over, in words: entries kept in lists on
/// each server, and knobs of the simulation that the product does not have.
pub fn left_out(from: &PolicySpec, to: &PolicySpec) -> Vec<&'static str> {
    let (a, b) = (&from.connection_filter, &to.connection_filter);
    let steps = |spec: &ContentFilterSpec| {
        (
            spec.sender_id_fail_steps,
            spec.sender_id_soft_fail_steps,
            spec.blocked_sender_steps,
            spec.postmark_steps,
            spec.stamped_scl,
            spec.bypass_list_limit,
            spec.missing_quarantine_mailbox,
            spec.safe_domains_included,
        )
    };
    [
        (from.rules != to.rules, "Edge rules"),
        (from.address_rewriting != to.address_rewriting, "address rewriting entries"),
        (
            a.ip_allow_list != b.ip_allow_list || a.ip_block_list != b.ip_block_list,
            "IP allow and block list entries",
        ),
        (
            a.ip_allow_list_providers != b.ip_allow_list_providers
                || a.ip_block_list_providers != b.ip_block_list_providers,
            "allow and block list providers",
        ),
        (
            steps(&from.content_filter) != steps(&to.content_filter),
            "what the simulation of the content filter assumes (of the simulation only)",
        ),
        (
            from.organization.junk_comparison != to.organization.junk_comparison,
            "how the store compares with the junk threshold (of the simulation only)",
        ),
        (
            a.bitmask_arithmetic != b.bitmask_arithmetic
                || from.sender_reputation.srl_comparison
                    != to.sender_reputation.srl_comparison,
            "how masks and reputation levels compare (of the simulation only)",
        ),
        (
            from.receive_connector.identity != to.receive_connector.identity,
            "which connector mail arrives on (of the simulation only)",
        ),
        (from.transport != to.transport, "internal SMTP servers"),
        (
            from.receive_connector.tarpit_interval
                != to.receive_connector.tarpit_interval,
            "tarpit interval",
        ),
        (from.edition != to.edition, "edition"),
    ]
    .into_iter()
    .filter_map(|(differs, what)| differs.then_some(what))
    .collect()
}

fn content_filter(from: &ContentFilterSpec, to: &ContentFilterSpec) -> Vec<String> {
    let ContentFilterSpec {
        enabled,
        external_mail_enabled,
        internal_mail_enabled,
        scl_delete_enabled,
        scl_delete_threshold,
        scl_reject_enabled,
        scl_reject_threshold,
        scl_quarantine_enabled,
        scl_quarantine_threshold,
        quarantine_mailbox,
        rejection_response,
        bypassed_recipients,
        bypassed_sender_domains,
        bypassed_senders,
        phrases,
        // Knobs of the simulation; see `left_out`.
        sender_id_fail_steps: _,
        sender_id_soft_fail_steps: _,
        blocked_sender_steps: _,
        postmark_steps: _,
        stamped_scl: _,
        bypass_list_limit: _,
        missing_quarantine_mailbox: _,
        safe_domains_included: _,
        outlook_email_postmark_validation_enabled: postmark,
    } = to;
    let response = (from.rejection_response.as_deref(), rejection_response.as_deref());
    let mailbox = (from.quarantine_mailbox.as_deref(), quarantine_mailbox.as_deref());
    let line = Cmdlet::new("Set-ContentFilterConfig")
        .switch("Enabled", from.enabled, *enabled)
        .switch("ExternalMailEnabled", from.external_mail_enabled, *external_mail_enabled)
        .switch("InternalMailEnabled", from.internal_mail_enabled, *internal_mail_enabled)
        .switch(
            "OutlookEmailPostmarkValidationEnabled",
            from.outlook_email_postmark_validation_enabled,
            *postmark,
        )
        .text("QuarantineMailbox", mailbox.0, mailbox.1)
        .tier(
            "Delete",
            (from.scl_delete_enabled, from.scl_delete_threshold.get()),
            (*scl_delete_enabled, scl_delete_threshold.get()),
        )
        .tier(
            "Reject",
            (from.scl_reject_enabled, from.scl_reject_threshold.get()),
            (*scl_reject_enabled, scl_reject_threshold.get()),
        )
        .tier(
            "Quarantine",
            (from.scl_quarantine_enabled, from.scl_quarantine_threshold.get()),
            (*scl_quarantine_enabled, scl_quarantine_threshold.get()),
        )
        .text("RejectionResponse", response.0, response.1)
        .list("BypassedRecipients", &from.bypassed_recipients, bypassed_recipients)
        .list(
            "BypassedSenderDomains",
            &from.bypassed_sender_domains,
            bypassed_sender_domains,
        )
        .list("BypassedSenders", &from.bypassed_senders, bypassed_senders)
        .line();
    let gone = from.phrases.iter().filter(|phrase| !phrases.contains(phrase));
    let new = phrases.iter().filter(|phrase| !from.phrases.contains(phrase));
    let remove = gone.map(|phrase| {
        let text = quoted(&phrase.phrase);
        format!("Remove-ContentFilterPhrase -Phrase {text} -Confirm:$false")
    });
    let add = new.map(|phrase| {
        let text = quoted(&phrase.phrase);
        let good = phrase.influence.scl() == Scl::MIN;
        let influence = if good { "GoodWord" } else { "BadWord" };
        format!("Add-ContentFilterPhrase -Phrase {text} -Influence {influence}")
    });
    line.into_iter().chain(remove).chain(add).collect()
}

/// The switches of the four lists.
fn connection_filter(
    from: &ConnectionFilterSpec,
    to: &ConnectionFilterSpec,
) -> Vec<String> {
    let ConnectionFilterSpec {
        ip_allow_list_config: allow,
        ip_block_list_config: block,
        ip_allow_list_providers_config: allow_providers,
        ip_block_list_providers_config: block_providers,
        // Entries, and a knob of the simulation; see `left_out`.
        bitmask_arithmetic: _,
        ip_allow_list: _,
        ip_block_list: _,
        ip_allow_list_providers: _,
        ip_block_list_providers: _,
    } = to;
    let switches = |name: &'static str, from: [bool; 3], to: [bool; 3]| {
        Cmdlet::new(name)
            .switch("Enabled", from[0], to[0])
            .switch("ExternalMailEnabled", from[1], to[1])
            .switch("InternalMailEnabled", from[2], to[2])
    };
    let plain = |name: &'static str, from: &IpListConfigSpec, to: &IpListConfigSpec| {
        let of = |config: &IpListConfigSpec| {
            [config.enabled, config.external_mail_enabled, config.internal_mail_enabled]
        };
        switches(name, of(from), of(to))
    };
    let old = &from.ip_block_list_config;
    let block_list = switches(
        "Set-IPBlockListConfig",
        [old.enabled, old.external_mail_enabled, old.internal_mail_enabled],
        [block.enabled, block.external_mail_enabled, block.internal_mail_enabled],
    )
    .text(
        "MachineEntryRejectionResponse",
        old.machine_entry_rejection_response.as_deref(),
        block.machine_entry_rejection_response.as_deref(),
    )
    .text(
        "StaticEntryRejectionResponse",
        old.static_entry_rejection_response.as_deref(),
        block.static_entry_rejection_response.as_deref(),
    );
    let (old, new) = (&from.ip_block_list_providers_config, block_providers);
    let providers = switches(
        "Set-IPBlockListProvidersConfig",
        [old.enabled, old.external_mail_enabled, old.internal_mail_enabled],
        [new.enabled, new.external_mail_enabled, new.internal_mail_enabled],
    )
    .list("BypassedRecipients", &old.bypassed_recipients, &new.bypassed_recipients);
    [
        plain("Set-IPAllowListConfig", &from.ip_allow_list_config, allow),
        plain(
            "Set-IPAllowListProvidersConfig",
            &from.ip_allow_list_providers_config,
            allow_providers,
        ),
        block_list,
        providers,
    ]
    .into_iter()
    .filter_map(Cmdlet::line)
    .collect()
}

fn sender_id(from: &SenderIdSpec, to: &SenderIdSpec) -> Cmdlet {
    const fn word(action: SenderIdAction) -> &'static str {
        match action {
            SenderIdAction::StampStatus => "StampStatus",
            SenderIdAction::Reject => "Reject",
            SenderIdAction::Delete => "Delete",
        }
    }
    let SenderIdSpec {
        enabled,
        external_mail_enabled,
        internal_mail_enabled,
        spoofed_domain_action,
        temp_error_action,
        bypassed_recipients,
        bypassed_sender_domains,
    } = to;
    let spoofed = (word(from.spoofed_domain_action), word(*spoofed_domain_action));
    let failed = (word(from.temp_error_action), word(*temp_error_action));
    let domains = &from.bypassed_sender_domains;
    Cmdlet::new("Set-SenderIdConfig")
        .switch("Enabled", from.enabled, *enabled)
        .switch("ExternalMailEnabled", from.external_mail_enabled, *external_mail_enabled)
        .switch("InternalMailEnabled", from.internal_mail_enabled, *internal_mail_enabled)
        .word("SpoofedDomainAction", spoofed.0, spoofed.1)
        .word("TempErrorAction", failed.0, failed.1)
        .list("BypassedRecipients", &from.bypassed_recipients, bypassed_recipients)
        .list("BypassedSenderDomains", domains, bypassed_sender_domains)
}

fn sender_filter(from: &SenderFilterSpec, to: &SenderFilterSpec) -> Cmdlet {
    const fn word(action: BlockedSenderAction) -> &'static str {
        match action {
            BlockedSenderAction::Reject => "Reject",
            BlockedSenderAction::StampStatus => "StampStatus",
        }
    }
    const fn own(action: RecipientBlockedSenderAction) -> &'static str {
        match action {
            RecipientBlockedSenderAction::Reject => "Reject",
            RecipientBlockedSenderAction::Delete => "Delete",
        }
    }
    let SenderFilterSpec {
        enabled,
        external_mail_enabled,
        internal_mail_enabled,
        action,
        blank_sender_blocking_enabled: blank,
        blocked_senders,
        blocked_domains,
        blocked_domains_and_subdomains: below,
        recipient_blocked_sender_action,
    } = to;
    let theirs = own(from.recipient_blocked_sender_action);
    Cmdlet::new("Set-SenderFilterConfig")
        .switch("Enabled", from.enabled, *enabled)
        .switch("ExternalMailEnabled", from.external_mail_enabled, *external_mail_enabled)
        .switch("InternalMailEnabled", from.internal_mail_enabled, *internal_mail_enabled)
        .word("Action", word(from.action), word(*action))
        .switch("BlankSenderBlockingEnabled", from.blank_sender_blocking_enabled, *blank)
        .list("BlockedSenders", &from.blocked_senders, blocked_senders)
        .list("BlockedDomains", &from.blocked_domains, blocked_domains)
        .list("BlockedDomainsAndSubdomains", &from.blocked_domains_and_subdomains, below)
        .word(
            "RecipientBlockedSenderAction",
            theirs,
            own(*recipient_blocked_sender_action),
        )
}

fn recipient_filter(from: &RecipientFilterSpec, to: &RecipientFilterSpec) -> Cmdlet {
    let RecipientFilterSpec {
        enabled,
        external_mail_enabled,
        internal_mail_enabled,
        block_list_enabled,
        blocked_recipients,
        recipient_validation_enabled: validation,
    } = to;
    Cmdlet::new("Set-RecipientFilterConfig")
        .switch("Enabled", from.enabled, *enabled)
        .switch("ExternalMailEnabled", from.external_mail_enabled, *external_mail_enabled)
        .switch("InternalMailEnabled", from.internal_mail_enabled, *internal_mail_enabled)
        .switch("BlockListEnabled", from.block_list_enabled, *block_list_enabled)
        .list("BlockedRecipients", &from.blocked_recipients, blocked_recipients)
        .switch(
            "RecipientValidationEnabled",
            from.recipient_validation_enabled,
            *validation,
        )
}

fn reputation(from: &SenderReputationSpec, to: &SenderReputationSpec) -> Cmdlet {
    const fn word(kind: ProxyServerType) -> &'static str {
        match kind {
            ProxyServerType::None => "None",
            ProxyServerType::Cisco => "Cisco",
            ProxyServerType::HttpConnect => "HttpConnect",
            ProxyServerType::HttpPost => "HttpPost",
            ProxyServerType::Socks4 => "Socks4",
            ProxyServerType::Socks5 => "Socks5",
            ProxyServerType::Telnet => "Telnet",
            ProxyServerType::Wingate => "Wingate",
        }
    }
    let SenderReputationSpec {
        enabled,
        external_mail_enabled,
        internal_mail_enabled,
        sender_blocking_enabled,
        sender_blocking_period,
        srl_block_threshold,
        // A knob of the simulation; see `left_out`.
        srl_comparison: _,
        open_proxy_detection_enabled: proxies,
        proxy_server_name,
        proxy_server_port,
        proxy_server_type,
    } = to;
    let kind = (word(from.proxy_server_type), word(*proxy_server_type));
    let name = (from.proxy_server_name.as_deref(), proxy_server_name.as_deref());
    let period = (from.sender_blocking_period, *sender_blocking_period);
    Cmdlet::new("Set-SenderReputationConfig")
        .switch("Enabled", from.enabled, *enabled)
        .switch("ExternalMailEnabled", from.external_mail_enabled, *external_mail_enabled)
        .switch("InternalMailEnabled", from.internal_mail_enabled, *internal_mail_enabled)
        .switch(
            "SenderBlockingEnabled",
            from.sender_blocking_enabled,
            *sender_blocking_enabled,
        )
        .number("SenderBlockingPeriod", period.0, period.1)
        .switch("OpenProxyDetectionEnabled", from.open_proxy_detection_enabled, *proxies)
        .text("ProxyServerName", name.0, name.1)
        .number("ProxyServerPort", from.proxy_server_port, *proxy_server_port)
        .word("ProxyServerType", kind.0, kind.1)
        .number("SrlBlockThreshold", from.srl_block_threshold, *srl_block_threshold)
}

fn attachment_filter(
    from: &AttachmentFilterSpec,
    to: &AttachmentFilterSpec,
) -> Vec<String> {
    const fn word(action: AttachmentAction) -> &'static str {
        match action {
            AttachmentAction::Strip => "Strip",
            AttachmentAction::Reject => "Reject",
            AttachmentAction::SilentDelete => "SilentDelete",
        }
    }
    let AttachmentFilterSpec {
        action,
        admin_message,
        reject_response,
        exception_connectors: connectors,
        entries,
    } = to;
    let line = Cmdlet::new("Set-AttachmentFilterListConfig")
        .word("Action", word(from.action), word(*action))
        .text("AdminMessage", Some(&from.admin_message), Some(admin_message))
        .text("RejectResponse", Some(&from.reject_response), Some(reject_response))
        .list("ExceptionConnectors", &from.exception_connectors, connectors)
        .line();
    let gone = from.entries.iter().filter(|entry| !entries.contains(entry));
    let new = entries.iter().filter(|entry| !from.entries.contains(entry));
    let remove = gone.map(|entry| {
        format!("Remove-AttachmentFilterEntry {} -Confirm:$false", quoted(entry))
    });
    let add = new.map(|entry| {
        let (kind, name) = entry.split_once(':').unwrap_or(("FileName", entry));
        let content_type = kind.eq_ignore_ascii_case("ContentType");
        let kind = if content_type { "ContentType" } else { "FileName" };
        format!("Add-AttachmentFilterEntry -Name {} -Type {kind}", quoted(name))
    });
    line.into_iter().chain(remove).chain(add).collect()
}

//! Scripts of single settings, whole and in the pieces that the report uses.

use agents::PolicySpec;
use analysis::RunFile;
use anyhow::Result;
use mail::{Threshold, Thresholds};
use report::html::{Axes, Choice, Scripts};
use shell::{PriorityChange, Script, ScriptKind};

/// What a script of the report rests on; the line that names the setting comes last.
fn evidence(file: &RunFile) -> Vec<String> {
    let made = &file.provenance;
    let mut lines = vec![
        format!("Command: {}", made.command),
        format!("sclbench {}, seed {}", made.version, made.seed),
    ];
    lines.extend(
        made.inputs.iter().map(|i| format!("{} {} sha256 {}", i.role, i.name, i.sha256)),
    );
    lines
}

/// The line that names a setting, as it stands in the address of the page.
fn named(fragment: &str) -> String {
    format!("Setting of the report: {fragment}")
}

/// The script of one setting.
///
/// # Errors
///
/// The policy cannot take the order.
pub(crate) fn script(
    kind: ScriptKind,
    file: &RunFile,
    from: &PolicySpec,
    choice: (&Choice, &[String]),
    thresholds: &Thresholds,
) -> Result<Script> {
    let (choice, agents) = choice;
    let mut evidence = evidence(file);
    evidence.push(named(&thresholds.to_string()));
    let to = policy(from, choice, agents, thresholds)?;
    Ok(match kind {
        ScriptKind::Edge => shell::edge_script(from, &to, &changes(choice), &evidence)?,
        ScriptKind::Organization => shell::organization_script(from, &to, &evidence),
    })
}

fn policy(
    from: &PolicySpec,
    choice: &Choice,
    agents: &[String],
    thresholds: &Thresholds,
) -> Result<PolicySpec> {
    let mut to = from.clone();
    let names: Vec<String> =
        choice.order.iter().map(|at| agents[usize::from(*at)].clone()).collect();
    to.set_order(&names)?;
    to.set_thresholds(thresholds);
    Ok(to)
}

fn changes(choice: &Choice) -> Vec<PriorityChange> {
    let change = |m: &report::html::PriorityChange| PriorityChange {
        agent: m.agent.clone(),
        priority: m.priority,
    };
    choice.moves.iter().map(change).collect()
}

fn threshold(value: Option<u8>) -> Option<Threshold> {
    value.and_then(|value| Threshold::new(value.into()).ok())
}

/// The pieces, for every choice and every threshold setting.
///
/// # Errors
///
/// The policy cannot take an order.
pub(crate) fn pieces(
    file: &RunFile,
    from: &PolicySpec,
    agents: &[String],
    choices: &[Choice],
    axes: &Axes,
) -> Result<Scripts> {
    let evidence = evidence(file);
    let opening = |kind: ScriptKind| {
        // Without the empty line at the end, before which the setting is named.
        let mut lines = kind.opening(&evidence);
        lines.pop();
        lines
    };
    let names = |spec: &PolicySpec| -> Result<Vec<&'static str>> {
        Ok(spec.agent_order()?.iter().map(|(name, _)| *name).collect())
    };
    let start = names(from)?;
    let mut out = Scripts {
        edge_opening: opening(ScriptKind::Edge),
        organization_opening: opening(ScriptKind::Organization),
        mailbox: shell::comment(shell::QUARANTINE_MAILBOX),
        nothing: shell::comment(shell::NOTHING),
        rollback: shell::comment(shell::ROLLBACK),
        restart: shell::RESTART.to_owned(),
        no_restart: shell::no_restart(),
        ..Scripts::default()
    };
    for choice in choices {
        let to = policy(from, choice, agents, &Thresholds::default())?;
        let goal = names(&to)?;
        out.moves.push(shell::priority_lines(&start, &goal, &changes(choice)));
        out.moves_back.push(shell::priority_lines(&goal, &start, &[]));
    }
    let with = |thresholds: Thresholds| {
        let mut to = from.clone();
        to.set_thresholds(&thresholds);
        to
    };
    for delete in &axes.delete {
        for reject in &axes.reject {
            for quarantine in &axes.quarantine {
                let to = with(Thresholds {
                    delete: threshold(*delete),
                    reject: threshold(*reject),
                    quarantine: threshold(*quarantine),
                    junk: None,
                });
                out.edge.push(shell::edge_changes(from, &to).join("\n"));
                out.edge_back.push(shell::edge_changes(&to, from).join("\n"));
            }
        }
    }
    for quarantine in &axes.quarantine {
        let to = with(Thresholds {
            quarantine: threshold(*quarantine),
            ..Thresholds::default()
        });
        out.lacks_mailbox.push(shell::lacks_quarantine_mailbox(from, &to));
    }
    for junk in &axes.junk {
        let to = with(Thresholds { junk: threshold(*junk), ..Thresholds::default() });
        out.organization.push(shell::organization_changes(from, &to).join("\n"));
        out.organization_back.push(shell::organization_changes(&to, from).join("\n"));
    }
    Ok(out)
}

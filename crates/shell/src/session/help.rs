//! Help: what a cmdlet does and takes, from the same tables that run it.

use agents::PolicySpec;

use super::bind::COMMON;
use crate::catalogue::{Action, Cmdlet, Parameter, Special, Takes, all, find};

/// Help for a cmdlet; for `about`, on the language; for nothing, a list. `None` where
/// there is no such cmdlet.
pub fn help(name: &str) -> Option<Vec<String>> {
    if name.is_empty() {
        let mut lines = vec![
            "`Get-Help NAME` explains a cmdlet, `Get-Help about` the language; `exit` ends."
                .to_owned(),
        ];
        let names = all().iter().filter(|c| !matches!(c.action, Action::Refused(_)));
        lines.extend(names.map(|cmdlet| format!("{:<34} {}", cmdlet.name, cmdlet.about)));
        return Some(lines);
    }
    if name.eq_ignore_ascii_case("about") {
        return Some(ABOUT.lines().map(str::to_owned).collect());
    }
    let cmdlet = find(name)?;
    let mut lines = vec![cmdlet.name.clone(), format!("    {}", cmdlet.about)];
    let short: Vec<&str> = Special::ALIASES
        .iter()
        .filter(|(_, full)| *full == cmdlet.name)
        .map(|(short, _)| *short)
        .collect();
    if !short.is_empty() {
        lines.push(format!("    short: {}", short.join(", ")));
    }
    if let Action::Refused(_) = cmdlet.action {
        return Some(lines);
    }
    let parameters = cmdlet.parameters();
    let default = PolicySpec::default();
    for parameter in &parameters {
        lines.push(format!("-{} {}", parameter.name, takes(parameter)));
        lines.push(format!(
            "    {}{}",
            parameter.about,
            shown_default(cmdlet, parameter, &default)
        ));
    }
    let common: Vec<String> =
        COMMON.iter().map(|known| format!("-{}", known.name)).collect();
    lines.push(format!("and {}", common.join(", ")));
    Some(lines)
}

fn takes(parameter: &Parameter) -> String {
    let what = match parameter.takes {
        Takes::Nothing => String::new(),
        Takes::Value(kind) => format!("<{}>", kind.words()),
        Takes::Anything => "<values>".to_owned(),
    };
    match parameter.position {
        Some(at) => format!("{what} (value {} without a name)", at + 1),
        None => what,
    }
}

fn shown_default(cmdlet: &Cmdlet, parameter: &Parameter, policy: &PolicySpec) -> String {
    let Action::Set(config) = cmdlet.action else { return String::new() };
    let row = config.rows.iter().find(|row| row.name == parameter.name);
    let value = row.map(|row| (row.get)(policy).text()).unwrap_or_default();
    if value.is_empty() || value.len() > 60 {
        String::new()
    } else {
        format!(" (default {value})")
    }
}

const ABOUT: &str = "\
Lines are commands: Verb-Noun -Name value, or -Name:value; a unique beginning of a name will do.
Values: $true, $false, $null, numbers (10KB, 1MB), 'text' with '' for a quote, \"text\" with
backtick escapes and $variables, one,two,three or @(one,two), @{Add='a'; Remove='b'} for lists,
and here-strings. # and <# #> are comments; a backtick at the end continues the line.
Pipes: | Select-Object, | Where-Object, | Sort-Object, | ForEach-Object { }, | Format-List,
| Format-Table, and Get-X | Remove-X. $name = value sets a variable, $name += value adds to it.
Comparisons: -eq -ne -gt -ge -lt -le -like -match -contains -in and their -not forms; letter
case matters behind a c only: -ceq, -clike. Dates are read as in en-US, month first, in UTC: '5/31/2026 2:30 PM'.
Nothing is ever run on this machine: cmdlets act on the policy.
Changes of agents wait for Restart-Service MSExchangeTransport.
A comment that begins with #sclbench: is read as a command here and skipped by the product.";

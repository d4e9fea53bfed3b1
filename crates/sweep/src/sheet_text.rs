//! Profiles as short texts, for tables.
//!
//! `GATE;END` or `GATE;PASS|QUARANTINE|REJECT|DELETE`, the ends under each action of the
//! content filter's gate. GATE is `-` where the filter was not asked, else the SCL and the
//! mailbox's own delete, reject and quarantine thresholds, two characters each: `-`, `n`,
//! `y` for its switch and `-` or a digit for its number: `6/------`. END is a tier and the
//! number of a cause (`reject.12`), or a delivery with the SCL at the store and what the
//! junk rule knows (`=6/--n--`: rule off `x`, trusted only `t`, trust `n`, `s` or `b`, own
//! threshold).

use std::fmt::Write as _;

use mail::{Scl, Threshold, ThresholdOverride, Tier};
use pipeline::{GateRecord, Junk, Overrides, SenderTrust};

use crate::RecipientProfile;
use crate::profile::End;

impl RecipientProfile {
    /// Positions of the causes it names.
    pub(crate) fn causes(&self) -> Vec<usize> {
        let cause = |end: &End| match end {
            End::Settled(_, cause) => Some(usize::from(*cause)),
            End::Delivered(..) => None,
        };
        self.ends.iter().filter_map(cause).collect()
    }

    /// The profile as a text.
    pub fn text(&self) -> String {
        let mut out = String::new();
        match &self.gate {
            None => out.push('-'),
            Some(GateRecord { scl, overrides }) => {
                let Overrides { delete, reject, quarantine } = overrides;
                let own: String = [delete, reject, quarantine].map(own_text).concat();
                write!(out, "{}/{own}", scl.get()).expect("a string takes all");
            }
        }
        let ends = self.ends.map(|end| end_text(&end));
        let same = ends.iter().all(|end| *end == ends[0]);
        let shown = if same { &ends[..1] } else { &ends[..] };
        write!(out, ";{}", shown.join("|")).expect("a string takes all");
        out
    }

    /// The profile of a text.
    pub fn parse(text: &str) -> Option<Self> {
        let (gate, ends) = text.split_once(';')?;
        let gate = match gate {
            "-" => None,
            gate => {
                let (scl, own) = gate.split_once('/')?;
                let own: Vec<_> =
                    own.as_bytes().chunks(2).map(own_of).collect::<Option<_>>()?;
                let [delete, reject, quarantine] = own[..] else { return None };
                let overrides = Overrides { delete, reject, quarantine };
                Some(GateRecord { scl: scl_of(scl)?, overrides })
            }
        };
        let ends: Vec<End> = ends.split('|').map(end_of).collect::<Option<_>>()?;
        let ends = match ends[..] {
            [one] => [one; 4],
            [pass, quarantine, reject, delete] => [pass, quarantine, reject, delete],
            _ => return None,
        };
        Some(Self { gate, ends })
    }
}

fn own_text(own: &ThresholdOverride) -> String {
    let enabled = match own.enabled {
        None => '-',
        Some(false) => 'n',
        Some(true) => 'y',
    };
    let threshold = own.threshold.map_or('-', |t| char::from(b'0' + t.get()));
    String::from_iter([enabled, threshold])
}

fn own_of(bytes: &[u8]) -> Option<ThresholdOverride> {
    let [enabled, threshold] = bytes else { return None };
    let enabled = match enabled {
        b'-' => None,
        b'n' => Some(false),
        b'y' => Some(true),
        _ => return None,
    };
    let threshold = match threshold {
        b'-' => None,
        digit => Some(Threshold::new(i64::from(digit.checked_sub(b'0')?)).ok()?),
    };
    Some(ThresholdOverride { enabled, threshold })
}

fn scl_of(text: &str) -> Option<Scl> {
    Scl::new(text.parse().ok()?).ok()
}

fn end_text(end: &End) -> String {
    match end {
        End::Settled(tier, cause) => format!("{tier}.{cause}"),
        End::Delivered(scl, Junk { rule_off, trusted_only, trust, own }) => {
            let scl = scl.map_or_else(|| "-".to_owned(), |scl| scl.get().to_string());
            let trust = match trust {
                SenderTrust::Neither => 'n',
                SenderTrust::Safe => 's',
                SenderTrust::Blocked => 'b',
            };
            let off = if *rule_off { 'x' } else { '-' };
            let only = if *trusted_only { 't' } else { '-' };
            format!("={scl}/{off}{only}{trust}{}", own_text(own))
        }
    }
}

fn end_of(text: &str) -> Option<End> {
    let Some(delivered) = text.strip_prefix('=') else {
        let (tier, cause) = text.split_once('.')?;
        return Some(End::Settled(tier.parse::<Tier>().ok()?, cause.parse().ok()?));
    };
    let (scl, junk) = delivered.split_once('/')?;
    let scl = match scl {
        "-" => None,
        scl => Some(scl_of(scl)?),
    };
    let [off, only, trust, own @ ..] = junk.as_bytes() else { return None };
    let flag = |byte: &u8, on: u8| match *byte {
        b'-' => Some(false),
        byte => (byte == on).then_some(true),
    };
    let trust = match trust {
        b'n' => SenderTrust::Neither,
        b's' => SenderTrust::Safe,
        b'b' => SenderTrust::Blocked,
        _ => return None,
    };
    let junk = Junk {
        rule_off: flag(off, b'x')?,
        trusted_only: flag(only, b't')?,
        trust,
        own: own_of(own)?,
    };
    Some(End::Delivered(scl, junk))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_back_and_others_refused() {
        for text in [
            "-;reject.3",
            "6/------;=6/--n--|quarantine.9|reject.8|delete.7",
            "-1/y9n--4;=-/xtby4",
            "9/------;=-1/--s-0|inbox.0|junk.1|delete.65535",
        ] {
            assert_eq!(RecipientProfile::parse(text).unwrap().text(), text);
        }
        for text in [
            "",
            ";",
            "-;",
            "-;reject",
            "-;reject.x",
            "10/------;reject.1",
            "6/-----;reject.1",
            "6/--------;reject.1",
            "-;=6/--n-",
            "-;=6/--q--",
            "-;=6/y-n--",
            "-;=6/--n-x",
            "-;reject.1|reject.1",
            "-;bounce.1",
            "é/------;reject.1",
        ] {
            assert!(RecipientProfile::parse(text).is_none(), "{text}");
        }
    }
}

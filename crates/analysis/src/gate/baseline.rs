//! The baseline file: where every message ended, said in few lines.
//!
//! Most messages of a label end at one tier. The file names that tier once and has one line
//! for each message that ended elsewhere, sorted by label and digest, so that a change of
//! one message changes one line. The digest of the corpus says which messages the others
//! are.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use mail::{CaseId, Label, Tier};
use serde::{Deserialize, Serialize};

use crate::{CaseEnding, Error};

/// Version of the file.
const FORMAT: u32 = 1;
/// Hexadecimal digits of a message's digest in the file.
const DIGITS: usize = 20;

/// A message in a baseline: label, the first twenty digits of its digest, and, where exact
/// copies were kept, `#2` for the second of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Key {
    /// Label.
    pub label: Label,
    /// Digest, shortened.
    pub id: String,
}

impl Key {
    /// The key of the `copy`-th message (from 0) of that digest.
    pub fn new(label: Label, id: CaseId, copy: usize) -> Self {
        let mut text = id.to_string()[..DIGITS].to_owned();
        if copy > 0 {
            text = format!("{text}#{}", copy + 1);
        }
        Self { label, id: text }
    }

    fn parse(line: &str) -> Option<(Self, Tier)> {
        let mut words = line.split(' ');
        let label = words.next()?.parse().ok()?;
        let id = words.next()?;
        let tier = words.next()?.parse().ok()?;
        let (digits, copy) = id.split_once('#').unwrap_or((id, "2"));
        let whole = words.next().is_none()
            && digits.len() == DIGITS
            && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
            && copy.parse::<usize>().is_ok_and(|copy| copy > 1);
        whole.then(|| (Self { label, id: id.to_owned() }, tier))
    }
}

/// What a baseline was made from; a digest that changed explains a change of endings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Inputs {
    /// Version of the program.
    pub version: String,
    /// Digest of the messages' labels and digests.
    pub corpus: String,
    /// Digest of the policy.
    pub policy: String,
    /// Digest of the model, or `none`.
    pub model: String,
    /// Digest of the recorded world, or `none`.
    pub world: String,
}

/// What the gate lets pass: `[guard]` of the baseline, kept by updates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Guard {
    /// Chance of failing although nothing became worse, over all comparisons together.
    /// Default 0.05.
    pub alpha: f64,
    /// A net loss of good mail at one tier up to this share passes whatever the evidence.
    /// Default 0.001: one good message in a thousand, the smallest budget of the default
    /// goal.
    pub loss_ham: f64,
    /// The same of spam. Default 0.005: spam missed costs a reader less than good mail lost.
    pub loss_spam: f64,
    /// The gate answers "cannot judge" where a loss of this share could pass unseen.
    /// Default 1: asks nothing.
    pub must_detect: f64,
}

impl Default for Guard {
    fn default() -> Self {
        Self { alpha: 0.05, loss_ham: 0.001, loss_spam: 0.005, must_detect: 1.0 }
    }
}

impl Guard {
    /// The loss that passes.
    pub fn allowed(&self, label: Label) -> f64 {
        match label {
            Label::Ham => self.loss_ham,
            Label::Spam => self.loss_spam,
        }
    }

    fn check(&self) -> Result<(), String> {
        let share = "use a share from 0 to 1, such as 0.001";
        let rows = [
            (
                "alpha",
                self.alpha,
                self.alpha > 0.0 && self.alpha <= 0.5,
                "use a level above 0 and at most 0.5, such as 0.05",
            ),
            ("loss-ham", self.loss_ham, (0.0..=1.0).contains(&self.loss_ham), share),
            ("loss-spam", self.loss_spam, (0.0..=1.0).contains(&self.loss_spam), share),
            (
                "must-detect",
                self.must_detect,
                (0.0..=1.0).contains(&self.must_detect),
                share,
            ),
        ];
        match rows.into_iter().find(|row| !row.2) {
            Some((key, value, _, cure)) => {
                Err(format!("guard.{key} is `{value}`; {cure}"))
            }
            None => Ok(()),
        }
    }
}

/// A baseline.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// What it was made from.
    pub made: Inputs,
    /// What passes.
    pub guard: Guard,
    /// `counts[label][tier]`.
    pub counts: [[u64; 5]; 2],
    /// Where most of a label ended.
    pub usual: [Tier; 2],
    /// Messages that must never end worse than at this tier.
    pub never: BTreeMap<Key, Tier>,
    /// Messages that did not end at the usual tier.
    pub elsewhere: BTreeMap<Key, Tier>,
}

impl Baseline {
    /// The baseline of these endings, with the guard and the list of an older one.
    pub fn new(
        endings: &[CaseEnding],
        made: Inputs,
        guard: Guard,
        never: BTreeMap<Key, Tier>,
    ) -> Self {
        let keyed = keyed(endings);
        let mut counts = [[0; 5]; 2];
        for (key, ending) in &keyed {
            counts[key.label.index()][ending.tier.index()] += 1;
        }
        let usual = counts.map(|counts: [u64; 5]| {
            let most = counts.into_iter().max();
            let at =
                Tier::ALL.into_iter().find(|tier| Some(counts[tier.index()]) == most);
            at.unwrap_or(Tier::Inbox)
        });
        let elsewhere = keyed
            .into_iter()
            .filter(|(key, ending)| ending.tier != usual[key.label.index()])
            .map(|(key, ending)| (key, ending.tier))
            .collect();
        Self { made, guard, counts, usual, never, elsewhere }
    }

    /// Where a message of the baseline's corpus ended.
    pub fn tier(&self, key: &Key) -> Tier {
        self.elsewhere.get(key).copied().unwrap_or(self.usual[key.label.index()])
    }

    /// Messages of a label.
    pub fn total(&self, label: Label) -> u64 {
        self.counts[label.index()].iter().sum()
    }

    /// The file's text; the same baseline always gives the same bytes.
    pub fn text(&self) -> String {
        let Inputs { version, corpus, policy, model, world } = &self.made;
        let Guard { alpha, loss_ham, loss_spam, must_detect } = self.guard;
        let mut text = String::from(
            "# Baseline of `sclbench check`: where every message ended. `--update` writes it;\n\
             # commit it. [guard] and [never-regress] are for you to edit and are kept.\n",
        );
        let mut line = |words: std::fmt::Arguments<'_>| {
            text.write_fmt(words)
                .and_then(|()| text.write_char('\n'))
                .expect("a string takes all");
        };
        line(format_args!("format = {FORMAT}\n"));
        line(format_args!("[guard]"));
        line(format_args!("alpha = {alpha:?}"));
        line(format_args!("loss-ham = {loss_ham:?}"));
        line(format_args!("loss-spam = {loss_spam:?}"));
        line(format_args!("must-detect = {must_detect:?}\n"));
        line(format_args!("# No message here may end worse than at its tier."));
        line(format_args!("[never-regress]"));
        lines(&mut line, &self.never);
        line(format_args!("\n[made]"));
        for (key, value) in [
            ("version", version),
            ("corpus", corpus),
            ("policy", policy),
            ("model", model),
            ("world", world),
        ] {
            line(format_args!("{key} = {value:?}"));
        }
        for label in Label::ALL {
            line(format_args!("\n[{label}]"));
            line(format_args!("total = {}", self.total(label)));
            line(format_args!("usual = \"{}\"", self.usual[label.index()]));
            for tier in Tier::ALL {
                let count = self.counts[label.index()][tier.index()];
                line(format_args!("{tier} = {count}"));
            }
        }
        line(format_args!("\n# Messages that ended elsewhere than most of their label."));
        line(format_args!("[elsewhere]"));
        lines(&mut line, &self.elsewhere);
        text
    }

    /// Reads a file's text; `path` is for messages.
    ///
    /// # Errors
    ///
    /// [`Error::Baseline`] naming file, place and cure.
    pub fn parse(text: &str, path: &Path) -> Result<Self, Error> {
        Spec::read(text)
            .and_then(Spec::resolve)
            .map_err(|what| Error::Baseline { path: path.to_owned(), what })
    }
}

fn lines(line: &mut impl FnMut(std::fmt::Arguments<'_>), list: &BTreeMap<Key, Tier>) {
    if list.is_empty() {
        line(format_args!("messages = []"));
        return;
    }
    line(format_args!("messages = ["));
    for (Key { label, id }, tier) in list {
        line(format_args!("  \"{label} {id} {tier}\","));
    }
    line(format_args!("]"));
}

/// Endings by key, sorted; copies are numbered in corpus order.
pub(super) fn keyed(endings: &[CaseEnding]) -> BTreeMap<Key, &CaseEnding> {
    let mut copies: BTreeMap<(Label, CaseId), usize> = BTreeMap::new();
    endings
        .iter()
        .map(|ending| {
            let copy = copies.entry((ending.label, ending.id)).or_default();
            let key = Key::new(ending.label, ending.id, *copy);
            *copy += 1;
            (key, ending)
        })
        .collect()
}

/// The file as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Spec {
    format: u32,
    #[serde(default)]
    guard: Guard,
    #[serde(default)]
    never_regress: List,
    made: Inputs,
    ham: Counts,
    spam: Counts,
    elsewhere: List,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    messages: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counts {
    /// The sum of the counts; older files do not have it.
    total: Option<u64>,
    usual: Tier,
    inbox: u64,
    junk: u64,
    quarantine: u64,
    reject: u64,
    delete: u64,
}

const AGAIN: &str = "restore the file from version control, or take it away and make it \
                     again with `sclbench check … --update`";

impl Spec {
    fn read(text: &str) -> Result<Self, String> {
        let spec: Self = toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start.min(text.len()));
            let line = text.as_bytes()[..start].iter().filter(|b| **b == b'\n').count();
            let what = error.message().replace('\n', "; ");
            format!("line {}: {what}; correct the line, or {AGAIN}", line + 1)
        })?;
        match spec.format {
            FORMAT => Ok(spec),
            other => Err(format!("format {other}, this program reads {FORMAT}; {AGAIN}")),
        }
    }

    fn resolve(self) -> Result<Baseline, String> {
        self.guard.check()?;
        let list = |name: &str, list: List| {
            let mut found = BTreeMap::new();
            for line in list.messages {
                let shown: String = line.chars().take(60).collect();
                let (key, tier) = Key::parse(&line).ok_or_else(|| {
                    format!(
                        "[{name}]: `{shown}` is no message; write label, {DIGITS} digits \
                         of its digest and tier, such as `ham {:0<DIGITS$} inbox`",
                        "5f"
                    )
                })?;
                if found.insert(key, tier).is_some() {
                    return Err(format!(
                        "[{name}]: `{shown}` stands there twice; keep one line"
                    ));
                }
            }
            Ok(found)
        };
        let counts = [&self.ham, &self.spam]
            .map(|c| [c.inbox, c.junk, c.quarantine, c.reject, c.delete]);
        for (label, stated) in Label::ALL.into_iter().zip([&self.ham, &self.spam]) {
            // A sum of counts past the largest number is none that was written.
            let sum =
                counts[label.index()].iter().try_fold(0u64, |s, n| s.checked_add(*n));
            if sum.is_none() || stated.total.is_some_and(|total| Some(total) != sum) {
                let total =
                    stated.total.map_or("no".to_owned(), |total| total.to_string());
                return Err(format!(
                    "[{label}]: the counts do not add up to the {total} messages stated; \
                     {AGAIN}"
                ));
            }
        }
        let baseline = Baseline {
            made: self.made,
            guard: self.guard,
            counts,
            usual: [self.ham.usual, self.spam.usual],
            never: list("never-regress", self.never_regress)?,
            elsewhere: list("elsewhere", self.elsewhere)?,
        };
        baseline.check_counts()?;
        Ok(baseline)
    }
}

impl Baseline {
    /// Holds the counts against the mail they are said to be of.
    ///
    /// # Errors
    ///
    /// [`Error::Baseline`] where the mail is the baseline's own and the counts are not its.
    pub fn check_mail(
        &self,
        endings: &[CaseEnding],
        inputs: &Inputs,
        path: &Path,
    ) -> Result<(), Error> {
        if inputs.corpus != self.made.corpus {
            return Ok(());
        }
        for label in Label::ALL {
            let here =
                endings.iter().filter(|ending| ending.label == label).count() as u64;
            let stated = self.total(label);
            if here != stated {
                let what = format!(
                    "[{label}] counts {stated} messages, its own mail has {here}; {AGAIN}"
                );
                return Err(Error::Baseline { path: path.to_owned(), what });
            }
        }
        Ok(())
    }

    /// A file merged wrongly shows by lines that do not add up to its counts.
    fn check_counts(&self) -> Result<(), String> {
        for label in Label::ALL {
            for tier in Tier::ALL {
                let usual = self.usual[label.index()] == tier;
                let listed = self
                    .elsewhere
                    .iter()
                    .filter(|(key, at)| key.label == label && **at == tier)
                    .count() as u64;
                let counted = self.counts[label.index()][tier.index()];
                let fits = if usual { listed == 0 } else { listed == counted };
                if !fits {
                    return Err(format!(
                        "[elsewhere] has {listed} lines of {label} at {tier}, [{label}] \
                         counts {counted}; {AGAIN}"
                    ));
                }
            }
        }
        Ok(())
    }
}

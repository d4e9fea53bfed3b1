//! A page of cases as text.

use std::ops::Range;

/// Blocks that are files of a world folder.
pub(crate) const WORLD_FILES: [&str; 6] = [
    "world.toml",
    "dns.ndjson",
    "listings.ndjson",
    "recipients.txt",
    "mailboxes.toml",
    "open-proxies.txt",
];

/// One fenced block.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    /// First word after the fence.
    pub(crate) kind: String,
    /// The other words after the fence.
    pub(crate) words: Vec<String>,
    /// The text between the fences.
    pub(crate) text: String,
    place: Range<usize>,
}

/// One case.
#[derive(Debug)]
pub(crate) struct Case {
    /// Its heading.
    pub(crate) name: String,
    /// Everything but the expected verdicts.
    pub(crate) blocks: Vec<Block>,
    /// Where the expected verdicts stand in the page.
    pub(crate) expect: Range<usize>,
    /// How much the expected verdicts tell.
    pub(crate) detail: Detail,
}

/// How much the expected verdicts of a case tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Where a message ended, and its stamps.
    Verdicts,
    /// Also what was answered and noted.
    Full,
}

/// One page.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// Blocks that hold for every case.
    pub(crate) common: Vec<Block>,
    /// In order.
    pub(crate) cases: Vec<Case>,
}

/// A heading of the second level with what follows it; the first has none.
#[derive(Default)]
struct Section {
    name: String,
    prose: bool,
    blocks: Vec<Block>,
}

impl Page {
    /// Reads a page.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut sections = sections(text)?.into_iter();
        let common = sections.next().unwrap_or_default().blocks;
        if let Some(block) = common.iter().find(|b| b.kind == "expect") {
            return Err(format!("`{}` before the first case", block.kind));
        }
        let cases = sections.map(case).collect::<Result<Vec<_>, _>>()?;
        if cases.is_empty() {
            return Err("no case".to_owned());
        }
        Ok(Self { common, cases })
    }
}

fn sections(text: &str) -> Result<Vec<Section>, String> {
    let mut sections = vec![Section::default()];
    let mut open: Option<Block> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let section = sections.last_mut().expect("there is always one");
        let fence = line.trim_end().strip_prefix("```");
        match (&mut open, fence) {
            (Some(_), Some("")) => {
                let mut block = open.take().expect("a block is open");
                block.place.end = start;
                text[block.place.clone()].clone_into(&mut block.text);
                section.blocks.push(block);
            }
            (Some(_), _) => {}
            (None, Some(info)) => open = Some(begin(info, at)?),
            (None, None) => match line.strip_prefix("## ") {
                Some(name) => {
                    let name = name.trim().to_owned();
                    sections.push(Section { name, ..Section::default() });
                }
                None => section.prose |= !line.trim().is_empty(),
            },
        }
    }
    match open {
        Some(block) => Err(format!("block `{}` is not closed", block.kind)),
        None => Ok(sections),
    }
}

fn begin(info: &str, at: usize) -> Result<Block, String> {
    let mut words = info.split_whitespace().map(str::to_owned);
    let kind = words.next().ok_or("a block without a kind")?;
    let known = ["policy", "session", "expect"].contains(&kind.as_str())
        || WORLD_FILES.contains(&kind.as_str());
    if !known {
        return Err(format!("no kind of block is called `{kind}`"));
    }
    Ok(Block { kind, words: words.collect(), text: String::new(), place: at..at })
}

fn case(section: Section) -> Result<Case, String> {
    let Section { name, prose, mut blocks } = section;
    if !prose {
        return Err(format!("`{name}` says nothing about itself"));
    }
    let last = blocks.pop().filter(|block| block.kind == "expect");
    let Some(expect) = last else {
        return Err(format!("`{name}` does not end with a block `expect`"));
    };
    let once = |kind: &str| blocks.iter().filter(|block| block.kind == kind).count() <= 1;
    if !blocks.iter().any(|block| block.kind == "session") {
        return Err(format!("`{name}` has no session"));
    }
    if !WORLD_FILES.into_iter().chain(["policy"]).all(once)
        || blocks.iter().any(|block| block.kind == "expect")
    {
        return Err(format!("`{name}` has a block twice"));
    }
    let detail = match expect.words.as_slice() {
        [] => Detail::Verdicts,
        [word] if word == "full" => Detail::Full,
        words => return Err(format!("`{name}`: no such `expect {}`", words.join(" "))),
    };
    Ok(Case { name, blocks, expect: expect.place, detail })
}

//! The same message under both policies.

use mail::CaseId;
use sweep::Cause;

use crate::{Error, Fate};

/// One of the two sides.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Side<'a> {
    /// How it is called in errors.
    pub(crate) name: &'a str,
    /// Where its cases ended.
    pub(crate) fates: &'a [Fate<'a>],
    /// Who decided.
    pub(crate) causes: &'a [Cause],
}

/// One message under both.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair<'a> {
    pub(crate) a: Fate<'a>,
    pub(crate) b: Fate<'a>,
}

/// Pairs the sides by message, in corpus time. Exact duplicates, which share an id, pair in
/// their order.
pub(crate) fn pairs<'a>(a: Side<'a>, b: Side<'a>) -> Result<Vec<Pair<'a>>, Error> {
    let (sorted_a, sorted_b) = (by_id(a.fates), by_id(b.fates));
    let ids = |fates: &[Fate<'_>]| fates.iter().map(|f| f.row.case).collect::<Vec<_>>();
    let only_a = without(&ids(&sorted_a), &ids(&sorted_b));
    let only_b = without(&ids(&sorted_b), &ids(&sorted_a));
    if let Some(example) = only_a.first().or(only_b.first()) {
        return Err(Error::OtherCases {
            name_a: a.name.to_owned(),
            name_b: b.name.to_owned(),
            only_a: only_a.len() as u64,
            only_b: only_b.len() as u64,
            example: example.to_string(),
        });
    }
    let mut pairs: Vec<_> =
        sorted_a.into_iter().zip(sorted_b).map(|(a, b)| Pair { a, b }).collect();
    let differs = |pair: &&Pair<'_>| pair.a.row.label != pair.b.row.label;
    if let Some(first) = pairs.iter().find(differs) {
        return Err(Error::OtherLabels {
            name_a: a.name.to_owned(),
            name_b: b.name.to_owned(),
            label_a: first.a.row.label,
            label_b: first.b.row.label,
            count: pairs.iter().filter(differs).count() as u64,
            example: first.a.row.case.to_string(),
        });
    }
    pairs.sort_by_key(|pair| (pair.a.row.time, pair.a.row.case));
    Ok(pairs)
}

fn by_id<'a>(fates: &[Fate<'a>]) -> Vec<Fate<'a>> {
    let mut fates = fates.to_vec();
    fates.sort_by_key(|fate| (fate.row.case, fate.row.time));
    fates
}

/// What `these` has more of than `those`; both rise.
fn without(these: &[CaseId], those: &[CaseId]) -> Vec<CaseId> {
    let mut rest = those.iter().peekable();
    let mut left = Vec::new();
    for id in these {
        while rest.next_if(|other| *other < id).is_some() {}
        if rest.next_if_eq(&id).is_none() {
            left.push(*id);
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_side_has_more_of_is_found() {
        let ids =
            |bytes: &[u8]| bytes.iter().map(|b| CaseId([*b; 32])).collect::<Vec<_>>();
        assert_eq!(without(&ids(&[1, 2, 2, 4]), &ids(&[0, 2, 3, 4])), ids(&[1, 2]));
        assert_eq!(without(&ids(&[]), &ids(&[1])), []);
        assert_eq!(without(&ids(&[1, 1]), &ids(&[1, 1])), []);
    }
}

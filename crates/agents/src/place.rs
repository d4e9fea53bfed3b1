//! Lists whose entries may name their own place.

use crate::SpecError;

/// The entries in the order in which the product would run them, each with its number in
/// the list as written: entries are taken one after the other and put at their place, from
/// `first` up; one without a place comes last, one at a taken place moves the others down.
///
/// # Errors
///
/// [`SpecError`] at a place beyond the end, where no entry could stand.
pub(crate) fn in_order<'s, T>(
    key: &str,
    first: usize,
    list: &'s [T],
    place: impl Fn(&T) -> Option<usize>,
) -> Result<Vec<(usize, &'s T)>, SpecError> {
    let mut ordered = Vec::with_capacity(list.len());
    for (number, entry) in list.iter().enumerate() {
        let at = match place(entry) {
            None => ordered.len(),
            Some(wanted) => {
                let at = wanted.checked_sub(first).filter(|at| *at <= ordered.len());
                at.ok_or_else(|| {
                    let last = first + ordered.len();
                    let problem = format!("priority `{wanted}` of entry {}", number + 1);
                    let cure = format!("use {first} to {last} there, or leave it out");
                    SpecError::new(key, problem, cure)
                })?
            }
        };
        ordered.insert(at, (number, entry));
    }
    Ok(ordered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_at_a_taken_place_moves_the_others_down() {
        let of = |list: &[Option<usize>]| {
            let ordered = in_order("k", 0, list, |place| *place);
            ordered.map(|list| list.iter().map(|(number, _)| *number).collect::<Vec<_>>())
        };
        assert_eq!(of(&[None, None, Some(0)]).unwrap(), [2, 0, 1]);
        assert_eq!(of(&[None, Some(0), Some(1), None]).unwrap(), [1, 2, 0, 3]);
        assert_eq!(of(&[None, Some(1)]).unwrap(), [0, 1]);
        assert!(of(&[None, Some(2)]).is_err());
        assert!(in_order("k", 1, &[Some(0)], |place| *place).is_err());
    }
}

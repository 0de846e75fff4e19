//! What somebody may have meant.

/// Words longer than this are compared no more: the work is the product of the lengths.
const LONGEST: usize = 100;

/// The word that is closest to `wrong`, if any is close enough to be a slip of the hand.
#[must_use]
pub fn closest<'w>(wrong: &str, words: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    if wrong.len() > LONGEST {
        return None;
    }
    let folded = wrong.to_lowercase().replace('_', "-");
    let most = (folded.chars().count() / 3).max(1);
    let scored = words.into_iter().map(|word| (distance(&folded, &word.to_lowercase()), word));
    scored
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// Insertions, removals, replacements and swaps of neighbours between two words.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_hand() {
        let words = ["select", "ignore", "fail-on", "allow-globals"];
        assert_eq!(closest("selct", words), Some("select"));
        assert_eq!(closest("seelct", words), Some("select"));
        assert_eq!(closest("fail_on", words), Some("fail-on"));
        assert_eq!(closest("allow-global", words), Some("allow-globals"));
        assert_eq!(closest("colour", words), None);
        assert_eq!(closest("", words), None);
        assert_eq!(closest(&"x".repeat(10_000), words), None);
    }
}

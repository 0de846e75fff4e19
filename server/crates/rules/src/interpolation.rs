//! Configurations whose texts refer to other values of theirs (`${a.b}`, OmegaConf): how much there is to work out when all is resolved.
//!
//! A value that is referred to twice by one that is referred to twice, and so on, is worked out more often than anybody waits for.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

/// References that are followed from a text.
const MOST_REFERENCES: usize = 1 << 12;

/// The values of a configuration by their places: keys with dots between them.
#[derive(Debug, Default)]
pub(crate) struct Interpolations {
    values: Vec<Item>,
    places: FxHashMap<String, usize>,
}

#[derive(Debug)]
struct Item {
    place: String,
    /// Places that its text refers to.
    references: Vec<String>,
    /// Values in it.
    children: Vec<usize>,
    cost: Cost,
}

/// Values that are worked out for one.
#[derive(Clone, Copy, Debug)]
enum Cost {
    Unknown,
    /// It is being worked out: what refers to itself is refused.
    Pending,
    Known(f64),
}

impl Interpolations {
    /// Adds a value in another one, by its number; the first has no other. Gives its number.
    pub(crate) fn add(&mut self, parent: Option<usize>, key: &str, text: Option<&str>) -> usize {
        let number = self.values.len();
        let place = match parent.and_then(|parent| self.values.get_mut(parent)) {
            Some(parent) => {
                parent.children.push(number);
                if parent.place.is_empty() { key.to_owned() } else { format!("{}.{key}", parent.place) }
            }
            None => String::new(),
        };
        let within = place.rsplit_once('.').map_or("", |(within, _)| within);
        let references = text.map(|text| references(text, within)).unwrap_or_default();
        self.places.insert(place.clone(), number);
        self.values.push(Item { place, references, children: Vec::new(), cost: Cost::Unknown });
        number
    }

    /// How long the place of a value is, in bytes.
    pub(crate) fn length_of_place(&self, number: usize) -> usize {
        self.values.get(number).map_or(0, |item| item.place.len())
    }

    /// How many values are worked out when all are.
    pub(crate) fn cost(&mut self) -> f64 {
        let mut waiting = vec![0];
        while let Some(&number) = waiting.last() {
            match self.values.get(number).map(|item| item.cost) {
                Some(Cost::Unknown) => {
                    self.values[number].cost = Cost::Pending;
                    let is_open = |&next: &usize| matches!(self.values[next].cost, Cost::Unknown);
                    let open: Vec<usize> = self.parts(number).filter(is_open).collect();
                    waiting.extend(open);
                }
                Some(Cost::Pending) => {
                    let costs = self.parts(number).map(|part| match self.values[part].cost {
                        Cost::Known(cost) => cost,
                        Cost::Unknown | Cost::Pending => 1.0,
                    });
                    let cost = 1.0 + costs.sum::<f64>();
                    self.values[number].cost = Cost::Known(cost);
                    waiting.pop();
                }
                Some(Cost::Known(_)) | None => {
                    waiting.pop();
                }
            }
        }
        match self.values.first().map(|item| item.cost) {
            Some(Cost::Known(cost)) => cost,
            _ => 0.0,
        }
    }

    /// The values that are worked out for one: those in it, and those that it refers to.
    fn parts(&self, number: usize) -> impl Iterator<Item = usize> {
        let item = &self.values[number];
        let referred = item.references.iter().filter_map(|place| self.places.get(place).copied());
        item.children.iter().copied().chain(referred)
    }
}

/// The places that a text refers to, which stands within another one.
fn references(text: &str, within: &str) -> Vec<String> {
    let starts = text.match_indices("${").map(|(at, _)| &text[at + 2..]);
    starts.take(MOST_REFERENCES).filter_map(|rest| reference(rest, within)).collect()
}

/// The place behind a `${`: `a.b}`, `.b}`, `a[0].b}`, `oc.select:a.b}`. Of a place that is put together, the part that is known.
fn reference(rest: &str, within: &str) -> Option<String> {
    let end = rest.find('}').unwrap_or(rest.len());
    let inner = rest.get(..end)?;
    let inner = inner.split("${").next().unwrap_or(inner);
    let place = match inner.split_once(':') {
        Some((resolver, argument)) if resolver.trim().starts_with("oc.") => {
            argument.split(',').next().unwrap_or(argument)
        }
        Some(_) => return None,
        None => inner,
    };
    let place = place.trim();
    let place: Cow<'_, str> =
        if place.contains('[') { place.replace('[', ".").replace(']', "").into() } else { place.into() };
    let up = place.len() - place.trim_start_matches('.').len();
    let rest = place.trim_matches('.');
    // One dot is beside the value, each more a level further up.
    let mut above = within;
    for _ in 1..up {
        above = above.rsplit_once('.').map_or("", |(above, _)| above);
    }
    Some(match (up, above.is_empty()) {
        (0, _) | (_, true) => rest.to_owned(),
        _ => format!("{above}.{rest}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_that_texts_refer_to() {
        for (text, within, expected) in [
            ("${a}", "", &["a"][..]),
            ("${a.b}/${ c }", "x", &["a.b", "c"]),
            ("${.b}", "x.y", &["x.y.b"]),
            ("${..b}", "x.y", &["x.b"]),
            ("${...b}", "x.y", &["b"]),
            ("${.b}", "", &["b"]),
            ("${a[0].b}${a.0}", "", &["a.0.b", "a.0"]),
            ("${oc.select:a.b,1}", "x", &["a.b"]),
            ("${env:HOME} and $a {b}", "x", &[]),
            ("${a.${b}}", "", &["a", "b"]),
            ("${a", "", &["a"]),
            ("", "", &[]),
        ] {
            assert_eq!(references(text, within), expected, "{text}");
        }
    }

    #[test]
    fn how_much_is_worked_out() {
        let of = |values: &[(&str, &str)]| {
            let mut all = Interpolations::default();
            let root = all.add(None, "", None);
            for (key, text) in values {
                all.add(Some(root), key, Some(text));
            }
            all.cost()
        };
        assert_eq!(of(&[("a", "x"), ("b", "${a}")]), 4.0);
        assert_eq!(of(&[("b", "${a}${a}"), ("a", "x")]), 5.0);
        // Circles are refused; what is not there is, too.
        assert_eq!(of(&[("a", "${b}"), ("b", "${a}"), ("c", "${d}")]), 7.0);
        let chain: Vec<(String, String)> = (0..60)
            .map(|number| (format!("a{}", number + 1), format!("${{a{number}}}${{a{number}}}")))
            .collect();
        let chain: Vec<(&str, &str)> =
            chain.iter().map(|(key, text)| (key.as_str(), text.as_str())).collect();
        assert!(of(&[&[("a0", "x")], chain.as_slice()].concat()) > 1e18);
        let mut deep = Interpolations::default();
        let mut parent = deep.add(None, "", None);
        for _ in 0..1000 {
            parent = deep.add(Some(parent), "a", Some("${a}"));
        }
        assert!(deep.cost() >= 1001.0);
    }
}

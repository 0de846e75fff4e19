//! Patterns of global names: `*` is any run of characters, `?` any one.

/// A pattern over `module.qualname`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: Box<str>,
    wild: bool,
}

impl Pattern {
    /// Of a text with or without wildcards.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { text: text.into(), wild: text.contains(['*', '?']) }
    }

    /// Whether it is exactly this name.
    pub(crate) fn is(&self, module: &str, name: &str) -> bool {
        let rest = self.text.strip_prefix(module).and_then(|rest| rest.strip_prefix('.'));
        !self.wild && rest == Some(name)
    }

    /// Whether it fits the name.
    pub(crate) fn matches(&self, module: &str, name: &str) -> bool {
        if !self.wild {
            return self.is(module, name);
        }
        fits(self.text.as_bytes(), format!("{module}.{name}").as_bytes())
    }
}

/// Takes time of at most the product of the lengths: a mismatch goes back only to the last `*`.
fn fits(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p + 1, t));
                p += 1;
            }
            Some(&byte) if byte == b'?' || byte == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((after, from)) => {
                    retry = Some((after, from + 1));
                    (p, t) = (after, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards() {
        let cases = [
            ("myapp.*", "myapp.models", "Model", true),
            ("myapp.*", "myapplication", "Model", false),
            ("*.Model", "a.b", "Model", true),
            ("a.?", "a", "B", true),
            ("a.?", "a", "BC", false),
            ("a*b*c", "axxb.yy", "bzc", true),
            ("a.b", "a", "b", true),
            ("a.b", "a", "bc", false),
        ];
        for (pattern, module, name, expected) in cases {
            assert_eq!(Pattern::new(pattern).matches(module, name), expected, "{pattern} {module}.{name}");
        }
    }
}

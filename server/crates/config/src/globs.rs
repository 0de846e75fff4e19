//! Patterns of paths: which files are looked at, and of which some rules are not.
//!
//! Paths are relative to the folder of the configuration, with `/` between names. A pattern without `/` fits a file or
//! folder of that name at any depth; one that fits a folder holds for all that is in it.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::options::Options;
use crate::values::{Glob, RuleSelector};

impl Glob {
    /// Of a text that is a pattern.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        globset::Glob::new(text).map(|_| Self(text.to_owned())).map_err(|error| error.to_string())
    }
}

/// Which files of a folder are looked at.
#[derive(Clone, Debug)]
pub struct FileGlobs {
    include: Option<GlobSet>,
    exclude: GlobSet,
}

impl FileGlobs {
    /// Of options that were read without problems.
    #[must_use]
    pub fn new(options: &Options) -> Self {
        let include = options.include.as_deref().map(set);
        Self { include, exclude: set(options.exclude.as_deref().unwrap_or_default()) }
    }

    /// Whether every file is looked at.
    #[must_use]
    pub fn takes_all(&self) -> bool {
        self.include.is_none() && self.exclude.is_empty()
    }

    /// Whether a file or folder, or a folder that it is in, is excluded.
    #[must_use]
    pub fn excludes(&self, path: &str) -> bool {
        self.exclude.is_match(path)
    }

    /// Whether a file is looked at.
    #[must_use]
    pub fn takes(&self, path: &str) -> bool {
        self.include.as_ref().is_none_or(|include| include.is_match(path)) && !self.excludes(path)
    }
}

/// Rules that are off for some files.
#[derive(Clone, Debug, Default)]
pub struct PerFileIgnores(Vec<(GlobSet, Vec<RuleSelector>)>);

impl PerFileIgnores {
    /// Of options that were read without problems.
    #[must_use]
    pub fn new(options: &Options) -> Self {
        let table = options.per_file_ignores.iter().flatten();
        Self(table.map(|(glob, rules)| (set(std::slice::from_ref(glob)), rules.clone())).collect())
    }

    /// The rules that are off for a file.
    pub fn of(&self, path: &str) -> impl Iterator<Item = &str> {
        let fits = self.0.iter().filter(move |(globs, _)| globs.is_match(path));
        fits.flat_map(|(_, rules)| rules).map(|rule| rule.0.as_str())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Patterns that were checked when they were read: one that cannot be used fits nothing.
fn set(globs: &[Glob]) -> GlobSet {
    let mut builder = GlobSetBuilder::new();
    for Glob(text) in globs {
        let text = text.strip_prefix("./").unwrap_or(text).trim_end_matches('/');
        let rooted = text.strip_prefix('/').or_else(|| text.contains('/').then_some(text));
        let text = rooted.map_or_else(|| format!("**/{text}"), str::to_owned);
        for pattern in [format!("{text}/**"), text] {
            builder.add_all(GlobBuilder::new(&pattern).literal_separator(true).build().ok());
        }
    }
    builder.build().unwrap_or_else(|_| GlobSet::empty())
}

/// [`GlobSetBuilder::add`] for what may not be there.
trait AddAll {
    fn add_all(&mut self, globs: impl IntoIterator<Item = globset::Glob>);
}

impl AddAll for GlobSetBuilder {
    fn add_all(&mut self, globs: impl IntoIterator<Item = globset::Glob>) {
        for glob in globs {
            self.add(glob);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, path: &str) -> bool {
        set(&[Glob(pattern.to_owned())]).is_match(path)
    }

    #[test]
    fn patterns() {
        assert!(fits("*.pkl", "a/b/x.pkl") && fits("*.pkl", "x.pkl"));
        assert!(fits("build", "a/build/x.pkl") && fits("build/", "build/x.pkl"));
        assert!(!fits("build", "a/rebuild/x.pkl"));
        assert!(fits("data/*.pkl", "data/x.pkl") && !fits("data/*.pkl", "data/a/x.pkl"));
        assert!(fits("data/**", "data/a/x.pkl") && !fits("data/**", "other/data/x.pkl"));
        assert!(fits("./data", "data/x.pkl") && fits("/x.pkl", "x.pkl") && !fits("/x.pkl", "a/x.pkl"));
    }
}

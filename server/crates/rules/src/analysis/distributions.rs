//! Distributions of scipy, whose class executes source text that is in their state.

use pickle_machine::Collection;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{Op, Opcode};

use super::Analysis;

/// The attribute of a distribution of scipy that `rv_generic.__setstate__` executes.
pub(super) const SOURCE: &str = "_parse_arg_template";

impl<'a> Analysis<'_, 'a> {
    /// Whether the class of an object runs source text out of its state ([`SOURCE`]), and the state is no dict that the stream
    /// shows: `dict.update` takes pairs of any kind.
    pub(super) fn runs_untold_state(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        target: Value,
        state: Value,
    ) -> bool {
        if matches!(arena.shape(state), Made::Container(Collection::Dict, _)) {
            return false;
        }
        // Before scipy 1.4: the arguments of the constructor and what makes random numbers, which is nothing that pairs could
        // be read from.
        if let Some(&[arguments, random]) = arena.tuple(state)
            && matches!(arena.shape(arguments), Made::Container(Collection::Dict, _))
            && self.is_random_state(arena, op, random)
        {
            return false;
        }
        let Some(class) = self.owner(arena, target, op, 0) else { return false };
        let names = &self.ledger.entry(class).names;
        let is_distribution = names.name.ends_with("_gen")
            || ["rv_continuous", "rv_discrete", "rv_generic", "rv_histogram", "rv_sample"]
                .contains(&names.name.as_ref());
        names.module.starts_with("scipy.stats") && is_distribution
    }

    fn is_random_state(&mut self, arena: &Arena<'a>, op: &Op<'a>, value: Value) -> bool {
        let class = match arena.shape(value) {
            Made::Literal(literal) => return literal.opcode == Opcode::None,
            _ => self.owner(arena, value, op, 0),
        };
        class.is_some_and(|class| {
            let names = &self.ledger.entry(class).names;
            names.module == "numpy.random.mtrand" && names.name == "RandomState"
        })
    }
}

/// Whether a text is what scipy writes for [`SOURCE`]: functions that return their arguments, and call nothing else than
/// `self._argcheck_rvs`. Nothing in it is evaluated but constants.
pub(super) fn is_written_by_scipy(text: &str) -> bool {
    const BEFORE_ARGUMENTS: &[&str] =
        &["_parse_args", "_parse_args_rvs", "_parse_args_stats", "return ", "return self._argcheck_rvs"];
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_ (),:=.'".contains(&byte);
    text.lines().map(str::trim).filter(|line| !line.is_empty()).all(|line| {
        let calls = || {
            let mut opening = line.match_indices('(').map(|(at, _)| &line[..at]);
            opening.all(|before| {
                BEFORE_ARGUMENTS.iter().any(|known| {
                    before == *known || before.strip_prefix("def ").is_some_and(|name| name == *known)
                })
            })
        };
        (line.starts_with("def _parse_args") || line.starts_with("return "))
            && line.bytes().all(is_plain)
            && !line.contains("__")
            && line.matches("self.").count() <= 1
            && calls()
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn source_of_scipy() {
        let good = "\ndef _parse_args(self, a, b, loc=0, scale=1):\n    return (a, b), loc, scale\n\n\
            def _parse_args_rvs(self, a, b, loc=0, scale=1, size=None):\n    \
            return self._argcheck_rvs(a, b, loc, scale, size=size)\n\n\
            def _parse_args_stats(self, a, b, loc=0, scale=1, moments='mv'):\n    return (a, b), loc, scale, moments\n";
        assert!(super::is_written_by_scipy(good));
        for bad in [
            "import os",
            "def _parse_args(self, a=print(1)):\n return (a)",
            "def _parse_args(self): return (self)\nreturn print('x')",
            "return self._argcheck_rvs(x) .y(z)",
            "def _parse_args(self, a=self.x):\n  x = 1",
            "return [x]",
        ] {
            assert!(!super::is_written_by_scipy(bad), "{bad}");
        }
    }
}

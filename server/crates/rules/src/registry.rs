//! All rules, and how they are chosen.

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::container as c;
use crate::pickle as p;
use crate::readers as r;
use crate::rule::{Check, KINDS, Meta, Rule};

/// The rules, sorted by code. A new rule is a file and a line here.
pub(crate) static RULES: &[&Rule] = &[
    &p::reduce_target_not_callable::RULE,
    &p::reduce_args_not_tuple::RULE,
    &p::newobj_class_not_type::RULE,
    &p::newobj_args_not_tuple::RULE,
    &p::newobj_ex_operands::RULE,
    &p::state_not_dict::RULE,
    &p::build_on_builtin::RULE,
    &p::append_target::RULE,
    &p::setitem_target::RULE,
    &p::additems_target::RULE,
    &p::unhashable_key::RULE,
    &p::odd_items::RULE,
    &p::hash_before_state::RULE,
    &p::items_before_state::RULE,
    &p::stack_global_operands::RULE,
    &p::python2_name_in_protocol_3::RULE,
    &p::dotted_name_in_old_protocol::RULE,
    &p::local_name::RULE,
    &p::main_module_global::RULE,
    &p::carriage_return_in_name::RULE,
    &p::persistent_id::RULE,
    &p::persistent_id_text::RULE,
    &p::out_of_band_buffer::RULE,
    &p::readonly_operand::RULE,
    &p::extension_code::RULE,
    &p::needs_python::RULE,
    &p::opcode_newer_than_proto::RULE,
    &p::python2_byte_string::RULE,
    &p::moved_module::RULE,
    &p::platform_path::RULE,
    &p::discarded_call::RULE,
    &p::reconstructor_operands::RULE,
    &p::getattr_call::RULE,
    &p::reconstructor_in_protocol_2::RULE,
    &p::empty_state::RULE,
    &p::sklearn_version::RULE,
    &c::archive_directory_mismatch::RULE,
    &c::bad_checksum::RULE,
    &c::encrypted_member::RULE,
    &c::limit_reached::RULE,
    &c::path_escape::RULE,
    &c::extension_hides_pickle::RULE,
    &c::polyglot::RULE,
    &c::pickle_in_bytes::RULE,
    &c::pickle_in_array_padding::RULE,
    &c::object_array::RULE,
    &c::damaged_container::RULE,
    &c::torchscript_code::RULE,
    &c::unsupported_container::RULE,
    &c::bytes_around_container::RULE,
    &p::truncated::RULE,
    &p::unknown_opcode::RULE,
    &p::stack_underflow::RULE,
    &p::mark_missing::RULE,
    &p::memo_miss::RULE,
    &p::bad_length::RULE,
    &p::bad_operand::RULE,
    &p::unsupported_protocol::RULE,
    &p::missing_stop::RULE,
    &p::left_on_stack::RULE,
    &p::empty_file::RULE,
    &c::not_a_pickle::RULE,
    &p::text_mode_damage::RULE,
    &p::bytes_after_stop::RULE,
    &p::bytes_before_pickle::RULE,
    &r::frame_splits_argument::RULE,
    &r::frame_outlives_pickle::RULE,
    &r::escaped_name::RULE,
    &r::blank_in_name::RULE,
    &r::nul_in_module::RULE,
    &r::extension_cache::RULE,
    &r::protocol_changes_midway::RULE,
    &r::import_before_refusal::RULE,
    &r::odd_integer_line::RULE,
    &r::odd_long_line::RULE,
    &r::odd_float_line::RULE,
    &r::odd_string_line::RULE,
    &r::empty_name::RULE,
    &r::odd_memo_line::RULE,
    &r::memo_overwritten::RULE,
    &r::mark_crossed::RULE,
    &r::arguments_unpacked::RULE,
    &r::false_state::RULE,
    &r::no_items::RULE,
    &r::frame_not_alone::RULE,
    &r::protocol_refused::RULE,
    &r::extension_refused::RULE,
    &r::global_name_not_str::RULE,
    &r::length_beyond_input::RULE,
    &r::exception_differs::RULE,
    &r::deep_tuple::RULE,
    &r::carriage_return_in_line::RULE,
    &r::dill_main_name::RULE,
    &p::expansion::RULE,
    &p::allocation_request::RULE,
    &p::deep_nesting::RULE,
    &p::quadratic_number::RULE,
    &p::unused_memo::RULE,
    &p::old_protocol::RULE,
    &p::protocol_outside_range::RULE,
    &p::colliding_keys::RULE,
    &p::code_execution_call::RULE,
    &p::code_execution_import::RULE,
    &p::file_or_network_access::RULE,
    &p::nested_unpickling::RULE,
    &p::attribute_walk::RULE,
    &p::object_tampering::RULE,
    &p::opaque_callable::RULE,
    &p::unlisted_global::RULE,
    &p::unusual_call_shape::RULE,
    &p::denied_by_project::RULE,
    &p::extension_code_defined_in_stream::RULE,
    &p::code_object::RULE,
    &p::suspicious_text::RULE,
    &crate::project::allow_list_entry_unused::RULE,
    &p::weights_only_blocked::RULE,
    &p::memory_access::RULE,
    &p::numbers_believed::RULE,
];

/// Rules that are off unless a selector names them by their whole code or name: they tell what is true of most files, or ask
/// for something that a project has to want.
const OPT_IN: &[&str] = &["PB114", "PD305", "PD306"];

/// Rules that are on whatever is selected, unless a selector ignores them: they tell of what was not looked at, which may hold anything
/// that was selected.
const NOT_LOOKED_AT: &[&str] = &["PC103", "PC104", "PC113"];

/// All rules, sorted by code.
pub fn rules() -> impl ExactSizeIterator<Item = &'static Meta> {
    RULES.iter().map(|rule| &rule.meta)
}

/// The rule with a code.
#[must_use]
pub fn by_code(code: &str) -> Option<&'static Meta> {
    rules().find(|meta| meta.code.eq_ignore_ascii_case(code))
}

/// The rule with a name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Meta> {
    rules().find(|meta| meta.name == name)
}

/// Which rules are on: `select` and `ignore` are codes, beginnings of codes, or names. The longer one wins; of two alike
/// `ignore` does. Nothing selected means all. What extends the selection is selected besides, and so are rules that tell of what was
/// not looked at.
#[derive(Clone, Default)]
pub struct Selection {
    select: Vec<String>,
    extend: Vec<String>,
    ignore: Vec<String>,
    /// What it comes to: to ask each rule anew would be most of the time that a small pickle takes.
    checks: OnceLock<Arc<Checks>>,
}

/// What it was made of: what it comes to, and whether that was asked for, makes no other selection of it.
impl fmt::Debug for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { select, extend, ignore, checks: _ } = self;
        f.debug_struct("Selection")
            .field("select", select)
            .field("extend", extend)
            .field("ignore", ignore)
            .finish()
    }
}

/// The checks of the rules that are on, by their kinds.
pub(crate) type Checks = [Vec<(&'static Rule, Check)>; KINDS];

/// A selector that no rule answers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownRule(pub String);

impl fmt::Display for UnknownRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no rule has the code or name `{}`, or a code that begins so", self.0)
    }
}

impl std::error::Error for UnknownRule {}

impl Selection {
    /// Of selectors.
    ///
    /// # Errors
    /// The first selector that fits no rule.
    pub fn new(
        select: impl IntoIterator<Item = String>,
        ignore: impl IntoIterator<Item = String>,
    ) -> Result<Self, UnknownRule> {
        let selection = Self {
            select: select.into_iter().collect(),
            ignore: ignore.into_iter().collect(),
            ..Self::default()
        };
        known(selection.select.iter().chain(&selection.ignore))?;
        Ok(selection)
    }

    /// The same with more selected.
    ///
    /// # Errors
    /// The first selector that fits no rule.
    pub fn extended(mut self, extend: impl IntoIterator<Item = String>) -> Result<Self, UnknownRule> {
        self.extend.extend(extend);
        self.checks = OnceLock::new();
        known(self.extend.iter())?;
        Ok(self)
    }

    /// What the rules that are on look at.
    pub(crate) fn checks(&self) -> &Arc<Checks> {
        self.checks.get_or_init(|| {
            let mut checks = Checks::default();
            for rule in RULES.iter().filter(|rule| self.includes(&rule.meta)) {
                for check in rule.checks {
                    checks[check.kind() as usize].push((rule, *check));
                }
            }
            Arc::new(checks)
        })
    }

    /// Whether a rule is on.
    #[must_use]
    pub fn includes(&self, rule: &Meta) -> bool {
        let best = |selectors: &[String]| heaviest(selectors.iter().map(String::as_str), rule);
        let selected = if self.select.is_empty() { Some(0) } else { best(&self.select) };
        let selected = selected.max(best(&self.extend));
        let selected = selected.filter(|&weight| weight >= rule.code.len() || !OPT_IN.contains(&rule.code));
        let selected = selected.or_else(|| NOT_LOOKED_AT.contains(&rule.code).then_some(0));
        selected.is_some_and(|selected| best(&self.ignore).is_none_or(|ignored| ignored < selected))
    }
}

fn known<'s>(mut selectors: impl Iterator<Item = &'s String>) -> Result<(), UnknownRule> {
    match selectors.find(|selector| !rules().any(|rule| weight(selector, rule).is_some())) {
        Some(unknown) => Err(UnknownRule(unknown.clone())),
        None => Ok(()),
    }
}

/// How closely the best of some selectors fits a rule.
fn heaviest<'s>(selectors: impl Iterator<Item = &'s str>, rule: &Meta) -> Option<usize> {
    selectors.filter_map(|text| weight(text, rule)).max()
}

/// How closely a selector (a code, the beginning of one, or a name) fits a rule: the more, the closer; `None`: not at all.
#[must_use]
pub fn weight(selector: &str, rule: &Meta) -> Option<usize> {
    if selector == rule.name {
        return Some(rule.code.len());
    }
    let head = rule.code.get(..selector.len())?;
    (!selector.is_empty() && head.eq_ignore_ascii_case(selector)).then_some(selector.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(select: &[&str], ignore: &[&str]) -> Vec<&'static str> {
        let own = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let selection = Selection::new(own(select), own(ignore)).unwrap();
        let on = rules().filter(|rule| selection.includes(rule)).map(|rule| rule.code);
        on.filter(|code| select.is_empty() || !NOT_LOOKED_AT.contains(code)).collect()
    }

    #[test]
    fn what_was_not_looked_at_is_told_whatever_is_selected() {
        let on = |select: &[&str], ignore: &[&str]| {
            let own = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
            let selection = Selection::new(own(select), own(ignore)).unwrap();
            rules().filter(|rule| selection.includes(rule)).map(|rule| rule.code).collect::<Vec<_>>()
        };
        assert_eq!(on(&["PG101"], &[]), ["PC103", "PC104", "PC113", "PG101"]);
        assert_eq!(on(&["PG101"], &["PC10"]), ["PC113", "PG101"]);
        assert_eq!(on(&["PG101", "PC104"], &["PC"]), ["PC104", "PG101"]);
        assert_eq!(on(&["PG101"], &["PC"]), ["PG101"]);
    }

    #[test]
    fn sorted_and_distinct() {
        assert!(rules().map(|rule| rule.code).is_sorted_by(|a, b| a < b));
        let mut names: Vec<_> = rules().map(|rule| rule.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RULES.len());
    }

    #[test]
    fn found() {
        assert_eq!(by_code("pg101").map(|rule| rule.name), Some("code-execution-call"));
        assert_eq!(by_name("truncated").map(|rule| rule.code), Some("PD101"));
        assert!(by_code("XX999").is_none());
    }

    #[test]
    fn the_longer_selector_wins() {
        assert_eq!(on(&[], &[]).len(), RULES.len() - OPT_IN.len());
        assert_eq!(on(&["PD3"], &["PD30"]), [] as [&str; 0]);
        assert_eq!(on(&["unused-memo", "PD306"], &[]), ["PD305", "PD306"]);
        assert_eq!(on(&["PG101", "memo-miss"], &[]), ["PD105", "PG101"]);
        assert_eq!(on(&["PD1"], &["PD10"]), ["PD110", "PD111", "PD112", "PD113", "PD114", "PD115"]);
        assert_eq!(on(&["PD105"], &["PD"]), ["PD105"]);
        assert_eq!(on(&["PD105"], &["PD105"]), [] as [&str; 0]);
    }

    #[test]
    fn extended() {
        let on = |extend: &str, ignore: &str| {
            let selection = Selection::new(["PG101".to_owned()], [ignore.to_owned()]).unwrap();
            let selection = selection.extended([extend.to_owned()]).unwrap();
            let on = rules().filter(|rule| selection.includes(rule)).map(|rule| rule.code);
            on.filter(|code| !NOT_LOOKED_AT.contains(code)).collect::<Vec<_>>()
        };
        assert_eq!(on("memo-miss", "PD"), ["PD105", "PG101"]);
        assert_eq!(on("PG1", "PG1").len(), 1);
        assert!(Selection::default().extended(["ZZ".to_owned()]).is_err());
    }

    #[test]
    fn unknown_selectors() {
        assert_eq!(Selection::new(["ZZ".to_owned()], []).unwrap_err(), UnknownRule("ZZ".into()));
    }
}

//! The rules for pickles, one file each, and which of them a fault belongs to.

pub(crate) mod additems_target;
pub(crate) mod allocation_request;
pub(crate) mod append_target;
pub(crate) mod attribute_walk;
pub(crate) mod bad_length;
pub(crate) mod bad_operand;
pub(crate) mod build_on_builtin;
pub(crate) mod bytes_after_stop;
pub(crate) mod bytes_before_pickle;
pub(crate) mod carriage_return_in_name;
pub(crate) mod code_execution_call;
pub(crate) mod code_execution_import;
pub(crate) mod code_object;
pub(crate) mod colliding_keys;
pub(crate) mod deep_nesting;
pub(crate) mod denied_by_project;
pub(crate) mod discarded_call;
pub(crate) mod dotted_name_in_old_protocol;
pub(crate) mod empty_file;
pub(crate) mod empty_state;
pub(crate) mod expansion;
pub(crate) mod extension_code;
pub(crate) mod extension_code_defined_in_stream;
pub(crate) mod file_or_network_access;
pub(crate) mod getattr_call;
pub(crate) mod hash_before_state;
pub(crate) mod items_before_state;
pub(crate) mod left_on_stack;
pub(crate) mod local_name;
pub(crate) mod main_module_global;
pub(crate) mod mark_missing;
pub(crate) mod memo_miss;
pub(crate) mod memory_access;
pub(crate) mod missing_stop;
pub(crate) mod moved_module;
pub(crate) mod needs_python;
pub(crate) mod nested_unpickling;
pub(crate) mod newobj_args_not_tuple;
pub(crate) mod newobj_class_not_type;
pub(crate) mod newobj_ex_operands;
pub(crate) mod numbers_believed;
pub(crate) mod object_tampering;
pub(crate) mod odd_items;
pub(crate) mod old_protocol;
pub(crate) mod opaque_callable;
pub(crate) mod opcode_newer_than_proto;
pub(crate) mod out_of_band_buffer;
pub(crate) mod persistent_id;
pub(crate) mod persistent_id_text;
pub(crate) mod platform_path;
pub(crate) mod protocol_outside_range;
pub(crate) mod python2_byte_string;
pub(crate) mod python2_name_in_protocol_3;
pub(crate) mod quadratic_number;
pub(crate) mod readonly_operand;
pub(crate) mod reconstructor_in_protocol_2;
pub(crate) mod reconstructor_operands;
pub(crate) mod reduce_args_not_tuple;
pub(crate) mod reduce_target_not_callable;
pub(crate) mod setitem_target;
pub(crate) mod sklearn_version;
pub(crate) mod stack_global_operands;
pub(crate) mod stack_underflow;
pub(crate) mod state_not_dict;
pub(crate) mod suspicious_text;
pub(crate) mod text_mode_damage;
pub(crate) mod truncated;
pub(crate) mod unhashable_key;
pub(crate) mod unknown_opcode;
pub(crate) mod unlisted_global;
pub(crate) mod unsupported_protocol;
pub(crate) mod unused_memo;
pub(crate) mod unusual_call_shape;
pub(crate) mod weights_only_blocked;

use pickle_machine::{Fault, FaultKind};
use pickle_ops::{FaultKind as OpFault, Opcode};

use crate::container::limit_reached;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::Rule;

/// The rule that a kind of fault belongs to.
pub(crate) fn rule_of(kind: FaultKind) -> &'static Rule {
    match kind {
        FaultKind::Op(fault) => rule_of_op(fault),
        FaultKind::Underflow { .. } => &stack_underflow::RULE,
        FaultKind::NoMark => &mark_missing::RULE,
        FaultKind::MemoMiss(_) => &memo_miss::RULE,
        FaultKind::BadSlot => &bad_operand::RULE,
        FaultKind::UnsupportedProtocol(_) => &unsupported_protocol::RULE,
        FaultKind::FrameTooLong { .. } | FaultKind::ArrayCut { .. } => &truncated::RULE,
        FaultKind::OddItems(_) => &odd_items::RULE,
        FaultKind::BadExtension(_) => &extension_code::RULE,
        FaultKind::NameNotStr => &stack_global_operands::RULE,
        FaultKind::ArgumentsNotTuple(Opcode::Reduce) => &reduce_args_not_tuple::RULE,
        FaultKind::ArgumentsNotTuple(_) => &newobj_args_not_tuple::RULE,
        FaultKind::NotCallable(Opcode::NewObj | Opcode::NewObjEx) => &newobj_class_not_type::RULE,
        FaultKind::NotCallable(_) => &reduce_target_not_callable::RULE,
        FaultKind::KeywordsNotDict => &newobj_ex_operands::RULE,
        FaultKind::NotABuffer => &readonly_operand::RULE,
        FaultKind::UnfitTarget(Opcode::Build) => &build_on_builtin::RULE,
        FaultKind::UnfitTarget(Opcode::SetItem | Opcode::SetItems) => &setitem_target::RULE,
        FaultKind::UnfitTarget(Opcode::AddItems) => &additems_target::RULE,
        FaultKind::UnfitTarget(_) => &append_target::RULE,
        FaultKind::Unhashable => &unhashable_key::RULE,
        FaultKind::HugeSlot(_) => &allocation_request::RULE,
        FaultKind::TooLarge => &limit_reached::RULE,
    }
}

fn rule_of_op(fault: OpFault) -> &'static Rule {
    match fault {
        OpFault::MissingStop => &missing_stop::RULE,
        OpFault::UnknownOpcode(_) => &unknown_opcode::RULE,
        OpFault::Truncated { .. } | OpFault::MissingNewline { .. } => &truncated::RULE,
        OpFault::NegativeLength(_) | OpFault::HugeLength(_) => &bad_length::RULE,
        OpFault::BadInteger
        | OpFault::BadFloat
        | OpFault::BadQuotes
        | OpFault::BadEscape
        | OpFault::BadUtf8
        | OpFault::NotAscii
        | OpFault::EmptyName => &bad_operand::RULE,
    }
}

/// What all rules of faults say: what was expected and what stands there; then what CPython raises. What a real
/// unpickler refuses is an error, whatever the rule's own severity.
pub(crate) fn report_fault(fault: &Fault, report: &mut Reporter<'_>) {
    let message = match fault.opcode {
        Some(opcode) => format!("{}: {}", opcode.name(), fault.kind),
        None => fault.kind.to_string(),
    };
    let finding = report.finding(fault.start..fault.end, message).of_severity(Severity::Error).help(format!(
        "loading raises {}; everything before it has been carried out",
        fault.kind.exception()
    ));
    report.push(finding);
}

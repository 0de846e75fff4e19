//! Attributes of an object itself that unpicklers call: what a state sets there is called by later ops.

use super::{instance, judged, text};
use crate::hostile::found;

/// It opens the file that it names, once somebody asks for its items.
fn frame() -> String {
    instance("traceback\nFrameSummary")
}

/// An object with an attribute.
fn with(class: &str, name: &str, value: &str) -> String {
    format!("{}}}{}{value}sb", instance(class), text(name))
}

#[test]
fn a_state_goes_to_what_an_earlier_one_set() {
    for function in ["tuple", "list", "sorted", "str", "dict", "sum", "max", "print", "len"] {
        let object = with("types\nSimpleNamespace", "__setstate__", &format!("cbuiltins\n{function}\n"));
        judged(&format!("{object}{}b", frame()), &["PG109"]);
        // Harmless with what is harmless.
        judged(&format!("{object}](K\u{1}K\u{2}eb"), &[]);
        judged(&format!("{object}}}{}K\u{1}sb", text("a")), &[]);
        judged(&object, &[]);
    }
    let escaped: String = "__setstate__".bytes().map(|byte| format!("\\U{byte:08x}")).collect();
    let object = format!("{}}}V{escaped}\ncbuiltins\ntuple\nsb", instance("types\nSimpleNamespace"));
    judged(&format!("{object}{}b", frame()), &["PG109"]);
    let other = with("types\nSimpleNamespace", "setstate", "cbuiltins\ntuple\n");
    judged(&format!("{other}{}b", frame()), &["PG106"]);
    // As a slot, and of all states that come later.
    let slots = format!(
        "{}N}}{}cbuiltins\ntuple\ns\u{86}b",
        instance("types\nSimpleNamespace"),
        text("__setstate__")
    );
    judged(&format!("{slots}{}b", frame()), &["PG109"]);
    judged(&format!("{slots}}}b}}b{}b", frame()), &["PG109"]);
    // What it is called with is judged as in any other call.
    let many = "\u{8a}\u{6}\0\0\0\0\0\u{1}";
    let int = with("types\nSimpleNamespace", "__setstate__", "cmath\nfactorial\n");
    judged(&format!("{int}{many}b"), &["PG109"]);
    judged(&format!("{int}K\u{3}b"), &[]);
    let unknown = with("types\nSimpleNamespace", "__setstate__", &instance("types\nSimpleNamespace"));
    judged(&format!("{unknown}}}b"), &["PG107"]);
}

/// From Python 3.13 on, an object can be made of a dict of its attributes.
#[test]
fn attributes_that_a_constructor_is_given() {
    let object = format!("ctypes\nSimpleNamespace\n}}{}cbuiltins\ntuple\ns\u{85}R", text("__setstate__"));
    judged(&format!("{object}{}b", frame()), &["PG109"]);
    judged(&format!("{object}]b"), &[]);
}

#[test]
fn items_go_to_what_a_state_set() {
    let stack = |name: &str| with("traceback\nStackSummary", name, "cbuiltins\ntuple\n");
    for name in ["append", "extend"] {
        judged(&format!("{}({}e", stack(name), frame()), &["PG109"]);
        judged(&format!("{}{}a", stack(name), frame()), &["PG109"]);
        judged(&format!("{}(](K\u{1}eK\u{1}e", stack(name)), &[]);
    }
}

/// Who goes through an object asks it for the items that another one has which it holds.
#[test]
fn items_that_a_member_gives() {
    let list = with("collections\nUserList", "data", &frame());
    judged(&list, &[]);
    judged(&format!("cbuiltins\ntuple\n{list}\u{85}R"), &["PG109"]);
    judged(&format!("cbuiltins\nset\n{list}\u{85}R"), &["PG109"]);
    judged(&format!("cbuiltins\nsorted\n({list}lp0\n\u{85}R"), &["PG109"]);
    // Here it is kept as it is.
    judged(&format!("cbuiltins\nset\n]{list}a\u{85}R"), &[]);
    judged(&format!("cfunctools\npartial\ncbuiltins\ntuple\n{list}\u{86}R"), &[]);
}

/// Code of a class calls what members of the object are, or members of those.
#[test]
fn functions_that_an_object_holds() {
    let parser = |function: &str| with("types\nSimpleNamespace", "options", function);
    let proxy = |function: &str| with("configparser\nSectionProxy", "_parser", &parser(function));
    let partial = "cfunctools\npartial\ncmath\nfactorial\nK\u{5}\u{86}R";
    for function in ["cmath\nfactorial\n", partial] {
        judged(&proxy(function), &[]);
        judged(&format!("cbuiltins\nlen\n{}\u{85}R", proxy(function)), &["PG109"]);
        judged(&format!("coperator\neq\n{}K\u{1}\u{86}R", proxy(function)), &["PG109"]);
        judged(&format!("cbuiltins\nmax\n]{}a\u{85}R", proxy(function)), &["PG109"]);
        judged(&format!("cbuiltins\nset\n]{}a\u{85}R", proxy(function)), &[]);
        judged(&format!("cbuiltins\nValueError\n{}\u{85}R", proxy(function)), &[]);
    }
    judged(&format!("cbuiltins\nlen\n{}\u{85}R", proxy(&text("a"))), &[]);
    judged(&format!("cbuiltins\nlen\n{}\u{85}R", proxy("cdecimal\nDecimal\n")), &[]);
    // Items go to a method of the class, which picklers have take them before the state.
    let sorted = |state: &str| format!("{}{state}", instance("sqlalchemy.ext.mutable\nMutableDict"));
    let key = format!("}}{}cmath\nfactorial\nsb", text("_key"));
    judged(&sorted(&format!("{key}K\u{5}K\u{5}s")), &["PG109"]);
    judged(&sorted(&format!("K\u{5}K\u{5}s{key}")), &[]);
}

/// The unpickler of joblib calls a method of the wrapper of an array, which the wrapper may have itself.
#[test]
fn a_wrapper_that_says_how_it_is_read() {
    let wrapper = |name: &str| with("joblib.numpy_pickle\nNumpyArrayWrapper", name, "cmath\nfactorial\n");
    let told = found(&super::stream(&wrapper("read")));
    assert!(told.iter().any(|finding| finding.rule.code == "PG106"));
    assert!(found(&super::stream(&wrapper("order"))).iter().all(|finding| finding.rule.code != "PG106"));
}

/// What is no dict is what the class of a distribution runs source text out of.
#[test]
fn a_distribution_of_a_histogram() {
    let state = format!("]{}{}\u{86}a", text("a"), text("b"));
    judged(&format!("{}{state}b", instance("scipy.stats._continuous_distns\nrv_histogram")), &["PG101"]);
}

/// Forecasters take any index, so that who goes through one comes to no end.
#[test]
fn objects_that_have_an_item_for_any_index() {
    let forecaster = instance("sktime.forecasting.naive._naive\nNaiveForecaster");
    judged(&format!("cbuiltins\nlist\n{forecaster}\u{85}R"), &["PG109"]);
    judged(&format!("coperator\ncontains\n{forecaster}K\u{1}\u{86}R"), &["PG109"]);
    judged(&format!("cbuiltins\nstr\n{forecaster}\u{85}R"), &[]);
    judged(&format!("cbuiltins\nset\n]{forecaster}a\u{85}R"), &[]);
    judged(&format!("cbuiltins\nmap\ncbuiltins\nlen\n]{forecaster}a\u{86}R"), &[]);
    judged(&forecaster, &[]);
}

/// Some classes call methods of their own when they get their state.
#[test]
fn methods_that_a_state_hides() {
    let state = |class: &str, members: &str| format!("{}}}({members}ub", instance(class));
    let isotonic = |function: &str| {
        let members = format!(
            "{}{function}{}K\u{1}{}K\u{2}",
            text("_build_f"),
            text("X_thresholds_"),
            text("y_thresholds_")
        );
        state("sklearn.isotonic\nIsotonicRegression", &members)
    };
    judged(&isotonic("cnumpy\nrepeat\n"), &["PG106"]);
    judged(&isotonic("coperator\nmul\n"), &["PG106"]);
    judged(&isotonic("K\u{1}"), &[]);
    let partial = "cfunctools\npartial\ncnumpy\nroots\n]K\u{1}a\u{86}R";
    for (class, method) in [
        ("scipy.stats._continuous_distns\nnorm_gen", "_attach_methods"),
        ("torch.optim.sgd\nSGD", "_patch_step_function"),
        ("torchmetrics.aggregation\nBaseAggregator", "_wrap_update"),
    ] {
        judged(&state(class, &format!("{}{partial}", text(method))), &["PG106"]);
    }
    let rule = state("dateutil.rrule\nrrule", &format!("{}{partial}", text("_iter")));
    judged(&rule, &["PG117"]);
}

/// A slice as a key takes items out of a list, or puts in whatever an iterator gives.
#[test]
fn items_of_lists_that_are_set() {
    let slice = "cbuiltins\nslice\nK\0K\0\u{86}R";
    judged(&format!("]{slice}citertools\nrepeat\nK\u{1}\u{85}Rs"), &["PG106"]);
    judged("]K\u{1}a(K\0K\u{2}u", &["PG106"]);
    let many = "K\u{2}a".repeat(1000);
    judged(&format!("]{many}K\0K\u{1}s{many}"), &["PG106"]);
    judged("]K\u{1}a", &[]);
}

/// `copyreg` takes any mapping for keywords, and so does `NEWOBJ_EX` where a file is read by `pickle.py`.
#[test]
fn keywords_that_are_not_shown() {
    let hidden = |name: &str, value: &str| {
        format!("{}}}{}}}{}{value}ssb", instance("collections\nUserDict"), text("data"), text(name))
    };
    let made = |class: &str, keywords: &str| format!("ccopyreg\n__newobj_ex__\nc{class}\n){keywords}\u{87}R");
    judged(&made("numpy\nndarray", &hidden("shape", "K\u{1}")), &["PG109"]);
    judged(&made("river.stats.mean\nMean", &hidden("a", "K\u{1}")), &["PG109"]);
    judged(&made("numpy\nndarray", "}"), &[]);
}

//! Attributes that an object has by what it holds: what they are is not seen where they are asked for.

use super::{instance, judged, stream, text};
use crate::hostile::found;

/// It opens the file that it names, once somebody asks for its items.
fn frame() -> String {
    instance("traceback\nFrameSummary")
}

/// What `getattr` reads of an object can be a class, or anything that the program has as well.
#[test]
fn a_state_for_what_an_object_holds() {
    let holder = |held: &str| format!("{}}}{}{held}sb", instance("types\nSimpleNamespace"), text("a"));
    let read = |held: &str| format!("cbuiltins\ngetattr\n{}{}\u{86}R", holder(held), text("a"));
    let state = format!("N}}{}cbuiltins\nrepr\ns\u{86}b", text("format"));
    for held in ["clogging\nFormatter\n", "clogging\ngetLogger\n)R", &instance("argparse\nNamespace")] {
        judged(&read(held), &[]);
        judged(&format!("{}{state}", read(held)), &["PG106"]);
        judged(&format!("{}}}b", read(held)), &["PG106"]);
    }
    judged(&format!("{}}}{}K\u{1}sb", holder(&frame()), text("b")), &["PG106"]);
}

/// The attributes of aliases of types are those of what they are made of, be it a type or not; those of methods, of the function.
#[test]
fn a_state_for_what_an_alias_is_made_of() {
    for class in ["types\nGenericAlias", "collections.abc\n_CallableGenericAlias"] {
        let alias = format!("c{class}\nclogging\ngetLogger\n)R)\u{86}");
        let by_helper = format!("ccopyreg\n__newobj__\nc{class}\nclogging\ngetLogger\n)R)\u{87}R");
        for made in [format!("{alias}R"), format!("{alias}\u{81}"), by_helper] {
            judged(&made, &[]);
            judged(&format!("{made}}}{}\u{88}sb", text("disabled")), &["PG106"]);
        }
    }
    let method = "ctypes\nMethodType\nclogging\nFormatter\nK\u{1}\u{86}R";
    judged(method, &[]);
    judged(&format!("{method}}}{}\u{88}sb", text("a")), &["PG106"]);
}

/// Dicts of some classes give their items for attributes.
#[test]
fn items_that_are_attributes() {
    let items = |class: &str, name: &str, value: &str| format!("{}{}{value}s", instance(class), text(name));
    for class in
        ["yacs.config\nCfgNode", "scipy.optimize\nOptimizeResult", "ase.calculators.calculator\nParameters"]
    {
        let dict = items(class, "__setstate__", "cbuiltins\ntuple\n");
        judged(&format!("{dict}{}b", frame()), &["PG109"]);
        judged(&dict, &[]);
        judged(&format!("{}{}b", items(class, "setstate", "cbuiltins\ntuple\n"), frame()), &[]);
        judged(&format!("{}}}b", items(class, "x", "cbuiltins\ntuple\n")), &[]);
        let pairs = format!("]]{}acbuiltins\ntuple\naa", text("__setstate__"));
        for given in [pairs.clone(), format!("cbuiltins\ndict\n{pairs}\u{85}R")] {
            let findings = found(&stream(&format!("c{class}\n{given}\u{85}R{}b", frame())));
            assert!(findings.iter().any(|finding| finding.rule.code == "PG106"), "{class}: {findings:?}");
        }
    }
    judged("cscipy.optimize\nOptimizeResult\n}\u{85}R}b", &[]);
}

/// Data of `odr` look their attributes up in a dict that they hold.
#[test]
fn a_dict_of_attributes() {
    let data = |meta: &str| format!("{}}}{}{meta}sb", instance("scipy.odr._odrpack\nData"), text("meta"));
    judged(&data(&format!("}}{}cbuiltins\ntuple\ns", text("__setstate__"))), &["PG106"]);
    judged(&data(&format!("}}{}{}s", text("title"), text("__setstate__"))), &[]);
    judged(&data("}"), &[]);
    judged(&data("N"), &[]);
}

/// A fitter hands on to its model what it has not itself, a state among it.
#[test]
fn a_model_that_takes_the_state() {
    let fitter = |model: &str| {
        format!(
            "{}}}{}{}sb",
            instance("lifelines.fitters.coxph_fitter\nCoxPHFitter"),
            text("_model"),
            instance(model)
        )
    };
    judged(&fitter("statsmodels.base.data\nPandasData"), &["PG117"]);
    judged(&fitter("lifelines.fitters.coxph_fitter\nSemiParametricPHFitter"), &[]);
}

/// A configuration has its methods under the names that a map says.
#[test]
fn a_map_of_attributes() {
    let model = |name: &str| {
        let map = format!("}}{}{}s", text(name), text("to_json_file"));
        format!(
            "{}}}{}{map}s",
            instance("transformers.models.bert.configuration_bert\nBertConfig"),
            text("attribute_map")
        )
    };
    judged(&format!("{}b", model("__setstate__")), &["PG117"]);
    let plain = instance("transformers.models.bert.configuration_bert\nBertConfig");
    judged(&format!("{plain}}}{}K\u{1}sb", text("hidden_size")), &[]);
}

/// To show these, their classes write files or start programs.
#[test]
fn objects_that_do_more_to_be_shown() {
    for class in [
        "sentence_transformers.sentence_transformer.model_card\nSentenceTransformerModelCardData",
        "accelerate.state\nAcceleratorState",
    ] {
        let object = instance(class);
        judged(&object, &[]);
        for function in ["str", "repr", "format", "print"] {
            judged(&format!("cbuiltins\n{function}\n{object}\u{85}R"), &["PG109"]);
        }
    }
}

/// A zone is the one that the program has, by its name.
#[test]
fn a_zone_of_the_program() {
    let zone = format!("cpendulum.tz.timezone\nTimezone\n{}\u{85}R", text("UTC"));
    judged(&zone, &[]);
    let helped = format!("ccopyreg\n__newobj__\ncpendulum.tz.timezone\nTimezone\n{}\u{86}R", text("UTC"));
    for zone in [zone, helped] {
        judged(&format!("{zone}}}{}cbuiltins\nrepr\nsb", text("utcoffset")), &["PG106"]);
    }
}

/// Joblib reads the bytes behind a `BUILD` as those of an array whatever made the wrapper.
#[test]
fn wrappers_of_arrays_that_something_else_makes() {
    let class = "cjoblib.numpy_pickle\nNumpyArrayWrapper\n";
    let state = format!("}}{}(K\u{3}tscnumpy\ndtype\n{}\u{85}R", text("shape"), text("u1"));
    let state = state.replace("scnumpy", &format!("s{}cnumpy", text("dtype"))) + "sb";
    let call = "\0\u{1}\u{2}0cos\nsystem\n)R";
    for maker in [
        format!("cfunctools\npartial\n{class}\u{85}R)R"),
        format!("cfunctools\npartial\ncfunctools\npartial\n{class}\u{86}R)R"),
        format!("cbuiltins\ntype\n{class}){}\u{85}R)R", '\u{81}'),
        format!("ctypes\nMethodType\n{class}cnumpy\nndarray\n\u{86}R)R"),
        format!("cfunctools\nlru_cache\n{class}\u{85}R)R"),
        format!("cmultiprocessing.reduction\n_rebuild_partial\n{class})}}\u{87}R)R"),
        format!("cdill._dill\n_load_type\n{}\u{85}R{class}\u{85}R)R", text("PartialType")),
    ] {
        let findings = found(&stream(&format!("{maker}{state}{call}")));
        assert!(findings.iter().any(|finding| finding.rule.code == "PG101"), "{maker}: {findings:?}");
    }
    // An array among what a partial was given is one by then.
    let array = format!("{class}){}{state}\0\u{1}\u{2}", '\u{81}');
    let made = format!("cfunctools\npartial\ncargparse\nNamespace\n{array}\u{86}R)R}}b");
    judged(&made, &[]);
}

/// Readers in Python take arguments out of what can be gone through, and states out of what has items.
#[test]
fn arguments_and_states_that_are_not_seen() {
    for arguments in [
        "cbuiltins\ntuple\n]K\u{1}a\u{85}R",
        "ccollections\ndeque\n]K\u{1}a\u{85}R",
        "citertools\ncount\n)R",
        &frame(),
    ] {
        judged(&format!("cmath\nfactorial\n{arguments}R"), &["PG109"]);
    }
    judged("cmath\nfactorial\nK\u{1}\u{85}R", &[]);
    for class in ["collections\nUserDict", "collections\nChainMap", "types\nMappingProxyType"] {
        let dict = format!("c{class}\n}}{}cbuiltins\ntuple\ns\u{85}R", text("__setstate__"));
        judged(&format!("{}{dict}b", instance("types\nSimpleNamespace")), &["PG106"]);
    }
    let state = format!("}}{}}}{}cbuiltins\ntuple\nssb", text("data"), text("__setstate__"));
    let dict = format!("{}{state}", instance("collections\nUserDict"));
    judged(&format!("{}{dict}b", instance("types\nSimpleNamespace")), &["PG106"]);
}

/// With one state an object may be made to hand the next on, to another object.
#[test]
fn states_that_are_given_twice() {
    let resampler = instance("pandas.core.resample\nDatetimeIndexResampler");
    let inner = "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\0\u{85}C\u{1}btR";
    let first =
        format!("}}({}]{}a{}{inner}ub", text("_attributes"), text("__setstate__"), text("_timegrouper"));
    judged(&format!("{resampler}{first}"), &["PB127"]);
    judged(&format!("{resampler}{first}K\u{1}K\u{2}\u{86}b"), &["PB127", "PG106"]);
    judged(&format!("{resampler}{first}(K\u{1}K\u{2}K\u{3}tb"), &["PB127", "PG106"]);
}

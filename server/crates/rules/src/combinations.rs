//! Streams in which every global is allowed by itself, and that do harm by how they are put together. Each was seen to do it.

mod attributes;
mod hooks;
mod texts;

use crate::hostile::{check, found};

const EMPTY: &str = ")\u{81}";

/// A stream of protocol 2 from ops as characters.
fn stream(ops: &str) -> Vec<u8> {
    let bytes = ops.chars().map(|character| u8::try_from(character).unwrap());
    [0x80, 2].into_iter().chain(bytes).chain(*b".").collect()
}

#[track_caller]
fn judged(ops: &str, expected: &[&str]) {
    check(&stream(ops), expected);
}

fn instance(class: &str) -> String {
    format!("c{class}\n{EMPTY}")
}

fn text(text: &str) -> String {
    format!("U{}{text}", char::from_u32(u32::try_from(text.len()).unwrap()).unwrap())
}

/// Its constructor makes a folder, whatever calls it.
#[test]
fn classes_that_are_called_by_something_else() {
    let memory = "cjoblib.memory\nMemory\n";
    let place = text("place");
    judged(&format!("cbuiltins\nmap\n{memory}]{place}a\u{86}R"), &["PG109"]);
    judged(&format!("cfunctools\nreduce\n{memory}]{place}a\u{86}R"), &["PG109"]);
    let partial =
        |class: &str| format!("ccollections\ndefaultdict\ncfunctools\npartial\n{class}{place}\u{86}R\u{85}R");
    judged(&partial("cbuiltins\nint\n"), &[]);
    judged(&partial(memory), &["PG109", "PG109"]);
    // Out of a tuple, out of what holds one, and as the class of an instance.
    let item = |of: &str| format!("coperator\ngetitem\n{of}K\0\u{86}R");
    judged(&partial(&item(&format!("{memory}\u{85}"))), &["PG109", "PG109", "PG109"]);
    judged(&partial(&item(&item(&format!("]{memory}\u{85}a")))), &["PG109", "PG109", "PG109"]);
    judged(
        &partial(&format!("cbuiltins\ntype\n{}\u{85}R", instance("joblib.memory\nMemory"))),
        &["PG109", "PG109", "PG109"],
    );
    judged(&partial(&format!("ctypes\nGenericAlias\n{memory})\u{86}R")), &["PG109", "PG109", "PG109"]);
    // `_reconstructor` calls the constructor of the base with the state.
    judged(&format!("ccopy_reg\n_reconstructor\ncargparse\nNamespace\n{memory}{place}\u{87}R"), &["PG109"]);
    judged(&format!("ccopy_reg\n_reconstructor\n{memory}cbuiltins\nobject\nN\u{87}R"), &[]);
    // By a state.
    let state = format!(
        "ccollections\ndefaultdict\ncfunctools\npartial\ncbuiltins\nint\n\u{85}R({memory}{place}\u{85}}}Ntb\u{85}R"
    );
    judged(&state, &["PG109", "PG109"]);
    // `rv_frozen` calls the class of its first argument.
    let frozen = "cscipy.stats._distn_infrastructure\nrv_continuous_frozen\n";
    judged(&format!("{frozen}{}\u{85}R", instance("scipy.stats._continuous_distns\nnorm_gen")), &["PG109"]);
    judged(&format!("{frozen}{EMPTY}"), &[]);
    // What picklers write.
    judged(&format!("ccopy_reg\n__newobj__\n{memory}\u{85}R"), &[]);
    judged(
        "ccollections\ndefaultdict\ncfunctools\npartial\nccollections\ndefaultdict\ncbuiltins\nlist\n\u{86}R\u{85}R",
        &[],
    );
    judged("ccollections\ndefaultdict\nccollections\ndefaultdict\n\u{85}R", &[]);
    judged("cbuiltins\ntype\nN\u{85}R", &[]);
}

/// Methods of their classes take the items, and remove files.
#[test]
fn items_for_what_is_no_container() {
    let item = format!("{}}}s", text("DEFAULT"));
    judged(&format!("{}{item}", instance("configparser\nConfigParser")), &["PG106"]);
    judged(&format!("{}{item}", instance("xml.dom.minidom\nNamedNodeMap")), &["PG106"]);
    judged(&format!("{}{item}", instance("collections\nUserDict")), &["PG106"]);
    judged(&format!("{}K\u{1}a", instance("email.header\nHeader")), &["PG106"]);
    for class in ["collections\nOrderedDict", "sklearn.utils\nBunch", "scipy.optimize\nOptimizeResult"] {
        judged(&format!("{}{item}", instance(class)), &[]);
    }
    // One of a class that is on no list is told of anyway.
    judged(&format!("{}{item}", instance("myapp\nTable")), &["PG108"]);
}

/// `print` calls a method `write` of what it is given, which takes the text for the name of a file to be written.
#[test]
fn printing_into_an_object() {
    let tree = instance("xml.etree.ElementTree\nElementTree");
    let keywords = |key: &str| format!("}}{}{tree}s", text(key));
    let build = |key: &str| {
        let keywords = keywords(key);
        format!("cfunctools\npartial\ncbuiltins\nprint\n\u{85}R(cbuiltins\nprint\n){keywords}Ntb")
    };
    judged(&build("file"), &["PG109", "PG109"]);
    judged(&build("end"), &["PG109"]);
    judged(&build("file").replace("print", "sorted"), &["PG109"]);
    judged(&build("key").replace("print", "sorted"), &[]);
    judged("cfunctools\npartial\ncbuiltins\nprint\n\u{85}R(cbuiltins\nprint\n)}Ntb", &[]);
    // Into the dict that a partial has already.
    let later = format!(
        "}}q\00cfunctools\npartial\ncbuiltins\nprint\n\u{85}R(cbuiltins\nprint\n)h\0Ntb0h\0{}{tree}s",
        text("file")
    );
    judged(&later, &["PG109", "PG106"]);
    let new = format!("cfunctools\npartial\ncbuiltins\nprint\n\u{85}{}\u{92}", keywords("file"));
    judged(&new, &["PG109", "PB127", "PG109"]);
    judged("cos\nsystem\n)}\u{92}", &["PB127", "PG101"]);
    // As multiprocessing makes partials, and with a function that is looked up.
    let rebuilt = "cmultiprocessing.reduction\n_rebuild_partial\n";
    let given = format!("){}\u{87}R)R", keywords("file"));
    judged(&format!("{rebuilt}cbuiltins\nprint\n{given}"), &["PG109", "PG109", "PG109"]);
    let looked_up = format!("cdill._dill\n_get_attr\n{}{}\u{86}R", text("builtins"), text("print"));
    judged(&format!("{rebuilt}{looked_up}{given}"), &["PG109", "PG109", "PG109"]);
    judged(&format!("{rebuilt}cbuiltins\nint\n{}\u{85}}}\u{87}R)R", text("3")), &[]);
    // What it wraps is said when it is called.
    judged(&format!("cfunctools\npartial\n{rebuilt}cbuiltins\nprint\n\u{86}R"), &["PG109"]);
    judged("cfunctools\npartial\ncfunctools\npartial\ncbuiltins\nint\n\u{85}R\u{85}R", &[]);
}

#[test]
fn attributes_of_what_an_object_holds() {
    // A property of the class sets the attribute of the logger, and of the distribution.
    let slots = |name: &str| format!("}}{}Ns\u{86}b", text(name));
    judged(&format!("{}N{}", instance("logging\nLoggerAdapter"), slots("manager")), &["PG106"]);
    let frozen = instance("scipy.stats._levy_stable\nlevy_stable_frozen");
    judged(&format!("{frozen}N{}", slots("parameterization")), &["PG106"]);
    judged(&format!("{frozen}}}{}Nsb", text("args")), &[]);
    // An alias of typing sets attributes of what it stands for.
    judged("ctyping\n_GenericAlias\ncstatistics\nmean\n)\u{86}R", &["PG108"]);
    // Functions that give what they are given, where a tensor is expected.
    let rebuild =
        "ctorch._tensor\n_rebuild_from_type_v2\n(ctorch.utils.data._utils.collate\ndefault_convert\n";
    judged(&format!("{rebuild}cbuiltins\nobject\ncstatistics\nmean\n\u{85}}}tR"), &["PG109"]);
    // Functions that call methods of the tensor which they are given, and set attributes of what those give.
    let bag = instance("argparse\nNamespace");
    for function in ["_rebuild_parameter", "_rebuild_device_tensor_from_cpu_tensor"] {
        judged(&format!("ctorch._utils\n{function}\n({bag}NNNtR"), &["PG109"]);
        judged(
            &format!("ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n{function}\nN({bag}NNNt}}tR"),
            &["PG109"],
        );
    }
    let tensor = "ctorch._utils\n_rebuild_tensor_v2\n)R";
    judged(&format!("ctorch._utils\n_rebuild_parameter\n({tensor}NNtR"), &[]);
    // A hook of a module sets an attribute of the module that it is called with, which need not be one.
    let hook = instance("torch.nn.utils.weight_norm\nWeightNorm");
    judged(&format!("cfunctools\npartial\n{hook}cstatistics\nmean\nN\u{87}R"), &["PG109"]);
    judged(&format!("citertools\naccumulate\n]\u{85}}}{}{hook}s\u{92}", text("func")), &["PB127", "PG109"]);
    judged(&format!("ccollections\nOrderedDict\n)RK\0{hook}s"), &[]);
    let interpolator = instance("scipy.interpolate._interpolate\ninterp1d");
    let hidden = format!(
        "cbuiltins\ngetattr\n{interpolator}}}{}{{}}sb{}\u{86}R",
        text("_call_linear"),
        text("_call_linear")
    );
    judged(&hidden.replace("{}", &hook), &["PG109"]);
    judged(
        &format!("{})R", hidden.replace("{}", "cfunctools\npartial\ncbuiltins\nint\n\u{85}R")),
        &["PG107"],
    );
    // By a dict for slots, one of another class, and among many others.
    let method = text("_call_linear");
    let wrapped = "cfunctools\npartial\ncbuiltins\nint\n\u{85}R";
    let others: String = (0..300).map(|number| format!("{}N", text(&format!("a{number}")))).collect();
    for state in [
        format!("N}}{method}{wrapped}s\u{86}"),
        format!("ccollections\nOrderedDict\n)R{method}{wrapped}s"),
        format!("}}({others}{method}{wrapped}u"),
    ] {
        let called = format!("cbuiltins\ngetattr\n{interpolator}{state}b{method}\u{86}R)R");
        judged(&called, &["PG107"]);
    }
    let all = format!("N}}{}}}{method}{wrapped}ss\u{86}", text("__dict__"));
    let called = format!("cbuiltins\ngetattr\n{interpolator}{all}b{method}\u{86}R)R");
    judged(&called, &["PG106", "PG107"]);
    // A method that it has, which it calls itself.
    let looked_up = format!("cbuiltins\ngetattr\n{interpolator}N}}\u{86}b{method}\u{86}R");
    judged(&looked_up, &[]);
    judged(&format!("{looked_up})R"), &["PG109"]);
    let kept = instance("torch.nn.utils.spectral_norm\nSpectralNormStateDictHook");
    judged(&format!("{kept}}}{}{hook}sb", text("fn")), &[]);
    // What sets attributes of what it is given is called where that is seen, and not by others.
    let rebuilt = "cmultiprocessing.pool\nrebuild_exc\n";
    judged(&format!("cbuiltins\nmap\n{rebuilt}]]\u{87}R"), &["PG109", "PG109"]);
}

/// What an object has in `__dict__` are its attributes.
#[test]
fn attributes_all_at_once() {
    let bag = instance("argparse\nNamespace");
    let all = |dict: &str| format!("{bag}N}}{}{dict}s\u{86}b", text("__dict__"));
    judged(&all(&format!("}}{}Ns", text("__array_interface__"))), &["PG106"]);
    judged(&all("ccollections\nOrderedDict\n)R"), &["PG106"]);
    judged(&all("N"), &[]);
    // pydantic keeps it in a state of its own; in the dict of an object it is a name like others.
    let model = format!("{bag}}}{}}}{}Nss", text("__dict__"), text("a"));
    judged(&format!("{model}b"), &[]);
    judged(&format!("}}q\0{}h\0{}Ns", all("h\0"), text("x")), &["PG106", "PG106", "PD110"]);
}

#[test]
fn objects_that_the_program_has_too() {
    let named = format!("}}{}Nsb", text("_name"));
    judged(&format!("cdateutil.tz.tz\ntzoffset\nNK\u{1}\u{86}R{named}"), &["PG106"]);
    judged(&format!("{}{named}", instance("dateutil.tz.tz\ntzoffset")), &[]);
    let state = format!("}}{}Nsb", text("eps"));
    judged(&format!("cnumpy\nfinfo\n{}\u{85}\u{81}{state}", text("f8")), &["PG106"]);
    judged(&format!("{}{state}", instance("numpy\nfinfo")), &[]);
    judged(&format!("cpandas._libs.missing\nNAType\n)R{named}"), &["PG106"]);
    for class in ["Timestamp", "Timedelta", "Period"] {
        judged(&format!("cpandas\n{class}\n{}\u{85}R{named}", text("NaT")), &["PG106"]);
    }
    judged("cpandas\nPeriod\nNNK\u{1}\u{87}RNNK\u{1}\u{87}b", &[]);
    judged(&format!("cnumpy._globals\n_NoValueType\n)R{named}"), &["PG106"]);
}

#[test]
fn caches_and_files_that_are_used_later() {
    let backend = instance("joblib._store_backends\nFileSystemStoreBackend");
    judged(&format!("{backend}}}{}{}sb", text("location"), text("/tmp/cache")), &["PG104"]);
    // To call the function loads what the folder holds for its arguments, and writes there.
    let function = instance("joblib.memory\nMemorizedFunc");
    judged(&function, &[]);
    judged(&format!("{function}{}\u{85}R", text("x")), &["PG101"]);
    let arguments = format!("]{}a", text("x"));
    judged(&format!("cbuiltins\nmap\n{function}{arguments}\u{86}R"), &["PG101"]);
    judged(&format!("cfunctools\npartial\n{function}\u{85}R)R"), &["PG109", "PG101"]);
    // What only keeps it calls nothing.
    judged(&format!("cfunctools\npartial\n{function}\u{85}R"), &["PG109"]);
    judged(&format!("ccollections\ndefaultdict\n{function}\u{85}R"), &["PG109"]);
    let pipeline = instance("sklearn.pipeline\nPipeline");
    // The folder of a cache that is looked into by what fits the model again is worth knowing.
    let folders = |state: String, expected: usize| {
        judged(&state, if state.contains("joblib.memory\u{94}") { &["PB127"] } else { &[] });
        let bytes: Vec<u8> =
            format!("\u{80}\u{2}{state}.").chars().map(|character| character as u8).collect();
        let told = crate::hostile::found(&bytes);
        assert_eq!(told.iter().filter(|finding| finding.rule.code == "PG104").count(), expected, "{told:?}");
    };
    folders(format!("{pipeline}}}{}{}sb", text("memory"), text("cache")), 1);
    folders(format!("{pipeline}}}{}q\0{}sb", text("memory"), text("cache")), 1);
    folders(format!("{pipeline}}}{}Nsb", text("memory")), 0);
    // A cache without a folder; the folder of another one is in its own state.
    let cache =
        format!("\u{8c}\rjoblib.memory\u{94}\u{8c}\u{6}Memory\u{94}\u{93})\u{81}}}{}Nsb", text("location"));
    let named = format!("{pipeline}}}{}q\0{cache}sb", text("memory"));
    folders(named, 0);
    folders(format!("{pipeline}}}{}{}sb", text("memory"), text("joblib.memory")), 1);
    let vectorizer = instance("sklearn.feature_extraction.text\nCountVectorizer");
    judged(&format!("{vectorizer}}}{}{}sb", text("input"), text("filename")), &["PG103"]);
    judged(&format!("{vectorizer}}}{}{}sb", text("input"), text("content")), &[]);
}

#[test]
fn numbers_of_jobs_that_are_code() {
    let search = |jobs: &str| {
        let search = instance("sklearn.model_selection._search\nGridSearchCV");
        format!("{search}}}{}{}sb", text("pre_dispatch"), text(jobs))
    };
    for jobs in ["2*n_jobs", "all", "n_jobs", "1.5 * n_jobs", "8"] {
        judged(&search(jobs), &[]);
    }
    for jobs in ["__import__('os').system('true')", "open(n_jobs)", "9**9**9", "[n_jobs for _ in n_jobs]"] {
        judged(&search(jobs), &["PG101"]);
    }
    judged(
        &format!("cargparse\nNamespace\n)\u{81}}}{}{}sb", text("pre_dispatch"), text("open(n_jobs)")),
        &[],
    );
}

/// pandas opens the file that the name of a time zone leads to, however the name is written.
#[test]
fn time_zones_that_are_not_written_as_they_are() {
    let zone = |name: &str| format!("cpandas\nDatetimeTZDtype\n{}{name}\u{86}R", text("ns"));
    let added = format!("coperator\nadd\n{}{}\u{86}R", text("date"), text("util//x"));
    judged(&zone(&added), &["PG103"]);
    let wide: String = "dateutil//x".chars().map(|character| format!("{character}\0")).collect();
    judged(
        &zone(&format!("cbuiltins\nstr\n{}{}\u{86}R", text(&wide), text("utf-16-le"))),
        &["PG103", "PG103"],
    );
    judged(&zone(&text("Europe/Berlin")), &[]);
    judged(&added, &[]);
}

#[test]
fn models_in_native_memory() {
    let booster = instance("lightgbm.basic\nBooster");
    judged(&format!("{booster}{}b", instance("collections\nUserDict")), &["PG116"]);
    judged(&format!("{booster}}}{}{}sb", text("_handle"), text("tree")), &[]);
}

#[test]
fn what_has_no_end_in_sight() {
    let sum = |of: &str| format!("cbuiltins\nsum\n{of}\u{85}R");
    let many = "\u{8a}\u{6}\0\0\0\0\0\u{1}";
    judged(&sum(&format!("cbuiltins\nrange\n{many}\u{85}R")), &["PG109"]);
    judged(&sum("cbuiltins\nrange\nK\u{1}\u{85}R"), &[]);
    let evaluated = |range: &str| format!("cdill._dill\n_eval_repr\n{}\u{85}R", text(range));
    judged(&sum(&evaluated("range(0, 9)")), &[]);
    judged(&sum(&evaluated("range(0, 99999999999)")), &["PG109"]);
    judged(&evaluated("range(0, 99999999999)"), &[]);
    judged(&format!("cbuiltins\nrange\n{many}\u{85}R"), &[]);
    judged(&sum(&format!("citertools\nrepeat\nK\u{1}{many}\u{86}R")), &["PG109"]);
    judged(&sum(&format!("cipaddress\nIPv6Network\n{}\u{85}R", text("::/0"))), &["PG109"]);
    judged(&format!("coperator\nmul\n{}{many}\u{86}R", text("a")), &["PG109"]);
    judged(&format!("cfractions\nFraction\n{}\u{85}R", text("1e1000000000")), &["PG109"]);
    judged(&format!("cfractions\nFraction\n{}\u{85}R", text("1/3")), &[]);
    let decimal = |number: &str| format!("cdecimal\nDecimal\n{}\u{85}R", text(number));
    judged(&decimal("1E+999999"), &[]);
    judged(&format!("cbuiltins\nint\n{}\u{85}R", decimal("1E+999999")), &["PG109"]);
    judged(&format!("cbuiltins\nint\n{}\u{85}R", decimal("1E+9")), &[]);
}

#[test]
fn a_frame_of_a_traceback_reads_files_for_whatever_goes_through_it() {
    let frame = instance("traceback\nFrameSummary");
    judged(&format!("carray\narray\nU\u{1}u{frame}\u{86}R"), &["PG109"]);
    assert!(found(&stream(&format!("cbuiltins\nValueError\n{frame}\u{85}R"))).is_empty());
}

/// What is said to be the dict of a view is asked for its items: here it is an object with a function of that name.
#[test]
fn a_view_of_a_graph_calls_what_it_holds() {
    let dict = format!("{}}}U\u{5}itemscbuiltins\nprint\nsb", instance("types\nSimpleNamespace"));
    let state = format!("}}(U\u{6}_graphNU\u{8}_adjdict{dict}ub");
    let view = format!("{}{state}", instance("networkx.classes.reportviews\nOutEdgeView"));
    judged(&view, &[]);
    judged(&format!("cbuiltins\nlist\n{view}\u{85}R"), &["PG109"]);
    judged(&format!("cbuiltins\nlist\n{}\u{85}R", instance("networkx.classes.reportviews\nNodeView")), &[]);
}

/// Options of the compiler of torch name programs. Models of Transformers ask methods of theirs for the options, which an object has
/// none of; what the library writes is a class that no list allows.
#[test]
fn options_of_a_compiler() {
    let model = |state: &str| {
        format!("{}{state}b", instance("transformers.models.gpt2.modeling_gpt2\nGPT2LMHeadModel"))
    };
    let options = "cfunctools\npartial\nctypes\nSimpleNamespace\n\u{85}R";
    judged(&model(&format!("}}{}{options}s", text("_default_compile_config"))), &["PG106"]);
    judged(&model(&format!("}}{}cbuiltins\ndict\ns", text("get_compiled_call"))), &["PG106"]);
    let parameters = |value: &str| {
        let made = instance("transformers.generation.configuration_utils\nGenerationConfig");
        format!("{made}}}{}{value}sb", text("compile_config"))
    };
    judged(&parameters(&instance("types\nSimpleNamespace")), &["PG106"]);
    judged(&parameters(&instance("transformers.generation.configuration_utils\nCompileConfig")), &["PG108"]);
    judged(&parameters("N"), &[]);
}

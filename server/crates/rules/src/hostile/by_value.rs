//! Helpers of picklers that store functions and classes by value.

use super::check;

/// What dill writes for functions and classes that hold themselves is told with the functions and classes; what it writes
/// it with does harm to what it has not made.
#[test]
fn helpers_for_what_is_stored_by_value() {
    let cell = "cdill._dill\n_create_cell\n(NtRp0\n";
    let shim = "cbuiltins\ngetattr\n(cdill\n_dill\nS'_setattr'\ncbuiltins\nsetattr\ntRp1\n";
    let of_dill = |name: &str, rest: &str| format!("cdill._dill\n{name}\n({rest}tR");
    let module = of_dill("_import_module", "S'json'\n");
    let class = of_dill("_create_type", "cbuiltins\ntype\nS'C'\n(cbuiltins\nobject\nt(d") + "p0\n";
    let popen = of_dill("_create_namedtuple", "S'Popen'\n(tS'subprocess'\n");
    let body =
        "cfunctools\npartial\n(cdill._dill\n_setitems\ntR(cdill._dill\n_setitems\n(t(dS'source'\n(dsNtb";
    let new_class = |body: &str| {
        format!("ctypes\nnew_class\n(S'C'\n(cbuiltins\nobject\nt(dS'metaclass'\ncbuiltins\ntype\ns{body}tR.")
    };
    for (stream, expected) in [
        (format!("{cell}{shim}(g0\nS'cell_contents'\ng0\ntR0."), &["PG112"][..]),
        (format!("{cell}cbuiltins\nsetattr\n(g0\nS'cell_contents'\nNtR0."), &["PG112"]),
        (format!("{class}cbuiltins\nsetattr\n(g0\nS'__qualname__'\nS'A.C'\ntR0."), &["PG112"]),
        ("cbuiltins\nsetattr\n(cargparse\nNamespace\nS'__qualname__'\nS'Namespace'\ntR.".to_owned(), &[]),
        ("cbuiltins\nsetattr\n(cargparse\nNamespace\nS'__qualname__'\nS'Action'\ntR.".to_owned(), &["PG106"]),
        (format!("{class}cbuiltins\nsetattr\n(g0\nS'f'\ncbuiltins\nlen\ntR0."), &["PG112"]),
        (
            format!("{class}cbuiltins\nsetattr\n(g0\nS'__setstate__'\ncos\nsystem\ntRN."),
            &["PG112", "PG102", "PG106", "PD110"],
        ),
        (format!("{module}p0\n{shim}(g0\nS'loads'\nNtR0."), &["PG112", "PG106", "PB131"]),
        (
            format!("{cell}{shim}(cjson\nloads\nS'cell_contents'\nNtR0."),
            &["PG112", "PG106", "PB131"],
        ),
        (
            format!("{cell}cbuiltins\nsetattr\np1\n(g0\nS'cell_contents'\nNtR0(g1\nlp2\n0."),
            &["PG112", "PG106"],
        ),
        (
            "cbuiltins\ngetattr\n(cdill\n_dill\nS'_setattr'\ncos\nsystem\ntR.".to_owned(),
            &["PG112", "PG102", "PG105"],
        ),
        (module.clone() + ".", &["PG112"]),
        (format!("{module}(dS'loads'\nNsb."), &["PG112", "PG106"]),
        (of_dill("_import_module", "S'os.system'\n") + "(S'id'\ntR.", &["PG112", "PG101"]),
        (of_dill("_import_module", "S'os.system'\n") + ".", &["PG112", "PG102"]),
        (popen + "(S'id'\ntR.", &["PG101"]),
        (of_dill("_create_namedtuple", "S'P'\n(S'x'\ntS'mine'\n") + ".", &["PG108"]),
        (of_dill("_create_namedtuple", "S'DefragResult'\n(tS'urllib.parse'\n") + "(tR.", &[]),
        (of_dill("_create_namedtuple", "S'DefragResult'\nNS'urllib.parse'\n") + ".", &["PG109"]),
        (of_dill("_create_namedtuple", "S'DefragResult'\n(tS'urllib.parse'\nN") + ".", &["PG109"]),
        (of_dill("_create_namedtuple", "S'DefragResult'\n(tS'urllib.parse'\n(I1\nl") + "(tR.", &[]),
        (of_dill("_create_namedtuple", "S'system'\n(tS'os'\n(l") + ".", &["PG102"]),
        (of_dill("_create_namedtuple", "S'P'\n(tS'mine'\ncitertools\ncount\n(tR") + ".", &["PG109"]),
        (of_dill("_create_namedtuple", "S'system'\n(tS'os'\n") + ".", &["PG102"]),
        (of_dill("_create_namedtuple", "S's.system'\n(tS'o'\n") + ".", &["PG108"]),
        (of_dill("_create_namedtuple", "coperator\nadd\n(S'sys'\nS'tem'\ntR(tS'os'\n") + ".", &["PG109"]),
        (of_dill("_eval_repr", "S'range(0, 3)'\n") + ".", &[]),
        (of_dill("_eval_repr", "S'exit()'\n") + ".", &["PG101"]),
        ("cdill._dill\n_eval_repr\np0\n(S'Ellipsis'\ntR(g0\nlp1\n.".to_owned(), &["PG102", "PD110"]),
        (of_dill("_getattr", "cbuiltins\nstr\nS'join'\nS\"<method 'join' of 'str' objects>\"\n") + ".", &[]),
        (of_dill("_getattr", "cbuiltins\nstr\nS'join'\nS\"' ' 'exit()' '\"\n") + ".", &["PG101"]),
        (
            of_dill("_getattr", "cx\nos\nS'system'\nS\"<method 'system' of 'os' objects>\"\n") + ".",
            &["PG105", "PG101", "PG102"],
        ),
        (new_class(body), &["PG112"]),
        (of_dill("_load_type", "S'FileType'\n") + "(S'a'\nS'w'\ntR.", &["PG103"]),
        (of_dill("_load_type", "S'FileType'\n") + ".", &["PG108"]),
        (of_dill("_load_type", "S'bytes'\n") + "(tR.", &[]),
        (of_dill("_load_type", "S'PartialType'\n") + "(cos\nsystem\nS'id'\ntR.", &["PG102"]),
        (of_dill("_load_type", "S'PartialType'\n") + "(dS'x'\nNsb.", &["PG106"]),
        (of_dill("_load_type", "S'LambdaType'\n") + ".", &["PG112"]),
        (of_dill("_load_type", "coperator\nadd\n(S'Partial'\nS'Type'\ntR") + ".", &["PG109"]),
        (of_dill("_load_type", "S'NoSuch'\n") + ".", &["PG108"]),
        ("cdill._dill\n_load_type\np0\n(g0\nlp1\n.".to_owned(), &["PG109", "PD110"]),
        // A compiled function, as dill before 0.3.5 writes one for each array.
        (of_dill("_get_attr", &format!("{}S'sqrt'\n", of_dill("_import_module", "S'math'\n"))) + ".", &[]),
        (of_dill("_get_attr", &format!("{}S'sys'\n", of_dill("_import_module", "S'math'\n"))) + ".", &["PG105"]),
        (of_dill("_import_module", "S'math'\n") + "(dS'sqrt'\nNsb.", &["PG106"]),
        ("cdill._dill\n_import_module\np0\n(S'math'\ntR(g0\nl.".to_owned(), &["PG112", "PD110"]),
        (of_dill("_get_attr", &format!("{module}S'dump'\n")) + ".", &["PG112", "PG108"]),
        (of_dill("_get_attr", "S'builtins'\nS'print'\n") + "(S'x'\ntR.", &[]),
        (of_dill("_get_attr", "S'{0.x}'\nS'format'\n") + "(NtR.", &["PG108"]),
        (of_dill("_get_attr", "S'builtins'\nS'eval'\n") + "(S'x'\ntR.", &["PG101"]),
        (of_dill("_get_attr", &format!("{module}S'eval'\n")) + "(S'x'\ntR.", &["PG112", "PG101"]),
        (of_dill("_get_attr", "cdill._dill\n_import_module\n(S'os'\ntRS'system'\n") + ".", &["PG112", "PG102"]),
        (of_dill("_get_attr", "S'x'\nS'__class__'\n") + ".", &["PG105"]),
        (of_dill("_get_attr", &format!("{module}S'getattr'\n")) + "(I1\nS'__init__'\ntR.", &["PG112", "PG108", "PG105"]),
        ("cdill._dill\n_get_attr\n.".to_owned(), &["PG105"]),
        (
            "ccloudpickle.cloudpickle\n_builtin_type\n(S'LambdaType'\ntR(ccloudpickle.cloudpickle\n_builtin_type\n\
             (S'CodeType'\ntR(I1\nS'c'\n(t(tS'a.py'\nS'f'\ntR(dtR."
                .to_owned(),
            &["PG112"],
        ),
        (
            "ccloudpickle.cloudpickle\n_builtin_type\n(S'LambdaType'\ntR(S'c'\n(dtR.".to_owned(),
            &["PG112"],
        ),
        (new_class("cprint\nx\n"), &["PG112", "PG108", "PG101"]),
        (of_dill("_import_module", "coperator\nadd\n(S'os.'\nS'system'\ntR") + ".", &["PG112", "PG102"]),
        (of_dill("_import_module", "S'builtins.getattr'\n") + "(I1\nS'__init__'\ntR.", &["PG112", "PG105"]),
        (of_dill("_import_module", "S'a.B'\n") + "(tR.", &["PG112", "PG108"]),
        ("cdill._dill\n_setitems\n((d(dS'append'\ncos\nsystem\nstR0N.".to_owned(), &["PG102", "PG106"]),
        (
            of_dill("_getattr", "cpathlib\nPath\nS'touch'\nS\"<method 'touch' of 'Path' objects>\"\n")
                + "(S'x'\ntR.",
            &["PG101", "PG103"],
        ),
        (
            of_dill("_getattr", "cbuiltins\nstr\nS'foo'\nS\"<method 'foo' of 'str' objects>\"\n")
                + "(S'x'\ntR.",
            &["PG108"],
        ),
        (
            "ccloudpickle.cloudpickle\n_function_setstate\n(cstatistics\nmean\n((d(dttR0N.".to_owned(),
            &["PG112", "PG106"],
        ),
    ] {
        check(stream.as_bytes(), expected);
    }
}

/// A method that is bound to an object of its class is what `getattr` gives of it; bound to another one it is not.
#[test]
fn bound_methods() {
    let fitter = "lifelines.fitters.nelson_aalen_fitter\nNelsonAalenFitter";
    let method = format!("c{fitter}\np0\n0cbuiltins\ngetattr\n(g0\nS'_additive_f_smooth'\ntR");
    let object = |class: &str| format!("ccopyreg\n_reconstructor\n(c{class}\ncbuiltins\nobject\nNtR");
    for helper in ["cloudpickle.cloudpickle\n_builtin_type", "dill._dill\n_load_type"] {
        let bound = |class: &str| format!("c{helper}\n(S'MethodType'\ntR({method}{}tR.", object(class));
        check(bound(fitter).as_bytes(), &[]);
        check(bound("argparse\nNamespace").as_bytes(), &["PG109"]);
    }
    check(b"ccloudpickle.cloudpickle\n_builtin_type\n(S'SimpleNamespace'\ntR(tR.", &[]);
}

//! Globals that are names of functions by value.

use super::{check, found};

const CODE: &str =
    "ccloudpickle.cloudpickle\n_builtin_type\n(S'CodeType'\ntR(I1\nS'c'\n(t(tS'a.py'\nS'f'\ntR";

/// What dill writes for the namespace of a function, and what is done besides.
fn with_namespace(pairs: &str, besides: &str) -> String {
    format!("(dp1\n0cdill._dill\n_create_function\n({CODE}g1\nS'f'\nNNtRp2\n0g1\n({pairs}u0{besides}g2\n.")
}

/// What code does with its globals is told with the code; a namespace that is anything else hides nothing.
#[test]
fn names_of_functions() {
    for (pairs, besides, expected) in [
        ("S'run'\ncos\nsystem\n", "", &["PG112", "PG112"][..]),
        ("S'run'\ncos\nsystem\nS'x'\ncbuiltins\n__dict__\nS'y'\ncsys\nmodules\n", "", &["PG112", "PG112"]),
        ("S'run'\n(dS'a'\n(cos\nsystem\nlsS'b'\n(cbuiltins\nexec\nt", "", &["PG112", "PG112"]),
        ("S'util'\ncdill._dill\n_import_module\n(S'importlib.util'\ntR", "", &["PG112", "PG112"]),
        ("S'util'\ncdill._dill\n_import_module\n(S'importlib.util'\ntRp3\n", "(g3\nl0", &["PG112", "PG102"]),
        ("S'w'\ncfunctools\nwraps\n", "", &["PG112", "PG112"]),
        ("S'run'\ncos\nsystem\n", "g2\n(tR0", &["PG112", "PG112", "PG101"]),
        ("S'run'\ncos\nsystem\np3\n", "g3\n(S'id'\ntR0", &["PG112", "PG101"]),
        ("S'run'\ncos\nsystem\np3\n", "g3\n(lp4\n0", &["PG112", "PG112"]),
        ("S'run'\ncos\nsystem\np3\n", "(g3\ntp4\n0", &["PG112", "PG102"]),
        ("S'run'\ncos\nsystem\np3\n", "(g3\nlp4\n0", &["PG112", "PG102"]),
        ("S'run'\ncos\nsystem\np3\n", "(lg3\na0", &["PG112", "PG102"]),
        ("S'run'\ncos\nsystem\n", "cos\nsystem\n0", &["PG112", "PG102"]),
        ("S'run'\ncos\nsystem\n", "cargparse\nNamespace\n(tRg1\nb0", &["PG112", "PG102"]),
        ("S'run'\ncos\nsystem\n", "cbuiltins\nlen\n(g1\ntR0", &["PG112", "PG102"]),
        ("S'run'\ncos\nsystem\n", "(g1\nl0", &["PG112", "PG102"]),
        ("S'run'\ncos\nsystem\n", "(g1\ndS'x'\ng1\ns0", &["PG112", "PG102"]),
        ("cos\nsystem\nS'x'\n", "", &["PG112", "PG102"]),
        ("S'run'\ncfunctools\npartial\n(cos\nsystem\ntR", "", &["PG112", "PG102"]),
    ] {
        let stream = with_namespace(pairs, besides);
        let findings = found(stream.as_bytes());
        let codes: Vec<_> = findings
            .iter()
            .filter(|finding| finding.severity > crate::diagnostic::Severity::Info)
            .map(|finding| finding.rule.code)
            .filter(|code| code.starts_with("PG"))
            .collect();
        assert_eq!(codes, expected, "{}", stream.escape_debug());
    }
    check(b"(dS'run'\ncos\nsystem\ns.", &["PG102"]);
    let slots = |outer: &str| {
        format!(
            "ccloudpickle.cloudpickle\n_function_setstate\n(ccloudpickle.cloudpickle\n_make_function\n({CODE}(dNNNtRp1\n\
             ((d(dS'{outer}'\n(dS'run'\ncos\nsystem\nsstttR0g1\n."
        )
        .replace("sstttR", "ssttR")
    };
    check(slots("__globals__").as_bytes(), &["PG112", "PG112"]);
    check(slots("__dict__").as_bytes(), &["PG112", "PG102"]);
}

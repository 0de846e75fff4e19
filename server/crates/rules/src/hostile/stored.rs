//! Code of the pickle itself that loading runs.

use super::{check, found};
use crate::diagnostic::Severity;

const CODE: &str =
    "ccloudpickle.cloudpickle\n_builtin_type\n(S'CodeType'\ntR(I1\nS'c'\n(t(tS'a.py'\nS'f'\ntR";

fn function() -> String {
    format!("ccloudpickle.cloudpickle\n_make_function\n({CODE}(dS'f'\nNNtR")
}

/// A class by value with one attribute.
fn class(name: &str, value: &str) -> String {
    format!(
        "ccloudpickle.cloudpickle\n_make_skeleton_class\n(cbuiltins\ntype\nS'C'\n(cbuiltins\nobject\nt(dS'x'\nNtRp1\n\
         0ccloudpickle.cloudpickle\n_class_setstate\n(g1\n((dS'{name}'\n{value}s(dttR0g1\n"
    )
}

/// As `check`, of rules about globals only.
fn check_globals(bytes: &[u8], expected: &[&str]) {
    let findings = found(bytes);
    let at_the_bar = findings.iter().filter(|finding| finding.severity > Severity::Info);
    let codes: Vec<_> =
        at_the_bar.map(|finding| finding.rule.code).filter(|code| code.starts_with("PG")).collect();
    assert_eq!(codes, expected, "{}", bytes.escape_ascii());
}

#[test]
fn functions_that_are_called() {
    let f = function();
    let partial = |of: &str, bound: &str| format!("cfunctools\npartial\n(c{of}\ntR(c{of}\n({bound}t(dNtb");
    for (stream, expected) in [
        (format!("{f}."), &["PG112"][..]),
        (format!("{f}(tR."), &["PG112", "PG101"]),
        (format!("ctypes\nFunctionType\n({CODE}(dtR(tR."), &["PG112", "PG112", "PG101"]),
        (
            "cdill._dill\n_create_function\n(cdill._dill\n_create_code\n(I1\nS'c'\n(t(tS'a.py'\nS'f'\ntR(dtR(tR."
                .to_owned(),
            &["PG112", "PG101"],
        ),
        (format!("cfunctools\npartial\n({f}tR(tR."), &["PG112", "PG101"]),
        (format!("ctypes\nMethodType\n({f}I1\ntR(tR."), &["PG112", "PG101"]),
        (format!("cfunctools\nreduce\n({f}(I1\nI2\nltR."), &["PG112", "PG101"]),
        (partial("functools\nreduce", &f) + "((I1\nI2\nltR.", &["PG112", "PG101"]),
        // An iterator calls it when it is asked for items.
        (format!("cbuiltins\nmap\n({f}(I1\nltR."), &["PG112"]),
        (format!("cbuiltins\nlist\n(cbuiltins\nmap\n({f}(I1\nltRtR."), &["PG112", "PG101"]),
        (
            format!("cbuiltins\nlist\n(cbuiltins\nzip\n(cbuiltins\nmap\n({f}(I1\nltRtRtR."),
            &["PG112", "PG101"],
        ),
        (
            format!("cbuiltins\nany\n(citertools\nchain\n(tR(cbuiltins\niter\n((cbuiltins\nmap\n({f}(I1\nltRttRtbtR."),
            &["PG112", "PG101"],
        ),
        (
            format!(
                "cfunctools\npartial\n(cbuiltins\nsorted\ntR(cbuiltins\nsorted\n(t(dS'key'\n{f}sNtb((I1\nltR."
            ),
            &["PG112", "PG101"],
        ),
        // What is missing is asked for by the program.
        (format!("ccollections\ndefaultdict\n({f}tR."), &["PG112"]),
        (format!("cargparse\nNamespace\n(tR(dS'__setstate__'\n{f}sb."), &["PG112"]),
        (format!("cargparse\nNamespace\n(tR(dS'__setstate__'\n{f}sb(dS'a'\nI1\nsb."), &["PG112", "PG101"]),
        (format!("cargparse\nNamespace\n(tR(dS'append'\n{f}sbI1\na."), &["PG112", "PG101", "PG106"]),
    ] {
        check(stream.as_bytes(), expected);
    }
    let message = &found(format!("{f}(tR.").as_bytes())[1].message;
    assert!(message.starts_with("the code of `f`, which is stored in the pickle, is called on load: `"));
}

#[test]
fn methods_that_unpicklers_call() {
    let f = function();
    for (name, rest, expected) in [
        ("m", ")\u{81}(dS'a'\nI1\nsb.", &["PG112"][..]),
        // `NEWOBJ` does not call it.
        ("__init__", ")\u{81}(dS'a'\nI1\nsb.", &["PG112"]),
        ("__init__", "(tR.", &["PG112", "PG112"]),
        ("__new__", ")\u{81}.", &["PG112", "PG112"]),
        ("__setstate__", ")\u{81}.", &["PG112"]),
        ("__setstate__", ")\u{81}(dS'a'\nI1\nsb.", &["PG112", "PG112"]),
        ("__setitem__", ")\u{81}S'a'\nI1\ns.", &["PG112", "PG112"]),
        ("extend", ")\u{81}(I1\ne.", &["PG112", "PG112"]),
        ("__hash__", ")\u{81}p2\n0(dI1\ng2\ns.", &["PG112"]),
        ("__hash__", ")\u{81}p2\n0(dg2\nI1\ns.", &["PG112", "PG112"]),
        ("__hash__", ")\u{81}p2\n0(g2\nI1\nd.", &["PG112", "PG112"]),
        ("__hash__", ")\u{81}p2\n0cbuiltins\nset\n((g2\nltR.", &["PG112", "PG112"]),
        ("__call__", ")\u{81}(tR.", &["PG112", "PG101"]),
        ("__str__", ")\u{81}p2\n0cbuiltins\nstr\n(g2\ntR.", &["PG112", "PG112"]),
        ("m", "p2\n0cbuiltins\ngetattr\n(g2\nS'm'\ntR(tR.", &["PG112", "PG101"]),
        ("__getattr__", ")\u{81}p2\n0cbuiltins\ngetattr\n(g2\nS'm'\ntR.", &["PG112", "PG101"]),
    ] {
        let stream: Vec<u8> = (class(name, &f) + rest).chars().map(|byte| byte as u8).collect();
        check_globals(&stream, expected);
    }
    let property = format!("cbuiltins\nproperty\n({f}tR");
    let stream = class("p", &property) + "(tRp2\n0cbuiltins\ngetattr\n(g2\nS'p'\ntR.";
    check_globals(stream.as_bytes(), &["PG112", "PG101"]);
    let stream: Vec<u8> =
        (class("__setstate__", &f) + ")\u{81}(dS'a'\nI1\nsb.").chars().map(|byte| byte as u8).collect();
    let told = found(&stream).into_iter().rfind(|finding| finding.rule.code == "PG112").unwrap();
    assert_eq!(told.message, "`C.__setstate__`, which is stored in the pickle, runs on load");
    assert_eq!(told.severity, Severity::Warning);
}

/// A notebook calls them to show an object, and runs the JavaScript that they give.
#[test]
fn methods_that_notebooks_call() {
    let shown = |name: &str, value: &str| format!("cargparse\nNamespace\n(tR(dS'{name}'\n{value}sb.");
    let text = "cfunctools\npartial\n(cbuiltins\nstr\nS'<script>'\ntR";
    check(shown("_repr_html_", text).as_bytes(), &["PG106"]);
    check(shown("_html_repr", text).as_bytes(), &["PG106"]);
    check(shown("_repr_html_", "cbuiltins\ngetattr\n(S'<SCRIPT>'\nS'lower'\ntR").as_bytes(), &["PG106"]);
    check(shown("_repr_html_", "S'<p>'\n").as_bytes(), &[]);
    check(shown("repr_html", text).as_bytes(), &[]);
}

/// `dict(object)` and states that are taken for dicts call members of an object of any class: a function that only objects keep,
/// with its arguments in a `partial`. What holds data there, or holds the same function elsewhere, is left alone.
#[test]
fn members_that_are_called_by_duck_typing() {
    let object = |name: &str, value: &str| format!("crequests.models\nRequest\n)\u{81}}}U{name}{value}sb");
    let kept = "cfunctools\npartial\n(cnumpy\nresize\nK\u{1}K\u{9}tR";
    let bytes =
        |ops: &str| -> Vec<u8> { format!("\u{80}\u{2}{ops}.").chars().map(|one| one as u8).collect() };
    let made = |object: &str| bytes(&format!("cbuiltins\ndict\n{object}\u{85}R"));
    for name in ["\u{4}keys", "\u{5}items", "\u{3}pop", "\u{9}__array__", "\u{7}is_null"] {
        check(&made(&object(name, kept)), &["PG106", "PG109"]);
        check(&made(&object(name, "cnumpy\nresize\n")), &["PG106", "PG109"]);
        check(&bytes(&object(name, "]U\u{1}aa")), &[]);
        check(&bytes(&object(name, "}U\u{1}aK\u{1}s")), &[]);
    }
    check(&bytes(&object("\u{4}func", kept)), &[]);
}

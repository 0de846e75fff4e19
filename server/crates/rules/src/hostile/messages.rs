//! Messages show the call as a person would write it.

use super::found;
use crate::diagnostic::Severity;

#[test]
fn the_message_names_the_call() {
    let findings = found(b"cos\nsystem\n(S'echo hi'\ntR.");
    assert!(findings[0].message.starts_with("`os.system('echo hi')` is called on load"), "{findings:?}");
    assert_eq!(findings[0].global.as_deref(), Some("os.system"));
    assert_eq!((findings[0].span.clone(), findings[0].pickle), (24..25, Some(0)));
    assert_eq!(findings[0].related[0].span, 0..11);
    assert_eq!(findings[0].severity, Severity::Error);
}

/// What an op makes of what lies on the stack is shown as far as it is kept, and is not said to be empty.
#[test]
fn arguments_in_containers() {
    let message = |rows: &str| found(rows.as_bytes())[0].message.clone();
    assert!(message("cos\nsystem\n((lS'id'\natR.").starts_with("`os.system(['id'])` is"));
    assert!(message("cos\nsystem\n((S'id'\nltR.").starts_with("`os.system([…])` is"));
    assert!(
        message("cos\nsystem\n((S'f'\ncos\nsystem\ndtR.").starts_with("`os.system({'f': os.system})` is")
    );
    assert!(message("cos\nsystem\n((ltR.").starts_with("`os.system([])` is"));
    assert!(message("cos\nsystem\n(]tR.").starts_with("`os.system([])` is"));
}

/// Models with the folder of a cache are common, and a load does not look there.
#[test]
fn folders_of_caches() {
    let told = found(b"\x80\x02csklearn.pipeline\nPipeline\n)\x81}(U\x06memoryU\x03dirU\x05steps]ub.");
    let of_cache = told.iter().find(|finding| finding.rule.code == "PG104").unwrap();
    assert_eq!(of_cache.severity, Severity::Info);
    assert!(of_cache.message.contains("a load of this file does not"), "{of_cache:?}");
}

/// Bytes that were read as a name are shown as far as it takes to see that.
#[test]
fn names_that_are_none() {
    let bytes =
        [b"c".as_slice(), &b"\xff\x01 ".repeat(300), b"\0x\n", &b"\xfe".repeat(300), b"\nN."].concat();
    let told = found(&bytes);
    assert!(
        ["PD204", "PD205", "PG108"].iter().all(|&code| told.iter().any(|finding| finding.rule.code == code)),
        "{told:?}"
    );
    for finding in &told {
        assert!(finding.message.chars().count() < 400, "{finding:?}");
    }
    let long = format!("c{}\nx\n.", "a".repeat(200));
    assert!(found(long.as_bytes())[0].message.contains(&"a".repeat(200)));
}

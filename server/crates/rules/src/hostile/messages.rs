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

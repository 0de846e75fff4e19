//! What does harm behind, in front of, or among so much that does none that nobody would look at all of it.

use super::found;
use crate::Severity;

/// More than any bound of a call that there was.
const MANY: usize = 20_000;

fn instance(class: &str, members: &str) -> String {
    format!("ccopyreg\n__newobj__\n(c{class}\ntR(d{members}b")
}

/// A frame of a traceback, which reads a file when somebody goes through it.
fn frame() -> String {
    let members = "Vfilename\nV/etc/passwd\nsVlineno\nI1\nsVname\nVx\nsV_line\nNs";
    instance("traceback\nFrameSummary", "").replace("(db", &format!("(N(d{members}tb"))
}

/// Which findings about globals there are at the bar.
#[track_caller]
fn told(stream: &str, expected: &[&str]) {
    let found = found(stream.as_bytes()).into_iter().filter(|finding| finding.severity > Severity::Info);
    let mut codes: Vec<_> =
        found.map(|finding| finding.rule.code).filter(|code| code.starts_with("PG")).collect();
    codes.dedup();
    assert_eq!(codes, expected);
}

#[test]
fn arguments() {
    let date = "cdatetime\ndate\np0\n0";
    for (before, behind) in [(0, MANY), (MANY, 0), (MANY / 2, MANY / 2)] {
        let (before, behind) = ("g0\n".repeat(before), "g0\n".repeat(behind));
        let all = |inner: &str| {
            format!(
                "{date}ccollections\ndeque\n(cbuiltins\nmap\n(cbuiltins\ntuple\n(l({before}{inner}{behind}ltRtR."
            )
        };
        told(&all(&frame()).replace("(l(", "("), &["PG109"]);
        told(&all("").replace("(l(", "("), &[]);
        let add =
            |text: &str| format!("cdatetime\ndate\np0\n0csympy.core.add\nAdd\n({before}V{text}\n{behind}tR.");
        told(&add("__import__('os').system('id')"), &["PG108", "PG101"]);
        told(&add("x"), &["PG108"]);
    }
}

/// A dict that is the state of many objects hides nothing of those that come later.
#[test]
fn states() {
    let dict: String = (0..2_000).map(|number| format!("Va{number}\ng0\ns")).collect();
    let shared = format!("cdatetime\ndate\np0\n0ctypes\nSimpleNamespace\np1\n0(d{dict}p2\n0");
    let objects = "ccopyreg\n__newobj__\n(g1\ntRg2\nb0".repeat(1_500);
    let hooked =
        format!("{}{}b.", instance("types\nSimpleNamespace", "V__setstate__\ncbuiltins\ntuple\ns"), frame());
    told(&format!("{shared}{hooked}"), &["PG109"]);
    told(&format!("{shared}{objects}{hooked}"), &["PG109"]);
}

/// Lists that many calls are given are looked through for each; where that comes to too much, it is told.
#[test]
fn calls_without_an_end() {
    let list = format!("cdatetime\ndate\np0\n0(l{}p1\n0ctraceback\nFrameSummary\n0", "g0\na".repeat(MANY));
    let calls = |count: usize| format!("{list}ccollections\ndeque\np2\n0{}N.", "g2\n(g1\ntR0".repeat(count));
    told(&calls(10), &[]);
    told(&calls(900), &["PG109"]);
}

/// Numbers of an array that an unpickler without joblib takes for opcodes do harm up to where every unpickler refuses one.
#[test]
fn opcodes_that_are_never_come_to() {
    let is_harmful = |bytes: &str| {
        let shape = u8::try_from(bytes.len()).unwrap() as char;
        let members = format!("U\u{5}dtypecnumpy\ndtype\nU\u{2}u1\u{85}RU\u{5}shapeK{shape}\u{85}");
        let wrapper = format!("cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\u{81}}}({members}ub");
        let stream = format!("\u{80}\u{2}{wrapper}{bytes}.");
        let stream: Vec<u8> = stream.chars().map(|one| one as u8).collect();
        found(&stream).iter().any(|finding| finding.severity == Severity::Error)
    };
    let system = "0cos\nsystem\n(U\u{2}idtR0N";
    assert!(is_harmful(system));
    assert!(is_harmful(&format!("K\u{1}{system}")));
    // A number is called, and what stands in front of that counts.
    assert!(!is_harmful(&format!("K\u{1}(tR{system}")));
    assert!(is_harmful(&format!("{system}K\u{1}(tR")));
}

//! Streams made to slip past the rules, or to make them slow.

mod arrays;
mod by_value;
mod evaluated;
mod growth;
mod kept;
mod messages;
mod namespaces;
mod nested;
mod numbers;
mod padding;
mod stored;

use crate::policy::{Denied, Pattern, Policy};
use crate::{Finding, MOST_OF_A_RULE, Options, Readers, Severity, lint_stream};

pub(crate) fn found(bytes: &[u8]) -> Vec<Finding> {
    lint_stream(bytes, &Options::default(), &pickle_machine::never).findings
}

#[track_caller]
pub(crate) fn check(bytes: &[u8], expected: &[&str]) {
    let findings = found(bytes);
    let at_the_bar = findings.iter().filter(|finding| finding.severity > Severity::Info);
    let codes: Vec<_> = at_the_bar.map(|finding| finding.rule.code).collect();
    assert_eq!(codes, expected, "{}", bytes.escape_ascii());
}

#[test]
fn names_through_the_memo() {
    check(b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94\x93\x940h\x02\x8c\x02id\x85R.", &["PG101"]);
    check(b"\x80\x04\x8c\x06system\x8c\x02os\x940h\x00\x8c\x06system\x93)R.", &["PG101", "PD110"]);
}

/// What a package imports under a short name is reached by that.
#[test]
fn modules_by_their_short_names() {
    check(b"\x80\x04\x8c\x0elightgbm.basic\x8c\x07np.load\x93\x8c\x01x\x85R.", &["PG104"]);
    check(b"\x80\x04\x8c\x0elightgbm.basic\x8c\x0epd.read_pickle\x93\x8c\x01x\x85R.", &["PG104"]);
}

#[test]
fn what_getattr_and_partial_give() {
    let getattr = b"cbuiltins\ngetattr\n(cbuiltins\nobject\nS'Inner'\ntR)R.";
    check(getattr, &["PG108"]);
    let partial = b"cfunctools\npartial\n(cos\nsystem\nS'id'\ntR)R.";
    check(partial, &["PG101"]);
    let replaced = b"cfunctools\npartial\n(cbuiltins\nint\ntR(cos\nsystem\n)}Ntb.";
    check(replaced, &["PG102"]);
    let called = b"cfunctools\npartial\n(cbuiltins\nint\ntR(cos\nsystem\n)}Ntb)R.";
    check(called, &["PG101"]);
}

/// Objects hold functions and layers of torch, alone and in a `partial`, and no pickler calls them.
#[test]
fn calls_of_what_is_only_kept() {
    check(b"ctorch.nn.functional\nctc_loss\n.", &[]);
    check(b"ctorch.nn.functional\nctc_loss\n)R.", &["PG109"]);
    check(b"ctorch.nn.modules.linear\nLinear\n(I1\nI1\ntR.", &["PG109"]);
    check(b"\x80\x02ctorch.nn.modules.linear\nLinear\n)\x81.", &[]);
    check(b"cfunctools\npartial\n(ctorch.nn.functional\ngelu\ntR.", &[]);
    check(b"cfunctools\npartial\n(ctorch.nn.functional\ngelu\ntR)R.", &["PG109"]);
    check(b"ctorch._C\nGenerator\n)R(I1\nI0\nNtb.", &[]);
    check(b"ctorch._C\nGenerator\n)R(I1\ntb.", &["PG116"]);
}

#[test]
fn calls_that_are_passed_on() {
    check(b"ccopy_reg\n__newobj__\n(csubprocess\nPopen\nS'id'\ntR.", &["PG101"]);
    check(b"ccopy_reg\n_reconstructor\n(cos\nsystem\nc__builtin__\nobject\nNtR.", &["PG101"]);
    check(b"cnumpy.core.multiarray\n_reconstruct\n(cos\nsystem\n(I0\ntS'b'\ntR.", &["PG101"]);
    check(b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR.", &[]);
    check(b"ctorch._tensor\n_rebuild_from_type_v2\n(cbuiltins\ngetattr\nNNNtR.", &["PG105", "PG109"]);
    check(b"cbuiltins\nmap\n(cbuiltins\nabs\n(ltR.", &[]);
    check(b"cbuiltins\nmap\n(csklearn.tree._tree\nTree\n(ltR.", &["PG109"]);
    check(b"cfunctools\nreduce\n(coperator\npow\n(ltR.", &["PG109"]);
    check(b"cbuiltins\nmap\n(cnumpy\nzeros\n(ltR.", &["PG109"]);
    check(b"cfunctools\nreduce\n(ctorch._utils\n_rebuild_sparse_tensor\n(ltR.", &["PG109"]);
    // An array of the class `memmap` maps no file; its constructor does, with and without `__init__`.
    check(b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nmemmap\n(I0\ntS'b'\ntR.", &[]);
    check(b"\x80\x02cnumpy\nmemmap\n(S'f'\nS'w+'\nt\x81.", &["PG103"]);
    check(b"cnumpy\nmemmap\n(S'f'\ntR.", &["PG103"]);
    check(b"ccopy_reg\n__newobj__\n(cnumpy\nmemmap\nS'f'\ntR.", &["PG103"]);
    check(b"cnumpy\nmemmap\n.", &["PG108"]);
    check(b"ccopy_reg\n__newobj__\n(cxgboost.core\nBooster\ntR.", &[]);
    check(b"\x80\x02cxgboost.core\nBooster\n)R.", &["PG109"]);
    check(b"cmap\nx\n(cos\nsystem\ntR.", &["PG108", "PG102"]);
}

/// The items of a tuple that was made while they were are taken off again, and stay in the memo.
#[test]
fn tuples_that_hold_themselves() {
    let call = b"\x80\x02cbuiltins\nlist\n)Rq\x00q\x010h\x00";
    check(&[call, b"h\x0100h\x00.".as_slice()].concat(), &[]);
    check(b"cbuiltins\nlist\n(tR0N.", &["PB131"]);
    check(b"NNcbuiltins\nlist\n(tR000N.", &["PB131"]);
}

#[test]
fn functions_of_arrays_that_are_looked_up() {
    let backend =
        |rest: &str| format!("cscipy._lib._uarray._backend\nunpickle_function\n({rest}").into_bytes();
    check(&backend("S'scipy.fft._basic'\nS'fft'\nNtR."), &[]);
    check(&backend("S'os'\nS'system'\nNtR."), &["PG102", "PG109"]);
    check(&backend("S'os'\nS'system'\nNtR(S'id'\ntR."), &["PG109", "PG101"]);
    check(&backend("S'scipy.fft._basic'\nS'fft'\nS'x'\ntR."), &["PG109"]);
    check(&backend("S'scipy.fft._basic'\nS'os.system'\nNtR."), &["PG102"]);
}

#[test]
fn methods_of_random_generators() {
    let method =
        |name: &str| format!("c__builtin__\ngetattr\n(cnumpy.random\n__RandomState_ctor\n)RS'{name}'\ntR.");
    check(method("normal").as_bytes(), &[]);
    check(method("shuffle").as_bytes(), &["PG108"]);
    assert!(
        found(method("shuffle").as_bytes())[0].message.contains("`numpy.random.mtrand.RandomState.shuffle`")
    );
}

/// NumPy 1.24 to 1.26 give the name of a bit generator, and the function that makes it of the name.
#[test]
fn a_random_generator_and_what_makes_its_bits() {
    let made = |of: &str| {
        format!(
            "cnumpy.random._pickle\n__generator_ctor\n({of}cnumpy.random._pickle\n__bit_generator_ctor\ntR."
        )
    };
    check(made("S'PCG64'\n").as_bytes(), &[]);
    check(made("cnumpy.random._pcg64\nPCG64\n").as_bytes(), &[]);
    check(made("cos\nsystem\n").as_bytes(), &["PG101"]);
    check(made("cmyapp\nthing\n").as_bytes(), &["PG108"]);
    check(made("cbuiltins\ngetattr\n").as_bytes(), &["PG105", "PG109"]);
    check(b"cnumpy.random._pickle\n__generator_ctor\n(S'id'\ncos\nsystem\ntR.", &["PG101"]);
}

#[test]
fn what_reads_files_when_it_is_iterated() {
    let frame = "ctraceback\nFrameSummary\n)\u{81}";
    for (call, expected) in [
        (format!("\u{2}cbuiltins\nlist\n{frame}\u{85}R."), &["PG109"][..]),
        (format!("\u{2}cbuiltins\ndict\n]{frame}a\u{85}R."), &["PG109"]),
        (format!("\u{2}cbuiltins\nmap\ncbuiltins\nstr\n{frame}\u{86}R."), &["PG109"]),
        (format!("\u{2}coperator\neq\n{frame})\u{86}R."), &["PG109"]),
        (format!("\u{2}cbuiltins\nValueError\n{frame}\u{85}R."), &[]),
        (format!("\u{2}ctraceback\nStackSummary\n)\u{81}{frame}a."), &[]),
    ] {
        // Each character is a byte.
        let bytes: Vec<u8> = call.chars().map(|character| u8::try_from(character).unwrap()).collect();
        check(&[&[0x80], bytes.as_slice()].concat(), expected);
    }
}

#[test]
fn what_has_no_end() {
    let endless = b"\x80\x02cbuiltins\nsum\ncitertools\ncount\n)R\x85R.";
    check(endless, &["PG109"]);
    check(b"\x80\x02cbuiltins\nlist\ncitertools\nrepeat\nK\x01\x85R\x85R.", &["PG109"]);
    check(
        b"\x80\x02cbuiltins\nmax\ncbuiltins\nmap\ncbuiltins\nint\ncitertools\ncycle\n]K\x01a\x85R\x86R\x85R.",
        &["PG109"],
    );
    check(b"\x80\x02cmath\nfactorial\nJ\x00\x00\x00\x40\x85R.", &["PG109"]);
    check(b"\x80\x02cbuiltins\npow\nK\x09\x8a\x09\0\0\0\0\0\0\0\0\x01\x86R.", &["PG109"]);
    check(b"\x80\x02cbuiltins\npow\nK\x02K\x40\x86R.", &[]);
    // As `zip` and `islice` over such are pickled, and a number of times.
    check(b"\x80\x02cbuiltins\nzip\ncitertools\ncount\n)R]K\x01a\x86R.", &[]);
    check(b"\x80\x02citertools\nislice\ncitertools\ncount\n)RK\x02\x86R.", &[]);
    check(b"\x80\x02cbuiltins\nlist\ncitertools\nrepeat\nK\x01K\x02\x86R\x85R.", &[]);
}

#[test]
fn what_rebuilds_exceptions_changes_nothing_else() {
    let on_a_function = b"\x80\x02cmultiprocessing.pool\nrebuild_exc\ncstatistics\nmean\nX\x01\0\0\0x\x86R.";
    check(on_a_function, &["PG106"]);
    assert!(found(on_a_function)[0].message.contains("sets an attribute of `statistics.mean` itself"));
    check(b"\x80\x02cmultiprocessing.pool\nrebuild_exc\ncbuiltins\nValueError\n)RX\x01\0\0\0x\x86R.", &[]);
}

#[test]
fn what_has_to_be_called_is_not_handed_on() {
    check(b"\x80\x02ccollections\ndefaultdict\ncbuiltins\ngetattr\n\x85R.", &["PG105"]);
    check(b"\x80\x02ccopy_reg\n_reconstructor\n\x85.", &["PG109"]);
    check(b"\x80\x02]ctorch.storage\n_load_from_bytes\na.", &["PG108", "PG109"]);
    check(
        b"\x80\x02cfunctools\npartial\ncxml.etree.ElementTree\nElementTree\nNX\x01\0\0\0x\x87R.",
        &["PG109"],
    );
    check(b"\x80\x02}X\x01\0\0\0acjoblib.memory\nMemory\ns.", &["PG109"]);
    check(b"ccopy_reg\n_reconstructor\n(cjoblib.memory\nMemory\nc__builtin__\nobject\nNtR.", &[]);
    // As protocols below 4 write nested names, and keyword arguments of `__new__`.
    check(b"\x80\x02cbuiltins\ngetattr\ncdatetime\ndate\nX\x0b\0\0\0fromordinal\x86R.", &[]);
    check(
        b"\x80\x02cfunctools\npartial\ncbuiltins\ngetattr\ncdatetime\ndate\nX\x07\0\0\0__new__\x86Rcdatetime\ndate\n\x86R.",
        &[],
    );
}

#[test]
fn the_result_of_inst_is_not_its_class() {
    // The class is allowed; calling an instance of it is another matter.
    check(b"(icollections\nOrderedDict\n)R.", &["PG107"]);
}

#[test]
fn nested_pickles() {
    let inner = b"cos\nsystem\n(S'id'\ntR.";
    let mut bytes = b"\x80\x03ctorch.storage\n_load_from_bytes\nC".to_vec();
    bytes.push(u8::try_from(inner.len()).unwrap());
    bytes.extend(inner);
    bytes.extend(b"\x85R.");
    check(&bytes, &["PG104"]);
    check(b"\x80\x03ctorch.storage\n_load_from_bytes\nC\x02N.\x85R.", &[]);
    check(b"\x80\x03ctorch.storage\n_load_from_bytes\ncx\ny\n)R\x85R.", &["PG108", "PG104"]);
    let encoded =
        b"ctorch.storage\n_load_from_bytes\n(c_codecs\nencode\n(Vcos\\u000asystem\\u000a.\nVlatin1\ntRtR.";
    check(encoded, &["PG104"]);
}

#[test]
fn what_an_unlisted_call_gives_is_reported_with_it() {
    check(b"cm\nf\n)R)R.", &["PG108"]);
    check(b"ccollections\nOrderedDict\n)R)R.", &["PG107"]);
}

#[test]
fn a_state_setter_is_written_with_tuple2_at_any_protocol() {
    check(b"ccollections\nOrderedDict\n(tRp0\ncm\nf\ng0\nN\x86R0.", &["PG108"]);
    check(b"(I1\nI2\n\x860.", &["PB127", "PD103", "PD217"]);
}

#[test]
fn faults_hide_nothing() {
    check(b"cos\nsystem\n(S'id'\ntR\xff", &["PG101", "PD102"]);
    check(b"cos\nsystem\n(S'id'\ntR", &["PG101", "PD109"]);
    check(b"N.garbage\x80\x02cos\nsystem\n.", &["PD114", "PG102"]);
}

#[test]
fn a_flood_hides_nothing_and_is_bounded() {
    let mut bytes = b"\x80\x02".to_vec();
    for number in 0..100_000 {
        bytes.extend(format!("cm{number}\nX\n0").bytes());
    }
    bytes.extend(b"cos\nsystem\n)R.");
    let findings = found(&bytes);
    assert_eq!(findings.len(), MOST_OF_A_RULE + 2);
    assert!(findings.iter().any(|finding| finding.rule.code == "PG101"));
    assert!(findings.iter().any(|finding| finding.message.starts_with("only the first")));
}

#[test]
fn padding_is_no_more_than_worth_knowing() {
    let findings = found(b"N.\0\0\0");
    assert_eq!((findings[0].rule.code, findings[0].severity), ("PD114", Severity::Info));
}

#[test]
fn a_length_before_a_pickle_is_no_more_than_worth_knowing() {
    let said = |bytes: &[u8]| -> Vec<_> {
        found(bytes).into_iter().map(|finding| (finding.rule.code, finding.severity)).collect()
    };
    let both = [("PD115", Severity::Info), ("PD114", Severity::Info)];
    assert_eq!(said(b"\0\0\0\x05\x80\x02K\x01.\0\0\0\x06\x80\x02M\x01\x01."), both);
    assert_eq!(said(b"\x05\0\0\0\x80\x02K\x01.\x06\0\0\0\0\0\0\0\x80\x02M\x01\x01."), both);
    // Another length, the length of none, one of a pickle that breaks off, and one in six bytes.
    assert_eq!(said(b"N.\0\0\0\x06\x80\x02K\x01."), [("PD114", Severity::Warning)]);
    assert_eq!(said(b"N.\0\0\0\x05"), [("PD114", Severity::Warning)]);
    assert_eq!(said(b"\0\0\0\0\0\x05\x80\x02K\x01."), [("PD115", Severity::Warning)]);
    assert_eq!(said(b"\xff\xff\xff\xff\x80\x02K\x01."), [("PD115", Severity::Warning)]);
}

#[test]
fn what_a_project_allows() {
    let policy = Policy { allow: vec![Pattern::new("myapp.*")], ..Policy::default() };
    let options = Options { policy, ..Options::default() };
    let report = lint_stream(b"\x80\x02cmyapp.models\nModel\n)\x81.", &options, &pickle_machine::never);
    assert!(report.findings.is_empty());
}

#[test]
fn what_a_project_denies() {
    let said = |reason: &str| {
        let deny = vec![Denied { pattern: Pattern::new("myapp.old.*"), reason: reason.to_owned() }];
        let options = Options { policy: Policy { deny, ..Policy::default() }, ..Options::default() };
        let report = lint_stream(b"\x80\x02cmyapp.old\nModel\n)\x81.", &options, &pickle_machine::never);
        let codes: Vec<_> = report.findings.iter().map(|finding| finding.rule.code).collect();
        assert_eq!(codes, ["PG110"]);
        let message = &report.findings[0].message;
        message.split_once("denied by the project").unwrap().1.to_owned()
    };
    assert_eq!(said("replaced in 2020."), " (`deny-globals`): replaced in 2020");
    assert_eq!(said(" "), ": `deny-globals`");
    // A configuration may come with the files.
    assert_eq!(said("\u{1b}[2J\u{202e}x"), r" (`deny-globals`): \x1b[2J\u202ex");
    assert_eq!(said(&"x".repeat(1000)).len(), " (`deny-globals`): ".len() + 200);
}

#[test]
fn what_of_the_allow_list_was_used() {
    let allow = ["os.getcwd", "myapp.*", "other.*"].map(Pattern::new).to_vec();
    let options = Options { policy: Policy { allow, ..Policy::default() }, ..Options::default() };
    let report = lint_stream(b"\x80\x02cmyapp.old\nModel\n)\x81.", &options, &pickle_machine::never);
    assert_eq!(report.allowed_by, [1]);
}

#[test]
fn protocols_that_readers_want() {
    let codes = |bytes: &[u8], readers: Readers| {
        let options = Options { readers, ..Options::default() };
        let report = lint_stream(bytes, &options, &pickle_machine::never);
        report.findings.iter().map(|finding| finding.rule.code).collect::<Vec<_>>()
    };
    let five = b"\x80\x05N.";
    assert_eq!(codes(five, Readers { max_protocol: Some(4), ..Readers::default() }), ["PD307"]);
    assert_eq!(codes(five, Readers { target_python: Some((3, 7)), ..Readers::default() }), ["PD307"]);
    assert_eq!(codes(five, Readers { target_python: Some((3, 8)), ..Readers::default() }), [""; 0]);
    assert_eq!(codes(b"N.", Readers { min_protocol: Some(2), ..Readers::default() }), ["PD307"]);
}

#[test]
fn what_costs_more_than_it_looks() {
    let mut laughs = b"\x80\x04]\x94".to_vec();
    for level in 0..40 {
        laughs.extend([b'0', b']', 0x94, b'(', b'h', level, b'h', level, b'e']);
    }
    check(&[laughs, b".".to_vec()].concat(), &["PD301"]);
    // Records that share a table.
    let records = [b"\x80\x02(](".as_slice(), &b"K\0".repeat(6000), b"eq\0", &b"h\0\x85".repeat(6000), b"l."];
    check(&records.concat(), &[]);
    let chain = |open: &[u8], close: &[u8]| [&open.repeat(5000), close, b"."].concat();
    check(&chain(b"]", &b"a".repeat(4999)), &["PD303"]);
    check(&[b"\x80\x02N".as_slice(), &b"\x85".repeat(5000), b"."].concat(), &["PD303"]);
    check(&[b"(".repeat(5000), b"t".repeat(5000), b".".to_vec()].concat(), &["PD303"]);
    check(&[b"L".as_slice(), &b"9".repeat(5000), b"L\n."].concat(), &["PD304"]);
    check(&[b"L0x".as_slice(), &b"9".repeat(5000), b"L\n."].concat(), &["PD210"]);
    check(&[b"\x80\x02})".as_slice(), &b"\x85".repeat(20_001), b"Ns."].concat(), &["PD227", "PD303"]);
}

#[test]
fn hooks_and_registries() {
    // A state that replaces a method of the object.
    let hooked = b"\x80\x02cargparse\nNamespace\n)\x81}X\x06\0\0\0appendcos\nsystem\nsbX\x02\0\0\0ida.";
    check(hooked, &["PG106", "PG101", "PG106"]);
    check(b"\x80\x02cargparse\nNamespace\n)\x81}X\x06\0\0\0appendcbuiltins\nint\nsb.", &[]);
    check(b"\x80\x04\x8c\x03sys\x8c\x07modules\x93\x8c\x01aNs.", &["PG102", "PG106"]);
}

#[test]
fn functions_by_value() {
    let helper = b"\x80\x04ccloudpickle.cloudpickle\n_make_empty_cell\n)R.";
    check(helper, &["PG112"]);
    check(b"ccloudpickle.cloudpickle\n_builtin_type\n(S'FunctionType'\ntR(NtR.", &["PG112"]);
}

#[test]
fn an_interrupted_stream_is_judged_as_far_as_it_was_read() {
    let mut bytes = b"\x80\x02cos\nsystem\n".to_vec();
    bytes.extend(b"N0".repeat(10_000));
    let report = lint_stream(&bytes, &Options::default(), &|| true);
    assert_eq!(report.completion, crate::Completion::Interrupted);
    assert_eq!(report.findings[0].rule.code, "PG102");
}

#[test]
fn long_names_take_time_and_memory_in_proportion() {
    let mut bytes = b"\x80\x04".to_vec();
    let (module, name) = ("a.".repeat(2000), "b.".repeat(2000));
    bytes.extend((0..10).flat_map(|number| format!("c{module}{number}\n{name}{number}\n0").into_bytes()));
    let walk = "os.".repeat(15);
    bytes.extend((0..200).flat_map(|number| format!("cm\n{walk}{number}\n0").into_bytes()));
    // A long name in the memo, used again and again.
    bytes.extend(b"X\x40\x42\x0f\0");
    bytes.extend(b"n".repeat(1_000_000));
    bytes.extend(b"q\0");
    bytes.extend(b"h\0\x8c\x01a\x930".repeat(10_000));
    bytes.extend(b"N.");
    let findings = found(&bytes);
    assert!(findings.iter().all(|finding| matches!(finding.rule.code, "PG105" | "PG107" | "PD110")));
    assert!(findings.iter().all(|finding| finding.message.len() < 2000));
}

/// An array of `count` bytes, as joblib writes it, and what follows.
fn joblib(count: u8, aligned: bool, rest: &[u8]) -> Vec<u8> {
    let alignment: &[u8] = if aligned { b"U\x1bnumpy_array_alignment_bytesK\x10" } else { b"" };
    [
        b"\x80\x02cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}(U\x05dtypecnumpy\ndtype\nU\x02u1\x85RU\x05shapeK",
        [count].as_slice(),
        b"\x85",
        alignment,
        b"ub",
        rest,
    ]
    .concat()
}

#[test]
fn arrays_and_opcodes_are_told_apart() {
    check(&joblib(3, false, b"\0\x01\x02."), &[]);
    check(&joblib(3, true, b"\x02\xff\xff\0\x01\x02."), &[]);
    // What joblib reads: the call behind an array that ends earlier, or later, than it seems to.
    check(&joblib(3, false, b".ab0cos\nsystem\n)R."), &["PG101"]);
    // What others read: the array is a call.
    check(&joblib(16, false, b"0cos\nsystem\n)R..."), &["PC109"]);
    check(&joblib(1, true, b"\x28cos\nsystem\n)R.aaaaaaaaaaaaaaaaaaaaaaaaaa.."), &["PC109", "PC109"]);
    // Numbers that happen to be opcodes are no call.
    check(&joblib(16, false, b"]cmyapp\nabc\n)RR.."), &[]);
    check(&joblib(9, false, b"NNNNNNNN.."), &[]);
    // Where an array of objects is in a state, its pickle ends before that is given.
    let objects = of_type(joblib(1, false, b"\x80\x02]."), b"O8");
    let made = b"\x80\x02ctorch.distributed.tensor.placement_types\nShard\n)\x81}(U\x03dimK\x01U\x01x";
    check(&[made.as_slice(), &objects[2..], b"ub."].concat(), &[]);
    // Bytes that no writer puts there.
    check(&joblib(1, true, b"\x02\xff\xfea."), &["PC109"]);
}

/// The same array of another type.
fn of_type(mut array: Vec<u8>, code: &[u8; 2]) -> Vec<u8> {
    let at = array.windows(2).position(|two| two == b"u1").unwrap();
    array[at..at + 2].copy_from_slice(code);
    array
}

#[test]
fn an_array_whose_size_is_not_told() {
    let other = of_type(joblib(3, false, b"\0\x01\x02."), b"q1");
    let codes: Vec<_> = found(&other).iter().map(|finding| finding.rule.code).collect();
    assert_eq!(codes[..2], ["PC109", "PD102"]);
}

#[test]
fn byte_strings_that_may_be_pickles() {
    let embedded = |bytes: &[u8]| {
        let report = lint_stream(bytes, &Options::default(), &pickle_machine::never);
        report.embedded.iter().map(|one| (one.inner.to_string(), one.unpickled)).collect::<Vec<_>>()
    };
    let pickle = b"\x80\x03]q\0K\x01a.";
    let data = [b"\x80\x03C\x09", pickle.as_slice(), b"."].concat();
    assert_eq!(embedded(&data), [("bytes@2".to_owned(), false)]);
    let loaded = [b"\x80\x03c_pickle\nloads\nC\x09", pickle.as_slice(), b"\x85R."].concat();
    assert_eq!(embedded(&loaded), [("bytes@17".to_owned(), true)]);
    // On no list, and it unpickles one of its arguments.
    let library =
        [b"\x80\x03cspacy.tokens.doc\nunpickle_doc\nNC\x09", pickle.as_slice(), b"N\x87R."].concat();
    assert_eq!(embedded(&library), [("bytes@34".to_owned(), true)]);
    let deeper = b"cpickle\nload\n(c_io\nBytesIO\n(C\x09\x80\x03]q\0K\x01a.tRtR.";
    assert_eq!(embedded(deeper), [("bytes@28".to_owned(), true)]);
    let text = b"cpickle\nloads\n(c_codecs\nencode\n(Vcos\\u000asystem\\u000a)R.\nVlatin1\ntRtR.";
    assert_eq!(embedded(text), [("text@32".to_owned(), true)]);
    let encoded = b"cpickle\nloads\n(cbase64\nb64decode\n(VY29zCnN5c3RlbQopUi4=\ntRtR.";
    assert_eq!(embedded(encoded), [("text@34".to_owned(), true)]);
    let digits = b"cpickle\nloads\n(cbinascii\nunhexlify\n(C\x1c80034e80034e80034e80034e2e2etRtR.";
    assert_eq!(embedded(digits), [("bytes@36".to_owned(), true)]);
    let mut many = b"(".to_vec();
    many.extend(data[2..13].repeat(100_010));
    many.extend(b"l.");
    let report = lint_stream(&many, &Options::default(), &pickle_machine::never);
    assert!(report.more_embedded);
}

#[test]
fn an_instance_that_its_constructor_would_do_more_than_make() {
    check(b"\x80\x02cjoblib.memory\nMemory\n)\x81}X\x08\0\0\0locationNsb.", &[]);
    // The constructor makes a folder, and the methods read, write and remove files.
    check(b"cjoblib.memory\nMemory\n(Vplace\ntR.", &["PG109"]);
    check(b"\x80\x02cbuiltins\ngetattr\ncjoblib.memory\nMemory\n)\x81X\x05\0\0\0clear\x86R)R.", &["PG101"]);
}

#[test]
fn models_of_keras() {
    // Every class of Keras is pickled so, and those of programs that are made of them.
    check(
        b"\x80\x03cbuiltins\ngetattr\ncmyapp\nNet\nX\x0f\0\0\0_unpickle_model\x86Rc_io\nBytesIO\nC\x00\x85R\x85R.",
        &["PG104"],
    );
}

/// Distributions of scipy before 1.4 have the arguments of their constructor for a state; of two dicts, pairs are read.
#[test]
fn states_of_distributions() {
    let norm =
        |state: &str| format!("\u{80}\u{2}cscipy.stats._continuous_distns\nnorm_gen\n)\u{81}{state}b.");
    for (state, expected) in [
        ("}X\u{4}\0\0\0nameX\u{4}\0\0\0normsN\u{86}".to_owned(), &[][..]),
        ("}cnumpy.random\n__RandomState_ctor\n)R\u{86}".to_owned(), &[]),
        ("}}\u{86}".to_owned(), &["PG101"]),
        ("}X\u{13}\0\0\0_parse_arg_templateX\u{8}\0\0\0print(1)sN\u{86}".to_owned(), &["PG101"]),
        ("](e".to_owned(), &["PG101"]),
    ] {
        let bytes: Vec<u8> = norm(&state).chars().map(|character| u8::try_from(character).unwrap()).collect();
        check(&bytes, expected);
    }
}

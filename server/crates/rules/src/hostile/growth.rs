//! Calls that make much of little: gigabytes, or numbers that take hours. Calls that never come back, or crash.

use super::check;

fn called(name: &str, arguments: &str) -> String {
    format!("c{name}\n({arguments}tR")
}

#[track_caller]
fn judged(rows: &str, expected: &[&str]) {
    check(format!("{rows}.").as_bytes(), expected);
}

const TOLD: &[&str] = &["PG109"];

/// What is as large as an argument says, also in several dimensions and by way of a `partial`.
#[test]
fn calls_that_take_all_memory() {
    judged(&called("builtins\nbytearray", "I100000000000\n"), &["PG109"]);
    judged(&called("builtins\nbytearray", "I1000\n"), &[]);
    judged(&called("builtins\nbytes", "V99999999999\nVlatin1\n"), &[]);
    judged(&called("builtins\nformat", "I1\nV99999999999d\n"), &["PG109"]);
    judged(&called("numpy\nzeros", "(I100000\nI100000\nt"), &["PG109"]);
    judged(&called("numpy\nzeros", "(I1000\nI1000\nt"), &[]);
    judged(&called("numpy\nbytes_", "I100000000000\n"), &["PG109"]);
    judged(&called("numpy\nbytes_", "I16\n"), &[]);
    let masked = |shape: &str| format!("cnumpy.ma\nMaskedArray\ncnumpy\nndarray\n(I{shape}\ntVb\n");
    judged(&called("numpy.ma.core\n_mareconstruct", &masked("0")), &[]);
    judged(&called("numpy.ma.core\n_mareconstruct", &masked("100000000000")), &["PG109"]);
    check(b"cfunctools\npartial\n(cnumpy\nones\nI100000000000\ntR)R.", &["PG109"]);
}

/// Types by codes: records, repeated fields, numbers with zeros in front. numpy takes them in any length.
#[test]
fn types_that_are_wide() {
    for code in ["S999999999", "S999999999,i4", "i4,(3,333333333)S1", "999999999i4", "<U999999999"] {
        judged(&called("numpy\nzeros", &format!("I9\nV{code}\n")), TOLD);
    }
    let zeros = |count: usize| format!("S{}999999999", "0".repeat(count));
    for count in [0, 100, 5000] {
        judged(&called("numpy\nzeros", &format!("I9\nV{}\n", zeros(count))), TOLD);
        judged(&called("numpy\nzeros", &format!("I9\nV{}, {}\n", zeros(0), " ".repeat(count))), TOLD);
    }
    for harmless in
        ["S9,i4", "(3,4)f8", "datetime64[25s]", &"lorem ipsum ".repeat(200), &"i4 and f8 ".repeat(200)]
    {
        judged(&called("numpy\nzeros", &format!("I9\nV{harmless}\n")), &[]);
    }
}

/// A long text is looked through once, however many calls are given it: with another look for each, this test would take hours.
#[test]
fn a_long_text_for_many_calls() {
    let text = "lorem ipsum ".repeat(1 << 18);
    let length = u32::try_from(text.len()).unwrap().to_le_bytes();
    for name in ["zeros", "full"] {
        let calls = "g0\n(I9\ng1\ntR0g0\n(g1\nI9\ntR0".repeat(20_000);
        let head = format!("cnumpy\n{name}\np0\n0X");
        let rows = [head.as_bytes(), &length, text.as_bytes(), b"p1\n0", calls.as_bytes(), b"N."];
        check(&rows.concat(), &[]);
        // Where a line ends is looked for once as well.
        judged(&format!("cnumpy\n{name}\np0\n0V{text}\np1\n0{calls}N"), &[]);
    }
}

/// Widths, shapes and types, in any place.
#[test]
fn arrays_that_take_all_memory() {
    judged(&called("numpy\neye", "I1000000\n"), TOLD);
    judged(&called("numpy\neye", "I100000\nI1000000\n"), TOLD);
    judged(&called("numpy\neye", "I1000\n"), &[]);
    judged(&called("numpy\narange", "I0\nF1.0\nF1e-10\n"), TOLD);
    judged(&called("numpy\narange", "I1000000000000\nI1000000000010\n"), &[]);
    judged(&called("numpy\nones", "I1000\nVS2000000000\n"), TOLD);
    judged(&called("numpy\nones", &format!("I1000\n{}", called("numpy\ndtype", "V<U500000000\n"))), TOLD);
    judged(&called("numpy\nones", &format!("I1000\n{}", called("numpy\ndtype", "V<U5\n"))), &[]);
    judged(&called("numpy\narray", "(Va\nVb\ntVS2000000000\n"), TOLD);
    judged(&called("numpy\nones", "(lI65536\naI65536\na"), TOLD);
    judged(&called("numpy\nfull", &format!("{}I1\n", called("builtins\nint", "V10000000000\n"))), TOLD);
    judged(
        &called("numpy\nfull", &format!("{}I1\n", called("builtins\ntuple", "(lI99999\naI99999\na"))),
        TOLD,
    );
    judged(&called("torch\nDoubleTensor", "I100000\nI100000\n"), TOLD);
    let keyword = "cfunctools\npartial\n(cnumpy\nzeros\ntR(cnumpy\nzeros\n)(dVshape\nI99999999999\nsNtb)R";
    judged(keyword, TOLD);
}

/// A number of numpy is as large as its type where no bytes are given, and a class makes as much past its constructor.
#[test]
fn numbers_and_instances_that_take_all_memory() {
    let scalar = |dtype: &str, rest: &str| called("numpy.core.multiarray\nscalar", &format!("{dtype}{rest}"));
    let dtype = |code: &str| called("numpy\ndtype", &format!("V{code}\nI00\nI01\n"));
    judged(&scalar(&dtype("V2000000000"), ""), TOLD);
    judged(&scalar(&dtype("V2000"), ""), &[]);
    judged(&scalar(&dtype("S2"), "VAA\n"), &[]);
    let of_size = |size: &str| format!("{}(I3\nV|\nNNNI{size}\nI1\nI0\ntb", dtype("V8"));
    judged(&scalar(&of_size("2000000000"), ""), TOLD);
    judged(&scalar(&of_size("16"), ""), &[]);
    let size = "I100000000000\n";
    judged(&called("copyreg\n__newobj__", &format!("cbuiltins\nbytes\n{size}")), TOLD);
    judged(&called("copyreg\n__newobj_ex__", &format!("cbuiltins\nbytes\n({size}t(d")), TOLD);
    judged(&called("copyreg\n__newobj_ex__", "cnumpy\nndarray\n(I9\nVS999999999\nt(d"), TOLD);
    judged(&called("copyreg\n__newobj_ex__", "cnumpy\nndarray\n(I9\nVS9\nt(d"), &[]);
    judged(&called("copyreg\n__newobj__", "cbuiltins\nbytes\nI9\n"), &[]);
}

/// An array of objects that are addresses in bytes: whoever looks at it follows them.
#[test]
fn arrays_in_bytes() {
    let kind = called("numpy\ndtype", "VO8\n");
    let of = |rest: &str| format!("(I1\nt{kind}{rest}");
    judged(&called("numpy\nndarray", &of("")), &[]);
    judged(&called("numpy\nndarray", &of("VAAAAAAAA\n")), TOLD);
    judged(&called("numpy.core.multiarray\nndarray", &of("VAAAAAAAA\n")), TOLD);
    judged(&called("numpy\nrecarray", &of("VAAAAAAAA\n")), TOLD);
    judged(&called("copyreg\n__newobj__", &format!("cnumpy\nndarray\n{}", of("VAAAAAAAA\n"))), TOLD);
    judged(&called("copyreg\n__newobj__", &format!("cnumpy\nndarray\n{}", of(""))), &[]);
    let made =
        [b"\x80\x02".as_slice(), format!("cnumpy\nndarray\n({}VA\nt", of("")).as_bytes(), b"\x81."].concat();
    check(&made, TOLD);
    judged(&format!("cfunctools\npartial\n(cnumpy\nndarray\n{}tR(VAAAAAAAA\ntR", of("")), TOLD);
    let keywords = "cfunctools\npartial\n(cnumpy\nndarray\ntR(cnumpy\nndarray\n)(dVbuffer\nVAAAA\nsNtb";
    judged(&format!("{keywords}({}tR", of("")), TOLD);
    let plain = "VNone\n";
    judged(&called("numpy.core.multiarray\n_reconstruct", "cnumpy\nndarray\n(I0\ntVb\n"), &[]);
    judged(&called("numpy\nchararray", &format!("(I1\ntI1\nI00\n{plain}")), TOLD);
}

/// It does not matter in how many steps it is done.
#[test]
fn little_by_little() {
    let twice = |first: &str, step: &str, steps: usize| {
        let step = |number: usize| {
            let step = step.replace('@', &format!("g{number}\n"));
            format!("0{step}p{}\n", number + 1)
        };
        let steps: String = (0..steps).map(step).collect();
        format!("{first}p0\n{steps}")
    };
    let doubled = |function: &str| called(function, "@@");
    // That the results of the steps are thrown away is told as well.
    let told = |rows: &str, expected: bool| {
        let found = super::found(format!("{rows}.").as_bytes());
        assert_eq!(found.iter().any(|finding| finding.rule.code == "PG109"), expected, "{rows}");
    };
    told(&twice("Vxxxx\n", &doubled("operator\nadd"), 10), false);
    told(&twice("Vxxxx\n", &doubled("operator\nadd"), 30), true);
    told(&twice("(I1\nI2\nt", &doubled("_operator\nconcat"), 30), true);
    told(&twice("I12345678\n", &doubled("operator\nmul"), 24), true);
    told(&twice("Vxxxx\n", &called("operator\nmod", "V%s%s\n(@@t"), 30), true);
    told(&twice("Vxxxx\n", &called("builtins\nstr.join", "V\n(@@t"), 30), true);
    told(&twice("Vxxxx\n", &called("builtins\nstr.replace", "@Vx\nVxx\n"), 30), true);
    told(&twice("Vxxxx\n", &called("operator\nmul", "@I4000\n"), 3), true);
    told(&twice("I3\n", &called("builtins\npow", "@I4000\n"), 3), true);
}

/// A method that `getattr` gives has its object first, or is given it.
#[test]
fn methods_that_are_read() {
    let text = format!("V{}\n", "xy".repeat(10_000));
    let of = |object: &str, name: &str, given: &str| {
        let method = called("builtins\ngetattr", &format!("{object}V{name}\n"));
        format!("{method}({given}tR")
    };
    judged(&of("cbuiltins\nstr\n", "join", &text.repeat(2)), TOLD);
    judged(&of(&text, "join", &text), TOLD);
    judged(&of("V, \n", "join", &text), &[]);
    judged(&of("cbuiltins\nstr\n", "replace", &format!("{text}Vx\n{text}")), TOLD);
    judged(&of(&text, "replace", &format!("Vx\n{text}")), TOLD);
    judged(&of("cbuiltins\nstr\n", "zfill", "V1\nI2000000000\n"), TOLD);
}

/// What pandas takes for a time, a frequency or a type.
#[test]
fn texts_that_are_taken_apart() {
    let long = format!("V{}!\n", "1".repeat(40_000));
    judged(&called("pandas\nTimestamp", &long), TOLD);
    judged(&called("pandas\nTimestamp", "V2024-01-01\n"), &[]);
    judged(&called("pandas\nTimedeltaIndex", &format!("(I1\nl{long}")), TOLD);
    judged(&called("pandas.arrays\nPeriodArray", &format!("(I1\nl{long}")), TOLD);
    // Texts as such may be as long as they like.
    judged(&called("pandas\nSeries", &format!("({long}l")), &[]);
}

#[test]
fn what_is_gone_through() {
    let range = |end: &str| called("builtins\nrange", &format!("I{end}\n"));
    judged(&range("10000000000"), &[]);
    let several = |count: usize| called("itertools\nchain", &range("4000000").repeat(count));
    judged(&called("builtins\nlist", &several(1)), &[]);
    judged(&called("builtins\nlist", &several(90)), TOLD);
    judged(&called("builtins\nlist", &called("builtins\nzip", &range("10000000000").repeat(2))), TOLD);
    judged(&called("builtins\nlist", &called("builtins\nzip", &format!("{}Vab\n", range("3000000")))), &[]);
    judged(&called("itertools\nproduct", &range("10000000000")), TOLD);
    judged(&called("array\narray", &format!("Vb\n{}", range("10000000000"))), TOLD);
    judged(&called("builtins\nset", "(lI1\naI2\na"), &[]);
}

/// Iterators that leave out items, ones that are made of several, and dates of a rule.
#[test]
fn what_has_no_end() {
    let count = called("itertools\ncount", "");
    let list = |of: &str| called("builtins\nlist", of);
    let next = |of: &str| called("builtins\nnext", of);
    let zip = |of: &str| called("builtins\nzip", of);
    judged(&list(&zip(&count.repeat(2))), TOLD);
    judged(&list(&zip(&format!("{count}(I1\nI2\nl"))), &[]);
    judged(&list(&called("builtins\nmap", &format!("cbuiltins\nmax\n{}", count.repeat(2)))), TOLD);
    judged(&list(&called("itertools\nzip_longest", &format!("(I1\nl{count}"))), TOLD);
    judged(&zip(&format!("{count}{count}")), &[]);
    // To give one item is quick, but not the first that is not left out.
    judged(&next(&count), &[]);
    judged(&next(&called("itertools\nislice", &format!("{count}I10000000000000\nN"))), TOLD);
    judged(&next(&called("itertools\nislice", &format!("{count}I3\nN"))), &[]);
    judged(&next(&called("itertools\nislice", "(I1\nI2\nlI1\nN")), &[]);
    let zeros = called("itertools\nrepeat", "I0\n");
    judged(&next(&called("builtins\nfilter", &format!("N{zeros}"))), TOLD);
    judged(&next(&called("builtins\nenumerate", &called("itertools\ncompress", &zeros.repeat(2)))), TOLD);
    judged(&next(&called("builtins\nfilter", "N(I0\nI1\nl")), &[]);
    let rule = called("dateutil.rrule\nrrule", "I6\n");
    judged(&list(&rule), TOLD);
    judged(&next(&called("builtins\niter", &rule)), TOLD);
    judged(&rule, &[]);
    let index = called("pandas\nRangeIndex", "I10000000000\n");
    judged(&list(&index), TOLD);
    judged(&index, &[]);
    judged(&called("builtins\nsum", &called("builtins\nrange", "I0\nI-10000000000000\nI-1\n")), TOLD);
}

#[test]
fn texts_and_numbers() {
    judged(&called("builtins\nround", "I5\nI-1000000000\n"), TOLD);
    judged(&called("builtins\nround", "F5.5\nI-2\n"), &[]);

    judged(&called("operator\nmod", "V%9999999999d\nI1\n"), TOLD);
    judged(&called("operator\nmod", "V%*d\n(I9999999999\nI1\nt"), TOLD);
    judged(&called("operator\nmod", "V%9d\nI1\n"), &[]);
    judged(&called("operator\nmul", "I100000000000\nVa\n"), TOLD);
    judged(&called("math\nfactorial", &called("builtins\nint", "V100000000\n")), TOLD);
    judged(&called("math\nfactorial", "I1000\n"), &[]);
    let number = called("decimal\nDecimal", "V1E+9999999999\n");
    judged(&called("builtins\nformat", &format!("{number}Vf\n")), TOLD);
    judged("cfunctools\npartial\n(coperator\nmul\nVa\ntR(I100000000000\ntR", TOLD);
}

/// With remainders, and by each other: how long it takes grows with both.
#[test]
fn long_numbers_that_are_computed_with() {
    let number = |bytes: i32| {
        let digits = vec![0x77; bytes as usize];
        [b"\x8b".as_slice(), &bytes.to_le_bytes(), &digits].concat()
    };
    let judge = |name: &str, arguments: &[Vec<u8>], expected: &[&str]| {
        let call = [b"\x80\x02c".as_slice(), name.as_bytes(), b"\n(", &arguments.concat(), b"tR."].concat();
        check(&call, expected);
    };
    let small = || b"K\x03".to_vec();
    for (size, expected) in [(20_000, TOLD), (500, &[])] {
        judge("builtins\npow", &[small(), number(size), number(size)], expected);
    }
    for (size, expected) in [(400_000, TOLD), (10_000, &[])] {
        judge("operator\nfloordiv", &[number(2 * size), number(size)], expected);
        judge("operator\nmod", &[number(2 * size), number(size)], expected);
    }
    judge("operator\nmod", &[small(), small()], &[]);
    judge("math\ngcd", &[small(), small()], &[]);
    let folded = |function: &str, count: &str| {
        let range = called("builtins\nrange", &format!("I1\nI{count}\n"));
        called("functools\nreduce", &format!("coperator\n{function}\n{range}"))
    };
    judged(&folded("mul", "1000000"), TOLD);
    judged(&folded("mul", "1000"), TOLD);
    judged(&folded("add", "1000000"), &[]);
}

/// Calls that go through the same text, or the same items, over and over are told before that takes long here as well.
#[test]
fn calls_that_look_at_the_same_again() {
    let text = format!("V{}\np0\n0", "a".repeat(100_000));
    let calls = "c_operator\nmod\n(g0\nI1\ntR0".repeat(200);
    judged(&format!("{text}{}N", "c_operator\nmod\n(g0\nI1\ntR0"), &[]);
    judged(&format!("{text}{calls}N"), TOLD);
    let items = format!("({}tp0\n0", "I1\n".repeat(4096));
    let calls = "c_operator\nadd\n(g0\ng0\ntR0".repeat(2000);
    judged(&format!("{items}{calls}N"), TOLD);
    let text = format!("V{}\np0\n0", "1".repeat(100_000));
    judged(&format!("{text}({}t", "cbuiltins\nint\n(g0\ntR".repeat(200)), TOLD);
}

/// Of results that are more than are remembered.
#[test]
fn results_that_are_not_remembered() {
    let plain = "cbuiltins\nbytearray\n(I100\ntR".repeat(70_000);
    let doubled = "c_operator\nadd\n(Va\nVb\ntR";
    judged(&format!("({plain}t"), &[]);
    judged(&format!("({plain}{doubled}t"), TOLD);
}

/// A `partial` that something keeps is called later: with its arguments, with keywords, and as multiprocessing writes it.
#[test]
fn what_is_kept_with_a_size() {
    let partial =
        |function: &str, rest: &str| format!("cfunctools\npartial\n(c{function}\ntR(c{function}\n{rest}Ntb");
    for (function, rest) in [
        ("numpy\nresize", "(I1\nI100000000000\nt(d"),
        ("numpy\nresize", "((I1\nt(I100000\nI1000000\ntt(d"),
        ("numpy\ntile", "((dVreps\nI100000000000\ns"),
        ("numpy\nfull", "((dVfill_value\nI1\nsVshape\n(I100000\nI100000\nts"),
        ("numpy.fft\nfft", "((dVn\nI100000000000\ns"),
        ("torch.nn.functional\ninterpolate", "((dVsize\n(I100000\nI100000\nts"),
    ] {
        let rest = rest.replace("((d", "(t(d");
        judged(&partial(function, &rest), TOLD);
        let harmless = rest.replace("I100000000000\n", "I1000\n").replace("I100000\n", "I100\n");
        judged(&partial(function, &harmless), &[]);
    }
    judged(&partial("numpy\nfull", "(t(dVfill_value\nI100000000000\ns"), &[]);
    judged(&partial("numpy\nclip", "(t(dVa_max\nI100000000000\ns"), &[]);
    judged("cfunctools\npartial\n(cnumpy\ntile\nI1\nI100000000000\ntR", TOLD);
    let rebuilt = |size: &str| {
        format!("cmultiprocessing.reduction\n_rebuild_partial\n(cnumpy\ntile\n(t(dVreps\n{size}stR")
    };
    judged(&rebuilt("I100000000000\n"), TOLD);
    judged(&rebuilt("I1000\n"), &[]);
}

/// Arguments by name: what is looked at has a place. No pickler writes them for what is in Python itself, or in numpy.
#[test]
fn arguments_by_name() {
    let made = |class: &str, arguments: &str, names: &str| {
        let op = "\u{92}";
        judged_bytes(&format!("c{class}\n{arguments}{names}{op}."))
    };
    made("itertools\nproduct", "(Vab\nt", "}Vrepeat\nI2000000000\ns").told();
    made("builtins\nbytes", ")", "}Vsource\nI20000000000\ns").told();
    made("builtins\nenumerate", ")", &format!("}}Viterable\n{}s", called("itertools\ncount", ""))).told();
    made("itertools\ngroupby", ")", "}Viterable\n]sVkey\ncjson\nloads\ns").told();
    made("itertools\nproduct", "(Vab\nt", "}").silent();
    made("builtins\nint", "(I1\nt", "}").silent();
    // Results of scipy are made so.
    let result = "scipy.stats._stats_mstats_common\nLinregressResult";
    made(result, "(F1.0\nF1.0\nt", "}Vintercept_stderr\nF1.0\ns").silent();
    let helper =
        |names: &str| called("copyreg\n__newobj_ex__", &format!("citertools\nproduct\n(Vab\nt{names}"));
    judged(&helper("}Vrepeat\nI2000000000\ns"), TOLD);
    judged(&helper("}"), &[]);
    let partial = |function: &str, names: &str| {
        format!("{}(c{function}\n){names}}}tb", called("functools\npartial", &format!("c{function}\n")))
    };
    judged(&format!("{}(Vab\ntR", partial("itertools\nproduct", "}Vrepeat\nI2000000000\ns")), TOLD);
    judged(&format!("{}(]tR", partial("builtins\nsorted", "}Vkey\ncjson\nloads\ns")), TOLD);
    // Objects keep such functions, and nothing calls them.
    judged(&partial("builtins\nsorted", "}Vreverse\nI01\ns"), &[]);
    judged(&format!("{}(Vab\ntR", partial("itertools\nproduct", "}")), &[]);
}

/// A stream whose bytes above 127 stand for themselves.
struct Stream(Vec<u8>);

fn judged_bytes(rows: &str) -> Stream {
    Stream(rows.chars().map(|character| u8::try_from(u32::from(character)).unwrap()).collect())
}

impl Stream {
    #[track_caller]
    fn told(&self) {
        check(&[b"\x80\x04", self.0.as_slice()].concat(), TOLD);
    }

    #[track_caller]
    fn silent(&self) {
        check(&[b"\x80\x04", self.0.as_slice()].concat(), &[]);
    }
}

/// Containers of the library give the items of what they hold: of a dict in a `UserDict`, which can be something without an end.
#[test]
fn objects_that_hold_something_without_an_end() {
    let count = called("itertools\ncount", "");
    let holder = |class: &str, held: &str| {
        let made = called("copyreg\n_reconstructor", &format!("c{class}\ncbuiltins\nobject\nN"));
        format!("{made}}}Vdata\n{held}sb")
    };
    let user_dict = |held: &str| holder("collections\nUserDict", held);
    judged(&called("builtins\ndict", &user_dict(&count)), TOLD);
    judged(&called("builtins\ndict", &user_dict("}")), &[]);
    judged(&called("builtins\nlist", &holder("networkx.classes.graph\nGraph", &count)), TOLD);
    // Of a counter that an object has, nothing is taken.
    judged(&user_dict(&count), &[]);
    judged(&called("itertools\nchain", &user_dict(&count)), &[]);
}

/// Functions that objects keep, and that crash or never come back with some numbers: `gammavariate` with one that is none,
/// spheroidal functions with one that is large, `textwrap.wrap` with a width that is none.
#[test]
fn functions_that_picklers_never_call() {
    for (name, arguments) in [
        ("random\nRandom.gammavariate", "crandom\nRandom\n)RFnan\nF1.0\n"),
        ("random\nRandom.choice", "ctypes\nSimpleNamespace\n)RVabc\n"),
        ("textwrap\nwrap", "Va\nFnan\n"),
        ("configparser\nRawConfigParser.getint", "ctypes\nSimpleNamespace\n)RVa\nVb\n"),
        ("scipy.special._ufuncs\npro_rad1", "I2147483648\nI2147483648\nI2147483648\nI2147483648\n"),
        ("scipy.special\nobl_cv", "I2147483648\nI2147483648\nI2147483648\n"),
        ("scipy.stats._qmc\nHalton", "I2147483648\n"),
        ("ml_dtypes\nbfloat16", "Vzz\n"),
        ("sklearn.cluster._kmeans\n_kmeans_single_lloyd", "NNN"),
        ("sklearn.metrics._ranking\nroc_auc_score", "]]"),
    ] {
        judged_bytes(&format!("{}.", called(name, arguments))).told();
        judged_bytes(&format!("c{name}\n.")).silent();
    }
    let generator = called("random\nRandom", "I1\n");
    let method = called("builtins\ngetattr", &format!("{generator}Vuniform\n"));
    judged(&method, &[]);
    judged(&called("functools\npartial", &format!("{method}F0.0\nF1.0\n")), &[]);
    judged(&called("functools\npartial", "cscipy.special._ufuncs\nexpit\n"), &[]);
    judged(&called("functools\npartial", "csklearn.metrics._classification\nf1_score\n"), &[]);
    judged(&called("numpy\ndtype", "cml_dtypes\nbfloat16\nI00\nI01\n"), &[]);
}

/// `NEWOBJ_EX` and `copyreg.__newobj_ex__` give names to arguments.
#[test]
fn sizes_by_names() {
    let storage = |size: u64| {
        let size = [b"\x8a\x08".as_slice(), &size.to_le_bytes()].concat();
        let class = b"ctorch.storage\nUntypedStorage\n)".to_vec();
        let named = [b"}\x8c\x04size".to_vec(), size, b"s".to_vec()].concat();
        let called = [b"\x80\x04ccopyreg\n__newobj_ex__\n".to_vec(), class.clone(), named.clone()].concat();
        [
            [b"\x80\x04".to_vec(), class, named, b"\x92.".to_vec()].concat(),
            [called, b"\x87R.".to_vec()].concat(),
        ]
    };
    for stream in storage(1 << 50) {
        check(&stream, TOLD);
    }
    for stream in storage(1 << 10) {
        check(&stream, &[]);
    }
}

/// A `partial` has its dict of keywords as it is, whoever fills it, and whenever.
#[test]
fn keywords_that_are_filled_elsewhere() {
    let partial = "cfunctools\npartial\n(cnumpy\nzeros\ntR(cnumpy\nzeros\n)";
    judged(&format!("{partial}(dp1\nVdtype\nVi1\nsNtb"), &[]);
    judged(&format!("{partial}(dp1\nNtb0g1\nVshape\nI99999999999\ns"), &["PG117"]);
    judged(&format!("{partial}(dp1\n0g1\nVshape\nI9\ns0g1\nNtb"), &["PG106", "PG109"]);
    judged(&format!("(dp1\nVshape\nI99999999999\ns0{partial}g1\nNtb"), TOLD);
    judged(&format!("(dp1\n0g1\nVshape\nI99999999999\ns0{partial}g1\nNtb"), TOLD);
    // Where the function makes nothing that is as large as its arguments say.
    judged("(dp1\n0cfunctools\npartial\n(cnumpy\nclip\ntR(cnumpy\nclip\n)g1\nNtb", &[]);
}

/// Any sequence of numbers is a shape.
#[test]
fn shapes_that_are_no_tuples() {
    let bytes = |count: usize| format!("C{}{}", char::from(count as u8), "\u{7f}".repeat(count));
    judged(&called("numpy\nzeros", &bytes(5)), &["PB127", "PG109"]);
    judged(&called("numpy\nzeros", &bytes(2)), &["PB127"]);
    judged(&called("numpy\nones", &called("builtins\nrange", "I200000\nI200002\n")), TOLD);
    judged(&called("numpy\nrecord", "I2147483647\n"), TOLD);
    judged(&called("itertools\ncombinations", "(lI8589934592\n"), TOLD);
    judged(&called("itertools\ncombinations", "(lI2\n"), &[]);
}

/// What combines items takes all of them at once.
#[test]
fn combinations_of_what_has_no_end() {
    let repeat = called("itertools\nrepeat", "N");
    for (name, rest) in [
        ("product", ""),
        ("permutations", ""),
        ("combinations", "I2\n"),
        ("combinations_with_replacement", "I2\n"),
    ] {
        judged(&called(&format!("itertools\n{name}"), &format!("{repeat}{rest}")), TOLD);
        judged(&called(&format!("itertools\n{name}"), &format!("(lNa{rest}")), &[]);
    }
    judged(&called("itertools\nchain", &repeat), &[]);
    // Records of the system are made of sequences.
    for class in
        ["spwd\nstruct_spwd", "os\nstat_result", "time\nstruct_time", "http.cookiejar\nDefaultCookiePolicy"]
    {
        judged(&called(class, &repeat), TOLD);
    }
}

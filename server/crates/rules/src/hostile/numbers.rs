//! Numbers that functions give, where something is as large, or takes as long, as they say. Texts that take minutes to read.

use super::check;

const TOLD: &[&str] = &["PG109"];

fn called(name: &str, arguments: &[&str]) -> String {
    format!("c{}\n({}tR", name.replace(' ', "\n"), arguments.concat())
}

/// As in protocol 4; characters above 127 are the bytes of that number.
#[track_caller]
fn judged(rows: &str, expected: &[&str]) {
    let rows = rows.chars().map(|character| u8::try_from(character).unwrap());
    check(&[0x80, 4].into_iter().chain(rows).chain(*b".").collect::<Vec<u8>>(), expected);
}

fn crc() -> String {
    called("zlib crc32", &["C\u{4}abcd"])
}

const BIG: &str = "I6000000000\n";

/// What a number is made of does not hide how large it may be.
#[test]
fn counts_that_are_computed() {
    let crc = crc();
    let picked = |function: &str, arguments: &[&str]| called(function, arguments);
    for count in [
        crc.clone(),
        picked("builtins max", &[BIG, "I1\n"]),
        picked("builtins max", &["](I1\n", BIG, "e"]),
        picked("operator getitem", &["](", BIG, "e", "I0\n"]),
        picked("builtins next", &[&called("builtins iter", &["](", BIG, "e"])]),
        picked("builtins sum", &["](I3000000000\nI3000000000\ne"]),
        picked("builtins abs", &["I-6000000000\n"]),
        picked("builtins hash", &[BIG]),
        picked("numpy int64", &[BIG]),
        picked("operator floordiv", &[&called("time time_ns", &[]), "I2\n"]),
        picked("builtins int", &[&called("ipaddress IPv4Address", &["V255.255.255.255\n"])]),
        picked("math isqrt", &["L1000000000000000000000000L\n"]),
        format!("c_codecs\nencode\n(Va\nVlatin1\ntR0{crc}"),
    ] {
        judged(&called("builtins bytearray", &[&count]), TOLD);
        judged(&called("operator mul", &["Va\n", &count]), TOLD);
        judged(&called("operator pow", &["I3\n", &count]), TOLD);
        judged(&called("operator lshift", &["I3\n", &count]), TOLD);
        judged(&called("math factorial", &[&count]), TOLD);
        judged(&called("builtins str.zfill", &["Va\n", &count]), TOLD);
        judged(&called("builtins list", &[&called("builtins range", &[&count])]), TOLD);
        judged(&called("builtins list", &[&called("itertools repeat", &["I1\n", &count])]), TOLD);
        judged(&called("numpy ones", &[&count]), TOLD);
        judged(&called("numpy full", &[&format!("({count}I2\nt"), "I1\n"]), TOLD);
        let rest = called("itertools islice", &[&called("itertools count", &[]), &count, "N"]);
        judged(&called("builtins next", &[&rest]), TOLD);
        // The number itself does no harm.
        judged(&count, &[]);
    }
}

/// Numbers that are small, and calls that give text or bytes.
#[test]
fn counts_that_are_known() {
    for count in [
        called("builtins max", &["I6\n", "I1\n"]),
        called("operator getitem", &["](I6\ne", "I0\n"]),
        called("builtins len", &["Vabc\n"]),
        called("numpy int64", &["I6\n"]),
        called("operator neg", &["I-6\n"]),
        called(
            "numpy._core.multiarray scalar",
            &[&called("numpy dtype", &["Vi8\n"]), "C\u{8}\u{6}\0\0\0\0\0\0\0"],
        ),
    ] {
        judged(&called("builtins bytearray", &[&count]), &[]);
        judged(&called("operator mul", &["Va\n", &count]), &[]);
        judged(&called("operator pow", &["I3\n", &count]), &[]);
        judged(&called("numpy ones", &[&count]), &[]);
        judged(&called("builtins list", &[&called("builtins range", &[&count])]), &[]);
    }
    for data in [
        called("_codecs encode", &["Vabc\n", "Vlatin1\n"]),
        called("base64 b64decode", &["C\u{4}YWJj"]),
        called("builtins map", &["cbuiltins\nord\n", "Vabc\n"]),
        called("operator getitem", &["](C\u{1}ae", "I0\n"]),
        called("builtins sorted", &["](I3\nI1\ne"]),
    ] {
        judged(&called("builtins bytearray", &[&data]), &[]);
    }
    judged(&called("operator pow", &[&crc(), "I2\n"]), &[]);
    judged(&called("operator add", &[&crc(), "I2\n"]), &[]);
}

/// Decimal numbers with huge exponents are small until they are taken for whole numbers.
#[test]
fn exponents_of_decimal_numbers() {
    let decimal = |value: &str| called("decimal Decimal", &[value]);
    for (exponent, expected) in [("99999999", TOLD), ("9", &[])] {
        let parts = decimal(&format!("(I0\n(I1\ntI{exponent}\nt"));
        let listed = decimal(&format!("](I0\n](I1\neI{exponent}\ne"));
        let text = decimal(&format!("V1e{exponent}\n"));
        for number in [&parts, &listed, &text] {
            judged(&called("builtins int", &[number]), expected);
            judged(&called("fractions Fraction", &[number]), expected);
            judged(&called("numpy int64", &[number]), expected);
            judged(&called("statistics mean", &[&format!("]({number}e")]), expected);
            judged(&called("statistics pvariance", &[&format!("({number}{number}t")]), expected);
            judged(number, &[]);
        }
        judged(&called("builtins format", &[&parts, "Vf\n"]), expected);
    }
    judged(&called("builtins int", &[&decimal(&decimal("V1e99999999\n"))]), TOLD);
    judged(&called("statistics mean", &["](I1\nI2\ne"]), &[]);
}

/// Each character stands for the longest text of a table.
#[test]
fn texts_by_a_table() {
    let text = format!("V{}\n", "a".repeat(100_000));
    for (long, expected) in [(100_000, TOLD), (10, &[])] {
        let value = format!("V{}\n", "b".repeat(long));
        let table = format!("}}(I97\n{value}u");
        judged(&called("builtins str.translate", &[&text, &table]), expected);
        let made = called("builtins str.maketrans", &[&table]);
        judged(&called("builtins str.translate", &[&text, &made]), expected);
    }
    let made = called("builtins str.maketrans", &["Va\n", "Vb\n"]);
    judged(&called("builtins str.translate", &[&text, &made]), &[]);
}

/// A sparse array has hardly anything in it until something goes through it; a table has a value for each row and column.
#[test]
fn sparse_arrays_and_tables() {
    for (length, expected) in [("8589934592", TOLD), ("100", &[])] {
        let index = called("pandas._libs.sparse IntIndex", &[&format!("I{length}\n"), "]"]);
        let array = called("pandas.arrays SparseArray", &["](F1.0\ne", &index]);
        let filled = format!("cpandas.arrays\nSparseArray\n)\u{81}}}(V_sparse_index\n{index}ub");
        for array in [array, filled] {
            judged(&called("numpy array", &[&array]), expected);
            judged(&called("builtins list", &[&array]), expected);
            judged(&array, &[]);
        }
    }
    let range = |end: &str| called("builtins range", &[&format!("I{end}\n")]);
    judged(&called("pandas DataFrame", &["F1.0\n", &range("200000"), &range("20000")]), TOLD);
    judged(&called("pandas DataFrame", &["F1.0\n", &range("2000"), &range("20")]), &[]);
}

/// Codecs that take minutes, of whatever is made with them by name.
#[test]
fn codecs_of_classes() {
    let text = format!("C\u{c8}{}", "a".repeat(200));
    let long = format!("B\u{0}\u{4}\0\0{}", "a".repeat(1024));
    for codec in ["punycode", "idna"] {
        let codec = format!("V{codec}\n");
        judged(&called("torch.torch_version TorchVersion", &[&long, &codec]), TOLD);
        judged(&called("copyreg __newobj__", &["cbuiltins\nstr\n", &long, &codec]), TOLD);
        judged(&format!("cbuiltins\nstr\n({long}{codec}t\u{81}"), TOLD);
        judged(&called("copyreg __newobj__", &["cbuiltins\nstr\n", &text, &codec]), &[]);
    }
    judged(&called("copyreg __newobj__", &["cbuiltins\nstr\n", &long, "Vascii\n"]), &[]);
}

/// Constructors that parse text, or whose compiled code takes what it is given: picklers make these without them.
#[test]
fn constructors_that_picklers_do_not_call() {
    judged(&called("http.cookies SimpleCookie", &["Va=b\n"]), TOLD);
    judged(&called("time strptime", &["V2000\n", "V%Y\n"]), TOLD);
    judged("ctime\nstrptime\n", &[]);
    judged(&called("datetime datetime.strptime", &["V2000\n", "V%Y\n"]), TOLD);
    judged("cfunctools\npartial\n(cdatetime\ndatetime.strptime\ntR", &[]);
    judged("chttp.cookies\nSimpleCookie\n)\u{81}", &[]);
    judged(&called("email.headerregistry Address", &["V\n", "V\n", "V\n", "Va@b\n"]), TOLD);
    judged("cemail.headerregistry\nAddress\n)\u{81}}(V_display_name\nVa\nub", &[]);
    for class in ["ConvexHull", "HalfspaceIntersection", "Voronoi"] {
        judged(&called(&format!("scipy.spatial._qhull {class}"), &["N", "N", "V/x\n"]), TOLD);
        judged(&format!("cscipy.spatial._qhull\n{class}\n)\u{81}"), &[]);
    }
}

/// 2^20 bits: a second for what takes as long as their square.
fn long(exponent: u32) -> String {
    called("builtins\npow", &["I7\n", &format!("I{exponent}\n")])
}

/// Numbers that take long to compute with, one by one and together.
#[test]
fn arithmetic() {
    let (large, small) = (long(1_000_000), long(1000));
    for (name, arguments) in [
        ("decimal\nDecimal", vec![large.as_str()]),
        ("fractions\nFraction", vec![&large, &large]),
        ("math\nlcm", vec![&large, &large, &large]),
        ("math\nprod", vec![&format!("({}l", large.repeat(9))]),
        ("math\nisqrt", vec![&long(2_000_000)]),
        ("builtins\npow", vec!["I3\n", &long(9000), &long(9000)]),
        ("builtins\npow", vec![&large, "I-1\n", &large]),
        ("builtins\nint", vec![&format!("V{}\n", "1".repeat(1_000_000))]),
    ] {
        judged(&called(name, &arguments), &["PG109"]);
    }
    for (name, arguments) in [
        ("decimal\nDecimal", vec![small.as_str()]),
        ("decimal\nDecimal", vec!["V0.1\n"]),
        ("fractions\nFraction", vec![&small, &small]),
        ("math\nprod", vec!["(I1\nI2\nl"]),
        ("math\nisqrt", vec![&small]),
        ("builtins\npow", vec!["I3\n", &small, &small]),
        ("builtins\nint", vec!["V12345678901234567890\n"]),
    ] {
        judged(&called(name, &arguments), &[]);
    }
    judged(&format!("({}t", large.repeat(9)), &[]);
    judged(&format!("({}t", large.repeat(200)), &["PG109"]);
    judged(&format!("({}t", called("math\nisqrt", &[&large]).repeat(50)), &["PG109"]);
    // A hundred thousand small ones are as many as there may be.
    judged(&format!("({}t", called("decimal\nDecimal", &["I7\n"]).repeat(100_000)), &[]);
}

/// What is large but not too large, often enough.
#[test]
fn gigabytes_by_parts() {
    for (name, arguments, findings) in [
        ("builtins\nbytearray", "I100000000\n", 1),
        ("numpy\nones", "I100000000\n", 1),
        ("numpy\neye", "I8000\n", 1),
        // The bytes, and the array.
        ("array\narray", &*format!("Vb\n{}", called("builtins\nbytes", &["I100000000\n"])), 2),
    ] {
        judged(&called(name, &[arguments]), &[]);
        judged(&format!("({}t", called(name, &[arguments]).repeat(200)), &["PG109"; 2][..findings]);
    }
    let list = called("builtins\nlist", &[&called("builtins\nrange", &["I60000\n"])]);
    judged(&format!("({}t", list.repeat(100)), &[]);
    judged(&format!("({}t", list.repeat(9000)), &["PG109"]);
    judged(&called("numpy\nones", &["I900000000\n"]), &["PG109"]);
    judged(&format!("({}t", called("builtins\nbytearray", &["I1000\n"]).repeat(2000)), &[]);
}

/// An array of texts has room for the longest in each place.
#[test]
fn arrays_of_texts() {
    let long = format!("V{}\n", "a".repeat(20_000));
    let of = |items: &str, rest: &str| called("numpy\narray", &[&format!("(l{items}("), rest, "e"]);
    judged(&of("", &format!("{long}{}", "Vb\n".repeat(20_000))), &["PG109"]);
    judged(&format!("{long}p0\n0Vb\np1\n0{}", of("", &format!("g0\n{}", "g1\n".repeat(20_000)))), &["PG109"]);
    judged(&of("", &format!("{long}{}", "I1\n".repeat(20_000))), &[]);
    judged(&of("", &"Vb\n".repeat(20_000)), &[]);
    for name in ["numpy\nmatrix", "numpy.core.multiarray\narray", "numpy\nascontiguousarray"] {
        judged(&called(name, &["(l(", &long, &"Vb\n".repeat(20_000), "e"]), &["PG109"]);
        judged(&called(name, &["(l(I100000000\nI200000000\ne"]), &[]);
    }
}

/// What is in plain lists and dicts counts as well.
#[test]
fn plain_lists_many_times() {
    let list = format!("(l({}e", "I1\n".repeat(20_000));
    let long = format!("V{}\n", "a".repeat(20_000));
    let texts = format!("(l({}e", "Vb\n".repeat(20_000));
    for (name, arguments) in [
        ("operator\nmul", vec![list.as_str(), "I1000000\n"]),
        ("operator\nmul", vec!["I1000000\n", &list]),
        ("operator\nmul", vec![&called("collections\ndeque", &[&list]), "I1000000\n"]),
        ("builtins\nstr.join", vec![&long, &texts]),
        ("operator\nmod", vec![&format!("V{}\n", "%(a)s".repeat(20_000)), &format!("(d(Va\n{long}u")]),
    ] {
        judged(&called(name, &arguments), &["PG109"]);
    }
    // One list for many calls that go through it.
    let again = "cbuiltins\nset\n(g9\ntR".repeat(20_000);
    judged(&format!("{list}p9\n({again}t"), &["PG109", "PD110"]);
    judged(&format!("({}t", called("builtins\nset", &["(l(I1\nI2\ne"]).repeat(20_000)), &[]);
    judged(&called("builtins\nstr.join", &["V, \n", &texts]), &[]);
}

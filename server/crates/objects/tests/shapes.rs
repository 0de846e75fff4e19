//! What pickles are shown as. The streams are what CPython's and the libraries' picklers write.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use pickle_machine::never;
use pickle_machine::rebuild::{Most, rebuild};
use pickle_objects::{Limits, Objects, python, tree};

fn shown(bytes: &[u8], limits: Limits) -> (String, String) {
    let one = rebuild(bytes, Most { ops: 10_000, memory: 1 << 20 }, &never).next().unwrap();
    let root = one.last.unwrap();
    let objects = Objects::new(&one, &[root], limits);
    (python::Writer::new(&objects).write(root), tree::lines(&objects, root).join("\n"))
}

fn text(bytes: &[u8]) -> String {
    shown(bytes, Limits::READING).0
}

/// `_reconstruct(ndarray, (0,), b'b')` and its state.
fn array(dtype: &str, order: &str, data: &[u8]) -> Vec<u8> {
    let head = b"\x80\x03cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85C\x01b\x87R(K\x01K\x02K\x01\x86";
    let dtype = [
        b"cnumpy\ndtype\nU".as_slice(),
        &[dtype.len() as u8],
        dtype.as_bytes(),
        b"K\0K\x01\x87R(K\x03U\x01",
        order.as_bytes(),
        b"NNNK\0K\0K\0tb\x89",
    ]
    .concat();
    [head, dtype.as_slice(), &[b'C', data.len() as u8], data, b"tb."].concat()
}

#[test]
fn paths() {
    let path = |class: &str, parts: &[&str]| {
        let parts: String = parts.iter().map(|part| format!("V{part}\n")).collect();
        text(format!("c{class}\n({parts}tR.").as_bytes())
    };
    assert_eq!(path("pathlib\nPosixPath", &["a:", "b"]), "PosixPath('a:/b')");
    assert_eq!(path("pathlib._local\nPurePosixPath", &["/", "a", "b"]), "PurePosixPath('/a/b')");
    assert_eq!(path("pathlib\nPureWindowsPath", &["c:\\u005c", "x", "y"]), r"PureWindowsPath('c:\\x\\y')");
    assert_eq!(path("pathlib._local\nPureWindowsPath", &["c:", "x"]), "PureWindowsPath('c:x')");
}

#[test]
fn arrays() {
    let floats: Vec<u8> = [1.5_f64, -2.0].iter().flat_map(|number| number.to_le_bytes()).collect();
    assert_eq!(text(&array("f8", "<", &floats)), "np.array([1.5, -2.0], dtype=float64, shape=(2, 1))");
    assert_eq!(text(&array("i2", ">", &[0, 1, 255, 255])), "np.array([1, -1], dtype=>int16, shape=(2, 1))");
    assert_eq!(
        text(&array("f4", "<", &[0xcd, 0xcc, 0xcc, 0x3d])),
        "np.array([0.1], dtype=float32, shape=(2, 1))"
    );
    assert_eq!(text(&array("S3", "|", b"ab\0cde")), "np.array([b'ab', b'cde'], dtype=S3, shape=(2, 1))");
    assert_eq!(text(&array("U1", "<", b"a\0\0\0")), "np.array(['a'], dtype=U1, shape=(2, 1))");
    assert_eq!(text(&array("V8", "|", &[0; 8])), "np.array(..., dtype=V8, shape=(2, 1))");
}

/// `scalar(dtype, bytes)`; the state of the dtype ends with `metadata`.
fn scalar(dtype: &str, metadata: &[u8], data: &[u8]) -> Vec<u8> {
    let head = b"\x80\x03cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\nU";
    let state = b"K\0K\x01\x87R(K\x04U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0";
    let dtype = [&[dtype.len() as u8], dtype.as_bytes(), state, metadata, b"tb"].concat();
    [head, dtype.as_slice(), &[b'C', data.len() as u8], data, b"\x86R."].concat()
}

#[test]
fn scalars_are_of_classes_that_numpy_has() {
    let plain = |dtype, data: &[u8]| text(&scalar(dtype, b"", data));
    assert_eq!(plain("U1", b"x\0\0\0"), "np.str_('x')");
    assert_eq!(plain("S1", b"x"), "np.bytes_(b'x')");
    assert_eq!(plain("f2", &[0x66, 0x2e]), "np.float16(0.099975586)");
    assert_eq!(plain("f2", &[0x01, 0x80]), "np.float16(-5.9604645e-08)");
    assert_eq!(plain("c8", &[0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]), "np.complex64((1-2j))");
    assert_eq!(plain("c8", &[0, 0, 0, 0, 0, 0, 0, 0x40]), "np.complex64(2j)");
}

/// Dates and differences of dates, with what they count: compared with what numpy makes of them.
#[test]
fn dates_of_numpy() {
    let counted = |dtype, unit: &str, count: i64| {
        let length = [unit.len() as u8];
        let metadata = [b"N(C", &length[..], unit.as_bytes(), b"K\x01K\x01K\x01t\x86"].concat();
        text(&scalar(dtype, &metadata, &count.to_le_bytes()))
    };
    assert_eq!(counted("M8", "D", 19_782), "np.datetime64('2024-02-29')");
    assert_eq!(counted("M8", "D", -1), "np.datetime64('1969-12-31')");
    assert_eq!(counted("M8", "M", -1), "np.datetime64('1969-12')");
    assert_eq!(counted("M8", "Y", 50), "np.datetime64('2020')");
    assert_eq!(counted("M8", "W", 1), "np.datetime64('1970-01-08', 'W')");
    assert_eq!(counted("M8", "h", -1), "np.datetime64('1969-12-31T23')");
    assert_eq!(
        counted("M8", "ns", 1_577_836_800_000_000_001),
        "np.datetime64('2020-01-01T00:00:00.000000001')"
    );
    assert_eq!(counted("M8", "s", i64::MIN), "np.datetime64('NaT', 's')");
    assert_eq!(counted("m8", "s", 90), "np.timedelta64(90, 's')");
    // No unit, no date; and a unit that there is not is none.
    assert!(counted("M8", "generic", 1).starts_with("numpy.core.multiarray.scalar(np.dtype('datetime64')"));
    assert!(
        counted("M8", "D", i64::MAX).starts_with("numpy.core.multiarray.scalar(np.dtype('datetime64[D]')")
    );
}

/// A time that a clock shows twice; and what is not of a shape is the call that it is.
#[test]
fn other_calls() {
    let cases: [(&[u8], &str); 7] = [
        (b"cdatetime\ndate\n(C\x03abcK\x01tR.", "datetime.date(b'abc', 1)"),
        (b"cdatetime\ntime\n(C\x06\x80\0\0\0\0\0tR.", "time(0, 0, fold=1)"),
        (
            b"cdatetime\ndatetime\n(C\x0a\x07\xe4\x8a\x19\x02\x1e\0\0\0\0tR.",
            "datetime(2020, 10, 25, 2, 30, fold=1)",
        ),
        (b"c_codecs\nencode\n(Va\nVrot13\ntR.", "_codecs.encode('a', 'rot13')"),
        (b"cbuiltins\ngetattr\n(]S'pop'\ntR.", "getattr([], 'pop')"),
        (
            b"ccopyreg\n_reconstructor\n(cm\nC\ncbuiltins\nobject\nI1\ntR.",
            "copyreg._reconstructor(m.C, object, 1)",
        ),
        (b"\x80\x02cm\nC\n)\x81}X\x03\0\0\0a bK\x01sb.", "new(m.C).__setstate__({'a b': 1})"),
    ];
    for (bytes, expected) in cases {
        assert_eq!(text(bytes), expected);
    }
}

/// Arrays of the standard library in each format of their bytes, and namespaces.
#[test]
fn numbers_of_the_standard_library() {
    let rebuilt = |typecode: char, format: u8, data: &[u8]| {
        let head = format!("carray\n_array_reconstructor\n(carray\narray\nS'{typecode}'\n");
        let tail = [b"K", [format].as_slice(), b"C", &[data.len() as u8], data, b"tR."].concat();
        text(&[head.as_bytes(), &tail].concat())
    };
    let minus_two = (-2i64).to_be_bytes();
    let cases = [
        ('B', 0, b"\xff\0".as_slice(), "array.array('B', [255, 0])"),
        ('b', 1, b"\xff\x02", "array.array('b', [-1, 2])"),
        ('H', 2, b"\x01\0", "array.array('H', [1])"),
        ('H', 3, b"\x01\0", "array.array('H', [256])"),
        ('h', 5, b"\xff\xfe", "array.array('h', [-2])"),
        ('I', 6, b"\0\0\0\x80", "array.array('I', [2147483648])"),
        ('i', 8, b"\0\0\0\x80", "array.array('i', [-2147483648])"),
        ('Q', 10, &[255; 8], "array.array('Q', [18446744073709551615])"),
        ('q', 13, &minus_two, "array.array('q', [-2])"),
        ('f', 15, b"\x3f\0\0\0", "array.array('f', [0.5])"),
        ('d', 16, b"\0\0\0\0\0\0\xf8\x7f", "array.array('d', [nan])"),
        ('d', 16, b"", "array.array('d', [])"),
        // Half a number, texts, and a format that there is not, are the calls that they are.
        ('h', 4, b"a", "array._array_reconstructor(array.array, 'h', 4, b'a')"),
        ('u', 18, b"a\0", "array._array_reconstructor(array.array, 'u', 18, b'a\\x00')"),
        ('d', 99, b"", "array._array_reconstructor(array.array, 'd', 99, b'')"),
    ];
    for (typecode, format, data, expected) in cases {
        assert_eq!(rebuilt(typecode, format, data), expected);
    }
    assert_eq!(text(b"ctypes\nSimpleNamespace\n)R(dVa\nI1\nsb."), "SimpleNamespace(a=1)");
    assert_eq!(
        text(b"ctypes\nSimpleNamespace\n)R(dVa b\nI1\nsb."),
        "types.SimpleNamespace().__setstate__({'a b': 1})"
    );
}

#[test]
fn layout() {
    let long = [b"(".as_slice(), &b"X\x0a\0\0\0aaaaaaaaaa".repeat(30), b"l."].concat();
    let limits = Limits { items: 20, width: 60, ..Limits::READING };
    insta::assert_snapshot!("long_list", shown(&long, limits).0);
    let nested = b"\x80\x04}(\x8c\x01a(K\x01\x8c\x40aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaatcm\nf\n)R]K\x01abu.";
    insta::assert_snapshot!("nested", shown(nested, Limits { width: 40, ..Limits::READING }).0);
    insta::assert_snapshot!("tree", shown(nested, Limits::READING).1);
}

#[test]
fn what_is_left_out_is_said() {
    let limits = Limits { items: 2, text: 3, depth: 2, nodes: 100, width: 80 };
    assert_eq!(shown(b"\x80\x04](K\x01K\x02K\x03e.", limits).0, "[1, 2, … 1 more]");
    assert_eq!(shown(b"\x80\x04\x8c\x05abcde.", limits).0, "'abc'… 5 bytes of text");
    assert_eq!(shown(b"\x80\x04]]]]aaa.", limits).0, "[[[…]]]");
    assert_eq!(shown(b"\x80\x04](K\x01K\x02e.", Limits { nodes: 2, ..limits }).0, "[1, …]");
}

#[test]
fn cycles() {
    assert_eq!(text(b"]q\0h\0a."), "x1 := [x1]");
    assert_eq!(text(b"\x80\x04}\x94(\x8c\x01ah\0\x8c\x01b]\x94h\x01au."), "x1 := {'a': x1, 'b': x2 := [x2]}");
}

/// Compared with what pandas makes of them.
#[test]
fn times_of_pandas() {
    let time = |arguments: &str| {
        text(format!("cpandas._libs.tslibs.timestamps\n_unpickle_timestamp\n({arguments}tR.").as_bytes())
    };
    assert_eq!(time("L1577840523123456789L\nNNI10\n"), "pd.Timestamp('2020-01-01T01:02:03.123456789')");
    assert_eq!(time("L1577836800000000L\nNNI9\n"), "pd.Timestamp('2020-01-01')");
    assert_eq!(time("I-1\nNNI8\n"), "pd.Timestamp('1969-12-31T23:59:59.999')");
    assert_eq!(time("I1577836800\nNNI7\n"), "pd.Timestamp('2020-01-01')");
    assert_eq!(time("L1577836800000000000L\nNN"), "pd.Timestamp('2020-01-01')");
    let zone = "czoneinfo\nZoneInfo._unpickle\n(S'Europe/Paris'\nI1\ntR";
    let in_paris = [
        b"\x80\x04cpandas._libs.tslibs.timestamps\n_unpickle_timestamp\n(I1577833200\nN".as_slice(),
        zone.as_bytes(),
        b"I7\ntR.",
    ];
    assert_eq!(text(&in_paris.concat()), "pd.Timestamp('2019-12-31T23:00:00Z', tz=ZoneInfo('Europe/Paris'))");
    assert!(time("I1\nNNI4\n").starts_with("pandas._libs.tslibs.timestamps._unpickle_timestamp("));
    let delta = |arguments: &str| {
        text(format!("cpandas._libs.tslibs.timedeltas\n_timedelta_unpickle\n({arguments}tR.").as_bytes())
    };
    assert_eq!(delta("L93600000000L\nI9\n"), "pd.Timedelta('1 days 02:00:00')");
    assert_eq!(delta("I-1\nI10\n"), "pd.Timedelta('-1 days +23:59:59.999999999')");
    assert_eq!(text(b"cpandas._libs.tslibs.nattype\n_nat_unpickle\n(NtR."), "pd.NaT");
    let day = b"cpandas\nPeriod\n(Ncpandas._libs.tslibs.offsets\nDay\n(I1\nI00\ntRI18262\ntR.";
    assert_eq!(text(day), "pd.Period('2020-01-01', freq='D')");
    let index = b"cpandas.core.indexes.base\n_new_Index\n(cpandas\nRangeIndex\n(dS'name'\nNsS'start'\nI0\nsS'stop'\nI3\nstR.";
    assert_eq!(text(index), "pd.RangeIndex(start=0, stop=3)");
}

#[test]
fn masked_arrays_and_records() {
    let masked = |mask: &str, fill: &str| {
        text(
            format!(
                "cnumpy.ma.core\n_mareconstruct\n(cnumpy.ma\nMaskedArray\ncnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n(I2\nt\
                 cnumpy\ndtype\n(S'i1'\nI00\nI01\ntR(I3\nS'|'\nNNNI-1\nI-1\nI0\ntbI00\nS'\\x01\\x02'\nS'{mask}'\n{fill}tb."
            )
            .as_bytes(),
        )
    };
    assert_eq!(masked("\\x00\\x01", "N"), "np.ma.array([1, 2], mask=[False, True], dtype=int8, shape=(2,))");
    assert_eq!(
        masked("\\x00\\x00", "I9\n"),
        "np.ma.array([1, 2], mask=False, dtype=int8, shape=(2,), fill_value=9)"
    );
    assert_eq!(text(b"cnumpy.ma.core\nMaskedConstant\n(tR."), "np.ma.masked");
    let field = |dtype: &str, at: u8| {
        format!("(cnumpy\ndtype\n(S'{dtype}'\nI00\nI01\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI{at}\nt")
    };
    let record = format!(
        "cnumpy\ndtype\n(S'V6'\nI00\nI01\ntR(I3\nS'|'\nN(S'a'\nS'b'\nt(dS'a'\n{}sS'b'\n{}sI6\nI1\nI16\ntb",
        field("i2", 0),
        field("f4", 2)
    );
    assert_eq!(text(format!("{record}.").as_bytes()), "np.dtype([('a', 'int16'), ('b', 'float32')])");
    let scalar = format!("cnumpy.core.multiarray\nscalar\n({record}S'\\x01\\x00\\x00\\x00\\x80\\x3f'\ntR.");
    assert_eq!(text(scalar.as_bytes()), "np.void((1, 1.0), dtype=[('a', 'int16'), ('b', 'float32')])");
}

/// Geometries of Shapely, and numbers of gmpy2: what these libraries make of the text is what they made of the bytes.
#[test]
fn geometries_and_long_numbers() {
    let called = |function: &str, bytes: &[u8]| {
        let head = [b"\x80\x03c".as_slice(), function.as_bytes(), b"\nC", &[bytes.len() as u8]].concat();
        text(&[head.as_slice(), bytes, b"\x85R."].concat())
    };
    let geometry = |kind: u32, counts: &[u32], numbers: &[f64]| {
        let mut bytes = [b"\x01".as_slice(), &kind.to_le_bytes()].concat();
        bytes.extend(counts.iter().flat_map(|count| count.to_le_bytes()));
        bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        bytes
    };
    let wkb = |bytes: &[u8]| called("shapely.io\nfrom_wkb", bytes);
    assert_eq!(wkb(&geometry(1, &[], &[1.0, 2.5])), "shapely.Point(1.0, 2.5)");
    assert_eq!(wkb(&geometry(0x8000_0001, &[], &[1.0, 2.0, 3.0])), "shapely.Point(1.0, 2.0, 3.0)");
    assert_eq!(
        wkb(&geometry(2, &[2], &[0.0, 0.0, 1.0, 1.0])),
        "shapely.LineString([(0.0, 0.0), (1.0, 1.0)])"
    );
    let ring = [0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0];
    let points = "[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 0.0)]";
    assert_eq!(wkb(&geometry(3, &[1, 4], &ring)), format!("shapely.Polygon({points})"));
    assert_eq!(wkb(&geometry(3, &[0], &[])), "shapely.Polygon()");
    assert_eq!(
        called("shapely.geometry.polygon\n_unpickle_linearring", &geometry(2, &[4], &ring)),
        format!("shapely.LinearRing({points})")
    );
    // What is cut off, empty or of another kind is shown as it is.
    assert!(wkb(&geometry(2, &[9], &[0.0])).starts_with("shapely.io.from_wkb(b'"));
    assert!(wkb(&geometry(1, &[], &[f64::NAN, f64::NAN])).starts_with("shapely.io.from_wkb(b'"));
    assert!(wkb(&geometry(7, &[0], &[])).starts_with("shapely.io.from_wkb(b'"));
    let number = |bytes: &[u8]| called("gmpy2\nfrom_binary", bytes);
    assert_eq!(number(b"\x01\0"), "gmpy2.mpz(0)");
    assert_eq!(number(b"\x01\x02\x05"), "gmpy2.mpz(-5)");
    assert_eq!(number(b"\x01\x01\0\0\0\0\0\0\0\0\x01"), "gmpy2.mpz(18446744073709551616)");
    assert_eq!(number(b"\x02\x01\x07"), "gmpy2.xmpz(7)");
    assert_eq!(number(b"\x03\x02\x01\0\0\0\x07\x09"), "gmpy2.mpq(-7, 9)");
    assert_eq!(number(b"\x03\0"), "gmpy2.mpq(0, 1)");
    assert!(number(b"\x04\0\0\0\x35\0\0\0").starts_with("gmpy2.from_binary(b'"));
}

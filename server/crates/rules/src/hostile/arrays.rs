//! Arrays and dtypes whose states do not fit them: each was seen to end the process, or to take bytes for objects.

use super::check;

#[track_caller]
fn judged(ops: &str, expected: &[&str]) {
    check(format!("{ops}.").as_bytes(), expected);
}

/// An array of what is called `made`, with a state of a shape, a dtype and a list.
fn array(made: &str, shape: &str, list: &str) -> String {
    format!("{made}(I1\n{shape}{OBJECTS}I00\n{list}tb")
}

const OBJECTS: &str = "cnumpy\ndtype\n(VO8\nI00\nI01\ntR(I3\nV|\nNNNI-1\nI-1\nI63\ntb";
const MADE: &str = "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntVb\ntR";
const LARGE: &str = "(I100000\nt";

/// Copies of records that are aligned to nothing are divided by that.
#[test]
fn types_that_are_aligned_to_nothing() {
    let dtype = |code: &str, alignment: i32| {
        format!("cnumpy\ndtype\n(V{code}\nI00\nI01\ntR(I3\nV|\nNNNI8\nI{alignment}\nI16\ntb")
    };
    judged(&dtype("V8", 1), &[]);
    judged(&dtype("V8", -1), &[]);
    judged(&dtype("V8", 0), &["PG116"]);
}

/// numpy takes as many objects from the list of an array as its shape says.
#[test]
fn lists_that_are_shorter_than_their_arrays() {
    let array = |count: u64, list: &str| {
        let made = "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntVb\ntR";
        let dtype = "cnumpy\ndtype\n(VO8\nI00\nI01\ntR(I3\nV|\nNNNI-1\nI-1\nI63\ntb";
        format!("{made}(I1\n(I{count}\nt{dtype}I00\n{list}tb")
    };
    judged(&array(2, "(lNaNa"), &[]);
    judged(&array(2, "](NNe"), &[]);
    // No pickler puts the items in front of the op that makes the list.
    judged(&array(3, "(NNNl"), &["PG116"]);
    judged(&array(0, "]"), &[]);
    judged(&array(300_000_000, "](NNe"), &["PG116"]);
    judged(&array(9, "]"), &["PG116"]);
    judged(&array(3, "](NNe"), &["PG116"]);
    judged(&array(3, "]p9\nNaNa(NNe"), &[]);
}

/// What lies between the list and its array does not count, nor what is taken out of it again.
#[test]
fn lists_that_are_padded() {
    let padding = format!("V{}\n0", "x".repeat(200_000));
    judged(&format!("(lp9\n0{padding}{}", array(MADE, LARGE, "g9\n")), &["PG116"]);
    judged(&format!("(lp9\nNa0{padding}{}", array(MADE, LARGE, "g9\n")), &["PG116"]);
    judged(&array(MADE, LARGE, &format!("(l{padding}")), &["PG116"]);
    judged(&array(MADE, LARGE, &format!("(l({padding}{}e", "N".repeat(99_999))), &["PG116"]);
    judged(&array(MADE, LARGE, &format!("(l({padding}{}e", "N".repeat(100_000))), &[]);
    let emptied = "(lp9\n(NNNecbuiltins\nslice\n(I0\nI3\ntR(lsp9\n";
    judged(&array(MADE, "(I3\nt", emptied), &["PG106", "PD216"]);
}

/// Whatever makes the array, and whoever hands the state on.
#[test]
fn lists_that_are_shorter_than_arrays_of_any_kind() {
    let new = |class: &str| format!("ccopyreg\n__newobj__\n(c{class}\n(I0\nttR");
    judged(&array(&new("numpy\nndarray"), LARGE, "(lNa"), &["PG116"]);
    judged(&array("cnumpy\nempty\n(I3\ntR", LARGE, "(lNa"), &["PG116"]);
    judged(&array(MADE, LARGE, "cxml.dom.minicompat\nNodeList\n(tRNa"), &["PG116"]);
    let masked =
        "cnumpy.ma.core\n_mareconstruct\n(cnumpy.ma.core\nMaskedArray\ncnumpy\nndarray\n(I0\ntVb\ntR";
    judged(&format!("{masked}(I1\n{LARGE}{OBJECTS}I00\n(lNaS'x'\nNtb"), &["PG116"]);
    let quantity = "cnumpy.core.multiarray\n_reconstruct\n(castropy.units.quantity\nQuantity\n(I0\ntVb\ntR";
    judged(&format!("{quantity}((I1\n{LARGE}{OBJECTS}I00\n(lNat(dtb"), &["PG116"]);
    let sparse = "ccopyreg\n__newobj__\n(cpandas.core.arrays.sparse.array\nSparseArray\ntR";
    judged(&format!("{sparse}((I1\n{LARGE}{OBJECTS}I00\n(lNat(I0\nNttb"), &["PG116"]);
    judged(&format!("{sparse}((I1\n(I1\nt{OBJECTS}I00\n(lNat(I0\nNttb"), &[]);
}

/// numpy takes them for what they are when the file is loaded.
#[test]
fn states_that_are_not_shown() {
    judged(&array(MADE, "(coperator\nmul\n(I1000\nI1000\ntRt", "(lNa"), &["PG116"]);
    judged(&array(MADE, "cbuiltins\ntuple\n((lI1000\natR", "(lNa"), &["PG116"]);
    judged(&format!("{MADE}(lI1\na{LARGE}a{OBJECTS}aI00\na(lNaab"), &["PG116"]);
    let computed = format!("{MADE}cbuiltins\ntuple\n((lI1\na{LARGE}a{OBJECTS}aI00\na(lNaatRb");
    judged(&computed, &["PG116"]);
}

/// A dtype of objects that says that it has none takes bytes for addresses.
#[test]
fn types_that_hide_their_objects() {
    let dtype = |made: &str, state: &str| format!("cnumpy\ndtype\n({made}I00\nI01\ntR{state}b");
    let state = |size: i32, sub: &str, fields: &str, flags: &str| {
        format!("(I3\nV|\n{sub}{fields}I{size}\nI1\nI{flags}\nt")
    };
    let none = &state(-1, "N", "NN", "0");
    for made in
        ["VO8\n", "VO\n", "Vobject\n", "Vobject_\n", "Vi4,O\n", "cbuiltins\nobject\n", "cbuiltins\nlist\n"]
    {
        judged(&dtype(made, none), &["PG116"]);
    }
    judged(&dtype("cnumpy\nobject_\n", none), &["PG116"]);
    judged(&dtype(&dtype("VO8\n", ""), none).replace("tRb", "tR"), &["PG116"]);
    judged(&dtype("VO8\n", "(I3\nV|\nNNNI-1\nI-1\nt"), &["PG116"]);
    judged(&dtype("VO8\n", "cbuiltins\ntuple\n((lI3\naV|\naNaNaNaI-1\naI-1\naI0\natR"), &["PG116"]);
    judged(&dtype("Vi8\n", none), &[]);
    // Before there were flags, numpy looks for objects itself.
    for made in ["Vi8\n", "VO8\n"] {
        judged(&dtype(made, "(V|\nNNI-1\nI-1\nt"), &[]);
        judged(&dtype(made, "(I1\nV|\nNNI-1\nI-1\nt"), &[]);
        judged(&dtype(made, "(I3\nV|\nNNI-1\nI-1\nt"), &["PG116"]);
    }
    judged(&dtype("cml_dtypes\nbfloat16\n", none), &[]);
    // In fields and in parts.
    let objects = "cnumpy\ndtype\n(VO8\nI00\nI01\ntR";
    let fields = |dict: &str, kind: &str| format!("(Va\nt{dict}Va\n({kind}I0\nts");
    let record = |fields: &str, flags: &str| dtype("VV8\n", &state(8, "N", fields, flags));
    judged(&record(&fields("(d", objects), "63"), &[]);
    judged(&record(&fields("(d", objects), "0"), &["PG116"]);
    judged(&record(&fields("ccollections\nOrderedDict\n(tR", objects), "0"), &["PG116"]);
    judged(&record(&fields("(d", "cnumpy\ndtype\n(Vobject\ntR"), "0"), &["PG116"]);
    judged(&record(&fields("(d", &format!("coperator\ngetitem\n((l{objects}aI0\ntR")), "0"), &["PG116"]);
    // Without one of the flags, memory that holds anything is taken for objects.
    judged(&record(&fields("(d", objects), "27"), &[]);
    for flags in ["3", "11", "19", "26"] {
        judged(&record(&fields("(d", objects), flags), &["PG116"]);
    }
    for (flags, expected) in [("63", &[][..]), ("255", &[]), ("7", &["PG116"]), ("27", &["PG116"])] {
        judged(&dtype("VO8\n", &state(-1, "N", "NN", flags)), expected);
        judged(&dtype("VV8\n", &state(8, &format!("({objects}(I1\ntt"), "NN", flags)), expected);
    }
    let numbers = "cnumpy\ndtype\n(Vi8\nI00\nI01\ntR";
    judged(&record(&fields("(d", numbers), "0"), &[]);
    let parts = |count: u64, kind: &str| state(8, &format!("({kind}(I{count}\ntt"), "NN", "0");
    judged(&dtype("VV8\n", &parts(1, numbers)), &[]);
    judged(&dtype("VV8\n", &parts(100_000_000, numbers)), &["PG116"]);
    judged(&dtype("Vi8\n", &parts(100_000_000, numbers)), &["PG116"]);
    judged(&dtype("VV8\n", &parts(1, objects)), &["PG116"]);
}

/// Types of Arrow are pointers that only their constructors set, records of masks and scalars are made over bytes of any type.
#[test]
fn what_is_made_of_nothing() {
    for class in ["pyarrow\nDataType", "pyarrow\nSchema", "pyarrow.lib\nKeyValueMetadata"] {
        judged(&format!("ccopyreg\n__newobj__\n(c{class}\ntR"), &["PG117"]);
    }
    let dtype = "cnumpy\ndtype\n(VO8\ntR";
    judged(&format!("cnumpy.core.multiarray\nscalar\n({dtype}tR"), &["PG109"]);
    judged(
        &format!("cnumpy.ma.mrecords\nMaskedRecords\n((I1\nt{dtype}cbuiltins\nbytearray\n(I8\ntRtR"),
        &["PG109"],
    );
    let rebuilt = "cnumpy.ma.mrecords\n_mrreconstruct\n(cnumpy.ma.mrecords\nMaskedRecords\ncnumpy\nndarray\n(I0\ntVb\ntR";
    judged(rebuilt, &[]);
}

/// A dtype has the dict of its fields itself: a field that is put there when it has its state is checked by nobody.
#[test]
fn fields_that_come_later() {
    let number = "cnumpy\ndtype\n(Vi4\nI00\nI01\ntR";
    let field = |offset: u32| format!("Va\n({number}I{offset}\nts");
    let record =
        |fields: &str| format!("cnumpy\ndtype\n(VV8\nI00\nI01\ntR(I3\nV|\nN(Va\nt{fields}I8\nI1\nI16\ntb");
    judged(&record(&format!("}}p9\n{}", field(4))), &[]);
    judged(&record(&format!("}}p9\n{}", field(8))), &["PG116"]);
    judged(&format!("}}p9\n{}0{}0g9\n", field(4), record("g9\n")), &[]);
    judged(&format!("{}0g9\n{}", record(&format!("}}p9\n{}", field(4))), field(100_000)), &["PG117"]);
    judged(&format!("}}p9\n0{}0g9\n{}", record("g9\n"), field(100_000)), &["PG116", "PG117"]);
}

/// An object may have a dict itself that it is given in its state: what is put into it later was judged by nobody.
#[test]
fn dicts_that_are_filled_later() {
    // One byte a character.
    let judged = |ops: &str, expected: &[&str]| {
        let bytes: Vec<u8> = format!("\u{80}\u{4}{ops}.").chars().map(|byte| byte as u8).collect();
        check(&bytes, expected);
    };
    let of_partial =
        |dict: &str| format!("cfunctools\npartial\n(cnumpy\nclip\ntR(cnumpy\nclip\n){dict}{dict}tb");
    let polynomial = |dict: &str| format!("cnumpy.polynomial.polynomial\nPolynomial\n)\u{81}{dict}b");
    let address = "V__array_interface__\n}Vdata\n(I4096\nI00\ntss";
    judged(&format!("}}p9\n0{}", of_partial("g9\n")), &[]);
    judged(&format!("}}p9\n0{}0g9\n{address}", of_partial("g9\n")), &["PG106", "PG116"]);
    judged(&polynomial("}p9\nVa\nNs"), &[]);
    judged(&format!("{}0g9\n{address}", polynomial("}p9\n")), &["PG106", "PG116"]);
    judged(&format!("{}0g9\nVa\nNs", polynomial("}p9\n")), &["PG106"]);
    judged(&format!("{}0g9\n(Va\nNu", polynomial("}p9\n")), &["PG106"]);
    judged("]p9\n0citertools\nchain\n(g9\ntRp8\n0g9\nNa", &["PG106"]);
    // Those that hold themselves are filled where they are made, by way of whatever.
    let holds_itself = polynomial("}Vup\ng9\ns");
    judged(&format!("}}p9\nVa\n{holds_itself}s(Vb\nNVc\n{holds_itself}uVd\ng9\ns"), &[]);
    judged("(lp9\n(cdatetime\ndate\n(I1\nI1\nI1\ntRg9\ne", &[]);
    judged(&format!("\u{8f}p9\n({}\u{90}", polynomial("}Vup\ng9\ns")), &[]);
    // Or with attributes that are more than data, when they have them.
    judged(&format!("}}p9\nVa\n{}s{address}", of_partial("g9\n")), &["PG106", "PG116"]);
    let named = "cbuiltins\nstr.join\n(V\nV__array_interface__\ntRNs";
    judged(&format!("}}p9\nVa\n{}s{named}", of_partial("g9\n")), &["PG106"]);
    judged(&format!("}}p9\nVa\n{holds_itself}scpandas\nTimestamp\n(V2020\ntRNs"), &[]);
    // Objects of classes of dicts.
    let ordered = "ccollections\nOrderedDict\n)Rp9\n";
    judged(&format!("{ordered}(Va\nN{named_pair}u", named_pair = "(I1\nI2\ntN"), &[]);
    judged(&format!("{}0g9\n{named}", polynomial(ordered)), &["PG106"]);
    judged(&format!("{}0g9\ncpandas\nTimestamp\n(V2020\ntRNs", polynomial(ordered)), &[]);
    judged(&format!("{ordered}Va\n{}s{named}", polynomial("g9\n")), &["PG106"]);
}

/// numpy looks up the fields of a type by its names, and follows what it has not found.
#[test]
fn names_that_no_field_has() {
    let record = |names: &str, fields: &str| {
        format!("cnumpy\ndtype\n(VV16\nI00\nI01\ntR(I3\nV|\nN{names}{fields}I16\nI1\nI16\ntb")
    };
    let numbers = "cnumpy\ndtype\n(Vi8\nI00\nI01\ntR";
    let fields =
        format!("(dVa\n({numbers}I0\ntsVb\n({numbers}I8\nVtitle\ntsVtitle\n({numbers}I8\nVtitle\nts");
    judged(&record("(Va\nVb\nt", &fields), &[]);
    judged(&record("(Va\np1\nt", &format!("(dg1\n({numbers}I0\nts")), &[]);
    judged(&record("(S'a'\nt", &format!("(dVa\n({numbers}I0\nts")), &[]);
    judged(&record("N", "N"), &[]);
    judged(&record(")", "N"), &[]);
    for names in ["(Va\nVc\nt", "(Va\nI1\nt", "(lVa\na", "Va\n"] {
        judged(&record(names, &fields), &["PG116"]);
    }
    judged(&record("(Va\nt", "N"), &["PG116"]);
    judged(&record("(Va\nVa\nVb\nt", &fields), &["PG116"]);
}

/// What is written over an object is followed as an address, and fields can be put into the dict later.
#[test]
fn fields_over_objects() {
    let record = |fields: &str| {
        let names = "(Va\nVb\nt";
        format!("cnumpy\ndtype\n(VV16\nI00\nI01\ntR(I3\nV|\nN{names}{fields}I16\nI1\nI27\ntb")
    };
    let numbers = "cnumpy\ndtype\n(Vi8\nI00\nI01\ntR";
    let objects = OBJECTS;
    let fields = |one: &str, other: &str| format!("(dp7\nVa\n({one}tsVb\n({other}ts");
    let at = |kind: &str, offset: u8| format!("{kind}I{offset}\n");
    judged(&record(&fields(&at(objects, 0), &at(numbers, 8))), &[]);
    judged(&record(&fields(&at(numbers, 0), &at(numbers, 4))), &[]);
    let titled = |kind: &str, offset: u8| {
        format!("{}Vt\n({kind}I{offset}\nVt\nts", fields(&at(objects, 0), &at(numbers, 8)))
    };
    judged(&record(&titled(objects, 0)), &[]);
    judged(&record(&titled(numbers, 0)), &["PG116"]);
    judged(&record(&fields(&at(objects, 0), &at(numbers, 0))), &["PG116"]);
    judged(&record(&fields(&at(objects, 0), &at(objects, 0))), &["PG116"]);
    judged(&record(&fields(&at(numbers, 1), &at(objects, 8))), &["PG116"]);
    let later = record(&fields(&at(numbers, 0), &at(numbers, 8)));
    judged(&format!("(l{later}ag7\nVa\n({}tsa", at(objects, 0)), &["PG117"]);
    judged(&format!("(l{later}aVb\nag7\na"), &[]);
}

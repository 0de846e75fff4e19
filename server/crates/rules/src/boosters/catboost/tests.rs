//! Models whose numbers do not fit: the first of each kind ended a process, or a search in it went on for ever.

use super::super::Format;

/// A value of a field.
#[derive(Clone)]
enum Part {
    Default,
    Int(i32),
    Byte(u8),
    /// A vector: how many items, and their bytes.
    Items(usize, Vec<u8>),
    Table(Vec<Part>),
    Tables(Vec<Vec<Part>>),
    Texts(Vec<&'static str>),
}

use Part::{Byte, Default, Int, Items, Table, Tables, Texts};

fn integers(numbers: &[i32]) -> Part {
    Items(numbers.len(), numbers.iter().flat_map(|number| number.to_le_bytes()).collect())
}

fn nothing(count: usize, size: usize) -> Part {
    Items(count, vec![0; count * size])
}

/// Writes an offset to the end of what there is, where it stands.
fn refer(out: &mut [u8], at: usize) {
    let offset = (out.len() - at) as u32;
    out[at..at + 4].copy_from_slice(&offset.to_le_bytes());
}

fn write_table(out: &mut Vec<u8>, fields: &[Part]) -> usize {
    let lengths = [4 + 2 * fields.len(), 4 + 4 * fields.len()];
    out.extend(lengths.iter().flat_map(|&length| (length as u16).to_le_bytes()));
    for (number, field) in fields.iter().enumerate() {
        let offset = if matches!(field, Default) { 0 } else { 4 + 4 * number };
        out.extend((offset as u16).to_le_bytes());
    }
    let at = out.len();
    out.extend((lengths[0] as i32).to_le_bytes());
    for field in fields {
        out.extend(match *field {
            Int(number) => number.to_le_bytes(),
            Byte(byte) => [byte, 0, 0, 0],
            _ => [0; 4],
        });
    }
    for (number, field) in fields.iter().enumerate() {
        write(out, at + 4 + 4 * number, field);
    }
    at
}

/// Writes what a field refers to.
fn write(out: &mut Vec<u8>, at: usize, field: &Part) {
    match field {
        Default | Int(_) | Byte(_) => {}
        Items(count, bytes) => {
            refer(out, at);
            out.extend((*count as u32).to_le_bytes());
            out.extend(bytes);
        }
        Table(fields) => {
            let table = write_table(out, fields);
            out[at..at + 4].copy_from_slice(&((table - at) as u32).to_le_bytes());
        }
        Tables(tables) => {
            let places = vector_of(out, at, tables.len());
            places.zip(tables).for_each(|(place, fields)| write(out, place, &Table(fields.clone())));
        }
        Texts(texts) => {
            let places = vector_of(out, at, texts.len());
            places
                .zip(texts)
                .for_each(|(place, text)| write(out, place, &Items(text.len(), text.as_bytes().to_vec())));
        }
    }
}

fn vector_of(out: &mut Vec<u8>, at: usize, count: usize) -> impl Iterator<Item = usize> + use<> {
    refer(out, at);
    out.extend((count as u32).to_le_bytes());
    let start = out.len();
    out.resize(start + 4 * count, 0);
    (0..count).map(move |number| start + 4 * number)
}

fn buffer(fields: &[Part]) -> Vec<u8> {
    let mut out = vec![0; 4];
    let root = write_table(&mut out, fields);
    out[..4].copy_from_slice(&(root as u32).to_le_bytes());
    let length = (out.len() as u32).to_le_bytes();
    [length.as_slice(), &out].concat()
}

/// A model with these trees, and tables of categories behind it.
fn model(trees: Vec<Part>, info: &'static str, tables: Option<&[u8]>) -> Vec<u8> {
    let key = |text: &'static str| Items(text.len(), text.as_bytes().to_vec());
    let parts = tables.map_or(Default, |_| Texts(vec!["static_provider_v1"]));
    let core = [key("FlabuffersModel_v1"), Table(trees), Tables(vec![vec![key("params"), key(info)]]), parts];
    [b"CBM1".as_slice(), &buffer(&core), tables.unwrap_or_default()].concat()
}

fn wrong(model: &[u8]) -> String {
    Format::CatBoost.judge(model).err().unwrap_or_default()
}

/// A column of numbers with two questions, one of categories with one, and a tree of two levels.
fn levels() -> Vec<Part> {
    let column = vec![Default, Int(0), Int(0), nothing(2, 4)];
    let categories = vec![Int(0), Int(1), Default, Byte(1)];
    let one_hot = vec![Int(0), integers(&[7])];
    let mut trees = vec![Int(1), integers(&[0, 2]), integers(&[2]), integers(&[0])];
    trees.extend([Tables(vec![categories]), Tables(vec![column]), Tables(vec![one_hot]), Default]);
    trees.extend([nothing(4, 8), nothing(4, 8), Default, Default]);
    trees
}

/// A tree of one question and two leaves.
fn nodes() -> Vec<Part> {
    let mut trees = levels();
    trees[1] = integers(&[1, 0, 0]);
    trees[2] = integers(&[3]);
    trees[10] = Items(3, [1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0].to_vec());
    trees[11] = integers(&[-1, 0, 1]);
    trees
}

#[track_caller]
fn changed(mut trees: Vec<Part>, field: usize, part: Part, expected: &str) {
    trees[field] = part;
    assert_eq!(wrong(&model(trees, "{}", None)), expected);
}

#[test]
fn trees_of_levels() {
    assert_eq!(wrong(&model(levels(), r#"{"a": [1, "[[["]}"#, None)), "");
    changed(levels(), 0, Int(0), "a leaf of it has 0 values");
    changed(levels(), 0, Int(2), "there are 4 values of leaves, and there have to be 8");
    changed(levels(), 1, integers(&[0, 3]), "a node asks question 3, of 3");
    changed(levels(), 1, integers(&[-1, 0]), "a node asks question -1, of 3");
    changed(levels(), 2, integers(&[3]), "in tree 0, the nodes end at 3, of 2");
    changed(levels(), 2, integers(&[-1]), "in tree 0, there are -1 nodes");
    changed(levels(), 3, integers(&[1]), "in tree 0, the nodes begin at 1, and those before end at 0");
    changed(levels(), 3, Default, "1 trees have 0 beginnings");
    changed(levels(), 8, nothing(3, 8), "there are 3 values of leaves, and there have to be 4");
    changed(levels(), 9, nothing(3, 8), "there are 3 weights of leaves, and there have to be 4");
    changed(levels(), 9, Default, "");
    let column = |kind, column| Tables(vec![vec![Default, Int(kind), Int(column), nothing(2, 4)]]);
    changed(levels(), 5, column(-1, 0), "a feature is column 0, -1 of its kind, behind column -1");
    changed(
        levels(),
        5,
        column(0, i32::MAX),
        "a feature is column 2147483647, 0 of its kind, behind column -1",
    );
    let mut deep = levels();
    deep[1] = nothing(31, 4);
    changed(deep, 2, integers(&[31]), "in tree 0, there are 31 levels");
}

#[test]
fn trees_of_nodes() {
    let steps = |bytes: [u8; 12]| Items(3, bytes.to_vec());
    assert_eq!(wrong(&model(nodes(), "{}", None)), "");
    changed(
        nodes(),
        10,
        steps([1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        "in tree 0, node 0 leads to a node 3 behind it, of 3",
    );
    changed(
        nodes(),
        10,
        steps([1, 0, 2, 0, 0, 0, 0, 0, 1, 0, 0, 0]),
        "in tree 0, node 2 leads to a node 1 behind it, of 1",
    );
    changed(nodes(), 10, Items(1, vec![1, 0, 2, 0]), "in tree 0, node 1 leads to nothing");
    changed(nodes(), 11, integers(&[-1, 0]), "in tree 0, node 2 leads to nothing");
    changed(nodes(), 11, integers(&[-1, 0, 4]), "there are 4 values of leaves, and there have to be 5");
    changed(
        nodes(),
        11,
        integers(&[-1, 0, -1]),
        "there are 4 values of leaves, and there have to be 4294967296",
    );
}

/// A counter of classes, of the column of categories.
fn base(kind: u8) -> Part {
    Table(vec![Table(vec![integers(&[0])]), Byte(kind)])
}

/// Two buckets of which one is empty, and the other leads to a row.
fn buckets(place: u32, empty: u8) -> Vec<u8> {
    [[1; 8].as_slice(), &place.to_le_bytes(), &[empty; 12]].concat()
}

#[track_caller]
fn counted(kind: u8, buckets: Vec<u8>, classes: i32, border: i32, expected: &str) {
    let table = buffer(&[base(kind), Items(buckets.len(), buckets), nothing(24, 1), Default, Int(classes)]);
    let counter = vec![Table(vec![base(kind), Int(border)]), nothing(1, 4)];
    let mut trees = levels();
    trees[7] = Tables(vec![counter]);
    trees[1] = integers(&[0, 3]);
    let tables = [&1_u32.to_le_bytes(), table.as_slice()].concat();
    assert_eq!(wrong(&model(trees, "{}", Some(&tables))), expected);
}

#[test]
fn tables_of_categories() {
    counted(0, buckets(1, 0xff), 3, 1, "");
    counted(0, buckets(2, 0xff), 3, 1, "in table 0 of categories, a bucket leads to row 2, of 2");
    counted(0, buckets(2, 0xff), 1, 0, "");
    counted(0, buckets(3, 0xff), 1, 0, "in table 0 of categories, a bucket leads to row 3, of 3");
    counted(0, buckets(1, 0xff), 3, 3, "a counter of categories asks for class 3, of 3");
    counted(1, buckets(5, 0xff), 1, 0, "");
    counted(1, buckets(1, 0xff), 1, 1, "a counter of categories asks for class 1, of 1");
    counted(1, buckets(1, 0xff), 0, 0, "in table 0 of categories, there are 0 classes");
    counted(2, buckets(3, 0xff), 0, 0, "in table 0 of categories, a bucket leads to row 3, of 3");
    counted(4, buckets(5, 0xff), 0, 0, "");
    counted(4, buckets(6, 0xff), 0, 0, "in table 0 of categories, a bucket leads to row 6, of 6");
    counted(
        0,
        buckets(0, 0),
        2,
        0,
        "in table 0 of categories, no bucket is empty, so that a search does not end",
    );
    counted(
        0,
        Vec::new(),
        2,
        0,
        "in table 0 of categories, there are 0 buckets, and their number has to be a power of two",
    );
    counted(
        0,
        vec![0xff; 36],
        2,
        0,
        "in table 0 of categories, there are 3 buckets, and their number has to be a power of two",
    );
    // A field that nothing depends on, and that is read all the same.
    let mut table = buffer(&[base(0), nothing(12, 1), nothing(24, 1), Int(1), Int(2)]);
    table[4 + 4 + 4 + 2 * 3 + 1] = 0x80;
    let said = wrong(&model(levels(), "{}", Some(&[&1_u32.to_le_bytes(), table.as_slice()].concat())));
    assert_eq!(said, "in table 0 of categories, an offset in it leads beyond the end");
    let mut trees = levels();
    trees[7] = Tables(vec![vec![Table(vec![base(0)]), nothing(1, 4)]]);
    assert_eq!(wrong(&model(trees, "{}", None)), "it counts categories, and has no tables of them");
    let tables = 9_u32.to_le_bytes();
    let said = wrong(&model(levels(), "{}", Some(&tables)));
    assert_eq!(said, "it has 9 tables of categories in 0 bytes");
}

#[test]
fn what_is_no_model() {
    let good = model(levels(), "{}", None);
    assert_eq!(wrong(b"x"), "it does not begin as one");
    assert_eq!(wrong(b"CBM1\0"), "it ends in the middle of a length");
    for end in 8..good.len() {
        assert_ne!(wrong(&good[..end]), "", "{end}");
    }
    // Whatever stands anywhere, it is told, or harmless.
    for at in 8..good.len() {
        for byte in [0, 1, 0x7f, 0xff] {
            let mut bytes = good.clone();
            bytes[at] = byte;
            wrong(&bytes);
        }
    }
    let deep: &'static str = Box::leak("[".repeat(1000).into_boxed_str());
    assert!(wrong(&model(levels(), deep, None)).contains("deeper than 128 levels"));
    let mut texts = levels();
    texts.push(Tables(vec![vec![Int(0)]]));
    let texts = model(texts, "{}", None);
    assert!(Format::CatBoost.unread(&texts).is_some_and(|why| why.contains("texts")));
    assert_eq!(Format::CatBoost.unread(&good), None);
}

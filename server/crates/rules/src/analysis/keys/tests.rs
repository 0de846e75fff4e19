//! Keys as one can choose them, in all places where keys are, and their harmless neighbours.

use super::*;
use crate::hostile::check;

/// The prime that numbers are hashed by.
const PRIME: u128 = (1 << 61) - 1;
/// Keys that are enough to be told.
const MANY: u128 = 1500;

fn of_list(rows: &[u8], hands_on: bool) -> Meeting {
    let bytes = [b"\x80\x04", rows, b"."].concat();
    meeting(&bytes, 0, hands_on, &mut Memory::default(), &pickle_machine::never).unwrap()
}

fn of(rows: &[u8]) -> Meeting {
    of_list(rows, false)
}

#[track_caller]
fn is_silent(rows: &[u8]) {
    assert_eq!(of(rows).nanos, 0);
    assert_eq!(of_list(rows, true).nanos, 0);
}

/// All keys have the same hash, and to compare each with each other one takes no less than so many nanoseconds a pair.
#[track_caller]
fn are_alike(found: Meeting, count: u128) {
    assert_eq!(found.alike as u128, count, "{found:?}");
    assert!(u128::from(found.nanos) > count * count / 2 * 15, "{found:?}");
}

/// `LONG1` of a number that is not negative.
fn long(number: u128) -> Vec<u8> {
    [b"\x8a\x10", &number.to_le_bytes()[..]].concat()
}

/// `SHORT_BINUNICODE`.
fn text(text: &str) -> Vec<u8> {
    [&[0x8c, text.len() as u8], text.as_bytes()].concat()
}

fn dict(keys: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    [b"}(".to_vec(), keys.flat_map(|key| [key, b"N".to_vec()].concat()).collect(), b"u".to_vec()].concat()
}

fn set(keys: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    [b"\x8f(".to_vec(), keys.flatten().collect(), b"\x90".to_vec()].concat()
}

fn list(items: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    [b"](".to_vec(), items.flatten().collect(), b"e".to_vec()].concat()
}

fn multiples() -> impl Iterator<Item = u128> {
    (0..MANY).map(|number| number * PRIME + 5)
}

#[test]
fn numbers_of_one_hash() {
    are_alike(of(&dict(multiples().map(long))), MANY);
    are_alike(of(&set(multiples().map(long))), MANY);
    let lines = |code: char| multiples().map(move |number| format!("{code}{number}\n").into_bytes());
    are_alike(of(&dict(lines('I'))), MANY);
    are_alike(of(&dict(lines('L'))), MANY);
    let frozen = [b"(".to_vec(), multiples().flat_map(long).collect(), b"\x91".to_vec()].concat();
    are_alike(of(&frozen), MANY);
    let pairs: Vec<u8> = multiples().flat_map(|number| [long(number), b"N".to_vec()].concat()).collect();
    are_alike(of(&[b"(", &pairs[..], b"d"].concat()), MANY);
    // Negative ones: what is there is 2^128 less the number.
    are_alike(of(&set(multiples().map(|number| long(number.wrapping_neg())))), MANY);
}

/// One after the other, in several dicts in turn, among others, by way of the memo and of `DUP`.
#[test]
fn numbers_that_are_spread() {
    let one_by_one: Vec<u8> =
        multiples().flat_map(|number| [long(number), b"Ns".to_vec()].concat()).collect();
    are_alike(of(&[b"}", &one_by_one[..]].concat()), MANY);
    let in_turn = |number| [b"h\x00", &long(number)[..], b"Ns0h\x01", &long(number), b"Ns0"].concat();
    let rows = [b"}\x940}\x940".to_vec(), multiples().flat_map(in_turn).collect(), b"N".to_vec()].concat();
    assert_eq!(of(&rows).asked as u128, 2 * MANY);
    let among = (0..MANY).flat_map(|number| [text(&format!("key {number}")), long(number * PRIME)]);
    are_alike(of(&dict(among)), MANY);
    let stored: Vec<u8> =
        (0..200).flat_map(|number| [&long(number * PRIME)[..], b"\x940"].concat()).collect();
    let again = set((0..200_u8).map(|slot| vec![b'h', slot]));
    let found = of(&[&stored[..], b"(", &again.repeat(40), b"t"].concat());
    assert_eq!((found.alike, found.asked), (200, 8000), "{found:?}");
}

/// What is made of numbers is hashed as they are.
#[test]
fn what_is_made_of_numbers() {
    let tuple = |number| [&long(number)[..], b"K\x01\x86"].concat();
    are_alike(of(&dict(multiples().map(tuple))), MANY);
    let signs = |number: u128| {
        let bits = (0..12).map(|bit| if number >> bit & 1 == 0 { "J\u{1}" } else { "J\u{2}" });
        let signs =
            bits.flat_map(
                |bit| if bit.ends_with('\u{1}') { *b"J\xff\xff\xff\xff" } else { *b"J\xfe\xff\xff\xff" },
            );
        [b"(".to_vec(), signs.collect(), text("x"), b"t".to_vec()].concat()
    };
    are_alike(of(&dict((0..MANY).map(signs))), MANY);
    let frozen = |number| [b"(", &long(number)[..], b"K\x01\x91"].concat();
    are_alike(of(&set(multiples().map(frozen))), MANY);
    let called =
        |class: &str, arguments: Vec<u8>| [format!("c{class}\n").as_bytes(), &arguments, b"R"].concat();
    let one = |class: &'static str| {
        move |number: u128| called(class, [text(&number.to_string()), b"\x85".to_vec()].concat())
    };
    are_alike(of(&dict(multiples().map(one("decimal\nDecimal")))), MANY);
    are_alike(of(&dict(multiples().map(one("builtins\nint")))), MANY);
    let hex = |number: u128| {
        called("builtins\nint", [text(&format!("{number:x}")), b"K\x10\x86".to_vec()].concat())
    };
    are_alike(of(&dict(multiples().map(hex))), MANY);
    let ratio = |number: u128| called("fractions\nFraction", [long(number), b"K\x03\x86".to_vec()].concat());
    are_alike(of(&dict(multiples().map(ratio))), MANY);
    let complex = |number: u128| {
        let parts = [format!("I-{}\n", 1_000_003 * number).into_bytes(), long(number), b"\x86".to_vec()];
        called("builtins\ncomplex", parts.concat())
    };
    are_alike(of(&dict((1..=MANY).map(complex))), MANY);
    let range = |number: u128| {
        called("builtins\nrange", [b"K\0".to_vec(), long(3 * number), b"K\x03\x87".to_vec()].concat())
    };
    are_alike(of(&dict((1..=MANY).map(|number| range(number * PRIME)))), MANY);
    let frozen = |number: u128| {
        called("builtins\nfrozenset", [list([long(number)].into_iter()), b"\x85".to_vec()].concat())
    };
    are_alike(of(&dict(multiples().map(frozen))), MANY);
    let uuid = |number: u128| {
        let state = [text("is_safe"), b"K\x05".to_vec(), text("int"), long(number)].concat();
        [b"cuuid\nUUID\n)\x81}(", &state[..], b"ub"].concat()
    };
    are_alike(of(&dict(multiples().map(uuid))), MANY);
    let bytes = |number: u128| {
        called("gmpy2\nfrom_binary", [b"C\x12\x01\x01", &number.to_le_bytes()[..], b"\x85"].concat())
    };
    are_alike(of(&dict(multiples().map(bytes))), MANY);
}

/// Lists that are given to what takes their items for keys.
#[test]
fn items_of_lists() {
    are_alike(of_list(&list(multiples().map(long)), true), MANY);
    assert_eq!(of(&list(multiples().map(long))).nanos, 0);
    let pair = |number| [&long(number)[..], b"K\x01\x86"].concat();
    are_alike(of_list(&list(multiples().map(pair)), true), MANY);
    let small_list = |number| list([long(number), format!("I{number}\n").into_bytes()].into_iter());
    are_alike(of_list(&list(multiples().map(small_list)), true), MANY);
    are_alike(of_list(&list(multiples().map(|number| text(&number.to_string()))), true), MANY);
}

/// The ways through the table of a dict of 2^13 slots that begin in different slots and end behind each other: small numbers fill the
/// slots, others have no slot of their own that is free.
#[test]
fn numbers_that_meet_on_their_ways() {
    const SLOTS: u64 = 1 << 13;
    let next = |slot: u64, more: u64| (slot * 5 + 1 + more) % SLOTS;
    let filled: Vec<u64> = std::iter::successors(Some(1), |&slot| Some(next(slot, 0))).take(4000).collect();
    let is_filled: std::collections::HashSet<u64> = filled.iter().copied().collect();
    let meets = |&number: &u64| {
        let (mut slot, mut rest) = (number % SLOTS, number);
        while rest > 0 && is_filled.contains(&slot) {
            rest >>= 5;
            slot = next(slot, rest);
        }
        rest == 0 && filled[..400].contains(&slot)
    };
    let chosen: Vec<u64> = (1..).map(|number: u64| number * 104_729).filter(meets).take(1000).collect();
    let rows = dict(filled.iter().chain(&chosen).map(|&number| long(number.into())));
    let found = of(&rows);
    assert!(found.steps > 1_000_000 && found.alike == 1, "{found:?}");
    // The same numbers in another order of magnitude of table.
    is_silent(&dict(chosen.iter().map(|&number| long(number.into()))));
}

/// Long keys that are hashed, or compared, again and again although they are in the file once or twice.
#[test]
fn long_keys() {
    let number = [b"\x8b\x40\x42\x0f\0", &[1; 1_000_000][..], b"\x940"].concat();
    let again = |key: &[u8], count| [b"}(", &[key, b"N"].concat().repeat(count)[..], b"u"].concat();
    assert!(of(&[&number[..], &again(b"h\0", 200)].concat()).nanos > 100_000_000);
    assert!(of(&[&number[..], &again(b"h\0", 1)].concat()).nanos < 2_000_000);
    let tuple = [b"(", &b"K\x01".repeat(10_000)[..], b"t\x940"].concat();
    assert!(of(&[&tuple[..], &again(b"h\0", 1000)].concat()).nanos > 20_000_000);
    let inside: Vec<u8> =
        (0..1000_u16).flat_map(|number| [b"h\0M", &number.to_le_bytes()[..], b"\x86N"].concat()).collect();
    assert!(of(&[&tuple[..], b"}(", &inside, b"u"].concat()).nanos > 20_000_000);
    // Of two texts that are equal, one is looked for under the other; a text by itself is known at once.
    let long_text = [b"X\x40\x42\x0f\0", &[b'a'; 1_000_000][..]].concat();
    let texts = [&long_text[..], b"\x940", &long_text, b"\x940"].concat();
    let first = again(b"h\0", 1);
    let with = |others: &[u8]| [&texts[..], &first[..first.len() - 1], others, b"u"].concat();
    assert!(of(&with(&b"h\x01N".repeat(200))).nanos > 10_000_000);
    is_silent(&with(&b"h\0N".repeat(200)));
}

/// What nobody has chosen, however regular it is.
#[test]
fn keys_that_do_not_meet() {
    let numbers = |factor: u128, plus: u128| (0..20_000).map(move |number| long(number * factor + plus));
    for shift in [0, 8, 16, 20, 24, 31, 32, 40, 45, 50, 60] {
        is_silent(&dict(numbers(1 << shift, 0)));
        is_silent(&set(numbers(1 << shift, 7)));
    }
    is_silent(&dict(numbers(1_000_000_000, 1_700_000_000_000_000_000)));
    is_silent(&set((0..2000_u32).map(|power| long(1_u128.wrapping_shl(power) + u128::from(power / 128)))));
    let mut random = 1_u128;
    let mut next = || {
        random = random.wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645).wrapping_add(1);
        random >> 1
    };
    is_silent(&set((0..20_000).map(|_| long(next()))));
    is_silent(&dict((0..20_000).map(|_| text(&format!("{:x}", next())))));
    let floats = |factor: f64| {
        set((0..20_000).map(|number| [b"G", &(f64::from(number) * factor).to_be_bytes()[..]].concat()))
    };
    for factor in [0.1, 0.5, 1.0 / 1024.0, 1e300, 1e-300] {
        is_silent(&floats(factor));
    }
    let grid = (-70..70).flat_map(|x: i32| (-70..70).map(move |y: i32| (x, y)));
    is_silent(&dict(
        grid.map(|(x, y)| [b"J", &x.to_le_bytes()[..], b"J", &y.to_le_bytes(), b"\x86"].concat()),
    ));
    // The same key again is found at once.
    is_silent(&[b"K\x07\x940", &dict((0..20_000).map(|_| b"h\0".to_vec()))[..]].concat());
}

/// What is not followed to the end comes to an end: with a look at each pair, this would take hours.
#[test]
fn more_than_is_looked_at() {
    let found = of(&dict((0..400_000).map(|number| long(number * PRIME))));
    assert!(found.alike == 400_000 && found.is_more && found.nanos > 1_000_000_000_000, "{found:?}");
}

#[track_caller]
fn judged(rows: &[u8], expected: &[&str]) {
    check(&[b"\x80\x04", rows, b"."].concat(), expected);
}

fn called(name: &str, argument: &[u8]) -> Vec<u8> {
    [format!("c{name}\n").as_bytes(), argument, b"\x85R"].concat()
}

/// What makes the pass worth its while, in all ways in which keys come into a dict or set.
#[test]
fn what_is_told() {
    judged(&dict(multiples().map(long)), &["PD308"]);
    judged(&set(multiples().map(long)), &["PD308"]);
    judged(&dict(multiples().map(|number| [&text("x")[..], &long(number), b"\x86"].concat())), &["PD308"]);
    judged(&list(multiples().map(long)), &[]);
    judged(&dict((0..MANY).map(long)), &[]);
    for name in ["builtins\nset", "builtins\nfrozenset", "collections\nCounter", "builtins\ndict.fromkeys"] {
        judged(&called(name, &list(multiples().map(long))), &["PD308"]);
        judged(&called(name, &list((0..MANY).map(long))), &[]);
        let tuple = [b"(".to_vec(), multiples().flat_map(long).collect(), b"t".to_vec()].concat();
        judged(&called(name, &tuple), &["PD308"]);
        judged(&called(name, &called("builtins\niter", &list(multiples().map(long)))), &["PD308"]);
    }
    judged(&called("builtins\nsorted", &list(multiples().map(long))), &[]);
    let pairs = list(multiples().map(|number| [&long(number)[..], b"N\x86"].concat()));
    judged(&called("collections\nOrderedDict", &pairs), &["PD308"]);
    judged(&called("builtins\ndict", &pairs), &["PD308"]);
    let object = [b"ccollections\nOrderedDict\n)R", &dict(multiples().map(long))[1..]].concat();
    judged(&object, &["PD308"]);
    let sums = b"citertools\naccumulate\n](L2305843009213693951L\nL2305843009213693951L\ne\x85R";
    judged(&called("builtins\nset", sums), &["PG109"]);
    judged(&called("builtins\nlist", sums), &[]);
}

/// Many small pickles, each of which takes no time to speak of.
#[test]
fn pickles_that_take_time_together() {
    let few = [b"\x80\x04", &dict(multiples().take(200).map(long))[..], b"."].concat();
    check(&few, &[]);
    check(&few.repeat(5), &["PD308"]);
}

/// What an earlier pickle has stored, for one unpickler that loads both.
#[test]
fn in_pickles_that_share_a_memo() {
    let stored: Vec<u8> =
        (0..250).flat_map(|number| [&long(number * PRIME)[..], b"\x940"].concat()).collect();
    let read = dict((0..250_u8).map(|slot| vec![b'h', slot])).repeat(20);
    let bytes = [b"\x80\x04", &stored[..], b"N.\x80\x04(", &read, b"t."].concat();
    check(&bytes, &["PD308"]);
}

/// A stream that is so long that it is read ahead, where nobody looks at what is plain.
#[test]
fn in_a_stream_that_is_read_ahead() {
    let records = b"}(\x8c\x01aK\x01\x8c\x01bG\x3f\xf0\0\0\0\0\0\0u".repeat(200_000);
    let stored: Vec<u8> =
        (0..300).flat_map(|number| [&long(number * PRIME)[..], b"\x940"].concat()).collect();
    let read = |count| (0..300_u16).take(count).map(|slot| [b"j", &slot.to_le_bytes()[..], b"\0\0"].concat());
    let with = |keys: &[u8]| [&stored[..], b"](", &records, keys, &records, b"e"].concat();
    judged(&with(&dict(multiples().map(long))), &["PD308"]);
    judged(&with(&set(multiples().map(long))), &["PD308"]);
    judged(&with(&dict(read(300)).repeat(20)), &["PD308"]);
    judged(&with(&dict(read(20)).repeat(20)), &[]);
    judged(&with(&dict((0..MANY).map(long))), &[]);
}

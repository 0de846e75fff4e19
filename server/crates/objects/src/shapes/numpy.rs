//! Arrays, scalars and dtypes of NumPy (`array_reduce`, `arraydescr_reduce` in `numpy/core/src/multiarray`,
//! `numpy/core/numeric.py`).

use pickle_machine::Collection;
use pickle_machine::arena::{Shape, Value};
use pickle_machine::hole::{Content, Hole};

use crate::node::{Argument, Node, Part};
use crate::objects::{Call, Objects};

use super::protocol::bytes_of;

pub(super) fn node(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    let name = call.callee.replace("numpy._core.", "numpy.core.");
    match name.as_str() {
        "numpy.core.multiarray._reconstruct" => array(objects, call),
        "numpy.ma.core._mareconstruct" => masked(objects, call),
        "numpy.ma.core.MaskedConstant" if call.is_bare() && call.arguments?.is_empty() => {
            Some(Node::atom("global", "np.ma.masked"))
        }
        "numpy.core.numeric._frombuffer" => from_buffer(objects, call),
        "numpy.core.multiarray.scalar" => scalar(objects, call),
        "numpy.dtype" => dtype(objects, call).map(|dtype| {
            let text = match &dtype.fields {
                Some(_) => Node::atom("data", dtype.name()),
                None => super::protocol::text_atom(&dtype.name()),
            };
            Node::value("np.dtype", vec![Argument::plain(text)])
        }),
        _ => None,
    }
}

/// `_reconstruct(ndarray, (0,), b'b')` with the state `(1, shape, dtype, fortran, data)`.
fn array(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    let &[class, ..] = call.arguments? else { return None };
    let &[_, shape, dtype, fortran, data] = objects.arena.tuple(call.state()?)? else { return None };
    let callee = match objects.name(class)?.as_str() {
        "numpy.ndarray" => "np.array".to_owned(),
        "numpy.rec.recarray" | "numpy.recarray" => "np.rec.array".to_owned(),
        other => other.replacen("numpy.", "np.", 1),
    };
    let order = (objects.integer(fortran)? != 0).then_some("F");
    shown(objects, &callee, data, dtype, shape, order)
}

/// `_mareconstruct(MaskedArray, ndarray, (0,), 'b')` with the state `(1, shape, dtype, fortran, data, mask, fill value)`.
fn masked(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    let &[class, ..] = call.arguments? else { return None };
    let &[_, shape, dtype, fortran, data, mask, fill] = objects.arena.tuple(call.state()?)? else {
        return None;
    };
    if !["numpy.ma.MaskedArray", "numpy.ma.core.MaskedArray"].contains(&objects.name(class)?.as_str()) {
        return None;
    }
    let order = (objects.integer(fortran)? != 0).then_some("F");
    let mut node = shown(objects, "np.ma.array", data, dtype, shape, order)?;
    if let Node::Call { arguments, .. } = &mut node {
        let bytes = bytes_of(objects, mask)?;
        let mask = match bytes.first() {
            Some(&first) if bytes.iter().all(|&byte| byte == first) => {
                Node::atom("bool", if first == 0 { "False" } else { "True" })
            }
            // One byte for each field of a record.
            _ if dtype_of(objects, dtype)?.text.is_some() => Node::atom("unknown", "..."),
            _ => items_of(
                &bytes,
                &Dtype { kind: 'b', size: 1, big: false, unit: None, text: None, fields: None },
            ),
        };
        arguments.insert(1, Argument::named("mask", mask));
        if !objects.is_none(fill) {
            arguments.push(Argument::named("fill_value", fill));
        }
    }
    Some(node)
}

/// `_frombuffer(buffer, dtype, shape, order)` of protocol 5.
fn from_buffer(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    let &[data, dtype, shape, order] = call.arguments.filter(|_| call.is_bare())? else { return None };
    let fortran = objects.arena.text(order)?.as_ref() == "F";
    shown(objects, "np.array", data, dtype, shape, fortran.then_some("F"))
}

/// `joblib`'s wrapper of an array whose bytes, or whose items as a pickle of their own, lie behind it.
pub(super) fn wrapped(objects: &Objects<'_, '_>, call: &Call<'_, '_>, hole: &Hole) -> Option<Node> {
    let state = objects.attributes(call.state()?)?;
    let part = |wanted: &str| {
        state.iter().find_map(|argument| match argument {
            Argument { name: Some(name), value: Part::Value(value) } if name == wanted => Some(*value),
            _ => None,
        })
    };
    let dtype = dtype_of(objects, part("dtype")?)?;
    let data = match hole.content {
        Content::Items { .. } => items_of(objects.arena.bytes().get(hole.items())?, &dtype),
        Content::Pickle => Node::atom("unknown", "..."),
    };
    let order = objects.arena.text(part("order")?)?;
    let order = (order.as_ref() == "F").then_some("F");
    array_node("np.array", data, &dtype, part("shape")?, order)
}

/// `np.array([1.0, 2.0, …], dtype=float64, shape=(3, 4))`.
fn shown(
    objects: &Objects<'_, '_>,
    callee: &str,
    data: Value,
    dtype: Value,
    shape: Value,
    order: Option<&str>,
) -> Option<Node> {
    let known = dtype_of(objects, dtype)?;
    array_node(callee, items(objects, data, &known), &known, shape, order)
}

fn array_node(callee: &str, data: Node, known: &Dtype, shape: Value, order: Option<&str>) -> Option<Node> {
    let mut all = vec![
        Argument::plain(data),
        Argument::named("dtype", Node::atom("global", known.name())),
        Argument::named("shape", shape),
    ];
    if let Some(order) = order {
        all.push(Argument::named("order", super::protocol::text_atom(order)));
    }
    let callee: Part = Node::atom("global", callee).into();
    Some(Node::Call { callee, arguments: all, steps: Vec::new(), plain: false })
}

/// The first items of an array, in the order of the bytes.
fn items(objects: &Objects<'_, '_>, data: Value, dtype: &Dtype) -> Node {
    if dtype.kind == 'O' {
        return match objects.items(data) {
            Some(items) => objects.group(crate::node::Group::List, items),
            None => Node::unknown(),
        };
    }
    match bytes_of(objects, data) {
        Some(bytes) => items_of(&bytes, dtype),
        None => Node::atom("unknown", "..."),
    }
}

/// The same of its bytes.
fn items_of(bytes: &[u8], dtype: &Dtype) -> Node {
    /// Items of an array that say enough of it.
    const SHOWN: usize = 6;
    if dtype.size == 0 {
        return Node::atom("unknown", "...");
    }
    let whole = bytes.len() / dtype.size;
    let texts: Option<Vec<String>> =
        bytes.chunks_exact(dtype.size).take(SHOWN).map(|item| dtype.item(item)).collect();
    let Some(texts) = texts else { return Node::atom("unknown", "...") };
    let dots = if whole > SHOWN { ", …" } else { "" };
    Node::atom("data", format!("[{}{dots}]", texts.join(", ")))
}

/// `scalar(dtype, bytes)`: `np.float64(1.5)`.
fn scalar(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    let &[dtype, data] = call.arguments.filter(|_| call.is_bare())? else { return None };
    let dtype = dtype_of(objects, dtype)?;
    let bytes = bytes_of(objects, data).filter(|bytes| bytes.len() == dtype.size)?;
    let item = dtype.item(&bytes)?;
    // What a date counts can be told from its text, but for these.
    let unit = dtype.unit.as_deref().filter(|&unit| dtype.kind == 'm' || unit == "W" || item == "'NaT'");
    let class = match dtype.kind {
        'U' => "str_".to_owned(),
        'S' => "bytes_".to_owned(),
        'M' => "datetime64".to_owned(),
        'm' => "timedelta64".to_owned(),
        _ => dtype.name(),
    };
    let unit = unit.map(|unit| Argument::plain(super::protocol::text_atom(unit)));
    let item = Argument::plain(Node::atom("data", item));
    if dtype.fields.is_some() {
        let dtype = Argument::named("dtype", Node::atom("data", dtype.name()));
        return Some(Node::value("np.void", vec![item, dtype]));
    }
    Some(Node::value(&format!("np.{class}"), std::iter::once(item).chain(unit).collect()))
}

/// What is known of a dtype.
struct Dtype {
    /// The letter of its kind: `f`, `i`, `U` …
    kind: char,
    /// Bytes of an item; 0 where that is not known.
    size: usize,
    big: bool,
    /// What a date or a difference of dates counts: `ns`, `25s`.
    unit: Option<String>,
    /// `V` with fields, or what else has no short name.
    text: Option<String>,
    /// The fields, with the offsets at which they lie.
    fields: Option<Vec<(Dtype, usize)>>,
}

/// Levels of records in records.
const DEEPEST: usize = 4;
/// Fields of a record that are looked at.
const MOST_FIELDS: usize = 64;

fn dtype_of(objects: &Objects<'_, '_>, value: Value) -> Option<Dtype> {
    dtype_at(objects, value, 0)
}

fn dtype_at(objects: &Objects<'_, '_>, value: Value, depth: usize) -> Option<Dtype> {
    let call = objects.taken_apart(value).filter(|call| call.keywords.is_none() && depth <= DEEPEST)?;
    if call.callee == "numpy.dtype" { dtype_in(objects, &call, depth) } else { None }
}

fn dtype(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Dtype> {
    dtype_in(objects, call, 0)
}

/// `dtype('f8', False, True)` with the state `(3, '<', subarray, names, fields, size, alignment, flags)`.
fn dtype_in(objects: &Objects<'_, '_>, call: &Call<'_, '_>, depth: usize) -> Option<Dtype> {
    let (&code, _) = call.arguments?.split_first()?;
    let (kind, size) = match objects.arena.text(code) {
        Some(code) => {
            let mut characters = code.chars();
            (characters.next()?, characters.as_str().parse().ok()?)
        }
        // Records of arrays that give their fields as attributes.
        None if objects.name(code)? == "numpy.record" => {
            let size = objects.arena.tuple(call.state()?)?.get(5)?;
            ('V', usize::try_from(objects.integer(*size)?).ok()?)
        }
        None => return None,
    };
    let mut dtype = Dtype { kind, size, big: false, unit: None, text: None, fields: None };
    if let Some(state) = call.state() {
        let state = objects.arena.tuple(state)?;
        dtype.big = objects.arena.text(*state.get(1)?)?.as_ref() == ">";
        dtype.unit = state.get(8).and_then(|&metadata| unit(objects, metadata));
        if let Some(&names) = state.get(3)
            && let Some(names) = objects.arena.tuple(names)
        {
            dtype.fields = fields(objects, names, *state.get(4)?, depth);
            let names: Vec<_> = names
                .iter()
                .filter_map(|&name| objects.arena.text(name))
                .map(std::borrow::Cow::into_owned)
                .collect();
            dtype.text = Some(match &dtype.fields {
                Some(fields) => {
                    let field = |(name, (dtype, _)): (&String, &(Dtype, usize))| {
                        let inner = dtype.name();
                        let inner = if dtype.fields.is_some() { inner } else { crate::text::quoted(&inner) };
                        format!("({}, {inner})", crate::text::quoted(name))
                    };
                    format!("[{}]", names.iter().zip(fields).map(field).collect::<Vec<_>>().join(", "))
                }
                None => pickle_machine::render::escape(&format!("record({})", names.join(", "))),
            });
        }
    }
    if kind == 'U' {
        dtype.size = size.checked_mul(4)?;
    }
    Some(dtype)
}

/// The dtypes and offsets of fields: `{name: (dtype, offset), …}`, in the order of the names.
fn fields(
    objects: &Objects<'_, '_>,
    names: &[Value],
    places: Value,
    depth: usize,
) -> Option<Vec<(Dtype, usize)>> {
    let Shape::Container(Collection::Dict, Some(places)) = objects.arena.shape(places) else { return None };
    if names.len() > MOST_FIELDS || places.pairs.len() > 4 * MOST_FIELDS {
        return None;
    }
    let field = |&name: &Value| {
        let name = objects.arena.text(name)?;
        let mut pairs = places.pairs.chunks_exact(2);
        let pair = pairs.find(|pair| objects.arena.text(pair[0]).is_some_and(|other| other == name))?;
        let &[dtype, offset, ..] = objects.arena.tuple(pair[1])? else { return None };
        Some((dtype_at(objects, dtype, depth + 1)?, usize::try_from(objects.integer(offset)?).ok()?))
    };
    names.iter().map(field).collect()
}

/// `(None, (b'ns', 1, 1, 1))`: the unit, how many of it, and two numbers that are not in use.
fn unit(objects: &Objects<'_, '_>, metadata: Value) -> Option<String> {
    let &[_, counted] = objects.arena.tuple(metadata)? else { return None };
    let &[name, many, ..] = objects.arena.tuple(counted)? else { return None };
    let name = String::from_utf8(bytes_of(objects, name)?.to_vec()).ok()?;
    if !UNITS.iter().any(|(known, _)| *known == name) {
        return None;
    }
    match objects.integer(many)? {
        1 => Some(name),
        many => Some(format!("{many}{name}")),
    }
}

/// Units of dates, with how many there are in a day; in a year or month there is no whole number of days.
const UNITS: &[(&str, i128)] = &[
    ("Y", 0),
    ("M", 0),
    ("W", 0),
    ("D", 1),
    ("h", 24),
    ("m", 24 * 60),
    ("s", 86_400),
    ("ms", 86_400_000),
    ("us", 86_400_000_000),
    ("ns", 86_400_000_000_000),
    ("ps", 86_400_000_000_000_000),
    ("fs", 86_400_000_000_000_000_000),
    ("as", 86_400_000_000_000_000_000_000),
];

/// A date as numpy writes it: as far as the unit goes.
pub(super) fn date(count: i64, unit: &str) -> Option<String> {
    if count == i64::MIN {
        return Some("'NaT'".to_owned());
    }
    let &(_, in_a_day) = UNITS.iter().find(|(known, _)| *known == unit)?;
    let count = i128::from(count);
    let (year, month) = (1970 + count.div_euclid(12), count.rem_euclid(12) + 1);
    let text = match (unit, in_a_day) {
        ("Y", _) => format!("{:04}", 1970 + count),
        ("M", _) => format!("{year:04}-{month:02}"),
        ("W", _) => day(count * 7),
        (_, in_a_day) => {
            let rest = count.rem_euclid(in_a_day);
            let clock =
                |seconds: i128| format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
            let day = day(count.div_euclid(in_a_day));
            match unit {
                "D" => day,
                "h" => format!("{day}T{rest:02}"),
                "m" => format!("{day}T{:02}:{:02}", rest / 60, rest % 60),
                "s" => format!("{day}T{}", clock(rest)),
                _ => {
                    let in_a_second = in_a_day / 86_400;
                    let digits = in_a_second.ilog10() as usize;
                    format!("{day}T{}.{:0digits$}", clock(rest / in_a_second), rest % in_a_second)
                }
            }
        }
    };
    // Years of more or less than four digits are written with a sign, by other rules than these.
    text.find('-').is_none_or(|at| at == 4).then(|| format!("'{text}'"))
}

/// The date of a day, counted from 1970-01-01, in the Gregorian calendar.
pub(super) fn day(count: i128) -> String {
    // Years begin with March, so that the day that leaps is the last one; 400 of them have 146,097 days.
    let count = count + 719_468;
    let (era, of_era) = (count.div_euclid(146_097), count.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    format!("{:04}-{month:02}-{day:02}", era * 400 + year + next)
}

impl Dtype {
    fn name(&self) -> String {
        if let Some(text) = &self.text {
            return text.clone();
        }
        let order = if self.big { ">" } else { "" };
        let bits = self.size * 8;
        let name = match self.kind {
            'f' => format!("float{bits}"),
            'i' => format!("int{bits}"),
            'u' => format!("uint{bits}"),
            'c' => format!("complex{bits}"),
            'b' => "bool".to_owned(),
            'O' => "object".to_owned(),
            'U' => format!("U{}", self.size / 4),
            'M' | 'm' => {
                let unit = self.unit.as_ref().map(|unit| format!("[{unit}]")).unwrap_or_default();
                format!("{}{unit}", if self.kind == 'M' { "datetime64" } else { "timedelta64" })
            }
            kind => format!("{kind}{}", self.size),
        };
        format!("{order}{name}")
    }

    /// One item as Python writes it.
    fn item(&self, raw: &[u8]) -> Option<String> {
        if let Some(fields) = &self.fields {
            let field = |(dtype, at): &(Self, usize)| {
                let end = at.checked_add(dtype.size).filter(|_| dtype.size > 0)?;
                dtype.item(raw.get(*at..end)?)
            };
            let texts: Vec<_> = fields.iter().map(field).collect::<Option<_>>()?;
            return Some(format!("({}{})", texts.join(", "), if texts.len() == 1 { "," } else { "" }));
        }
        if self.text.is_some() {
            return None;
        }
        let mut bytes = raw.to_vec();
        if self.big {
            bytes.reverse();
        }
        let number =
            |bytes: &[u8]| bytes.iter().rev().fold(0_u64, |value, &byte| value << 8 | u64::from(byte));
        match (self.kind, raw.len()) {
            ('b', 1) => Some(if raw[0] == 0 { "False" } else { "True" }.to_owned()),
            ('u', 1..=8) => Some(number(&bytes).to_string()),
            ('i', length @ 1..=8) => {
                let shift = 64 - 8 * length as u32;
                Some((((number(&bytes) << shift) as i64) >> shift).to_string())
            }
            ('f', 8) => float(f64::from_bits(number(&bytes))),
            ('M', 8) => date(number(&bytes) as i64, self.unit.as_deref()?),
            ('m', 8) if self.unit.is_some() => match number(&bytes) as i64 {
                i64::MIN => Some("'NaT'".to_owned()),
                count => Some(count.to_string()),
            },
            ('f', 2) => short_float(half(number(&bytes) as u16)),
            ('c', 8 | 16) => {
                let half = raw.len() / 2;
                let (mut real, mut imaginary) = (raw[..half].to_vec(), raw[half..].to_vec());
                if self.big {
                    real.reverse();
                    imaginary.reverse();
                }
                complex(number(&real), number(&imaginary), half == 4)
            }
            ('f', 4) => short_float(f32::from_bits(number(&bytes) as u32)),
            ('S', _) => {
                let end = raw.iter().rposition(|&byte| byte != 0).map_or(0, |at| at + 1);
                let mut text = String::new();
                pickle_ops::repr::write_bytes(&mut text, &raw[..end]).ok()?;
                Some(text)
            }
            ('U', _) => self.text_item(raw),
            _ => None,
        }
    }

    fn text_item(&self, raw: &[u8]) -> Option<String> {
        let point = |unit: &[u8]| {
            let unit: [u8; 4] = unit.try_into().ok()?;
            char::from_u32(if self.big { u32::from_be_bytes(unit) } else { u32::from_le_bytes(unit) })
        };
        let text: Option<String> = raw.chunks_exact(4).map(point).collect();
        Some(crate::text::quoted(text?.trim_end_matches('\0')))
    }
}

/// A number of two bytes.
fn half(bits: u16) -> f32 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f32::from(bits & 0x3ff));
    let size = match exponent {
        0 => fraction * 2_f32.powi(-24),
        0x1f if fraction == 0.0 => f32::INFINITY,
        0x1f => f32::NAN,
        _ => (1024.0 + fraction) * 2_f32.powi(exponent - 25),
    };
    if bits >> 15 == 0 { size } else { -size }
}

/// `(1+2j)`, of the bits of its parts.
fn complex(real: u64, imaginary: u64, short: bool) -> Option<String> {
    let part = |bits: u64| {
        let text =
            if short { short_float(f32::from_bits(bits as u32))? } else { float(f64::from_bits(bits))? };
        Some(text.strip_suffix(".0").map_or(text.clone(), str::to_owned))
    };
    let (real_text, text) = (part(real)?, part(imaginary)?);
    if real == 0 {
        return Some(format!("{text}j"));
    }
    let sign = if text.starts_with('-') { "" } else { "+" };
    Some(format!("({real_text}{sign}{text}j)"))
}

pub(super) fn float(value: f64) -> Option<String> {
    let mut text = String::new();
    pickle_ops::repr::write_float(&mut text, value).ok()?;
    Some(text)
}

/// The shortest text that reads back as the same `f32`.
fn short_float(value: f32) -> Option<String> {
    if !value.is_finite() || value == 0.0 {
        return float(f64::from(value));
    }
    float(value.to_string().parse().ok()?)
}

//! Arrays, scalars and dtypes of NumPy (`array_reduce`, `arraydescr_reduce` in `numpy/core/src/multiarray`,
//! `numpy/core/numeric.py`).

use pickle_machine::arena::Value;
use pickle_machine::hole::{Content, Hole};

use crate::node::{Argument, Node, Part};
use crate::objects::{Call, Objects};

use super::protocol::bytes_of;

pub(super) fn node(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    let name = call.callee.replace("numpy._core.", "numpy.core.");
    match name.as_str() {
        "numpy.core.multiarray._reconstruct" => array(objects, call),
        "numpy.core.numeric._frombuffer" => from_buffer(objects, call),
        "numpy.core.multiarray.scalar" => scalar(objects, call),
        "numpy.dtype" => dtype(objects, call).map(|dtype| {
            let text = super::protocol::text_atom(&dtype.name());
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
        other => other.replacen("numpy.", "np.", 1),
    };
    let order = (objects.integer(fortran)? != 0).then_some("F");
    shown(objects, &callee, data, dtype, shape, order)
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
    let item = Node::atom("data", dtype.item(&bytes)?);
    Some(Node::value(&format!("np.{}", dtype.name()), vec![Argument::plain(item)]))
}

/// What is known of a dtype.
struct Dtype {
    /// The letter of its kind: `f`, `i`, `U` …
    kind: char,
    /// Bytes of an item; 0 where that is not known.
    size: usize,
    big: bool,
    /// `V` with fields, or what else has no short name.
    text: Option<String>,
}

fn dtype_of(objects: &Objects<'_, '_>, value: Value) -> Option<Dtype> {
    let call = objects.taken_apart(value).filter(|call| call.keywords.is_none())?;
    if call.callee == "numpy.dtype" { dtype(objects, &call) } else { None }
}

/// `dtype('f8', False, True)` with the state `(3, '<', subarray, names, fields, size, alignment, flags)`.
fn dtype(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Dtype> {
    let (&code, _) = call.arguments?.split_first()?;
    let code = objects.arena.text(code)?.into_owned();
    let mut characters = code.chars();
    let kind = characters.next()?;
    let size: usize = characters.as_str().parse().ok()?;
    let mut dtype = Dtype { kind, size, big: false, text: None };
    if let Some(state) = call.state() {
        let state = objects.arena.tuple(state)?;
        dtype.big = objects.arena.text(*state.get(1)?)?.as_ref() == ">";
        if let Some(&names) = state.get(3)
            && let Some(names) = objects.arena.tuple(names)
        {
            let names: Vec<_> = names
                .iter()
                .filter_map(|&name| objects.arena.text(name))
                .map(std::borrow::Cow::into_owned)
                .collect();
            dtype.text = Some(pickle_machine::render::escape(&format!("record({})", names.join(", "))));
        }
    }
    if kind == 'U' {
        dtype.size = size.checked_mul(4)?;
    }
    Some(dtype)
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
            'M' => "datetime64".to_owned(),
            'm' => "timedelta64".to_owned(),
            kind => format!("{kind}{}", self.size),
        };
        format!("{order}{name}")
    }

    /// One item as Python writes it.
    fn item(&self, raw: &[u8]) -> Option<String> {
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

fn float(value: f64) -> Option<String> {
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

//! Tensors of PyTorch: a storage that lies beside the pickle, and how it is looked at (`torch/_utils.py`,
//! `torch/serialization.py`).

use pickle_machine::arena::{Shape, Value};

use crate::node::{Argument, Node};
use crate::objects::{Call, Objects};

pub(super) fn node(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    let arguments = call.arguments.filter(|_| call.is_bare())?;
    match (call.callee.as_str(), arguments) {
        ("torch._utils._rebuild_tensor_v2", &[storage, offset, size, stride, ..]) => {
            tensor(objects, storage, offset, size, stride)
        }
        ("torch._utils._rebuild_parameter", &[data, grad, _]) => {
            let mut all = vec![Argument::plain(data)];
            if objects.integer(grad) == Some(0) {
                all.push(Argument::named("requires_grad", grad));
            }
            let callee = Node::atom("global", "torch.nn.Parameter").into();
            Some(Node::Call { callee, arguments: all, steps: Vec::new(), plain: false })
        }
        ("torch.Size", &[size]) => Some(Node::value("torch.Size", vec![Argument::plain(size)])),
        ("torch.device", devices) => {
            let all = devices.iter().map(|&value| Argument::plain(value)).collect();
            Some(Node::value("torch.device", all))
        }
        _ => None,
    }
}

/// `torch.tensor(..., dtype=float32, shape=(2, 3), storage='0')`; the offset and the stride only where they say something.
fn tensor(
    objects: &Objects<'_, '_>,
    storage: Value,
    offset: Value,
    size: Value,
    stride: Value,
) -> Option<Node> {
    let Shape::Persistent(_, Some(id)) = objects.arena.shape(storage) else { return None };
    let &[kind, class, key, device, _] = objects.arena.tuple(id)? else { return None };
    if objects.arena.text(kind)?.as_ref() != "storage" {
        return None;
    }
    let class = objects.name(class)?;
    let dtype = dtype_of(class.rsplit('.').next()?.strip_suffix("Storage")?);
    let dots = Node::atom("unknown", "...");
    let mut all = vec![
        Argument::plain(dots),
        Argument::named("dtype", Node::atom("global", dtype)),
        Argument::named("shape", size),
        Argument::named("storage", key),
    ];
    if objects.integer(offset) != Some(0) {
        all.push(Argument::named("offset", offset));
    }
    if !is_contiguous(objects, size, stride) {
        all.push(Argument::named("stride", stride));
    }
    if objects.arena.text(device)?.as_ref() != "cpu" {
        all.push(Argument::named("device", device));
    }
    let callee = Node::atom("global", "torch.tensor").into();
    Some(Node::Call { callee, arguments: all, steps: Vec::new(), plain: false })
}

/// Whether the stride is the one that follows from the size.
fn is_contiguous(objects: &Objects<'_, '_>, size: Value, stride: Value) -> bool {
    let numbers = |value| -> Option<Vec<i64>> {
        objects.arena.tuple(value)?.iter().map(|&item| objects.integer(item)).collect()
    };
    let (Some(size), Some(stride)) = (numbers(size), numbers(stride)) else { return false };
    let mut expected = 1_i64;
    size.len() == stride.len()
        && size.iter().zip(&stride).rev().all(|(&size, &stride)| {
            let fits = stride == expected || size == 1;
            expected = expected.saturating_mul(size.max(1));
            fits
        })
}

/// The name of the type whose storage has this name.
fn dtype_of(storage: &str) -> String {
    match storage {
        "Float" => "float32".to_owned(),
        "Double" => "float64".to_owned(),
        "Half" => "float16".to_owned(),
        "BFloat16" => "bfloat16".to_owned(),
        "Long" => "int64".to_owned(),
        "Int" => "int32".to_owned(),
        "Short" => "int16".to_owned(),
        "Char" => "int8".to_owned(),
        "Byte" => "uint8".to_owned(),
        "ComplexFloat" => "complex64".to_owned(),
        "ComplexDouble" => "complex128".to_owned(),
        other => other.to_lowercase(),
    }
}

//! Shapely: points, lines and polygons in well-known binary (`geos/io/WKBReader.cpp`), by their coordinates.

use crate::node::{Argument, Node};
use crate::objects::{Call, Objects};

use super::numpy::float;
use super::protocol::bytes_of;

/// Coordinates that are shown; a geometry with more is shown as the bytes that it is.
const MOST_SHOWN: usize = 256;

pub(super) fn node(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    let is_ring = match call.callee.as_str() {
        "shapely.io.from_wkb" => false,
        "shapely.geometry.polygon._unpickle_linearring" => true,
        _ => return None,
    };
    let &[bytes] = call.arguments.filter(|_| call.is_bare())? else { return None };
    let bytes = bytes_of(objects, bytes)?;
    let (order, rest) = bytes.split_first()?;
    let mut input = Input { bytes: rest, little: *order == 1, shown: 0 };
    let kind = input.number()?;
    let axes = match kind & !HAS_Z {
        POINT..=POLYGON => {
            if kind & HAS_Z == 0 {
                2
            } else {
                3
            }
        }
        _ => return None,
    };
    let (name, arguments) = match (kind & !HAS_Z, is_ring) {
        (POINT, false) => ("shapely.Point", input.numbers(axes)?),
        (LINE, false) => ("shapely.LineString", input.line(axes)?),
        (LINE, true) => ("shapely.LinearRing", input.line(axes)?),
        (POLYGON, false) => ("shapely.Polygon", input.polygon(axes)?),
        _ => return None,
    };
    let arguments = Argument::plain(Node::atom("data", arguments));
    input.bytes.is_empty().then(|| Node::value(name, vec![arguments]))
}

const HAS_Z: u32 = 0x8000_0000;
const POINT: u32 = 1;
const LINE: u32 = 2;
const POLYGON: u32 = 3;

/// What is left of the bytes.
struct Input<'a> {
    bytes: &'a [u8],
    little: bool,
    /// Coordinates so far.
    shown: usize,
}

impl Input<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.bytes.split_first_chunk::<N>()?;
        self.bytes = rest;
        let mut head = *head;
        if !self.little {
            head.reverse();
        }
        Some(head)
    }

    fn number(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    /// `1.0, 2.0`; of an empty point there is nothing to be shown.
    fn numbers(&mut self, axes: usize) -> Option<String> {
        self.shown += axes;
        if self.shown > MOST_SHOWN {
            return None;
        }
        let mut next = || float(f64::from_le_bytes(self.take()?)).filter(|text| text != "nan");
        Some((0..axes).map(|_| next()).collect::<Option<Vec<_>>>()?.join(", "))
    }

    /// `[(0.0, 0.0), (1.0, 1.0)]`
    fn line(&mut self, axes: usize) -> Option<String> {
        let count = self.number()?;
        let points =
            (0..count).map(|_| Some(format!("({})", self.numbers(axes)?))).collect::<Option<Vec<_>>>()?;
        Some(format!("[{}]", points.join(", ")))
    }

    /// The outer ring, and those of holes.
    fn polygon(&mut self, axes: usize) -> Option<String> {
        let rings = self.number()?;
        if rings == 0 {
            return Some(String::new());
        }
        let outer = self.line(axes)?;
        let holes = (1..rings).map(|_| self.line(axes)).collect::<Option<Vec<_>>>()?;
        Some(if holes.is_empty() { outer } else { format!("{outer}, [{}]", holes.join(", ")) })
    }
}

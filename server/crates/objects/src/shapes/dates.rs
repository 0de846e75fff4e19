//! `datetime`: fields packed into bytes (`datetime_getstate` and its kin in `Modules/_datetimemodule.c`).

use crate::node::{Argument, Node};
use crate::objects::{Call, Objects};

use super::protocol::{bytes_of, nested};

/// Takes the fields out of their bytes, of which the first bit is not `fold` any more.
type Unpack = fn(&[u8]) -> Option<Vec<u32>>;

pub(super) fn node(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    let arguments = call.arguments.filter(|_| call.is_bare())?;
    // The highest bit of the hour, or of the month, says which of two times it is that a clock shows twice.
    let (fields, name, with_fold): (Unpack, _, _) = match call.callee.as_str() {
        "datetime.date" => (date, "date", None),
        "datetime.time" => (time, "time", Some(0)),
        "datetime.datetime" => (date_and_time, "datetime", Some(2)),
        "datetime.timedelta" => return Some(delta(objects, arguments)),
        "datetime.timezone" => return Some(zone(objects, arguments)),
        "zoneinfo.ZoneInfo._unpickle" => return zone_of_key(objects, arguments),
        "" if nested(objects, call.target, 0)? == "zoneinfo.ZoneInfo._unpickle" => {
            return zone_of_key(objects, arguments);
        }
        _ => return None,
    };
    let (&packed, rest) = arguments.split_first()?;
    let mut bytes = bytes_of(objects, packed)?.to_vec();
    let folded = with_fold.and_then(|at| bytes.get_mut(at)).is_some_and(|byte| {
        let before = *byte;
        *byte &= 0x7f;
        *byte != before
    });
    let mut all: Vec<Argument> = fields(&bytes)?
        .into_iter()
        .map(|number| Argument::plain(Node::atom("int", number.to_string())))
        .collect();
    match *rest {
        [] => {}
        [zone] if name != "date" => all.push(Argument::named("tzinfo", zone)),
        _ => return None,
    }
    if folded {
        all.push(Argument::named("fold", Node::atom("int", "1")));
    }
    Some(Node::value(name, all))
}

fn date(bytes: &[u8]) -> Option<Vec<u32>> {
    let &[high, low, month, day] = bytes else { return None };
    Some(vec![u32::from(high) << 8 | u32::from(low), u32::from(month), u32::from(day)])
}

/// Hour, minute, second, microsecond; those that are zero at the end are left out, but for the minute.
fn time(bytes: &[u8]) -> Option<Vec<u32>> {
    let &[hour, minute, second, a, b, c] = bytes else { return None };
    let micro = u32::from(a) << 16 | u32::from(b) << 8 | u32::from(c);
    let mut fields = vec![u32::from(hour), u32::from(minute), u32::from(second), micro];
    while fields.len() > 2 && fields.last() == Some(&0) {
        fields.pop();
    }
    Some(fields)
}

fn date_and_time(bytes: &[u8]) -> Option<Vec<u32>> {
    let (day, clock) = bytes.split_at_checked(4)?;
    let mut fields = date(day)?;
    let clock = time(clock)?;
    if clock.iter().any(|&field| field != 0) {
        fields.extend(clock);
    }
    Some(fields)
}

/// `timedelta(days, seconds, microseconds)`, without what is zero.
fn delta(objects: &Objects<'_, '_>, arguments: &[pickle_machine::arena::Value]) -> Node {
    let names = ["days", "seconds", "microseconds"];
    let all = arguments
        .iter()
        .zip(names)
        .filter(|(value, _)| objects.integer(**value) != Some(0))
        .map(|(&value, name)| Argument::named(name, value))
        .collect();
    Node::value("timedelta", all)
}

/// `ZoneInfo._unpickle(key, whether it is to be the one that others have)`.
fn zone_of_key(objects: &Objects<'_, '_>, arguments: &[pickle_machine::arena::Value]) -> Option<Node> {
    let &[key, is_cached] = arguments else { return None };
    let name = if objects.integer(is_cached)? == 0 { "ZoneInfo.no_cache" } else { "ZoneInfo" };
    Some(Node::value(name, vec![Argument::plain(key)]))
}

/// `timezone(timedelta(0))` is UTC.
fn zone(objects: &Objects<'_, '_>, arguments: &[pickle_machine::arena::Value]) -> Node {
    if let &[offset] = arguments
        && matches!(objects.node(offset), Node::Call { arguments, .. } if arguments.is_empty())
    {
        return Node::atom("global", "timezone.utc");
    }
    Node::value("timezone", arguments.iter().map(|&value| Argument::plain(value)).collect())
}

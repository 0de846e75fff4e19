//! Times and indexes of pandas (`pandas/_libs/tslibs`, `pandas/core/indexes`).

use pickle_machine::arena::Value;

use crate::node::{Argument, Node, Part};
use crate::objects::{Call, Objects};

use super::numpy::{date, day};
use super::protocol::text_atom;

pub(super) fn node(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    let arguments = call.arguments.filter(|_| call.is_bare() && call.keywords.is_none())?;
    match call.callee.as_str() {
        "pandas._libs.tslibs.timestamps._unpickle_timestamp" => timestamp(objects, arguments),
        "pandas._libs.tslibs.timedeltas._timedelta_unpickle" => delta(objects, arguments),
        "pandas._libs.tslibs.nattype._nat_unpickle" => Some(Node::atom("global", "pd.NaT")),
        "pandas.Period" | "pandas._libs.tslibs.period.Period" => period(objects, arguments),
        "pandas.core.indexes.base._new_Index"
        | "pandas.core.indexes.datetimes._new_DatetimeIndex"
        | "pandas.core.indexes.timedeltas._new_TimedeltaIndex"
        | "pandas.core.indexes.period._new_PeriodIndex"
        | "pandas.core.indexes.interval._new_IntervalIndex" => index(objects, arguments),
        _ => None,
    }
}

/// The unit of a time, by its number among those of numpy; nanoseconds before there was a choice.
fn unit(objects: &Objects<'_, '_>, number: Option<&Value>) -> Option<&'static str> {
    match number.map(|&number| objects.integer(number)) {
        None | Some(Some(10)) => Some("ns"),
        Some(Some(9)) => Some("us"),
        Some(Some(8)) => Some("ms"),
        Some(Some(7)) => Some("s"),
        Some(_) => None,
    }
}

/// `_unpickle_timestamp(count since 1970 in UTC, frequency, zone, unit)`.
fn timestamp(objects: &Objects<'_, '_>, arguments: &[Value]) -> Option<Node> {
    let (&[count, frequency, zone], unit_at) = match arguments {
        [rest @ .., last] if rest.len() == 3 => (rest.first_chunk::<3>()?, Some(last)),
        _ => (arguments.first_chunk::<3>().filter(|_| arguments.len() == 3)?, None),
    };
    let quoted = date(objects.integer(count)?, unit(objects, unit_at)?)?;
    let mut text = without_zeros(quoted.trim_matches('\'')).to_owned();
    let has_zone = !objects.is_none(zone);
    if has_zone {
        text.push('Z');
    } else if let Some(day) = text.strip_suffix("T00:00:00") {
        text.truncate(day.len());
    }
    let mut all = vec![Argument::plain(text_atom(&text))];
    if has_zone {
        all.push(Argument::named("tz", zone));
    }
    if !objects.is_none(frequency) {
        all.push(Argument::named("freq", frequency));
    }
    Some(Node::value("pd.Timestamp", all))
}

/// A time without zeros behind its seconds.
fn without_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// `_timedelta_unpickle(count, unit)`: the text that pandas writes for it, and reads.
fn delta(objects: &Objects<'_, '_>, arguments: &[Value]) -> Option<Node> {
    let &[count, number] = arguments else { return None };
    let count = i128::from(objects.integer(count)?);
    let in_a_second: i128 = match unit(objects, Some(&number))? {
        "s" => 1,
        "ms" => 1_000,
        "us" => 1_000_000,
        _ => 1_000_000_000,
    };
    let (days, rest) = (count.div_euclid(86_400 * in_a_second), count.rem_euclid(86_400 * in_a_second));
    let seconds = rest / in_a_second;
    let sign = if days < 0 { "+" } else { "" };
    let digits = in_a_second.ilog10() as usize;
    let clock = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    let fraction = if digits == 0 { String::new() } else { format!(".{:0digits$}", rest % in_a_second) };
    let clock = format!("{clock}{fraction}");
    let text = format!("{days} days {sign}{}", without_zeros(&clock));
    Some(Node::value("pd.Timedelta", vec![Argument::plain(text_atom(&text))]))
}

/// `Period(None, frequency, ordinal)`.
fn period(objects: &Objects<'_, '_>, arguments: &[Value]) -> Option<Node> {
    let &[value, frequency, ordinal] = arguments else { return None };
    let ordinal_text = objects.integer(ordinal).filter(|_| objects.is_none(value))?;
    // That of days counts as those of numpy do, so that its date can be told.
    let is_daily = objects.taken_apart(frequency).is_some_and(|frequency| {
        frequency.callee == "pandas._libs.tslibs.offsets.Day" && once(objects, &frequency)
    });
    if is_daily {
        let text = text_atom(&day(i128::from(ordinal_text)));
        let all = vec![Argument::plain(text), Argument::named("freq", text_atom("D"))];
        return Some(Node::value("pd.Period", all));
    }
    let all = vec![Argument::named("ordinal", ordinal), Argument::named("freq", frequency)];
    Some(Node::value("pd.Period", all))
}

/// Whether a frequency is one of its unit.
fn once(objects: &Objects<'_, '_>, frequency: &Call<'_, '_>) -> bool {
    frequency.arguments.and_then(|items| objects.integer(*items.first()?)) == Some(1)
}

/// `_new_Index(Class, {…})` gives the class the items of the dict as keywords; a name that is None is left out.
fn index(objects: &Objects<'_, '_>, arguments: &[Value]) -> Option<Node> {
    let &[class, keywords] = arguments else { return None };
    let name = objects.name(class)?.replacen("pandas.", "pd.", 1);
    let is_no_name = |argument: &Argument| {
        argument.name.as_deref() == Some("name")
            && matches!(argument.value, Part::Value(value) if objects.is_none(value))
    };
    let mut all = objects.attributes(keywords)?;
    all.retain(|argument| !is_no_name(argument));
    let callee = Node::atom("global", pickle_machine::render::escape(&name)).into();
    Some(Node::Call { callee, arguments: all, steps: Vec::new(), plain: false })
}

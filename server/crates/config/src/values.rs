//! Values of options: how each kind is read, and how it is written.

use std::collections::BTreeMap;
use std::fmt;

use toml::Spanned;
use toml::de::DeValue;

use crate::kind::{Format, Kind};
use crate::read::Reader;

/// A value as it stands in the text.
pub(crate) type Value<'t> = Spanned<DeValue<'t>>;

/// Something that an option may be.
pub trait Setting: Sized {
    /// What it is, in general.
    const KIND: Kind;

    /// Reads it; `None` after a problem.
    #[doc(hidden)]
    fn read(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self>;

    /// Writes it as TOML on one line.
    #[doc(hidden)]
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

/// Shows a setting as TOML.
#[derive(Debug)]
pub struct Toml<'s, T>(pub &'s T);

impl<T: Setting> fmt::Display for Toml<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(f)
    }
}

/// A text as TOML. What is not to be seen, or turns the direction of what is, is escaped: it may come from anywhere, and is written
/// for a person.
fn write_text(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("\"")?;
    for character in text.chars() {
        match character {
            '"' | '\\' => write!(f, "\\{character}")?,
            '\'' => f.write_str("'")?,
            hidden if hidden.escape_debug().len() > 1 => match u32::from(hidden) {
                point @ ..0x1_0000 => write!(f, "\\u{point:04x}")?,
                point => write!(f, "\\U{point:08x}")?,
            },
            plain => fmt::Write::write_char(f, plain)?,
        }
    }
    f.write_str("\"")
}

impl Setting for bool {
    const KIND: Kind = Kind::Flag;

    fn read(value: &Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let flag = value.get_ref().as_bool();
        reader.expect(flag, value, &Self::KIND)
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A whole number from `LEAST` to `MOST`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number<const LEAST: u64, const MOST: u64>(pub u64);

impl<const LEAST: u64, const MOST: u64> Setting for Number<LEAST, MOST> {
    const KIND: Kind = Kind::Number(LEAST, MOST);

    fn read(value: &Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let integer = value.get_ref().as_integer();
        let number = integer.and_then(|number| u64::from_str_radix(number.as_str(), number.radix()).ok());
        let number = number.filter(|number| (LEAST..=MOST).contains(number)).map(Self);
        reader.expect(number, value, &Self::KIND)
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Types around a text, one for each [`Format`].
macro_rules! texts {
    ($($(#[doc = $doc:literal])* $name:ident $format:ident;)*) => { $(
        $(#[doc = $doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub String);

        impl Setting for $name {
            const KIND: Kind = Kind::Text(Format::$format);

            fn read(value: &Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
                let text = reader.expect(value.get_ref().as_str(), value, &Self::KIND)?;
                reader.check(Format::$format, text, value.span()).then(|| Self(text.to_owned()))
            }

            fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_text(&self.0, f)
            }
        }

        impl Key for $name {
            const FORMAT: Format = Format::$format;

            fn new(text: &str) -> Self {
                Self(text.to_owned())
            }

            fn text(&self) -> &str {
                &self.0
            }
        }
    )* };
}

texts! {
    /// Any text.
    Text Plain;
    /// A path.
    Path Path;
    /// A pattern of paths.
    Glob Glob;
    /// A pattern of globals.
    Pattern Global;
    /// A rule, or the beginning of the codes of some.
    RuleSelector Rule;
    /// A preset, or `all`.
    PresetName Preset;
    /// A version of Python.
    PythonVersion Python;
}

impl PythonVersion {
    /// Major and minor version, if it is one.
    #[must_use]
    pub fn parts(&self) -> Option<(u8, u8)> {
        let (major, minor) = self.0.split_once('.')?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    }
}

/// A text that may be the key of a table.
pub trait Key: Ord {
    /// What it means.
    const FORMAT: Format;
    /// Of a text that was checked.
    fn new(text: &str) -> Self;
    /// The text.
    fn text(&self) -> &str;
}

/// An enum of a few words, and what to say of others that people try.
macro_rules! choices {
    (
        $(#[doc = $doc:literal])*
        $name:ident { $($(#[doc = $each:literal])* $variant:ident $word:literal,)* }
        $($other:literal => $meant:literal)*
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($(#[doc = $each])* $variant,)* }

        impl Setting for $name {
            const KIND: Kind = Kind::Choice(&[$($word),*]);

            fn read(value: &Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
                let chosen = match value.get_ref().as_str() {
                    $(Some($word) => Some(Self::$variant),)*
                    _ => None,
                };
                reader.choose(chosen, value, &Self::KIND, &[$(($other, $meant)),*])
            }

            fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => concat!("\"", $word, "\""),)* })
            }
        }
    };
}

choices! {
    /// From which severity on findings fail a run.
    Bar {
        /// Errors only.
        Error "error",
        /// Warnings too.
        Warning "warning",
        /// Everything.
        Info "info",
    }
}

choices! {
    /// How bad a finding is.
    Level {
        /// Worth knowing.
        Info "info",
        /// Cannot be vouched for.
        Warning "warning",
        /// Runs code, or cannot be loaded.
        Error "error",
    }
    "off" => "to switch a rule off, name it in `ignore`"
    "none" => "to switch a rule off, name it in `ignore`"
    "ignore" => "to switch a rule off, name it in `ignore`"
}

/// The kind of the items of a list or table: a constant that outlives all.
trait Of: Setting {
    const OF: &'static Kind = &Self::KIND;
}

impl<T: Setting> Of for T {}

impl<T: Setting> Setting for Vec<T> {
    const KIND: Kind = Kind::List(T::OF);

    fn read(value: &Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let items = reader.expect(value.get_ref().as_array(), value, &Self::KIND)?;
        let read: Vec<_> = items.iter().map(|item| T::read(item, reader)).collect();
        read.into_iter().collect()
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (at, item) in self.iter().enumerate() {
            write!(f, "{}{}", if at == 0 { "" } else { ", " }, Toml(item))?;
        }
        f.write_str("]")
    }
}

impl<K: Key, T: Setting> Setting for BTreeMap<K, T> {
    const KIND: Kind = Kind::Map(K::FORMAT, T::OF);

    fn read(value: &Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let table = reader.table(value, &Self::KIND)?;
        let mut read = Self::new();
        let mut sound = true;
        for (key, value) in table {
            let known = reader.check(K::FORMAT, key.get_ref(), key.span());
            match T::read(value, reader) {
                Some(value) if known => drop(read.insert(K::new(key.get_ref()), value)),
                _ => sound = false,
            }
        }
        sound.then_some(read)
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (at, (key, value)) in self.iter().enumerate() {
            f.write_str(if at == 0 { " " } else { ", " })?;
            write_text(key.text(), f)?;
            write!(f, " = {}", Toml(value))?;
        }
        f.write_str(if self.is_empty() { "}" } else { " }" })
    }
}

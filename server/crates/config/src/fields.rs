//! The macro that makes a struct of options and its description out of one text.

use crate::kind::Kind;

/// What is known of an option.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The key.
    pub name: &'static str,
    /// Paragraphs of Markdown, as written: lines begin with a blank.
    pub doc: &'static [&'static str],
    /// What values it takes.
    pub kind: Kind,
    /// The value when it is not given, as TOML; empty: there is none.
    pub default: &'static str,
    /// A line or two of TOML.
    pub example: &'static str,
    /// Whether it must be given.
    pub required: bool,
}

impl Field {
    /// The documentation as Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let lines: Vec<_> = self.doc.iter().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
        lines.join("\n")
    }

    /// Its first paragraph, on one line.
    #[must_use]
    pub fn summary(&self) -> String {
        self.markdown().split("\n\n").next().unwrap_or_default().replace('\n', " ")
    }
}

/// A struct whose fields are all optional, with `FIELDS` that describes them and `read` that reads them.
macro_rules! options {
    (
        $(#[$attribute:meta])*
        pub struct $name:ident {
            $(
                $(#[doc = $doc:literal])*
                $key:literal => $field:ident: $type:ty, default $default:literal, example $example:literal $(, $required:ident)?;
            )*
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct $name {
            $( $(#[doc = $doc])* pub $field: Option<$type>, )*
        }

        impl $name {
            /// All keys, in the order in which they are documented.
            pub const FIELDS: &'static [$crate::fields::Field] = &[$(
                $crate::fields::Field {
                    name: $key,
                    doc: &[$($doc),*],
                    kind: <$type as $crate::values::Setting>::KIND,
                    default: $default,
                    example: $example,
                    required: false $(|| stringify!($required).len() > 0)?,
                },
            )*];

            /// Each key that is given, with its value as TOML.
            #[must_use]
            pub fn given(&self) -> Vec<(&'static str, String)> {
                let mut given = Vec::new();
                $( if let Some(value) = &self.$field {
                    given.push(($key, $crate::values::Toml(value).to_string()));
                } )*
                given
            }

            /// Takes what `over` gives in place of what is here.
            #[must_use]
            pub fn overridden_by(self, over: Self) -> Self {
                Self { $( $field: over.$field.or(self.$field), )* }
            }
        }

        impl $crate::values::Setting for $name {
            const KIND: $crate::kind::Kind = $crate::kind::Kind::Record(Self::FIELDS);

            fn read(value: &$crate::values::Value<'_>, reader: &mut $crate::read::Reader<'_>) -> Option<Self> {
                let table = reader.table(value, &Self::KIND)?;
                let mut read = Self::default();
                for (key, value) in table {
                    match key.get_ref().as_ref() {
                        $( $key => read.$field = <$type as $crate::values::Setting>::read(value, reader), )*
                        _ => reader.unknown_key(key, Self::FIELDS),
                    }
                }
                reader.missing(value, table, Self::FIELDS).then_some(read)
            }

            fn write(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let fields: Vec<_> = self.given().into_iter().map(|(key, value)| format!("{key} = {value}")).collect();
                if fields.is_empty() { f.write_str("{}") } else { write!(f, "{{ {} }}", fields.join(", ")) }
            }
        }
    };
}

pub(crate) use options;

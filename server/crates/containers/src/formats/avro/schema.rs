//! The types of a file of Avro: a description in JSON, in which a type that has a name is meant by it from there on.

use std::collections::HashMap;

use crate::formats::json::Json;

/// A type, by what it takes to pass over it. Numbers are those of other types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Type {
    /// So many bytes.
    Plain(usize),
    /// A number of one to ten bytes.
    Number,
    /// Bytes, or a text, behind their length.
    Bytes,
    /// Bytes of this length.
    Fixed(usize),
    Record(Vec<(String, usize)>),
    List(usize),
    Map(usize),
    /// A number says which.
    Union(Vec<usize>),
}

/// All types of a file.
pub(super) struct Schema {
    pub(super) types: Vec<Type>,
    /// The type of a record of the file.
    pub(super) root: usize,
}

impl Schema {
    /// What a description says; `None`: it is none.
    pub(super) fn read(json: &[u8]) -> Option<Self> {
        let json = std::str::from_utf8(json).ok()?;
        let value = Json::read(json)?;
        let mut build = Build { types: Vec::new(), names: HashMap::new() };
        let root = build.add(&value, "")?;
        Some(Self { types: build.types, root })
    }
}

struct Build {
    types: Vec<Type>,
    names: HashMap<String, usize>,
}

impl Build {
    /// The number of the type that `json` describes, in a namespace. As deep as the description is, which was limited as it was read.
    fn add(&mut self, json: &Json, namespace: &str) -> Option<usize> {
        match json {
            Json::Text(name) => self.named(name, namespace),
            Json::List(several) => {
                let several = several.iter().map(|one| self.add(one, namespace)).collect::<Option<_>>()?;
                Some(self.push(Type::Union(several)))
            }
            Json::Object(_) => self.described(json, namespace),
            Json::Word(_) => None,
        }
    }

    fn described(&mut self, json: &Json, namespace: &str) -> Option<usize> {
        let kind = match json.get("type")? {
            Json::Text(kind) => kind.as_str(),
            other => return self.add(other, namespace),
        };
        match kind {
            "record" | "error" => {
                let (name, inner) = full_name(json, namespace)?;
                let number = self.push(Type::Plain(0));
                self.names.insert(name, number);
                let Json::List(fields) = json.get("fields")? else { return None };
                let mut types = Vec::new();
                for field in fields {
                    let name = field.text("name").unwrap_or_default().to_owned();
                    types.push((name, self.add(field.get("type")?, &inner)?));
                }
                self.types[number] = Type::Record(types);
                Some(number)
            }
            "enum" | "fixed" => {
                let (name, _) = full_name(json, namespace)?;
                let size = json.get("size").and_then(Json::number).unwrap_or(0);
                let number = self.push(if kind == "enum" { Type::Number } else { Type::Fixed(size) });
                self.names.insert(name, number);
                Some(number)
            }
            "array" => {
                let of = self.add(json.get("items")?, namespace)?;
                Some(self.push(Type::List(of)))
            }
            "map" => {
                let of = self.add(json.get("values")?, namespace)?;
                Some(self.push(Type::Map(of)))
            }
            name => self.named(name, namespace),
        }
    }

    fn named(&mut self, name: &str, namespace: &str) -> Option<usize> {
        let plain = match name {
            "null" => Type::Plain(0),
            "boolean" => Type::Plain(1),
            "float" => Type::Plain(4),
            "double" => Type::Plain(8),
            "int" | "long" => Type::Number,
            "bytes" | "string" => Type::Bytes,
            _ => {
                let inside = format!("{namespace}.{name}");
                return self.names.get(&inside).or_else(|| self.names.get(name)).copied();
            }
        };
        Some(self.push(plain))
    }

    fn push(&mut self, kind: Type) -> usize {
        self.types.push(kind);
        self.types.len() - 1
    }
}

/// The name of a type with its namespace, and the namespace of what is in it.
fn full_name(json: &Json, namespace: &str) -> Option<(String, String)> {
    let name = json.text("name")?;
    if let Some((inner, _)) = name.rsplit_once('.') {
        return Some((name.to_owned(), inner.to_owned()));
    }
    let inner = json.text("namespace").unwrap_or(namespace);
    Some((if inner.is_empty() { name.to_owned() } else { format!("{inner}.{name}") }, inner.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_by_name() {
        let json = br#"{"type": "record", "name": "Tree", "namespace": "a.b", "fields": [
            {"name": "value", "type": {"type": "bytes", "logicalType": "x"}},
            {"name": "next", "type": ["null", "Tree", "a.b.Tree"]},
            {"name": "key", "type": {"type": "fixed", "name": "Key", "size": 16}},
            {"name": "more", "type": {"type": "map", "values": {"type": "array", "items": "Key"}}}]}"#;
        let schema = Schema::read(json).expect("a schema");
        let Type::Record(fields) = &schema.types[schema.root] else { panic!("no record") };
        let kinds: Vec<_> = fields.iter().map(|(name, number)| (&name[..], &schema.types[*number])).collect();
        assert_eq!(kinds[0], ("value", &Type::Bytes));
        assert!(matches!(kinds[1].1, Type::Union(of) if of[1] == schema.root && of[2] == schema.root));
        assert_eq!(kinds[2], ("key", &Type::Fixed(16)));
        let Type::Map(list) = kinds[3].1 else { panic!("no map") };
        assert_eq!(schema.types[*list], Type::List(fields[2].1));
    }

    /// Readers take the last of several keys, and keys that are written in escapes.
    #[test]
    fn keys_as_readers_take_them() {
        for json in [
            r#"{"type": "null", "type": "bytes"}"#,
            r#"{"type": "null", "t\u0079pe": "bytes"}"#,
            r#"{"type": "null", "\u0074ype": "\u0062y\/tes", "type": "byte\u0073"}"#,
        ] {
            let schema = Schema::read(json.as_bytes()).expect("a schema");
            assert_eq!(schema.types[schema.root], Type::Bytes, "{json}");
        }
        for json in [r#"{"type\"#, r#"{"type\u00"#, r#"{"type\u00zz": "bytes"}"#, "{\"\\u00é"] {
            assert!(Schema::read(json.as_bytes()).is_none(), "{json}");
        }
    }

    #[test]
    fn what_is_no_schema() {
        let deep = "[".repeat(100_000);
        for json in ["", "{", "3", "{}", r#"{"type": "Unknown"}"#, r#"["null""#, "\"a", &deep] {
            assert!(Schema::read(json.as_bytes()).is_none(), "{}", &json[..json.len().min(20)]);
        }
    }
}

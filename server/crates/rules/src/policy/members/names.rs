//! Which members a requirement is about.

use super::{Expression, Item, Kind, Path};

impl Kind {
    /// The members of the object itself that it is about.
    pub(super) fn roots(&self, names: &mut Vec<&'static str>) {
        match self {
            Self::Within { path, high, .. } => {
                names.push(path.root());
                high.roots(names);
            }
            Self::Rises(path)
            | Self::Absent(path)
            | Self::Adds(path, _)
            | Self::Is(path, _)
            | Self::Methods(path, _)
            | Self::Named(path)
            | Self::Placed(path, _)
            | Self::Short(path)
            | Self::Holds(path, _)
            | Self::Resolves(path) => {
                names.push(path.root());
            }
            Self::Texts { path, of, .. } | Self::Same(path, of) => names.extend([path.root(), of.root()]),
            Self::Only(members) => names.extend(members.split(' ')),
            Self::Equal(left, right, other) => {
                [left, right].into_iter().chain(other).for_each(|one| one.roots(names));
            }
            Self::AtLeast(left, right) => [left, right].iter().for_each(|one| one.roots(names)),
        }
    }

    /// The members that it is about.
    pub(super) fn members(&self, names: &mut Vec<&'static str>) {
        match self {
            Self::Within { path, high, .. } => {
                path.members(names);
                high.members(names);
            }
            Self::Rises(path)
            | Self::Absent(path)
            | Self::Adds(path, _)
            | Self::Is(path, _)
            | Self::Methods(path, _)
            | Self::Named(path)
            | Self::Placed(path, _)
            | Self::Short(path)
            | Self::Holds(path, _) => {
                path.members(names);
            }
            Self::Texts { path, of, .. } | Self::Same(path, of) => {
                path.members(names);
                of.members(names);
            }
            Self::Only(members) => names.extend(members.split(' ')),
            // Its values have their texts, and it may be in another one.
            Self::Resolves(path) => {
                path.members(names);
                names.extend(["_parent", "_val"]);
            }
            Self::Equal(left, right, other) => {
                [left, right].into_iter().chain(other).for_each(|one| one.members(names));
            }
            Self::AtLeast(left, right) => [left, right].iter().for_each(|one| one.members(names)),
        }
    }

    /// The member whose items are gone through, if it is about each of them.
    pub(crate) fn each(&self) -> Option<&Path> {
        let path = match self {
            Self::Within { path, .. } | Self::Rises(path) => path,
            Self::Equal(Expression::Length(path) | Expression::Path(path), ..)
            | Self::AtLeast(Expression::Length(path), _) => path,
            _ => return None,
        };
        (path.item == Item::Each).then_some(path)
    }
}

impl Path {
    pub(super) fn root(&self) -> &'static str {
        self.through.first().unwrap_or(&self.member).names
    }

    pub(super) fn members(&self, names: &mut Vec<&'static str>) {
        names.extend(self.through.iter().map(|member| member.names));
        names.push(self.member.names);
    }
}

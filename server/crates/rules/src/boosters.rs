//! Models in the formats of CatBoost, XGBoost and LightGBM, which live in constants of a pickle: whether their native code can follow the
//! numbers in them. Bytes in, what is wrong out; nothing here knows pickles.
//!
//! What is kept in other formats is judged beside it: [`crate::geometry`], [`crate::precision`], [`crate::shards`],
//! [`crate::coordinates`]. These libraries look whether the arrays of a tree are there, and go from node to node without a look.

mod catboost;
mod flat;
mod json;
mod lightgbm;
mod trees;
mod ubjson;
mod xgboost;

#[cfg(test)]
mod tests;

/// What is wrong with a model, as the end of a sentence.
pub(crate) type Wrong = String;

/// What a constant holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    XgBoost,
    LightGbm,
    CatBoost,
    /// A geometry, as Shapely keeps it.
    WellKnownBinary,
    /// A number, as gmpy2 keeps it.
    GmpyNumber,
    /// The name of a file of a distributed checkpoint.
    ShardName,
    /// A coordinate reference system, as pyproj keeps it.
    CoordinateSystem,
}

impl Format {
    /// The format of this name.
    pub(crate) fn of(name: &str) -> Option<Self> {
        const ALL: [Format; 7] = [
            Format::XgBoost,
            Format::LightGbm,
            Format::CatBoost,
            Format::WellKnownBinary,
            Format::GmpyNumber,
            Format::ShardName,
            Format::CoordinateSystem,
        ];
        ALL.into_iter().find(|format| format.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::XgBoost => "xgboost-model",
            Self::LightGbm => "lightgbm-model",
            Self::CatBoost => "catboost-model",
            Self::WellKnownBinary => "well-known-binary",
            Self::GmpyNumber => "gmpy2-number",
            Self::ShardName => "shard-name",
            Self::CoordinateSystem => "coordinate-system",
        }
    }

    /// What keeps a model from being judged, to follow its name.
    pub(crate) fn unread(self, bytes: &[u8]) -> Option<&'static str> {
        if self == Self::CatBoost { catboost::unread(bytes) } else { None }
    }

    /// What in a model leads its native code beyond what is there.
    pub(crate) fn judge(self, bytes: &[u8]) -> Result<(), Wrong> {
        match self {
            Self::XgBoost => xgboost::judge(bytes),
            Self::LightGbm => lightgbm::judge(bytes),
            Self::CatBoost => catboost::judge(bytes),
            Self::WellKnownBinary => crate::geometry::judge(bytes),
            Self::GmpyNumber => crate::precision::judge(bytes),
            Self::ShardName => crate::shards::judge(bytes),
            Self::CoordinateSystem => crate::coordinates::judge(bytes),
        }
    }
}

/// A number, or what stands for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scalar<'a> {
    Text(&'a [u8]),
    Int(i64),
    Other,
}

/// What is told of a document while it is read. Items of arrays have no key.
trait Visitor<'a> {
    fn open(&mut self, key: Option<&'a [u8]>) -> Result<(), Wrong>;
    fn value(&mut self, key: Option<&'a [u8]>, value: Scalar<'a>) -> Result<(), Wrong>;
    /// So many items of an array that are no integers.
    fn others(&mut self, count: usize);
    fn close(&mut self) -> Result<(), Wrong>;
}

/// Levels of a document; models have ten. The readers of XGBoost go down by recursion.
const MOST_LEVELS: usize = 128;

fn too_deep() -> Wrong {
    format!("it is nested deeper than {MOST_LEVELS} levels, and its reader goes down by recursion")
}

/// An integer in text, as all of it.
fn integer(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

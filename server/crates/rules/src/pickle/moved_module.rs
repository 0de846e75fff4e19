//! ## What it does
//! Reports a global whose module was moved or removed by its library, and where to find it.
//!
//! ## Why is this bad?
//! With other versions of the library the file does not load (ModuleNotFoundError). What old and new versions of numpy call
//! `numpy.core` and `numpy._core` is only worth knowing: versions from 1.26 on load what arrays, dtypes and scalars need by
//! either name. So are `pathlib._local`, which Python 3.13 writes and later versions load, `_loss`, as scikit-learn 1.3 to 1.8
//! call a module of each classifier that is boosted, and the numeric indexes of pandas before 2.0, which `pandas.read_pickle` loads.
//!
//! ## Example
//! ```pickleasm
//! GLOBAL 'pathlib._local' 'PurePosixPath'
//! MARK
//!   STRING 'a'
//! TUPLE
//! REDUCE
//! STOP
//! ```
//!
//! ## Use instead
//! Load the file with a version of the library that has the module, and dump it again with the new one.
//!
//! ## References
//! - [numpy/numpy#24844](https://github.com/numpy/numpy/issues/24844)
//! - [python/cpython#133789](https://github.com/python/cpython/issues/133789)
//! - [numpy/numpy#28340](https://github.com/numpy/numpy/issues/28340): what 1.26 does not load

use crate::analysis::Entry;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB129",
        name: "moved-module",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("moved_module.rs"),
    },
    checks: &[Check::AnyGlobal(check)],
};

/// Modules that are not everywhere: where they are found, and since or until when. Sorted.
const MOVED: &[(&str, &str)] = &[
    ("_loss", "is in scikit-learn 1.3 to 1.8 alone (now sklearn._loss._loss)"),
    ("keras.engine", "was removed in Keras 2.13 (now keras.src)"),
    ("keras.layers.core", "was removed in Keras 2.7"),
    ("numpy._core", "is new in numpy 1.26 (before, numpy.core)"),
    ("pandas.core.index", "was removed in pandas 2.0 (now pandas.core.indexes)"),
    ("pandas.core.indexes.frozen", "is new in pandas 0.24 (before, pandas.core.base)"),
    ("pandas.core.indexes.numeric", "was removed in pandas 2.0 (now pandas.core.indexes.base)"),
    ("pandas.indexes", "was removed in pandas 0.25 (now pandas.core.indexes)"),
    ("pandas.tseries.index", "was removed in pandas 0.25 (now pandas.core.indexes.datetimes)"),
    ("pandas.tslib", "was removed in pandas 1.0 (now pandas._libs.tslibs)"),
    ("pathlib._local", "is new in Python 3.13 (before, pathlib)"),
    ("sklearn.cross_validation", "was removed in scikit-learn 0.20 (now sklearn.model_selection)"),
    ("sklearn.ensemble.forest", "was removed in scikit-learn 0.24 (now sklearn.ensemble._forest)"),
    ("sklearn.ensemble.gradient_boosting", "was removed in scikit-learn 0.24 (now sklearn.ensemble._gb)"),
    ("sklearn.externals", "was removed in scikit-learn 0.23 (now the library itself, such as joblib)"),
    ("sklearn.grid_search", "was removed in scikit-learn 0.20 (now sklearn.model_selection)"),
    ("sklearn.lda", "was removed in scikit-learn 0.19 (now sklearn.discriminant_analysis)"),
    ("sklearn.linear_model.base", "was removed in scikit-learn 0.24 (now sklearn.linear_model._base)"),
    (
        "sklearn.linear_model.logistic",
        "was removed in scikit-learn 0.24 (now sklearn.linear_model._logistic)",
    ),
    (
        "sklearn.neighbors.classification",
        "was removed in scikit-learn 0.24 (now sklearn.neighbors._classification)",
    ),
    ("sklearn.preprocessing.data", "was removed in scikit-learn 0.24 (now sklearn.preprocessing._data)"),
    ("sklearn.preprocessing.imputation", "was removed in scikit-learn 0.22 (now sklearn.impute)"),
    ("sklearn.preprocessing.label", "was removed in scikit-learn 0.24 (now sklearn.preprocessing._label)"),
    ("sklearn.svm.classes", "was removed in scikit-learn 0.24 (now sklearn.svm._classes)"),
    ("sklearn.tree.tree", "was removed in scikit-learn 0.24 (now sklearn.tree._classes)"),
];

/// A row for a module, or for one that it is part of.
fn moved(module: &str) -> Option<&'static (&'static str, &'static str)> {
    let inside = |row: &&(&str, &str)| {
        module.strip_prefix(row.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    MOVED.iter().find(inside)
}

fn check(entry: &Entry<'_>, report: &mut Reporter<'_>) {
    // A pickle may hold a million globals.
    let library = entry.names.module.split('.').next().unwrap_or_default();
    if !matches!(library, "_loss" | "keras" | "numpy" | "pandas" | "pathlib" | "sklearn") {
        return;
    }
    let Some((module, where_to)) = moved(&entry.names.module) else { return };
    let is_new = matches!(*module, "numpy._core" | "pathlib._local");
    let is_common = matches!(*module, "_loss" | "pandas.core.indexes.numeric");
    if is_new && report.has_reported() {
        return;
    }
    let severity = if is_new || is_common { Severity::Info } else { Severity::Warning };
    let message = format!("`{}` does not load everywhere: its module {where_to}", entry.dotted());
    let help = "elsewhere loading raises ModuleNotFoundError";
    let finding = report.finding(entry.first.clone(), message).of_severity(severity);
    report.push(finding.about(entry.as_loaded()).help(help));
}

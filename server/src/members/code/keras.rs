//! What descriptions of models of Keras name, judged.

use pickle_containers::{Called, Code, Loader, Mention};
use pickle_rules::policy::loaders::{self, Belongs};

use super::{denial, dotted, shown};

/// What the description of a model names that models are not made of, where nobody knows what it does, and files that it reads.
pub(super) fn foreign(code: &Code<'_>, mention: &Mention<'_>) -> Option<String> {
    if code.loader != Loader::Keras {
        return None;
    }
    let (module, name) = match mention.what {
        Called::Function { module: Some(module), name } => (module, name),
        Called::File => {
            let file = shown(mention.text);
            return Some(format!(
                "the description of a model of Keras names the file {file}, which its loader reads"
            ));
        }
        Called::Sizes { module, name, number, product } => {
            let reason = loaders::keras_grows(module, name, number, product)?;
            let global = shown(&dotted(Some(module), Some(name)));
            return Some(format!(
                "the description of a model of Keras calls {global} with numbers that no model needs, which {reason}"
            ));
        }
        Called::Weights { number, is_product } if loaders::keras_weighs(number, is_product) => {
            let key = shown(mention.text);
            return Some(format!(
                "the description of a model of Keras has a layer whose {key} is {number}; its loader makes weights for it"
            ));
        }
        _ => return None,
    };
    let what = match loaders::keras_belongs(module, name.unwrap_or_default()) {
        Belongs::Part => return None,
        Belongs::Library => "no part that models are made of; its loader calls it",
        Belongs::Foreign => "no part of Keras; its loader imports the module, and calls it",
    };
    let global = shown(&dotted(Some(module), name));
    Some(format!("the description of a model of Keras names {global}, which is {what}"))
}

/// Why what the description of a model of Keras names does harm. What the program itself has may be called like anything.
pub(super) fn harm(module: Option<&str>, name: Option<&str>) -> Option<String> {
    let is_judged = |module: &str| {
        module == "builtins" || loaders::keras_belongs(module, name.unwrap_or_default()) != Belongs::Part
    };
    let of_lists = || denial(module, name).filter(|_| module.is_some_and(is_judged));
    let reason = loaders::keras_function(module, name).map(str::to_owned).or_else(of_lists)?;
    Some(format!(
        "the description of a model of Keras names {}, which {reason}; its loader calls it",
        shown(&dotted(module, name))
    ))
}

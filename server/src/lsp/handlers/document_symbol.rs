//! `textDocument/documentSymbol`.

use pickle_ide::symbols::{Symbol, symbols};
use tower_lsp::gen_lsp_types::{
    BaseSymbolInformation, DocumentSymbol, DocumentSymbolParams, DocumentSymbolResponse, Location,
    SymbolInformation,
};

use super::Answer;
use crate::lsp::convert;
use crate::lsp::document::Shown;
use crate::lsp::work::Work;

/// The outline: a tree, or a list for clients that know no trees.
pub(crate) fn handle(work: &Work, params: &DocumentSymbolParams) -> Answer<Option<DocumentSymbolResponse>> {
    let Some(shown) = work.shown(&params.text_document.uri)? else { return Ok(None) };
    let found = symbols(&shown.context());
    if work.session.client_can().symbol_tree {
        return Ok(Some(found.into_iter().map(|symbol| tree(&shown, symbol)).collect::<Vec<_>>().into()));
    }
    let mut list = Vec::new();
    flatten(&shown, found, None, &mut list);
    Ok(Some(list.into()))
}

#[allow(deprecated, reason = "a field of the type")]
fn tree(shown: &Shown, symbol: Symbol) -> DocumentSymbol {
    let Symbol { name, detail, kind, rows, selection, children } = symbol;
    let children: Vec<_> = children.into_iter().map(|child| tree(shown, child)).collect();
    DocumentSymbol {
        name: named(name),
        detail: (!detail.is_empty()).then_some(detail),
        kind: convert::symbol(kind),
        tags: None,
        deprecated: None,
        range: convert::rows(shown.rows(), &rows, shown.encoding),
        selection_range: shown.op_range(selection),
        children: (!children.is_empty()).then_some(children),
    }
}

#[allow(deprecated, reason = "a field of the type")]
fn flatten(shown: &Shown, symbols: Vec<Symbol>, container: Option<&str>, list: &mut Vec<SymbolInformation>) {
    for symbol in symbols {
        let name = named(symbol.name);
        let range = convert::rows(shown.rows(), &symbol.rows, shown.encoding);
        list.push(SymbolInformation {
            deprecated: None,
            location: Location { uri: shown.uri.clone(), range },
            base_symbol_information: BaseSymbolInformation {
                name: name.clone(),
                kind: convert::symbol(symbol.kind),
                tags: None,
                container_name: container.map(str::to_owned),
            },
        });
        flatten(shown, symbol.children, Some(&name), list);
    }
}

/// Clients refuse symbols without a name.
fn named(name: String) -> String {
    if name.trim().is_empty() { "''".to_owned() } else { name }
}

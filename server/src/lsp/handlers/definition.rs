//! `textDocument/definition`.

use pickle_ide::definition::definition;
use tower_lsp::gen_lsp_types::{Definition, DefinitionParams, DefinitionResponse, Location, LocationLink};

use super::Answer;
use crate::lsp::convert;
use crate::lsp::work::Work;

/// The ops that what stands at a place comes from.
pub(crate) fn handle(work: &Work, params: &DefinitionParams) -> Answer<Option<DefinitionResponse>> {
    let place = &params.text_document_position_params;
    let Some(shown) = work.shown(&place.text_document.uri)? else { return Ok(None) };
    let view = shown.rows();
    let Some(position) = convert::position(view, place.position, shown.encoding) else { return Ok(None) };
    let offsets = definition(&shown.context(), position);
    let locations: Vec<Location> =
        offsets.into_iter().map(|offset| shown.locate(work, offset)).collect::<Answer<_>>()?;
    if !work.session.client_can().links {
        return Ok(Some(Definition::LocationList(locations).into()));
    }
    let token = shown.context().token_at(position);
    let origin = token.map(|token| convert::range(view, position.row, &token.columns, shown.encoding));
    let link = |location: Location| LocationLink {
        origin_selection_range: origin,
        target_uri: location.uri,
        target_range: location.range,
        target_selection_range: location.range,
    };
    Ok(Some(locations.into_iter().map(link).collect::<Vec<_>>().into()))
}

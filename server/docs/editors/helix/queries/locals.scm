(source_file) @local.scope

(memo_store slot: (_) @local.definition.variable)
(memo_load slot: (_) @local.reference)

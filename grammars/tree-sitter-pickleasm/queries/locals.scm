; Memo slots, by label or number. A label is known below its definition, in later pickles too.

(source_file) @local.scope

(memo_store slot: (_) @local.definition.var)
(memo_load slot: (_) @local.reference)

(global_load module: (_) @context name: (_) @name) @item
(memo_store slot: (label) @name) @item

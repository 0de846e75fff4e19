; Indentation means nothing; it shows which rows lie between a mark and the opcode that takes it.
; Neovim knows the names with a dot, Helix `indent` and `outdent`, Zed `indent` and `end`.

(group) @indent @indent.begin

(group close: (row) @outdent @end @indent.branch)

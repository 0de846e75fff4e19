; Indentation means nothing; it shows which rows lie between a mark and the opcode that takes it.

(group) @indent.begin
(group close: (row) @indent.branch)

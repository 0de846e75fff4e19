(group) @indent
(group close: (row) @outdent)

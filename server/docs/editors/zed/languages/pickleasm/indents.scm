(group close: (row) @end) @indent

(group open: (row) @open close: (row) @close)

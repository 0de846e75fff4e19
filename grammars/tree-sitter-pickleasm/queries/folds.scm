(group) @fold
(pickle) @fold

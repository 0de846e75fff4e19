[(string) (bytes)] @string
(comment) @comment.inclusive

(offset) @label

[(opcode) (call_opcode) (global_opcode) (memo_opcode)] @keyword
[(mark) (mark_opcode)] @punctuation.special
(directive) @preproc

[(integer) (float)] @number
(boolean) @boolean
(auto) @constant

(string) @string
(bytes) @string.special
(escape_sequence) @string.escape

[(slot) (label)] @variable

(global_load module: (string) @type)
(global_load name: (string) @function)

[(truncation) (elision) (comment)] @comment

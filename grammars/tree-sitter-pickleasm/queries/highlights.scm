; The names that Neovim knows; those of Helix and Zed are in `editors/`.

(offset) @label

(opcode) @keyword
(call_opcode) @keyword.operator
(global_opcode) @keyword.import
(memo_opcode) @keyword
[(mark) (mark_opcode)] @punctuation.special
(directive) @keyword.directive
[(unknown_opcode) (unknown_operand)] @error

(integer) @number
(float) @number.float
(boolean) @boolean
(auto) @constant.builtin

(string) @string
(bytes) @string.special
(escape_sequence) @string.escape

[(slot) (label)] @variable

(global_load module: (string) @module)
(global_load name: (string) @function)

[(truncation) (elision) (comment)] @comment

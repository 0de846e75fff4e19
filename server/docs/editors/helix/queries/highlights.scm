(offset) @label

(opcode) @keyword
(call_opcode) @keyword.operator
(global_opcode) @keyword.control.import
(memo_opcode) @keyword.storage
[(mark) (mark_opcode)] @keyword.control
(directive) @keyword.directive

(integer) @constant.numeric.integer
(float) @constant.numeric.float
(boolean) @constant.builtin.boolean
(auto) @constant.builtin

(string) @string
(bytes) @string.special
(escape_sequence) @constant.character.escape

[(slot) (label)] @variable

(global_load module: (string) @namespace)
(global_load name: (string) @function)

[(truncation) (elision) (comment)] @comment

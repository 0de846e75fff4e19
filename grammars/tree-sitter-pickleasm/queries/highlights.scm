; Where editors have different names for a thing, both are given: an editor takes the one it knows.

(offset) @label

(opcode) @keyword
(call_opcode) @keyword @keyword.operator
(global_opcode) @keyword @keyword.import
(memo_opcode) @keyword
(mark) @keyword.control @punctuation.bracket
(mark_opcode) @keyword.control @punctuation.bracket
(directive) @keyword.directive
(unknown_opcode) @error
(unknown_operand) @error

(integer) @number @constant.numeric
(float) @number @constant.numeric
(boolean) @boolean @constant.builtin.boolean
(auto) @constant.builtin

(string) @string
(bytes) @string @string.special
(escape_sequence) @string.escape @constant.character.escape

(slot) @variable
(label) @variable

(global_load module: (string) @module @namespace)
(global_load name: (string) @function)

(truncation) @comment
(elision) @comment
(comment) @comment

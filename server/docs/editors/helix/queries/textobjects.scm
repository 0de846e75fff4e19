; A pickle is a class, a mark with all up to the opcode that takes it a function, an operand a parameter.
(pickle) @class.around
(group) @function.around

(operand) @parameter.inside
(operand) @parameter.around

(comment) @comment.inside
(comment) @comment.around

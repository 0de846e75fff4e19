; A pickle is a large section, a mark with all up to the opcode that takes it a smaller one.
(pickle) @class.around
(group) @function.around
(comment) @comment.around

/**
 * @file The text form of Python pickles, as pickle-lsp writes and reads it.
 * @license MIT OR Apache-2.0
 *
 * One row a line: `[offset:] MNEMONIC [operands] [# comment]`. The mnemonics come from the opcode table, by way of
 * `opcodes.json`, which `cargo xtask generate` writes. The grammar is generous where a reader can say more about what is
 * wrong than a parser: any operand may follow any mnemonic, and a word that is no mnemonic is a node of its own.
 *
 * Indentation means nothing. What lies between a mark and the opcode that takes it is a `group`, and the rows of a pickle
 * up to its STOP are a `pickle`; a group that nothing closes goes on to the next STOP. So every sequence of
 * rows has exactly one tree, and that needs no look-ahead over rows.
 */

/// <reference types="tree-sitter-cli/dsl" />
// @ts-check

const opcodes = require("./opcodes.json");

/** A row with this content. */
const row = ($, content) => seq(optional(field("offset", $.offset)), content, optional($.comment));

/** The mnemonics of a category, as one rule. */
const mnemonic = (names) => (names.length === 1 ? names[0] : choice(...names));

module.exports = grammar({
  name: "pickleasm",

  extras: () => [/[ \t]/, /\uFEFF/],

  word: ($) => $.word,

  supertypes: ($) => [$.operand],

  rules: {
    source_file: ($) =>
      seq(optional($._end), optional(seq($.pickle, repeat(seq($._end, $.pickle)), optional($._end)))),

    // Nothing but a STOP ends a pickle, and only a STOP that is in no group; the rows behind the last one are a pickle too.
    pickle: ($) =>
      prec.right(
        choice(
          alias($.stop_row, $.row),
          seq(
            $._item,
            repeat(seq($._end, $._item)),
            optional(choice(seq($._end, alias($.stop_row, $.row)), $._end)),
          ),
        ),
      ),

    _item: ($) => choice($.group, $.row, alias($.closing_row, $.row)),

    // CPython forgets all marks at a STOP, so it closes a group too.
    group: ($) =>
      prec.right(
        seq(
          field("open", alias($.mark_row, $.row)),
          repeat(seq($._end, choice($.group, $.row))),
          optional(choice(seq($._end, field("close", alias(choice($.closing_row, $.stop_row), $.row))), $._end)),
        ),
      ),

    row: ($) =>
      choice(
        field("offset", $.offset),
        seq(optional(field("offset", $.offset)), $.comment),
        row(
          $,
          choice(
            $.instruction,
            $.memo_store,
            $.memo_load,
            alias($.plain_global_load, $.global_load),
            $.data,
            $.elision,
            $.fragment,
            $.unknown_instruction,
          ),
        ),
      ),
    mark_row: ($) => row($, alias($.mark_instruction, $.instruction)),
    closing_row: ($) =>
      row($, choice(alias($.closing_instruction, $.instruction), alias($.marked_global_load, $.global_load))),
    stop_row: ($) => row($, alias($.stop_instruction, $.instruction)),

    instruction: ($) =>
      seq(field("opcode", choice($.opcode, $.call_opcode, alias($.plain_global_opcode, $.global_opcode))), repeat($.operand)),
    mark_instruction: ($) => seq(field("opcode", $.mark), repeat($.operand)),
    closing_instruction: ($) => seq(field("opcode", $.mark_opcode), repeat($.operand)),
    stop_instruction: ($) => seq(field("opcode", alias($.stop_opcode, $.opcode)), repeat($.operand)),

    // What fills a memo slot, and what reads one. MEMOIZE says no slot; a label behind it names the one that it fills.
    memo_store: ($) => seq(field("opcode", alias($.memo_store_opcode, $.memo_opcode)), optional(field("slot", $._slot)), repeat($.operand)),
    memo_load: ($) => seq(field("opcode", alias($.memo_load_opcode, $.memo_opcode)), optional(field("slot", $._slot)), repeat($.operand)),
    _slot: ($) => prec(1, choice(alias($.integer, $.slot), $.label)),

    // Module and name, as literals.
    plain_global_load: ($) => seq(field("opcode", $.global_opcode), optional($._pair)),
    marked_global_load: ($) => seq(field("opcode", alias($.marked_global_opcode, $.mark_opcode)), optional($._pair)),
    _pair: ($) => seq(field("module", $._text), optional(seq(field("name", $._text), repeat($.operand)))),
    _text: ($) => prec(1, choice($.string, $.bytes)),

    // Bytes that are no op.
    data: ($) => seq(field("directive", $.directive), repeat($.operand)),
    directive: () => "BYTES",

    // A part of a long operand, in a view of it.
    fragment: ($) => choice($.string, $.bytes),

    unknown_instruction: ($) => seq(field("opcode", alias($.word, $.unknown_opcode)), repeat($.operand)),

    opcode: () => mnemonic(opcodes.plain),
    call_opcode: () => mnemonic(opcodes.call),
    plain_global_opcode: () => mnemonic(opcodes.global_of_stack),
    global_opcode: () => mnemonic(opcodes.global),
    marked_global_opcode: () => mnemonic(opcodes.global_of_mark),
    mark: () => mnemonic(opcodes.mark),
    mark_opcode: () => mnemonic(opcodes.mark_taking),
    memo_store_opcode: () => mnemonic(opcodes.memo_store),
    memo_load_opcode: () => mnemonic(opcodes.memo_load),
    stop_opcode: () => mnemonic(opcodes.stop),

    operand: ($) => choice($.integer, $.float, $.boolean, $.auto, $.string, $.bytes, $.label, $.truncation, alias($.word, $.unknown_operand)),

    auto: () => "auto",
    boolean: () => choice("True", "False"),
    label: () => /\$[A-Za-z_][A-Za-z0-9_]*/,
    integer: () => token(/[+-]?(0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|[0-9][0-9_]*)/),
    float: () =>
      token(
        choice(
          /[+-]?[0-9][0-9_]*\.[0-9_]*([eE][+-]?[0-9]+)?/,
          /[+-]?\.[0-9][0-9_]*([eE][+-]?[0-9]+)?/,
          /[+-]?[0-9][0-9_]*[eE][+-]?[0-9]+/,
          /[+-]?(nan|inf)/,
        ),
      ),

    string: ($) => literal($, ""),
    bytes: ($) => literal($, "b"),
    escape_sequence: () =>
      token.immediate(
        prec(1, /\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{1,3}|[^xuU0-7\r\n]|[xuU])/),
      ),

    // What stands for what a view leaves out: the rest of an operand, and whole rows.
    truncation: () => token(/\.\.\.[ \t]*[0-9]+[ \t]+bytes/),
    elision: () => token(/\.\.\.[ \t]*[0-9]+[ \t]+rows,[ \t]*[0-9]+[ \t]+bytes/),

    offset: () => token(/[0-9]+[ \t]*:/),
    comment: () => token(/#[^\r\n]*/),
    word: () => /[A-Za-z_][A-Za-z0-9_]*/,

    // What stands between two rows: the end of the first, and empty lines.
    _end: () => token(/\r?\n([ \t]*\r?\n)*/),
  },
});

/** A Python literal with one of the two quotes. One that is being written has no end yet, and ends with its row. */
function literal($, prefix) {
  const quoted = (quote, text) =>
    seq(
      token(seq(prefix, quote)),
      repeat(choice(alias(token.immediate(prec(1, text)), $.content), $.escape_sequence)),
      optional(token.immediate(prec(2, quote))),
    );
  return choice(quoted("'", /[^'\\\r\n]+/), quoted('"', /[^"\\\r\n]+/));
}

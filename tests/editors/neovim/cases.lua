-- The tests that run.mjs runs, one a Neovim: `PICKLE_CASE` says which. The current folder has the samples.
local cases = {}

local function equal(found, wanted, what)
  if not vim.deep_equal(found, wanted) then
    error((what or "") .. " found " .. vim.inspect(found) .. ", wanted " .. vim.inspect(wanted), 2)
  end
end

local function contains(text, part)
  if not tostring(text):find(part, 1, true) then
    error(vim.inspect(text) .. " has no " .. part, 2)
  end
end

local function until_(what, look)
  if not vim.wait(20000, look, 20) then
    error("waited in vain for " .. what, 2)
  end
end

local function lines()
  return vim.api.nvim_buf_get_lines(0, 0, -1, false)
end

-- Number of the first row that matches, and the columns of the match.
local function find(pattern)
  for row, line in ipairs(lines()) do
    local from, to = line:find(pattern)
    if from then
      return row, from - 1, to
    end
  end
  error("no row is like " .. pattern .. " in\n" .. table.concat(lines(), "\n"), 2)
end

local function put_cursor(pattern)
  local row, column = find(pattern)
  vim.api.nvim_win_set_cursor(0, { row, column })
end

-- The answer of the one server to a request at the cursor.
local function ask(method)
  local parameters = vim.lsp.util.make_position_params(0, "utf-16")
  local answers = vim.lsp.buf_request_sync(0, method, parameters, 20000)
  for _, answer in pairs(answers or {}) do
    return answer.result
  end
  error("no answer to " .. method, 2)
end

local function diagnostics()
  return vim.tbl_map(function(found)
    return { row = found.lnum + 1, column = found.col, message = found.message, code = found.code }
  end, vim.diagnostic.get(0))
end

-- Captures of a query in a text: name and the text of the node, up to the end of its first row.
local function captures(name, text)
  local queries = require("vim.treesitter.query")
  local query = (queries.get or queries.get_query)("pickleasm", name)
  local parser = vim.treesitter.get_string_parser(text, "pickleasm")
  local root = parser:parse()[1]:root()
  local found = {}
  for id, node in query:iter_captures(root, text, 0, -1) do
    local row, from, last, to = node:range()
    local place = row == last and vim.split(text, "\n")[row + 1]:sub(from + 1, to) or row .. " to " .. last
    table.insert(found, query.captures[id] .. " " .. place)
  end
  return found
end

function cases.grammar()
  vim.cmd("PickleParser")
  assert(require("pickle_lsp").load_grammar(), "the parser is not loaded")
  local text = "  0: MARK\n  1:   GLOBAL 'os' 'system'\n       PUT $f # x\n     TUPLE\n     STOP\n"
  local found = captures("highlights", text)
  for _, wanted in ipairs({
    "label 0:", "punctuation.special MARK", "keyword.import GLOBAL", "module 'os'", "function 'system'", "keyword PUT",
    "variable $f", "comment # x", "keyword STOP",
  }) do
    assert(vim.tbl_contains(found, wanted), wanted .. " is not in " .. vim.inspect(found))
  end
  equal(captures("folds", text), { "fold 0 to 4", "fold 0 to 3" })
  equal(captures("indents", text), { "indent.begin 0 to 3", "indent.branch TUPLE" })
  equal(captures("locals", text), { "local.scope 0 to 5", "local.definition.var $f" })
end

function cases.listing()
  vim.cmd("edit protocol4.pkl")
  contains(lines()[1], "PROTO 4")
  equal({ vim.bo.filetype, vim.bo.modifiable, vim.bo.modified }, { "pickleasm", false, false })
  assert(vim.treesitter.highlighter.active[vim.api.nvim_get_current_buf()], "there are no colours")

  put_cursor("EMPTY_DICT")
  contains(ask("textDocument/hover").contents.value, "**EMPTY_DICT**")

  put_cursor("BINGET 3")
  vim.lsp.buf.definition()
  -- MEMOIZE names no slot: the fourth fills slot 3, the one behind EMPTY_LIST.
  local list = find("EMPTY_LIST")
  until_("the cursor to be at the definition", function()
    return vim.api.nvim_win_get_cursor(0)[1] == list + 1
  end)
  if vim.treesitter.foldexpr then
    vim.wo.foldmethod = "expr"
    vim.wo.foldexpr = "v:lua.vim.treesitter.foldexpr()"
    equal({ vim.fn.foldlevel(1), vim.fn.foldlevel((find("'rate'"))) }, { 1, 2 })
  end
end

function cases.findings()
  vim.cmd("edit hostile.pkl")
  until_("a finding", function()
    return #diagnostics() == 1
  end)
  local found = diagnostics()[1]
  equal(found.row, (find("REDUCE")))
  contains(found.message, "posix.system('echo hi')")
end

function cases.containers()
  vim.cmd("edit model.pt")
  find("'layers'")
  vim.cmd("edit " .. vim.fn.fnameescape("pickle-listing://" .. vim.fn.getcwd() .. "/model.pt!/archive/data.pkl.pickleasm"))
  find("'layers'")
  equal(vim.bo.modifiable, false)
end

function cases.plain()
  vim.cmd("edit config.pkl")
  equal(lines()[2], "module config")
  equal({ vim.bo.modifiable, vim.bo.modified, vim.bo.readonly }, { true, false, false })
end

function cases.text()
  vim.fn.writefile({ "PROTO 4", "NONE", "MEMOIZE", "BINGE 0", "TUPLE2", "STOP" }, "mine.pickleasm")
  vim.cmd("edit mine.pickleasm")
  equal(vim.bo.filetype, "pickleasm")
  until_("the mistake", function()
    return #diagnostics() == 1
  end)
  local found = diagnostics()[1]
  equal({ found.row, found.column }, { 4, 0 })
  contains(found.message, "did you mean BINGET?")

  vim.api.nvim_buf_set_text(0, 3, 0, 3, 5, { "BINGET" })
  until_("nothing to be wrong", function()
    return #diagnostics() == 0
  end)
  put_cursor("BINGET")
  local labels = vim.tbl_map(function(item)
    return item.label
  end, ask("textDocument/completion"))
  assert(vim.tbl_contains(labels, "LONG_BINGET"), vim.inspect(labels))
  vim.lsp.buf.rename("$it")
  until_("the new name", function()
    return vim.deep_equal(lines(), { "PROTO 4", "NONE", "MEMOIZE $it", "BINGET $it", "TUPLE2", "STOP" })
  end)
  vim.cmd("write")
  vim.cmd("PickleAssemble")
  equal(vim.fn.readfile("mine.pkl", "b"), { "\128\4N\148h\n\134." })
end

function cases.assembled()
  vim.cmd("edit hostile.pkl")
  vim.cmd("PickleEdit")
  equal({ vim.fn.expand("%:t"), vim.bo.modifiable, vim.bo.buftype }, { "hostile.pkl.pickleasm", true, "" })
  local first, last = find("'posix'"), find("REDUCE")
  vim.api.nvim_buf_set_lines(0, first - 1, last, false, { "SHORT_BINUNICODE 'defused'" })
  local frame = find("FRAME")
  vim.api.nvim_buf_set_lines(0, frame - 1, frame, false, { "FRAME auto" })
  vim.cmd("PickleAssemble defused.pkl")
  vim.cmd("edit defused.pkl")
  find("'defused'")
  vim.wait(500)
  equal(diagnostics(), {})
end

local ok, problem = pcall(cases[vim.env.PICKLE_CASE])
if ok then
  vim.cmd("qall!")
else
  print(problem)
  vim.cmd("cquit")
end

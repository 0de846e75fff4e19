-- Pickles in Neovim (0.7.2 and later): a pickle opens as the listing that `pickle-lsp server` makes of it, a `.pickleasm` file as
-- the text that it is. Nothing of a pickle is executed. What the server says beyond LSP is in server/docs/protocol.md.

local M = {}

-- What can be changed by `require("pickle_lsp").setup { ... }`.
local config = {
  -- The server.
  cmd = { "pickle-lsp", "server" },
  -- Names of files that may be pickles; the server looks into each, and what is none opens as ever.
  patterns = { "*.pkl", "*.pickle", "*.pck", "*.pt", "*.pth", "*.ckpt", "*.joblib", "*.npy", "*.npz" },
  -- Called with client and buffer, for mappings.
  on_attach = nil,
  -- How long to wait for a listing, in milliseconds.
  timeout = 10000,
}

local LANGUAGE = "pickleasm"
local here = vim.fn.fnamemodify(debug.getinfo(1, "S").source:sub(2), ":p:h:h")
local grammar = vim.fn.fnamemodify(here, ":h:h:h:h") .. "/grammars/tree-sitter-pickleasm"
local parser = vim.fn.stdpath("data") .. "/site/parser/" .. LANGUAGE .. ".so"
local group

local function client()
  local known = M.client_id and vim.lsp.get_client_by_id(M.client_id)
  if known and not (known.is_stopped and known.is_stopped(known)) then
    return known
  end
  local settings = {
    name = "pickle-lsp",
    cmd = config.cmd,
    root_dir = vim.fn.getcwd(),
    on_attach = config.on_attach,
    get_language_id = function()
      return LANGUAGE
    end,
  }
  if vim.fn.has("nvim-0.11") == 1 then
    M.client_id = vim.lsp.start(settings, { attach = false })
  else
    M.client_id = vim.lsp.start_client(settings)
  end
  local started = M.client_id and vim.lsp.get_client_by_id(M.client_id)
  if not started then
    error("pickle-lsp: cannot run " .. table.concat(config.cmd, " "), 0)
  end
  vim.wait(config.timeout, function()
    return started.initialized
  end, 10)
  return started
end

-- The answer of the server, now.
local function ask(method, params)
  local server = client()
  local answer, problem
  if vim.fn.has("nvim-0.11") == 1 then
    answer, problem = server:request_sync(method, params, config.timeout)
  else
    -- By its number: what was typed is sent before the request only then.
    answer, problem = server.request_sync(method, params, config.timeout, vim.api.nvim_get_current_buf())
  end
  if not answer then
    error("pickle-lsp: " .. tostring(problem), 0)
  end
  if answer.err then
    error("pickle-lsp: " .. answer.err.message, 0)
  end
  return answer.result
end

local function attach(buffer)
  vim.lsp.buf_attach_client(buffer, client().id)
end

local function set_text(buffer, text)
  local lines = vim.split(text, "\n", { plain = true })
  if lines[#lines] == "" then
    table.remove(lines)
  end
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
end

-- Fills a buffer with a listing, which is read-only.
local function show(buffer, listing)
  local text = ask("pickle/virtualDocument", { uri = listing }).text
  local options = vim.bo[buffer]
  options.swapfile = false
  options.modifiable = true
  options.readonly = false
  local undo = options.undolevels
  options.undolevels = -1
  set_text(buffer, text)
  options.undolevels = undo
  options.modified = false
  options.modifiable = false
  options.readonly = true
  options.buftype = "nowrite"
  vim.b[buffer].pickle_listing = listing
  options.filetype = LANGUAGE
  attach(buffer)
end

-- Reads a file that is no pickle as Neovim would have done.
local function read_plainly(file)
  vim.cmd("silent keepalt read ++edit " .. vim.fn.fnameescape(file))
  vim.cmd("silent keepjumps 1delete _")
  vim.bo.modified = false
  vim.cmd("silent doautocmd BufReadPost " .. vim.fn.fnameescape(file))
end

local function read_file(event)
  local file = vim.fn.fnamemodify(event.match, ":p")
  if vim.fn.filereadable(file) == 0 then
    vim.cmd("silent doautocmd BufNewFile " .. vim.fn.fnameescape(file))
    return
  end
  local ok, found = pcall(ask, "pickle/sniff", { uri = vim.uri_from_fname(file) })
  if not ok then
    vim.notify(found, vim.log.levels.ERROR)
  end
  if ok and type(found.listing) == "string" then
    show(event.buf, found.listing)
  else
    read_plainly(file)
  end
end

-- Colours by the grammar, where its parser was built.
local function highlight(buffer)
  if not M.load_grammar() then
    return
  end
  if vim.treesitter.start then
    vim.treesitter.start(buffer, LANGUAGE)
  else
    vim.treesitter.highlighter.new(vim.treesitter.get_parser(buffer, LANGUAGE))
  end
end

-- Loads parser and queries; whether there is a parser.
function M.load_grammar()
  if M.grammar_loaded == nil then
    local ok, loaded
    local path = vim.fn.filereadable(parser) == 1 and parser or nil
    if vim.treesitter.language and vim.treesitter.language.add then
      ok, loaded = pcall(vim.treesitter.language.add, LANGUAGE, { path = path })
    else
      ok, loaded = pcall(vim.treesitter.require_language, LANGUAGE, path)
    end
    -- Before 0.11 a parser that is there is no answer, and one that is not an error.
    M.grammar_loaded = ok and (loaded or vim.fn.has("nvim-0.11") == 0)
    local queries = require("vim.treesitter.query")
    local set = queries.set or queries.set_query
    for _, name in ipairs(M.grammar_loaded and { "highlights", "folds", "indents", "locals" } or {}) do
      set(LANGUAGE, name, table.concat(vim.fn.readfile(grammar .. "/queries/" .. name .. ".scm"), "\n"))
    end
  end
  return M.grammar_loaded
end

-- `:PickleParser`: builds the parser of the grammar; a C compiler is all that is needed.
function M.build_parser()
  vim.fn.mkdir(vim.fn.fnamemodify(parser, ":h"), "p")
  local compiler = vim.env.CC or "cc"
  local output = vim.fn.system({
    compiler, "-O2", "-shared", "-fPIC", "-I", grammar .. "/src", grammar .. "/src/parser.c",
    "-o", parser,
  })
  if vim.v.shell_error ~= 0 then
    error("pickle-lsp: " .. compiler .. ": " .. output, 0)
  end
  M.grammar_loaded = nil
end

-- `:PickleEdit`: a text of the whole listing that can be edited, beside the file.
function M.edit()
  local listing = vim.b.pickle_listing or vim.uri_from_bufnr(0)
  local text = ask("pickle/editableText", { uri = listing }).text
  local path = listing:match("^pickle%-listing://(.-)%.pickleasm") or error("pickle-lsp: this is no listing", 0)
  local file, member = path:match("^(.-)!/.-([^/]*)$")
  local name = vim.uri_to_fname("file://" .. (file and (file:gsub("[^/]*$", "") .. member) or path)) .. ".pickleasm"
  if vim.fn.filereadable(name) == 1 or vim.fn.bufexists(name) == 1 then
    error("pickle-lsp: " .. name .. " is there already", 0)
  end
  vim.cmd("noautocmd edit " .. vim.fn.fnameescape(name))
  set_text(0, text)
  vim.bo.filetype = LANGUAGE
  attach(0)
end

-- `:PickleAssemble [file]`: writes the bytes that the text says; without a name beside the text, over nothing.
function M.assemble(target)
  local arguments = { vim.uri_from_bufnr(0) }
  if target and target ~= "" then
    table.insert(arguments, vim.uri_from_fname(vim.fn.fnamemodify(target, ":p")))
  end
  local written = ask("workspace/executeCommand", { command = "pickle.assemble", arguments = arguments })
  vim.notify("wrote " .. vim.uri_to_fname(written))
end

local function on(events, pattern, callback)
  -- Nested: what is done there sets file types, and others wait for that.
  vim.api.nvim_create_autocmd(events, { group = group, pattern = pattern, callback = callback, nested = true })
end

-- Everything that happens by itself, and the commands. Called when Neovim loads the plugin.
function M.register()
  group = vim.api.nvim_create_augroup("pickle_lsp", { clear = true })
  on("BufReadCmd", config.patterns, read_file)
  on("BufReadCmd", "pickle-listing:/*", function(event)
    show(event.buf, event.match)
  end)
  on({ "BufRead", "BufNewFile" }, "*.pickleasm", function(event)
    vim.bo[event.buf].filetype = LANGUAGE
    attach(event.buf)
  end)
  on("FileType", LANGUAGE, function(event)
    vim.bo[event.buf].commentstring = "# %s"
    highlight(event.buf)
  end)
  local command = vim.api.nvim_create_user_command
  command("PickleEdit", M.edit, { desc = "Edit the listing as a text" })
  command("PickleAssemble", function(given)
    M.assemble(given.args)
  end, { nargs = "?", complete = "file", desc = "Assemble the text to a pickle" })
  command("PickleParser", M.build_parser, { desc = "Build the parser that colours listings" })
end

-- Changes the configuration.
function M.setup(changes)
  config = vim.tbl_extend("force", config, changes or {})
  if group then
    M.register()
  end
end

return M

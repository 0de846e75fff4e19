-- Pickles open as their listings, and `.pickleasm` files are checked while they are edited.
if vim.g.loaded_pickle_lsp then
  return
end
vim.g.loaded_pickle_lsp = true
require("pickle_lsp").register()

#!/bin/sh
# Installs Neovim for run.mjs where nobody minds: in CI. A person's machine is left alone; the tests are skipped there without it.
set -eu

if command -v "${NVIM:-nvim}" >/dev/null; then
    echo "install: $(command -v "${NVIM:-nvim}"): present"
elif [ "${CI:-}" = true ]; then
    echo "install: neovim"
    as_root=
    [ "$(id -u)" = 0 ] || as_root=sudo
    $as_root apt-get -qq update
    DEBIAN_FRONTEND=noninteractive $as_root apt-get -qq install --yes --no-install-recommends neovim >/dev/null
else
    echo "install: there is no Neovim; its tests are skipped (install neovim, or name the program in NVIM)"
fi

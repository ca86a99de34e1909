#!/usr/bin/env bash
# Bundles flame.js with what it imports and compresses it and the style sheet, as they are sent to browsers; collects the
# licenses of what is in the bundle. Needs npm. After a change of any of the sources below it has to run again; a test says
# so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
sources=(flame.js tree.js still.js flame.css package.json package-lock.json build.sh)
hash=$(cat "${sources[@]}" | sha256sum | cut -d' ' -f1)
work=$(mktemp -d)
cp "${sources[@]}" "$work"
here=$PWD
cd "$work"
npm ci --silent --no-audit --no-fund

banner="/* Made by build.sh of $hash. Contains d3-flame-graph, (c) Martin Spier, Apache License 2.0, and parts of D3, (c) Mike Bostock, ISC License. */"
bundle() { npx --no-install esbuild "$1" --bundle --minify --target=es2022 --loader:.css="$2" "--banner:$3=$banner" --log-level=warning "${@:4}"; }
still=(--alias:d3-transition=./still.js --alias:d3-ease=./still.js --alias:d3-scale=./still.js --alias:d3-format=./still.js)
bundle flame.js empty js --outfile=flame.min.js --metafile=meta.json "${still[@]}"
gzip -9n < flame.min.js > "$here/flame.js.gz"
bundle flame.css css css | gzip -9n > "$here/flame.css.gz"

{
  echo "The viewer of Pprof for .NET contains the following, under their own licenses."
  for package in $(grep -o 'node_modules/[a-z0-9-]*' meta.json | sort -u); do
    printf '\n----------------------------------------\n%s %s\n\n' "${package##*/}" "$(node -p "require('./$package/package.json').version")"
    cat "$package/LICENSE"
  done
} > "$here/THIRD-PARTY-NOTICES.txt"
cd "$here"
rm -r "$work"
wc -c flame.js.gz flame.css.gz

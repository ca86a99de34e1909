#!/usr/bin/env bash
# Bundles flame.js with what it imports and compresses it and the style sheet, as they are sent to browsers; collects the
# licenses of what is in the bundle. Needs npm. After a change of any of the sources below it has to run again; a test says
# so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
sources=(flame.js tree.js flame.css package.json package-lock.json build.sh)
hash=$(cat "${sources[@]}" | sha256sum | cut -d' ' -f1)
work=$(mktemp -d)
cp "${sources[@]}" "$work"
here=$PWD
cd "$work"
npm ci --silent --no-audit --no-fund

banner="/* Made by build.sh of $hash. Contains d3-flame-graph, (c) Martin Spier, Apache License 2.0, and parts of D3, (c) Mike Bostock, ISC License. */"
bundle() { npx --no-install esbuild "$1" --bundle --minify --target=es2022 --loader:.css="$2" "--banner:$3=$banner" --log-level=warning; }
bundle flame.js empty js | gzip -9n > "$here/flame.js.gz"
bundle flame.css css css | gzip -9n > "$here/flame.css.gz"

{
  echo "The viewer of Pprof for .NET contains the following, under their own licenses."
  for package in node_modules/d3-* node_modules/internmap; do
    printf '\n----------------------------------------\n%s %s\n\n' "${package##*/}" "$(node -p "require('./$package/package.json').version")"
    cat "$package/LICENSE"
  done
} > "$here/THIRD-PARTY-NOTICES.txt"
cd "$here"
rm -r "$work"
wc -c flame.js.gz flame.css.gz

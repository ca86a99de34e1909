#!/usr/bin/env bash
# Compiles snapshot.c for one architecture into a file that holds nothing but its bytes:
#   build.sh <x86_64|aarch64> <output.bin>
# With no arguments, rewrites ../SnapshotCode.cs from both.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../../../Process/Native/machine-code.sh"

compile() { flat "$1" "$2" snapshot -fno-tree-loop-distribute-patterns; }

if [ $# -eq 2 ]; then compile "$1" "$2"; exit; fi

write "$here/../SnapshotCode.cs" Pprof.Sources.Snapshot "The machine code of the copy of the process. The entry point is the first byte." \
  "$here/snapshot.c" "$here/snapshot.ld" "$here/build.sh" "${common[@]}"

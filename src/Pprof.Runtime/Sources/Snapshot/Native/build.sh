#!/usr/bin/env bash
# Compiles snapshot.c for one architecture into a file that holds nothing but its bytes:
#   build.sh <x86_64|aarch64> <output.bin>
# With no arguments, rewrites ../SnapshotCode.cs from both.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../../../Process/Native/machine-code.sh"

compile() {
  local work
  choose "$1"
  work=$(mktemp -d)
  $cc "${flags[@]}" -fomit-frame-pointer -fno-tree-loop-distribute-patterns -nostdlib -static -c "$here/snapshot.c" -o "$work/snapshot.o"
  "${tool}ld" --no-dynamic-linker -static -T "$here/snapshot.ld" "$work/snapshot.o" -o "$work/snapshot.elf"
  "${tool}objcopy" -O binary -j .text "$work/snapshot.elf" "$2"
  rm -r "$work"
}

if [ $# -eq 2 ]; then compile "$1" "$2"; exit; fi

write "$here/../SnapshotCode.cs" Pprof.Sources.Snapshot "The machine code of the copy of the process. The entry point is the first byte." \
  "$here/snapshot.c" "$here/snapshot.ld" "$here/build.sh" "${common[@]}"

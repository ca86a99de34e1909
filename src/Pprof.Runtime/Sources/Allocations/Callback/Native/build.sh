#!/usr/bin/env bash
# Compiles callback.c for one architecture into a library that needs no other:
#   build.sh <x86_64|aarch64> <output.so>
# With no arguments, rewrites ../CallbackLibrary.cs from both.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
shared=$(cd "$here/../../Native" && pwd)
source "$here/../../../../Process/Native/machine-code.sh"
link=(-shared -z noseparate-code -z norelro -z max-page-size=65536 -z noexecstack --hash-style=sysv --build-id=none -s -z text)

compile() {
  local work
  choose "$1"
  work=$(mktemp -d)
  $cc "${flags[@]}" -fno-omit-frame-pointer -I "$shared" -c "$here/callback.c" -o "$work/callback.o"
  "${tool}objcopy" -R .comment -R .note.GNU-stack -R .note.gnu.property "$work/callback.o"
  "${tool}ld" "${link[@]}" -soname pprof-allocations "$work/callback.o" -o "$2"
  rm -r "$work"
}

if [ $# -eq 2 ]; then compile "$1" "$2"; exit; fi

write "$here/../CallbackLibrary.cs" Pprof.Sources.Allocations.Callback "The library that the runtime calls at sampled allocations." \
  "$here/callback.c" "$here/build.sh" "$shared/ring.h" "${common[@]}"

#!/usr/bin/env bash
# Compiles guard.c for one architecture into a file that holds nothing but its bytes:
#   build.sh <x86_64|aarch64> <output.bin>
# With no arguments, rewrites ../DacGuardCode.cs from both.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../../../../Process/Native/machine-code.sh"

compile() { flat "$1" "$2" guard; }

if [ $# -eq 2 ]; then compile "$1" "$2"; exit; fi

write "$here/../DacGuardCode.cs" Pprof.Sources.Snapshot.Dac "The machine code of the guard: the handler of memory faults is the first byte." \
  "$here/guard.c" "$here/guard.ld" "$here/build.sh" "${common[@]}"

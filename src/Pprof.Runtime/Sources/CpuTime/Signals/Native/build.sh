#!/usr/bin/env bash
# Compiles handler.c for one architecture into a file that holds nothing but its bytes:
#   build.sh <x86_64|aarch64> <output.bin>
# With no arguments, rewrites ../SignalHandlerCode.cs from both.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../../../../Process/Native/machine-code.sh"

compile() { flat "$1" "$2" handler; }

if [ $# -eq 2 ]; then compile "$1" "$2"; exit; fi

write "$here/../SignalHandlerCode.cs" Pprof.Sources.CpuTime.Signals "The machine code of the signal handler. The entry point is the first byte." \
  "$here/handler.c" "$here/handler.ld" "$here/build.sh" "${common[@]}"

#!/usr/bin/env bash
# Compiles callback.c for one architecture into a library that needs no other:
#   build.sh <x86_64|aarch64> <output.so>
# With no arguments, rewrites ../WaitCallbackLibrary.cs from both.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
name=pprof-waits
source "$here/../../../Allocations/Callback/Native/profiler.sh"

if [ $# -eq 2 ]; then compile "$1" "$2"; exit; fi

write "$here/../WaitCallbackLibrary.cs" Pprof.Sources.Waits.Callback "The library that the runtime calls at contentions and waits." \
  "$here/callback.c" "$here/build.sh" "$profiler/profiler.h" "$profiler/profiler.sh" "$shared/ring.h" "${common[@]}"

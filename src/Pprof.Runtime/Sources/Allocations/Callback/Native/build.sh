#!/usr/bin/env bash
# Compiles callback.c for one architecture into a library that needs no other:
#   build.sh <x86_64|aarch64> <output.so>
# With no arguments, rewrites ../CallbackLibrary.cs from both.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
name=pprof-allocations
source "$here/profiler.sh"

if [ $# -eq 2 ]; then compile "$1" "$2"; exit; fi

write "$here/../CallbackLibrary.cs" Pprof.Sources.Allocations.Callback "The library that the runtime calls at sampled allocations." \
  "$here/callback.c" "$here/build.sh" "$profiler/profiler.h" "$profiler/profiler.sh" "$shared/ring.h" "${common[@]}"

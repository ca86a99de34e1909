# For the build.sh that make a library of a callback.c that includes profiler.h: $here is the folder of that file, $name what
# the library is called.
profiler=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
shared=$(cd "$profiler/../../Native" && pwd)
source "$profiler/../../../../Process/Native/machine-code.sh"
link=(-shared -z noseparate-code -z norelro -z max-page-size=65536 -z noexecstack --hash-style=sysv --build-id=none -s -z text)

compile() {
  local work
  choose "$1"
  work=$(mktemp -d)
  $cc "${flags[@]}" -fno-omit-frame-pointer -I "$profiler" -I "$shared" -c "$here/callback.c" -o "$work/callback.o"
  "${tool}objcopy" -R .comment -R .note.GNU-stack -R .note.gnu.property "$work/callback.o"
  "${tool}ld" "${link[@]}" -soname "$name" "$work/callback.o" -o "$2"
  rm -r "$work"
}

// A function that the linker puts in the place of another (--wrap), and where the stack of who called it is: for hooks.c,
// waits.c and threads.c, which are linked into NativeAOT programs.
#include <stdint.h>

// The function in the place of `name`, which has so many arguments. FRAME is where the frame pointer and the
// return address of who called it are, STACK_POINTER what the stack pointer is after the return. On x64 one follows from the
// other. On arm64 the compiler puts the frame wherever it likes: the stack pointer is taken before, as one more argument.
#define FRAME ((const uint64_t *)__builtin_frame_address(0))
#if defined(__x86_64__)
#define HOOK(result, name, count, ...) result __wrap_##name(__VA_ARGS__)
#define STACK_POINTER ((uint64_t)(uintptr_t)FRAME + 16)
#else
#define HOOK(result, name, count, ...) \
    __asm__(".text\n.p2align 2\n.globl __wrap_" #name "\n.hidden __wrap_" #name "\n.type __wrap_" #name ", %function\n" \
            "__wrap_" #name ":\n.cfi_startproc\nhint #34\nmov x" #count ", sp\nb hook_" #name "\n.cfi_endproc\n" \
            ".size __wrap_" #name ", . - __wrap_" #name "\n"); \
    __attribute__((used, visibility("hidden"))) result hook_##name(__VA_ARGS__, uint64_t stack_pointer)
#define STACK_POINTER stack_pointer
#endif

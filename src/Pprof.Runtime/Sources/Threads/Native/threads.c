// The hook of new threads of a NativeAOT program: linked into it with --wrap=SystemNative_CreateThread, through which every
// managed thread comes to be. It copies the stack of the thread that creates another, from the first one on: the ring is
// the program's own memory, of which nothing is there before it is written to. The new thread tells its number and begins.
#include "hook.h"
#include "ring.h"

#define WEAK __attribute__((weak))
#define VERSION 1
#define CONTROL_BYTES 16384     // AllocationRing.cs
#define STARTS 64

enum { CREATED, STARTED };

typedef void *(*thread_start)(void *);
extern int32_t __real_SystemNative_CreateThread(uintptr_t stack_size, thread_start start, void *argument) WEAK;

// A thread that has been created and does not run yet.
typedef struct { uint32_t is_taken; uint64_t id; thread_start start; void *argument; } starting;

static char memory[CONTROL_BYTES + RING_BYTES] __attribute__((aligned(PAGE)));
static starting starts[STARTS];
static uint64_t ids;

static void *attach(void)
{
    control *own = (control *)memory;
    own->ring = memory + CONTROL_BYTES;
    own->ring_bytes = RING_BYTES;
    __atomic_store_n(&ctl, own, __ATOMIC_RELEASE);
    return own;
}

static starting *take_start(void)
{
    for (uint32_t i = 0; i < STARTS; i++)
        if (__atomic_exchange_n(&starts[i].is_taken, 1, __ATOMIC_ACQUIRE) == 0) return &starts[i];
    return 0;
}

// On the new thread, before anything else. Returns what it is to run.
__attribute__((visibility("hidden"), used)) thread_start pprof_thread_started(starting *begun, void **argument)
{
    thread_start start = begun->start;
    uint64_t id = begun->id;
    *argument = begun->argument;
    __atomic_store_n(&begun->is_taken, 0, __ATOMIC_RELEASE);

    record *r = reserve(UNIT);
    if (r != 0) {
        r->kind = STARTED;
        r->type = id;
        r->size = (uint64_t)kernel(NR_gettid, 0, 0, 0, 0, 0, 0);
        r->handle = 0;
        publish(r, UNIT);
    }

    return start;
}

// Leaves the new thread's stack as if it had begun with what it is to run.
void *pprof_thread_begin(void *begun) __attribute__((visibility("hidden")));
#if defined(__x86_64__)
__asm__(
    ".text\n"
    ".hidden pprof_thread_begin\n"
    ".globl pprof_thread_begin\n"
    ".type pprof_thread_begin, @function\n"
    "pprof_thread_begin:\n"
    ".cfi_startproc\n"
    "    subq $24, %rsp\n"
    ".cfi_adjust_cfa_offset 24\n"
    "    leaq 8(%rsp), %rsi\n"
    "    call pprof_thread_started\n"
    "    movq 8(%rsp), %rdi\n"
    "    addq $24, %rsp\n"
    ".cfi_adjust_cfa_offset -24\n"
    "    jmp *%rax\n"
    ".cfi_endproc\n"
    ".size pprof_thread_begin, . - pprof_thread_begin\n");
#else
// The hint is where an indirect branch may lead to, and x16 is what such a one goes by.
__asm__(
    ".text\n"
    ".p2align 2\n"
    ".hidden pprof_thread_begin\n"
    ".globl pprof_thread_begin\n"
    ".type pprof_thread_begin, %function\n"
    "pprof_thread_begin:\n"
    ".cfi_startproc\n"
    "    hint #34\n"
    "    stp x29, x30, [sp, #-32]!\n"
    ".cfi_def_cfa_offset 32\n"
    ".cfi_offset 29, -32\n"
    ".cfi_offset 30, -24\n"
    "    mov x29, sp\n"
    "    add x1, sp, #16\n"
    "    bl pprof_thread_started\n"
    "    mov x16, x0\n"
    "    ldr x0, [sp, #16]\n"
    "    ldp x29, x30, [sp], #32\n"
    ".cfi_restore 30\n"
    ".cfi_restore 29\n"
    ".cfi_def_cfa_offset 0\n"
    "    br x16\n"
    ".cfi_endproc\n"
    ".size pprof_thread_begin, . - pprof_thread_begin\n");
#endif

HOOK(int32_t, SystemNative_CreateThread, 3, uintptr_t stack_size, thread_start start, void *argument)
{
    if (ctl == 0) attach();
    uint64_t bytes, id = __atomic_add_fetch(&ids, 1, __ATOMIC_RELAXED);
    record *r = begin_record(FRAME, STACK_POINTER, 1, 0, 0, &bytes);
    if (r != 0) {
        r->kind = CREATED;
        r->type = id;
        r->handle = 0;
    }

    starting *begins = take_start();
    int32_t is_created;
    if (begins != 0) {
        begins->id = id;
        begins->start = start;
        begins->argument = argument;
        is_created = __real_SystemNative_CreateThread(stack_size, pprof_thread_begin, begins);
        if (!is_created) __atomic_store_n(&begins->is_taken, 0, __ATOMIC_RELEASE);
    }
    else is_created = __real_SystemNative_CreateThread(stack_size, start, argument);

    // The reader waits here until it is known whether there is a thread: what that tells itself comes behind.
    if (r != 0) {
        if (!is_created) r->skipped = 1;
        publish(r, bytes);
    }

    return is_created;
}

static const char *missing(void) { return __real_SystemNative_CreateThread == 0 ? "SystemNative_CreateThread" : 0; }

// What managed code finds in the program: LinkedThreadHooks.cs.
__attribute__((visibility("default"), used)) const struct {
    int64_t version;
    const char *(*missing)(void);
    void *(*attach)(void);
} pprof_thread_hooks = { VERSION, missing, attach };

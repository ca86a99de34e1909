// Calls a function that may follow a pointer to nowhere, and comes back from that. The runtime's data access component is
// written for a debugger, which such a fault ends; here it would end the service.
//
// `call` notes where its own frame is and calls. A handler before the runtime's sees every memory fault of the process. One
// of the thread that `call` notes, in code that is known to be the component's or its C library's, goes on behind the call,
// which then has failed; all others are the handler's that was there before. What the function held it still holds: who calls
// has to do without it from then on, but for this thread.
//
// Built into bytes by build.sh, code at offset 0, `control` at 0x10000. DacGuard.cs has the layout. One thread calls at a time.
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <ucontext.h>
#include "kernel.h"

#define RANGES 4

typedef void (*handler)(int, siginfo_t *, void *);

typedef struct {
    uint64_t thread;                // the thread pointer of who is inside; 0 where nobody is
    uint64_t frame;                 // the stack pointer of `call`
    uint64_t is_outside;            // while what was called has called managed code
    uint64_t faults;                // that were come back from
    handler previous;
    struct { uint64_t low, high; } code[RANGES];
} guard;

__attribute__((used, visibility("hidden"))) guard control;

extern char landing[] __attribute__((visibility("hidden")));

// 0: the handler. 16: uint64_t call(function, a1, ..., a7), which passes all of them on. What a function has to leave as it
// was is restored where it did not come to that.
#if defined(__x86_64__)
__asm__(
    ".section .text.start, \"ax\"\n"
    "  jmp handle\n"
    "  .balign 16\n"
    "call:\n"
    "  push %rbp\n  push %rbx\n  push %r12\n  push %r13\n  push %r14\n  push %r15\n"
    "  mov %rdi, %rax\n  mov %rsi, %rdi\n  mov %rdx, %rsi\n  mov %rcx, %rdx\n  mov %r8, %rcx\n  mov %r9, %r8\n"
    "  mov 56(%rsp), %r9\n"
    "  mov 64(%rsp), %r10\n"
    "  mov %rsp, control+8(%rip)\n"
    "  mov %fs:0, %r11\n"
    "  mov %r11, control(%rip)\n"
    "  push %r10\n"
    "  call *%rax\n"
    "  add $8, %rsp\n"
    "0:\n"
    "  movq $0, control(%rip)\n"
    "  pop %r15\n  pop %r14\n  pop %r13\n  pop %r12\n  pop %rbx\n  pop %rbp\n"
    "  ret\n"
    "landing:\n"
    "  mov control+8(%rip), %rsp\n"
    "  mov $0x80004005, %eax\n"
    "  jmp 0b\n"
    ".text\n");
#else
__asm__(
    ".section .text.start, \"ax\"\n"
    "  b handle\n"
    "  .balign 16\n"
    "call:\n"
    "  stp x29, x30, [sp, #-160]!\n"
    "  stp x19, x20, [sp, #16]\n  stp x21, x22, [sp, #32]\n  stp x23, x24, [sp, #48]\n  stp x25, x26, [sp, #64]\n"
    "  stp x27, x28, [sp, #80]\n  stp d8, d9, [sp, #96]\n  stp d10, d11, [sp, #112]\n  stp d12, d13, [sp, #128]\n"
    "  stp d14, d15, [sp, #144]\n"
    "  mov x29, sp\n"
    "  mov x9, x0\n  mov x0, x1\n  mov x1, x2\n  mov x2, x3\n  mov x3, x4\n  mov x4, x5\n  mov x5, x6\n  mov x6, x7\n"
    "  adr x10, control\n"
    "  mrs x12, tpidr_el0\n"
    "  stp x12, x29, [x10]\n"
    "  blr x9\n"
    "0:\n"
    "  adr x10, control\n"
    "  str xzr, [x10]\n"
    "  ldp x19, x20, [sp, #16]\n  ldp x21, x22, [sp, #32]\n  ldp x23, x24, [sp, #48]\n  ldp x25, x26, [sp, #64]\n"
    "  ldp x27, x28, [sp, #80]\n  ldp d8, d9, [sp, #96]\n  ldp d10, d11, [sp, #112]\n  ldp d12, d13, [sp, #128]\n"
    "  ldp d14, d15, [sp, #144]\n"
    "  ldp x29, x30, [sp], #160\n"
    "  ret\n"
    "landing:\n"
    "  adr x10, control\n"
    "  ldr x11, [x10, #8]\n"
    "  mov sp, x11\n"
    "  mov w0, #0x4005\n"
    "  movk w0, #0x8000, lsl #16\n"
    "  b 0b\n"
    ".text\n");
#endif

static int is_known(uint64_t pc)
{
    for (int i = 0; i < RANGES; i++)
        if (pc >= control.code[i].low && pc < control.code[i].high) return 1;
    return 0;
}

__attribute__((used)) void handle(int signal, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;
#if defined(__x86_64__)
    greg_t *pc = &uc->uc_mcontext.gregs[REG_RIP];
#else
    unsigned long long *pc = &uc->uc_mcontext.pc;
#endif
    uint64_t inside = __atomic_load_n(&control.thread, __ATOMIC_RELAXED);
    if (inside != 0 && inside == thread_pointer() && control.is_outside == 0 && is_known((uint64_t)*pc)) {
        control.faults++;
        *pc = (__typeof__(*pc))(uintptr_t)landing;
        return;
    }

    control.previous(signal, info, context);
}

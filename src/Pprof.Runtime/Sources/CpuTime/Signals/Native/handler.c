// The signal handler of the CPU profile. It runs on whatever thread used up its timer, at any instruction, so it
// calls no library function, allocates nothing, takes no lock, and touches no vector register. It copies what a reader
// needs to find the stack later: registers, the top of the stack, and the frame-pointer chain above what was copied.
//
// Built into bytes by build.sh: position independent, code at offset 0, `control` at offset 0x10000 (a page boundary
// for every page size that Linux uses). The layouts below are read and written by SampleBuffer.cs.
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <sys/uio.h>
#include <time.h>
#include <ucontext.h>
#include "kernel.h"

#if defined(__x86_64__)
#define NR_clock_gettime 228
#else
#define NR_clock_gettime 113
#endif

#define MAX_SESSIONS 8
#define SLOT_BYTES 65536
#define CHAIN_PAIRS 508
#define HEADER_BYTES 256
#define CHAIN_BYTES (CHAIN_PAIRS * 16)
#define STACK_BYTES (SLOT_BYTES - HEADER_BYTES - CHAIN_BYTES)
#define PAGE 4096

enum { SLOT_FREE, SLOT_WRITING, SLOT_READY };
enum { STACK_NONE, STACK_DIRECT, STACK_BY_KERNEL };

// One sample. Callee-saved registers, and some that a rule may need, are in the order that CapturedSample.cs names.
typedef struct {
    uint32_t thread;
    uint32_t tid;
    uint64_t weight;
    uint64_t pc, sp, fp, lr;
    uint64_t saved[11];
    uint64_t stack_bytes;
    uint64_t stack_source;
    uint64_t chain_pairs;
    uint64_t labels;
    uint64_t time;
} slot_header;

// A mapping that holds a thread's stack. Written by the reader: low before high, so that a half-written range is an
// empty one. The lowest bit of high marks the first thread, whose stack is the whole mapping. `labels` points to the word
// in which the thread keeps the number of its label set (ThreadLabels.cs); such words are never unmapped.
typedef struct { uint64_t low, high; const uint64_t *labels; } thread_bounds;

typedef struct {
    uint64_t cookie;
    uint64_t pid;
    uint64_t slot_count;
    uint64_t lost;
    uint64_t states_offset, bounds_offset, slots_offset;
    uint64_t bounds_count;
} session;

// `active` counts the handlers that are running: a session is unmapped only after it was taken out of the table and
// `active` was seen at zero. `previous` is the handler that the signal had before; what is not a timer's is for that one.
struct {
    uint64_t active;
    session *sessions[MAX_SESSIONS];
    void (*previous)(int, siginfo_t *, void *);
} control __attribute__((visibility("hidden"), section(".bss")));

static inline void read_registers(slot_header *h, const ucontext_t *uc)
{
#if defined(__x86_64__)
    const greg_t *g = uc->uc_mcontext.gregs;
    h->pc = g[REG_RIP]; h->sp = g[REG_RSP]; h->fp = g[REG_RBP]; h->lr = 0;
    h->saved[0] = g[REG_RBX]; h->saved[1] = g[REG_R12]; h->saved[2] = g[REG_R13];
    h->saved[3] = g[REG_R14]; h->saved[4] = g[REG_R15];
    h->saved[5] = g[REG_RAX]; h->saved[6] = g[REG_RDX]; h->saved[7] = g[REG_RCX];
    h->saved[8] = g[REG_R10]; h->saved[9] = g[REG_R11]; h->saved[10] = g[REG_RSI];
#else
    const mcontext_t *m = &uc->uc_mcontext;
    h->pc = m->pc; h->sp = m->sp; h->fp = m->regs[29]; h->lr = m->regs[30];
    for (int i = 0; i < 10; i++) h->saved[i] = m->regs[19 + i];
    h->saved[10] = m->regs[1];
#endif
}

// Nanoseconds of the monotonic clock; 0 where the kernel does not tell.
static inline uint64_t now(void)
{
    struct timespec t = { 0, 0 };
    kernel(NR_clock_gettime, CLOCK_MONOTONIC, (long)&t, 0, 0, 0, 0);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

// Copies the top of the stack through the kernel, which fails where a stray read would end the process. A piece never
// crosses a page, because the kernel promises whole pieces only (process_vm_readv(2)).
static uint64_t copy_by_kernel(uint64_t pid, void *to, uint64_t sp)
{
    struct iovec local = { to, STACK_BYTES };
    struct iovec remote[STACK_BYTES / PAGE + 2];
    uint64_t at = sp, end = sp + STACK_BYTES, n = 0;
    while (at < end) {
        uint64_t next = (at & ~(uint64_t)(PAGE - 1)) + PAGE;
        if (next > end) next = end;
        remote[n].iov_base = (void *)at;
        remote[n].iov_len = next - at;
        n++;
        at = next;
    }
    long r = kernel(NR_process_vm_readv, (long)pid, (long)&local, 1, (long)remote, (long)n, 0);
    return r > 0 ? (uint64_t)r & ~(uint64_t)7 : 0;
}

static inline void record(session *s, uint32_t thread, const siginfo_t *si, const ucontext_t *uc)
{
    char *base = (char *)s;
    uint32_t *states = (uint32_t *)(base + s->states_offset);
    uint64_t weight = 1 + (uint64_t)(uint32_t)si->si_overrun;
    uint64_t i = 0;
    for (; i < s->slot_count; i++) {
        uint32_t expected = SLOT_FREE;
        if (__atomic_load_n(&states[i], __ATOMIC_RELAXED) == SLOT_FREE &&
            __atomic_compare_exchange_n(&states[i], &expected, SLOT_WRITING, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) break;
    }
    if (i == s->slot_count) {
        __atomic_fetch_add(&s->lost, weight, __ATOMIC_RELAXED);
        return;
    }

    char *slot = base + s->slots_offset + i * SLOT_BYTES;
    slot_header *h = (slot_header *)slot;
    uint64_t *chain = (uint64_t *)(slot + HEADER_BYTES);
    char *stack = slot + HEADER_BYTES + CHAIN_BYTES;
    h->thread = thread;
    h->tid = thread == 0 ? (uint32_t)kernel(NR_gettid, 0, 0, 0, 0, 0, 0) : 0;
    h->weight = weight;
    h->time = now();
    read_registers(h, uc);
    h->stack_bytes = 0;
    h->stack_source = STACK_NONE;
    h->chain_pairs = 0;
    h->labels = 0;

    uint64_t sp = h->sp, low = 0, high = 0;
    if (thread != 0 && thread < s->bounds_count) {
        thread_bounds *b = (thread_bounds *)(base + s->bounds_offset) + thread;
        high = __atomic_load_n(&b->high, __ATOMIC_ACQUIRE);
        low = __atomic_load_n(&b->low, __ATOMIC_ACQUIRE);
        const uint64_t *labels = __atomic_load_n(&b->labels, __ATOMIC_ACQUIRE);
        if (labels != 0) h->labels = __atomic_load_n(labels, __ATOMIC_RELAXED);
    }

    if ((high & 1) != 0) {
        high &= ~(uint64_t)1;
    } else {
        // The thread's control block lies at the upper end of its stack. From the stack pointer up to there memory stays
        // mapped as long as the thread lives; of the rest of the mapping, which may be older than the thread, nothing is
        // certain.
        uint64_t tp = thread_pointer() & ~(uint64_t)7;
        high = tp > sp && tp < high ? tp : 0;
    }

    if ((sp & 7) == 0 && sp >= low && sp < high) {
        uint64_t bytes = high - sp;
        if (bytes > STACK_BYTES) bytes = STACK_BYTES;
        copy_words(stack, (const void *)sp, bytes);
        h->stack_bytes = bytes;
        h->stack_source = STACK_DIRECT;

        uint64_t n = 0, fp = h->fp, copied = sp + bytes;
        for (int steps = 0; steps < 4096 && n < CHAIN_PAIRS; steps++) {
            if (fp < sp || (fp & 7) != 0 || fp > high - 16) break;
            const uint64_t *frame = (const uint64_t *)fp;
            uint64_t next = frame[0];
            if (fp + 16 > copied) {
                chain[2 * n] = fp;
                chain[2 * n + 1] = frame[1];
                n++;
            }
            if (next <= fp) break;
            fp = next;
        }
        h->chain_pairs = n;
    } else if ((sp & 7) == 0) {
        h->stack_bytes = copy_by_kernel(s->pid, stack, sp);
        if (h->stack_bytes != 0) h->stack_source = STACK_BY_KERNEL;
    }

    __atomic_store_n(&states[i], SLOT_READY, __ATOMIC_RELEASE);
}

static __attribute__((noinline)) void sample(const siginfo_t *si, const ucontext_t *context)
{
    uint64_t value = (uint64_t)si->si_value.sival_ptr;
    uint32_t thread = (uint32_t)value & 0xffffff, index = ((uint32_t)value >> 24) & 0xff;
    if (index >= MAX_SESSIONS) return;
    __atomic_fetch_add(&control.active, 1, __ATOMIC_SEQ_CST);
    session *s = __atomic_load_n(&control.sessions[index], __ATOMIC_SEQ_CST);
    if (s != 0 && s->cookie == value >> 32) record(s, thread, si, context);
    __atomic_fetch_sub(&control.active, 1, __ATOMIC_SEQ_CST);
}

// Has no frame of its own: the handler before it runs, and unwinds, as if the kernel had called it.
__attribute__((section(".text.start"), used)) void handler(int signal, siginfo_t *si, void *context)
{
    if (si->si_code == SI_TIMER) sample(si, context);
    else if (control.previous != 0) control.previous(signal, si, context);
}

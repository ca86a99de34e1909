// The ring in which sampled allocations and waits are handed over, and how a sample is put there, with a copy of its thread's
// stack: for the two callback.c, which CoreCLR calls, and for what is linked into NativeAOT programs. Calls no library
// function but the clock, where it has been told one, and takes no lock.
//
// Managed code owns all memory. The layouts are read and written by AllocationRing.cs and AllocationRecord.cs.
#include <stddef.h>
#include <stdint.h>
#include "kernel.h"

#define PAGE 4096
#define STACK_BYTES 16384
#define CHAIN_PAIRS 500
#define NAME_CHARS 480
#define HEADER_BYTES 128
#define LINE 64
#define UNIT 512                    // AllocationRing.cs
#define SIZE_CLASSES 256
#define RING_BYTES (2 << 20)        // AllocationRing.cs
#define PRESSURE_STEPS 12            // AllocationRing.cs
#define CHECKED_STACKS 1024
#define CHECKED_PAGES 4096
#define THREAD_WORDS 8192           // WordTable.cs
#define WORD_STEPS 8
#define ROUTE_SHIFT 48              // PushedLabels.cs

// One sample. It begins at a multiple of UNIT, as who reads it has to write to each place where one may begin; `bytes` is its whole length and is written last, so that 0 means that it
// is still being written. Behind the header: the type's name, the copy of the stack, the pairs of the frame-pointer chain.
typedef struct {
    uint64_t bytes;
    uint64_t skipped;           // 1: nothing but the rest of the ring, which was too short
    uint64_t type, size, handle, address;
    uint64_t keep;              // of 2^32, the chance with which the sample was taken; callback.c
    uint64_t pc, sp, fp;
    uint32_t name_chars, kind;
    uint64_t stack_bytes, chain_pairs;
    uint64_t period;            // bytes between the thread's points on average; hooks.c
    uint64_t time;              // of CLOCK_MONOTONIC in nanoseconds; this and the next 0 where `tells_thread` is
    uint32_t thread;            // its id in the operating system
    uint32_t route;             // the number of the labels of the request that it works for; 0 for none
} record;

// Where the word is that says which labels a thread has. Written by WordTable.cs.
typedef struct {
    const uint64_t *word;
    uint32_t thread;            // its id in the operating system; 0 where the entry is free
    uint32_t unused;
} thread_word;

typedef struct {
    char *ring;
    uint64_t ring_bytes;        // a power of 2
    uint64_t first_stack_end;   // of the process's first thread
    void ***info;               // this and the next three: callback.c
    uint64_t session;
    int32_t mask_result, session_result;
    uint32_t attached;
    uint32_t only_thread;       // the one thread whose samples are taken; 0 for all
    int64_t (*start)(void);
    int64_t (*stop)(void);
    uint64_t period;            // bytes between two points of a thread on average; hooks.c
    uint32_t tells_thread;      // 1: records say whose they are, and when they were made
    uint32_t watched;           // which waits are recorded; callback.c of Waits
    const thread_word *words;   // of all threads; 0 where nobody asks for the routes of requests
    int (*clock)(int, int64_t *);   // clock_gettime(2) as the C library has it, without a system call; 0 where nobody knows it
    uint64_t runtime_start, runtime_bytes;  // the runtime's own code, where that is known; profiler.h
    uint64_t head __attribute__((aligned(LINE)));
    uint64_t delivered __attribute__((aligned(LINE)));
    uint64_t without_handle;
    uint32_t waiting __attribute__((aligned(LINE)));    // 1: the reader sleeps on it
    uint64_t tail __attribute__((aligned(LINE)));
    void *slots;                // what threads wait for; this and the next: callback.c of Waits
    uint64_t (*own_pointer)(void);
    uint32_t keep[SIZE_CLASSES] __attribute__((aligned(LINE)));
    uint64_t lost_objects[SIZE_CLASSES];
    uint64_t lost_bytes[SIZE_CLASSES];
    uint64_t checked[CHECKED_STACKS];
} control;

_Static_assert(sizeof(record) <= HEADER_BYTES && offsetof(record, chain_pairs) == 96 && offsetof(record, period) == 104 && offsetof(record, time) == 112 && offsetof(record, thread) == 120 && offsetof(record, route) == 124, "AllocationRecord.cs");
_Static_assert(offsetof(control, attached) == 48 && offsetof(control, start) == 56 && offsetof(control, period) == 72
    && offsetof(control, tells_thread) == 80 && offsetof(control, watched) == 84 && offsetof(control, words) == 88 && offsetof(control, clock) == 96 && offsetof(control, runtime_start) == 104 && offsetof(control, head) == 128 && offsetof(control, delivered) == 192 && offsetof(control, waiting) == 256 && offsetof(control, tail) == 320 && offsetof(control, own_pointer) == 336
    && offsetof(control, keep) == 384 && offsetof(control, lost_objects) == 1408 && offsetof(control, lost_bytes) == 3456
    && sizeof(control) <= 16384, "AllocationRing.cs");

static control *ctl;

// Whether a page can be read. The kernel reads the new mask before it looks at what is to be done with it, which is
// nothing here: EFAULT where it cannot, EINVAL where it can. No filter of system calls can forbid this one.
static inline int is_readable(uint64_t page) { return kernel(NR_rt_sigprocmask, -1, (long)page, 0, 8, 0, 0) == -22; }

// The end of the stack that `sp` lies on, up to which every page can be read; 0 where that is not known.
//
// A thread's control block lies at the upper end of its stack, and from the stack pointer up to there memory stays as
// long as the thread lives. The first thread's stack ends where the kernel put it. That `sp` really lies on this stack, and
// not on one of somebody else's making, is found by asking the kernel for each page between the two, once: an entry holds
// the end and how many pages below it have been asked for.
static uint64_t stack_end(uint64_t sp)
{
    uint64_t tp = thread_pointer() & ~(uint64_t)15, end = tp;
    if (tp <= sp || tp - sp > (uint64_t)CHECKED_PAGES * PAGE) end = ctl->first_stack_end;
    if (end <= sp || end - sp > (uint64_t)CHECKED_PAGES * PAGE) return 0;

    uint64_t top = (end - 8) / PAGE, needed = top - sp / PAGE + 1;
    uint64_t *entry = &ctl->checked[(end * 0x9E3779B97F4A7C15) >> 54];
    uint64_t known = __atomic_load_n(entry, __ATOMIC_RELAXED), key = (end >> 4) << 20;
    uint64_t pages = (known & ~(uint64_t)0xfffff) == key ? known & 0xfffff : 0;
    if (needed > pages) {
        for (uint64_t i = pages; i < needed; i++)
            if (!is_readable((top - i) * PAGE)) return 0;
        __atomic_store_n(entry, key | needed, __ATOMIC_RELAXED);
    }
    return end;
}

// How much of an unknown stack can be copied.
static uint64_t readable_bytes(uint64_t sp)
{
    uint64_t at = sp, end = sp + STACK_BYTES;
    while (at < end && is_readable(at & ~(uint64_t)(PAGE - 1))) at = (at & ~(uint64_t)(PAGE - 1)) + PAGE;
    return (at < end ? at : end) - sp;
}

// Walks the frame-pointer chain above what is copied. Writes the pairs where `to` is not 0; returns their number.
static uint64_t walk(uint64_t fp, uint64_t sp, uint64_t copied, uint64_t end, uint64_t *to)
{
    uint64_t n = 0;
    for (int steps = 0; steps < 4096 && n < CHAIN_PAIRS; steps++) {
        if (fp < sp || (fp & 7) != 0 || fp > end - 16) break;
        const uint64_t *frame = (const uint64_t *)fp;
        uint64_t next = frame[0];
        if (fp + 16 > copied) {
            if (to != 0) {
                to[2 * n] = fp;
                to[2 * n + 1] = frame[1];
            }
            n++;
        }
        if (next <= fp) break;
        fp = next;
    }
    return n;
}

// Four classes for each power of 2. AllocationRing.cs has the same rule.
static inline uint32_t class_of(uint64_t size)
{
    if (size < 8) size = 8;
    uint32_t power = 63 - (uint32_t)__builtin_clzll(size);
    return power * 4 + ((uint32_t)(size >> (power - 2)) & 3);
}

// Takes room for a record out of the ring; 0 where there is none.
static record *reserve(uint64_t bytes)
{
    uint64_t head = __atomic_load_n(&ctl->head, __ATOMIC_RELAXED);
    for (;;) {
        uint64_t at = head & (ctl->ring_bytes - 1), rest = ctl->ring_bytes - at, skip = rest < bytes ? rest : 0;
        if (head + skip + bytes - __atomic_load_n(&ctl->tail, __ATOMIC_ACQUIRE) > ctl->ring_bytes) return 0;
        if (!__atomic_compare_exchange_n(&ctl->head, &head, head + skip + bytes, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) continue;
        if (skip != 0) {
            record *r = (record *)(ctl->ring + at);
            r->skipped = 1;
            __atomic_store_n(&r->bytes, skip, __ATOMIC_RELEASE);
            at = 0;
        }
        record *r = (record *)(ctl->ring + at);
        r->skipped = 0;
        return r;
    }
}

static inline void wake_reader(void)
{
    if (__atomic_load_n(&ctl->head, __ATOMIC_RELAXED) - __atomic_load_n(&ctl->tail, __ATOMIC_RELAXED) > ctl->ring_bytes / 4
        && __atomic_exchange_n(&ctl->waiting, 0, __ATOMIC_RELAXED) != 0)
        kernel(NR_futex, (long)&ctl->waiting, 1 | 128, 1, 0, 0, 0);   // FUTEX_WAKE | FUTEX_PRIVATE_FLAG
}

// By how many powers of 2 fewer samples are to be taken: from half a ring on, which the reader has been woken long before,
// the fuller the ring, the fewer. By how much is in the record, so that nothing is lost but accuracy, where a full ring
// would lose samples.
static inline uint32_t pressure(void)
{
    uint64_t used = __atomic_load_n(&ctl->head, __ATOMIC_RELAXED) - __atomic_load_n(&ctl->tail, __ATOMIC_RELAXED);
    uint64_t half = ctl->ring_bytes / 2;
    return used <= half ? 0 : (uint32_t)(1 + (used - half) * PRESSURE_STEPS / half);
}

// Nanoseconds of CLOCK_MONOTONIC.
static inline uint64_t time_now(void)
{
    int64_t t[2] = { 0, 0 };
    if (ctl->clock != 0) ctl->clock(1, t);
    else kernel(NR_clock_gettime, 1, (long)t, 0, 0, 0, 0);
    return (uint64_t)t[0] * 1000000000 + (uint64_t)t[1];
}

// The number of the labels of the request that the current thread works for; 0 for none. A word is never unmapped, so that it
// can be read whatever has become of the entry.
static inline uint32_t current_route(void)
{
    const thread_word *words = __atomic_load_n(&ctl->words, __ATOMIC_RELAXED);
    if (words == 0) return 0;
    uint32_t thread = (uint32_t)kernel(NR_gettid, 0, 0, 0, 0, 0, 0);
    for (uint32_t i = 0; i < WORD_STEPS; i++) {
        const thread_word *at = &words[(thread + i) & (THREAD_WORDS - 1)];
        if (__atomic_load_n(&at->thread, __ATOMIC_ACQUIRE) == thread)
            return (uint32_t)(__atomic_load_n(at->word, __ATOMIC_RELAXED) >> ROUTE_SHIFT);
    }
    return 0;
}

static inline uint32_t random_of(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
    return (uint32_t)((x ^ (x >> 31)) >> 32);
}

// Of the waits of a length one is taken with this chance of 2^32, which managed code has set and which is smaller while the
// ring is full. UINT32_MAX is certainty.
static inline uint32_t chance_of(uint64_t length)
{
    uint32_t chance = ctl->keep[class_of(length)], lowered = pressure();
    if (chance == UINT32_MAX && lowered == 0) return chance;
    chance >>= lowered;
    return chance + (chance == 0);
}

static inline int is_taken(uint32_t chance, uint32_t random) { return chance == UINT32_MAX || random < chance; }

static inline int is_wanted_thread(void) { return ctl->only_thread == 0 || ctl->only_thread == (uint32_t)kernel(NR_gettid, 0, 0, 0, 0, 0, 0); }

// Puts a sample into the ring: its size, its name, and the stack of the frame that returns to `sp` and whose saved frame
// pointer and return address are at `frame`. The caller fills in the rest and calls `publish`. 0 where there is no room,
// which is counted.
static inline __attribute__((always_inline)) record *begin_record(const uint64_t *frame, uint64_t sp, uint64_t size, const uint16_t *name, uint32_t chars, uint64_t *bytes)
{
    uint64_t high = stack_end(sp);
    uint64_t stack_bytes = high == 0 ? readable_bytes(sp) : high - sp;
    if (stack_bytes > STACK_BYTES) stack_bytes = STACK_BYTES;
    stack_bytes &= ~(uint64_t)7;
    uint64_t copied = sp + stack_bytes;
    uint64_t pairs = high <= copied ? 0 : walk(frame[0], sp, copied, high, 0);
    if (chars > NAME_CHARS) chars = NAME_CHARS;
    uint64_t name_bytes = (chars * 2 + 7) & ~(uint64_t)7;
    *bytes = (HEADER_BYTES + name_bytes + stack_bytes + pairs * 16 + UNIT - 1) & ~(uint64_t)(UNIT - 1);

    record *r = reserve(*bytes);
    if (r == 0) {
        uint32_t size_class = class_of(size);
        __atomic_fetch_add(&ctl->lost_objects[size_class], 1, __ATOMIC_RELAXED);
        __atomic_fetch_add(&ctl->lost_bytes[size_class], size, __ATOMIC_RELAXED);
        wake_reader();
        return 0;
    }

    r->time = r->thread = 0;
    if (__atomic_load_n(&ctl->tells_thread, __ATOMIC_RELAXED) != 0) {
        r->time = time_now();
        r->thread = (uint32_t)kernel(NR_gettid, 0, 0, 0, 0, 0, 0);
    }

    r->route = current_route();
    r->size = size;
    r->pc = frame[1];
    r->sp = sp;
    r->fp = frame[0];
    r->name_chars = chars;
    r->stack_bytes = stack_bytes;
    char *at = (char *)r + HEADER_BYTES;
    for (uint32_t i = 0; i < chars; i++) ((volatile uint16_t *)at)[i] = name[i];
    copy_words(at + name_bytes, (const void *)sp, stack_bytes);
    r->chain_pairs = pairs == 0 ? 0 : walk(frame[0], sp, copied, high, (uint64_t *)(at + name_bytes + stack_bytes));
    return r;
}

static inline void publish(record *r, uint64_t bytes)
{
    if (r->handle == 0) __atomic_fetch_add(&ctl->without_handle, 1, __ATOMIC_RELAXED);
    __atomic_store_n(&r->bytes, bytes, __ATOMIC_RELEASE);
    wake_reader();
}

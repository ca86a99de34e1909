// The wait hooks of a NativeAOT program: linked into it with --wrap=SystemNative_LowLevelMonitor_Wait and _TimedWait, in
// which every thread blocks that waits in managed code: for a lock, an event, a task, another thread. They run on the
// thread that waits, know when it began and ended, and copy its stack afterwards. While nothing is watched each is one
// load and one branch.
//
// A contended lock may be waited for several times until it is had, and not at all if it is free again by then. The runtime
// counts contentions before it waits for one: each wait for a lock takes what has been counted and nobody has taken. So the
// numbers add up to the runtime's own, and each is where it was counted, but for what happens in the same moment.
//
// Which wait is which is learned: managed code, which has the names of methods, tells where on the stack the return
// address into a method lies that waits for a lock, or for nothing of the application's.
#include <time.h>
#include "hook.h"
#include "ring.h"

#define WEAK __attribute__((weak))
#define VERSION 1
#define PLACES 32
#define MAX_OFFSET 4096

enum { WATCH_NOTHING, WATCH_LOCKS, WATCH_ALL };
enum { UNKNOWN, LOCK, OTHER, IDLE };

extern void __real_SystemNative_LowLevelMonitor_Wait(void *monitor) WEAK;
extern int32_t __real_SystemNative_LowLevelMonitor_TimedWait(void *monitor, int32_t milliseconds) WEAK;

// What lies so far above the stack pointer of who called a hook, and what that says.
static struct { uint64_t offset, address, kind; } places[PLACES];
static uint32_t place_count;

static uint32_t watching;
static const volatile uint64_t *counted;    // the runtime's own number of contentions; 0 where it is not known
static uint64_t taken;

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

// With all that was written before it was wanted.
static inline uint32_t current_watching(void) { return __atomic_load_n(&watching, __ATOMIC_ACQUIRE); }

static uint32_t kind_of(uint64_t sp)
{
    uint64_t end = stack_end(sp);
    uint32_t count = __atomic_load_n(&place_count, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < count; i++)
        if (sp + places[i].offset < end && *(const volatile uint64_t *)(sp + places[i].offset) == places[i].address) return (uint32_t)places[i].kind;
    return UNKNOWN;
}

static uint64_t take_contentions(void)
{
    if (counted == 0) return 1;
    uint64_t now_taken = __atomic_load_n(&taken, __ATOMIC_RELAXED), count;
    do {
        count = *counted;
        if (count <= now_taken) return 0;
    } while (!__atomic_compare_exchange_n(&taken, &now_taken, count, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return count - now_taken;
}

// The kind of a wait that begins and is watched; IDLE for one that is not.
static inline uint32_t begin(uint64_t sp, uint64_t *contentions)
{
    uint32_t kind = kind_of(sp);
    if (kind == OTHER && current_watching() == WATCH_LOCKS) return IDLE;
    *contentions = kind == LOCK ? take_contentions() : 1;
    return kind == IDLE || is_wanted_thread() ? kind : IDLE;
}

// `frame` and `sp` are those of the hook: see begin_record.
static inline __attribute__((always_inline)) void end(uint32_t kind, uint64_t contentions, uint64_t began, const uint64_t *frame, uint64_t sp)
{
    uint64_t ended = now(), length = ended - began, bytes;
    uint32_t chance = chance_of(length);
    if (!is_taken(chance, random_of(ended + (uint64_t)(uintptr_t)frame))) return;

    record *r = begin_record(frame, sp, length, 0, 0, &bytes);
    if (r == 0) return;
    r->kind = kind;
    r->type = contentions;
    r->keep = chance;
    r->handle = 0;
    publish(r, bytes);
}

HOOK(void, SystemNative_LowLevelMonitor_Wait, 1, void *monitor)
{
    uint64_t contentions, began;
    uint32_t kind = current_watching() == WATCH_NOTHING ? IDLE : begin(STACK_POINTER, &contentions);
    if (kind == IDLE) {
        __real_SystemNative_LowLevelMonitor_Wait(monitor);
        return;
    }

    began = now();
    __real_SystemNative_LowLevelMonitor_Wait(monitor);
    end(kind, contentions, began, FRAME, STACK_POINTER);
}

HOOK(int32_t, SystemNative_LowLevelMonitor_TimedWait, 2, void *monitor, int32_t milliseconds)
{
    uint64_t contentions, began;
    uint32_t kind = current_watching() == WATCH_NOTHING ? IDLE : begin(STACK_POINTER, &contentions);
    if (kind == IDLE) return __real_SystemNative_LowLevelMonitor_TimedWait(monitor, milliseconds);

    began = now();
    int32_t signaled = __real_SystemNative_LowLevelMonitor_TimedWait(monitor, milliseconds);
    end(kind, contentions, began, FRAME, STACK_POINTER);
    return signaled;
}

static const char *missing(void)
{
    return __real_SystemNative_LowLevelMonitor_Wait == 0 ? "SystemNative_LowLevelMonitor_Wait"
        : __real_SystemNative_LowLevelMonitor_TimedWait == 0 ? "SystemNative_LowLevelMonitor_TimedWait"
        : 0;
}

static void attach(control *c, const volatile uint64_t *contentions)
{
    counted = contentions;
    ctl = c;
    __atomic_store_n(&c->attached, 1, __ATOMIC_RELEASE);
}

static void watch(uint32_t what)
{
    if (current_watching() == WATCH_NOTHING && counted != 0) __atomic_store_n(&taken, *counted, __ATOMIC_RELAXED);
    __atomic_store_n(&watching, what, __ATOMIC_RELEASE);
}

// Called by one thread at a time.
static void learn(uint64_t offset, uint64_t address, uint64_t kind)
{
    if (place_count == PLACES || offset > MAX_OFFSET) return;
    places[place_count].offset = offset;
    places[place_count].address = address;
    places[place_count].kind = kind;
    __atomic_store_n(&place_count, place_count + 1, __ATOMIC_RELEASE);
}

// What managed code finds in the program: LinkedWaitHooks.cs.
__attribute__((visibility("default"), used)) const struct {
    int64_t version;
    const char *(*missing)(void);
    void (*attach)(control *, const volatile uint64_t *);
    void (*watch)(uint32_t);
    void (*learn)(uint64_t, uint64_t, uint64_t);
} pprof_wait_hooks = { VERSION, missing, attach, watch, learn };

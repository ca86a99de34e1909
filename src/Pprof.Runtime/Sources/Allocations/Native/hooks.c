// The allocation hooks of a NativeAOT program: linked into it with --wrap=RhpGcAlloc and so on, so that the runtime's own
// calls of its slow path come here first. Pprof.NativeHooks.targets compiles it with the linker of the publish.
//
// What is sampled are points in the bytes that a thread allocates, at distances of an exponential distribution: the object
// that covers one is the sample. Small objects are allocated without a call as long as they fit below a limit. This file
// lowers it to the next point, so that the object that covers it takes the slow path.
//
// - .NET 10 has a limit of its own for that, `combined_limit`, which it lowers for its own sampled allocations, and gives
//   back before it returns from the slow path. Nothing else of the thread's state is ever written.
// - .NET 9 has the limit of the thread's block of memory alone. What lies behind the lowered one is no block any more: it
//   becomes a free object, so that a collection that comes meanwhile finds a heap as it expects it, and the thread's count
//   of bytes is without it. The next slow path makes it a part of the block again.
//
// Counters and heap are as without samples.
//
// Every symbol of the runtime is weak: what a release does not have is found missing at start, and nothing is ever sampled.
// The hooks run on the thread that allocates, in cooperative mode: no collection can begin before they return.
#include <math.h>
#include <time.h>
#include "hook.h"
#include "ring.h"

#define WEAK __attribute__((weak))
#define VERSION 2
#define WEAK_HANDLE 0   // HNDTYPE_WEAK_SHORT of the runtime's handles

// The release of the runtime, which the publish says.
#if RUNTIME != 9 && RUNTIME != 10
#error "this runtime is not known"
#endif

// The beginning of the runtime's Thread: gc_alloc_context (gcinterface.h), in .NET 10 as the second part of
// ee_alloc_context (gcenv.ee.h).
typedef struct {
#if RUNTIME == 10
    uint8_t *combined_limit;    // of what can be allocated without a call
#endif
    uint8_t *ptr, *limit;
    int64_t bytes, bytes_uoh;   // what was handed to this thread
} context;

// The beginning of a type's MethodTable.
typedef struct { uint32_t flags, base_size; } method_table;
#define HAS_COMPONENT_SIZE 0x80000000u

// The smallest object: a free one, which has a method table and the number of bytes behind its first three words. So much
// lies between the limit of a block and its end.
#define MIN_OBJECT 24

extern __thread context tls_CurrentThread WEAK;
extern void *RhpHandleAlloc(void *object, int kind) WEAK;
#if RUNTIME == 9
extern method_table *g_pFreeObjectEEType WEAK;
#endif

// Thread's methods for entering cooperative mode, in which no collection can move an object, and for leaving it.
extern void _ZN6Thread21DisablePreemptiveModeEv(void *thread) WEAK;
extern void _ZN6Thread20EnablePreemptiveModeEv(void *thread) WEAK;

extern void *__real_RhpGcAlloc(method_table *type, uint32_t flags, uintptr_t count, void *frame) WEAK;
extern void __real_RhAllocateNewArray(method_table *type, uint32_t count, uint32_t flags, void **result) WEAK;
extern void __real_RhAllocateNewObject(method_table *type, uint32_t flags, void **result) WEAK;

static uint32_t sampling;               // 0, or the number of the sampling that is under way
static uint32_t samplings;

static __thread struct {
    uint32_t sampling;          // for which `next` was chosen
    uint64_t random;
    uint64_t period;            // with which it was chosen
    int64_t next;               // the point: a number of allocated bytes
    uint8_t *lowered, *given;   // what this file made of the limit, or 0; and what the runtime had made it
} state;

// With all that was written before it began.
static inline uint32_t current_sampling(void) { return __atomic_load_n(&sampling, __ATOMIC_ACQUIRE); }

// The bytes that the thread has allocated, as RhGetAllocatedBytesForCurrentThread has it.
static inline int64_t position(const context *c) { return c->bytes + c->bytes_uoh - (c->limit - c->ptr); }

// As the runtime has it in GcAllocInternal.
static inline uint64_t size_of(const method_table *type, uint64_t count)
{
    uint64_t size = type->base_size;
    return (type->flags & HAS_COMPONENT_SIZE) == 0 ? size : (size + count * (type->flags & 0xffff) + 7) & ~(uint64_t)7;
}

// xorshift64*, in (0, 1].
static double uniform(void)
{
    uint64_t x = state.random;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    state.random = x;
    return (double)((x * 0x2545F4914F6CDD1D >> 11) + 1) * 0x1p-53;
}

static int64_t gap(void) { return (int64_t)(-log(uniform()) * (double)state.period) + 1; }

static void seed(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t x = (uint64_t)now.tv_nsec + ((uint64_t)now.tv_sec << 30) + (uint64_t)(uintptr_t)&state;
    x += __atomic_add_fetch(&ctl->delivered, 1, __ATOMIC_RELAXED) * 0x9E3779B97F4A7C15;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
    state.random = (x ^ (x >> 31)) | 1;
}

#if RUNTIME == 10
// The runtime's limit again: its own sampled allocations go by it.
static inline void restore(context *c)
{
    if (state.lowered != 0 && c->combined_limit == state.lowered) c->combined_limit = state.given;
    state.lowered = 0;
}

// The next point lies in what can be allocated without a call: ends that before it.
static inline void lower(context *c, int64_t at)
{
    int64_t distance = state.next - at;
    if (c->ptr == 0 || distance > c->combined_limit - c->ptr) return;
    state.given = c->combined_limit;
    state.lowered = c->ptr + (distance - 1);
    c->combined_limit = state.lowered;
}
#else
// The block as the runtime had made it, all zeros again. A collection has taken the block, and has set its limit to 0.
static inline void restore(context *c)
{
    if (state.lowered != 0 && c->limit == state.lowered) {
        uint64_t *tail = (uint64_t *)(state.lowered + MIN_OBJECT);
        tail[0] = tail[1] = 0;
        c->bytes += state.given - state.lowered;
        c->limit = state.given;
    }
    state.lowered = 0;
}

// The next point lies in the block: ends that before it. Where too little would be left for a free object, a little
// earlier: the objects up to the point then take the slow path too.
static inline void lower(context *c, int64_t at)
{
    int64_t distance = state.next - at;
    if (c->ptr == 0 || distance > c->limit - c->ptr) return;
    uint8_t *limit = c->ptr + ((distance - 1) & ~(int64_t)7);
    if (limit > c->limit - MIN_OBJECT) limit = c->limit - MIN_OBJECT;
    if (limit < c->ptr) return;
    uint64_t *tail = (uint64_t *)(limit + MIN_OBJECT);
    tail[0] = (uint64_t)(uintptr_t)g_pFreeObjectEEType;
    tail[1] = (uint64_t)(c->limit - limit) - MIN_OBJECT;
    state.given = c->limit;
    state.lowered = limit;
    c->bytes -= c->limit - limit;
    c->limit = limit;
}
#endif

// After an allocation. `frame` and `sp` are those of the hook: see begin_record.
static inline __attribute__((always_inline)) void allocated(uint32_t number, method_table *type, uint64_t count, void *object, const uint64_t *frame, uint64_t sp)
{
    context *c = &tls_CurrentThread;
    uint64_t size = size_of(type, count), period = ctl->period << pressure();
    int64_t after = position(c), before = after - (int64_t)size;
    if (state.sampling != number) {
        if (state.random == 0) seed();
        state.sampling = number;
        state.period = period;
        state.next = before + gap();
    }
    else if (state.next <= before) {
        // In what no object covers: the end of a block that was too short for the next one.
        state.next = before + gap();
    }

    if (state.next <= after) {
        uint64_t bytes;
        record *r = is_wanted_thread() ? begin_record(frame, sp, size, 0, 0, &bytes) : 0;
        if (r != 0) {
            r->kind = 0;
            r->type = (uint64_t)(uintptr_t)type;
            r->address = (uint64_t)(uintptr_t)object;
            r->keep = 0;
            r->period = state.period;
            r->handle = (uint64_t)(uintptr_t)RhpHandleAlloc(object, WEAK_HANDLE);
            publish(r, bytes);
        }
    }

    // A point that was chosen for another rate holds until here. The distances have no memory.
    if (state.next <= after || state.period != period) {
        state.period = period;
        state.next = after + gap();
    }

    lower(c, after);
}

// The slow path of every object that is allocated with `new`.
HOOK(void *, RhpGcAlloc, 4, method_table *type, uint32_t flags, uintptr_t count, void *frame)
{
    if (current_sampling() == 0 && state.lowered == 0) return __real_RhpGcAlloc(type, flags, count, frame);
    restore(&tls_CurrentThread);
    void *object = __real_RhpGcAlloc(type, flags, count, frame);
    uint32_t number = current_sampling();
    if (object != 0 && number != 0) allocated(number, type, count, object, FRAME, STACK_POINTER);
    return object;
}

// What the class library allocates with flags: pinned and uninitialized arrays, and so on. Both enter cooperative mode
// themselves and have left it when they return. The frame from which a collection would walk this thread's stack is set
// by then, and stays the same. Before, nothing of the thread's state can be touched: the limit is not given back, and what
// lay behind it stays unused, or the runtime gives it back.
HOOK(void, RhAllocateNewArray, 4, method_table *type, uint32_t count, uint32_t flags, void **result)
{
    state.lowered = 0;
    __real_RhAllocateNewArray(type, count, flags, result);
    uint32_t number = current_sampling();
    if (number == 0 || *result == 0) return;
    _ZN6Thread21DisablePreemptiveModeEv(&tls_CurrentThread);
    allocated(number, type, count, *result, FRAME, STACK_POINTER);
    _ZN6Thread20EnablePreemptiveModeEv(&tls_CurrentThread);
}

HOOK(void, RhAllocateNewObject, 3, method_table *type, uint32_t flags, void **result)
{
    state.lowered = 0;
    __real_RhAllocateNewObject(type, flags, result);
    uint32_t number = current_sampling();
    if (number == 0 || *result == 0) return;
    _ZN6Thread21DisablePreemptiveModeEv(&tls_CurrentThread);
    allocated(number, type, 0, *result, FRAME, STACK_POINTER);
    _ZN6Thread20EnablePreemptiveModeEv(&tls_CurrentThread);
}

static int64_t start(void)
{
    samplings++;
    samplings += samplings == 0;
    __atomic_store_n(&sampling, samplings, __ATOMIC_RELEASE);
    return 0;
}

static int64_t stop(void) { __atomic_store_n(&sampling, 0, __ATOMIC_RELEASE); return 0; }

// The first symbol that the runtime does not have; 0 where it has all.
static const char *missing(void)
{
    return &tls_CurrentThread == 0 ? "tls_CurrentThread"
        : RhpHandleAlloc == 0 ? "RhpHandleAlloc"
#if RUNTIME == 9
        : &g_pFreeObjectEEType == 0 ? "g_pFreeObjectEEType"
#endif
        : _ZN6Thread21DisablePreemptiveModeEv == 0 ? "Thread::DisablePreemptiveMode"
        : _ZN6Thread20EnablePreemptiveModeEv == 0 ? "Thread::EnablePreemptiveMode"
        : __real_RhpGcAlloc == 0 ? "RhpGcAlloc"
        : __real_RhAllocateNewArray == 0 ? "RhAllocateNewArray"
        : __real_RhAllocateNewObject == 0 ? "RhAllocateNewObject"
        : 0;
}

// The bytes that the calling thread has allocated; -1 where its limits are none that there can be. Called in cooperative
// mode.
static int64_t allocated_bytes(void)
{
    const context *c = &tls_CurrentThread;
#if RUNTIME == 10
    if (c->ptr > c->combined_limit || c->combined_limit > c->limit) return -1;
#endif
    return c->ptr <= c->limit ? position(c) : -1;
}

static void attach(control *c)
{
    c->start = start;
    c->stop = stop;
    ctl = c;
    __atomic_store_n(&c->attached, 1, __ATOMIC_RELEASE);
}

// What managed code finds in the program: LinkedHooks.cs.
__attribute__((visibility("default"), used)) const struct {
    int64_t version, runtime;
    const char *(*missing)(void);
    int64_t (*allocated_bytes)(void);
    void (*attach)(control *);
} pprof_allocation_hooks = { VERSION, RUNTIME, missing, allocated_bytes, attach };

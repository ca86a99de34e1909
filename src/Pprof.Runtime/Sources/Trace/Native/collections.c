// The hooks of collections of a NativeAOT program: linked into it with --wrap in the place of what the collector calls when
// it has all threads stop and go on, and when a collection begins and ends. While nobody watches each is one load and one
// branch. They write down when that was and on which thread, into the program's own memory, of which nothing is there before.
//
// The runtime tells the same by its events. But in a NativeAOT program it frees a session of these at its end without waiting
// for threads that are just writing into it (EP_YIELD_WHILE of ep-rt-aot.h is empty), and the process is lost.
//
// The functions are static ones of GCToEEInterface (gcenv.ee.h), which C++ calls as C does.
#include <stdint.h>
#include <time.h>
#include "kernel.h"

#define WEAK __attribute__((weak))
#define VERSION 1
#define MOMENTS 4096        // LinkedCollectionLog.cs

enum { STOP_BEGINS, HAVE_STOPPED, RESTART_BEGINS, STOP_ENDS, COLLECTION_BEGINS, COLLECTION_ENDS };

#define SUSPEND _ZN15GCToEEInterface9SuspendEEE14SUSPEND_REASON
#define RESTART _ZN15GCToEEInterface9RestartEEEb
#define START _ZN15GCToEEInterface11GcStartWorkEii
#define DONE _ZN15GCToEEInterface6GcDoneEi
#define NAME(prefix, name) PASTE(prefix, name)
#define PASTE(prefix, name) prefix##name
#define REAL(name) NAME(__real_, name)
#define WRAP(name) NAME(__wrap_, name)

extern void REAL(SUSPEND)(int reason) WEAK;
extern void REAL(RESTART)(uint8_t is_finished) WEAK;
extern void REAL(START)(int generation, int oldest) WEAK;
extern void REAL(DONE)(int generation) WEAK;

// `number` is that of the moment from 1 on, and written last: the reader finds out what is not there yet or not any more.
typedef struct { uint64_t number, time; uint32_t kind, thread; int64_t generation; } moment;

static moment moments[MOMENTS];
static uint64_t last;
static uint32_t watched;

static void note(uint32_t kind, int generation)
{
    if (__atomic_load_n(&watched, __ATOMIC_RELAXED) == 0) return;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t number = __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
    moment *m = &moments[(number - 1) % MOMENTS];
    __atomic_store_n(&m->number, 0, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    m->time = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    m->kind = kind;
    m->thread = (uint32_t)kernel(NR_gettid, 0, 0, 0, 0, 0, 0);
    m->generation = generation;
    __atomic_store_n(&m->number, number, __ATOMIC_RELEASE);
}

void WRAP(SUSPEND)(int reason)
{
    note(STOP_BEGINS, 0);
    REAL(SUSPEND)(reason);
    note(HAVE_STOPPED, 0);
}

void WRAP(RESTART)(uint8_t is_finished)
{
    note(RESTART_BEGINS, 0);
    REAL(RESTART)(is_finished);
    note(STOP_ENDS, 0);
}

void WRAP(START)(int generation, int oldest)
{
    note(COLLECTION_BEGINS, generation);
    REAL(START)(generation, oldest);
}

void WRAP(DONE)(int generation)
{
    REAL(DONE)(generation);
    note(COLLECTION_ENDS, generation);
}

static const char *missing(void)
{
    return REAL(SUSPEND) == 0 ? "GCToEEInterface::SuspendEE"
        : REAL(RESTART) == 0 ? "GCToEEInterface::RestartEE"
        : REAL(START) == 0 ? "GCToEEInterface::GcStartWork"
        : REAL(DONE) == 0 ? "GCToEEInterface::GcDone"
        : 0;
}

static void watch(uint32_t is_on) { __atomic_store_n(&watched, is_on, __ATOMIC_RELAXED); }

// What managed code finds in the program: LinkedCollectionLog.cs.
__attribute__((visibility("default"), used)) const struct {
    int64_t version;
    const char *(*missing)(void);
    void (*watch)(uint32_t is_on);
    moment *moments;
    uint64_t *last;
} pprof_collection_hooks = { VERSION, missing, watch, moments, &last };

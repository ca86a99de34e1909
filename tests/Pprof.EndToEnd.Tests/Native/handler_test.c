// handler_test handler.bin
//
// Runs the bytes of the signal handler on this architecture, natively or under user-mode emulation: installs them,
// sends them timer signals from inside nested functions, and checks every field of what they wrote. Layouts as in
// handler.c. Built with frame pointers.
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    uint32_t thread, tid;
    uint64_t weight, pc, sp, fp, lr, saved[11], stack_bytes, stack_source, chain_pairs, labels, time;
} slot_header;
typedef struct { uint64_t low, high; const uint64_t *labels; } bounds;
typedef struct { uint64_t cookie, pid, slot_count, lost, states_offset, bounds_offset, slots_offset, bounds_count; } session;
enum { SLOT = 65536, HEADER = 256, CHAIN = 508 * 16, SLOTS = 4, COOKIE = 0x1234567 };

static volatile int received;
static char *memory;
static uint32_t *states;
static uint64_t *control;

#define CHECK(condition) do { if (!(condition)) { printf("line %d: %s\n", __LINE__, #condition); exit(1); } } while (0)

static slot_header *slot(int i) { return (slot_header *)(memory + 65536 + i * SLOT); }

static timer_t start(uint32_t thread, uint64_t cookie)
{
    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGPROF;
    event.sigev_value.sival_ptr = (void *)(cookie << 32 | thread);
    timer_t timer;
    CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    struct itimerspec once = { { 0, 0 }, { 0, 1000000 } };
    CHECK(timer_settime(timer, 0, &once, NULL) == 0);
    return timer;
}

static void fire(uint32_t thread, uint64_t cookie)
{
    timer_t timer = start(thread, cookie);
    // The handler's own traces say when it came; `active` back at zero says that it left.
    struct timespec until, now;
    clock_gettime(CLOCK_MONOTONIC, &until);
    do clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - until.tv_sec) * 1000000000L + now.tv_nsec - until.tv_nsec < 100000000L);
    CHECK(timer_delete(timer) == 0);
}

// Until a sample is in the first slot, with a value in the register of a second argument: rsi, x1.
static void spin(uint32_t thread, uint64_t value)
{
    timer_t timer = start(thread, COOKIE);
#if defined(__x86_64__)
    __asm__ volatile("1: cmpl $2, (%0)\n jne 1b" : : "r"(states), "S"(value) : "cc", "memory");
#else
    register uint64_t x1 __asm__("x1") = value;
    __asm__ volatile("1: ldr w2, [%0]\n cmp w2, #2\n b.ne 1b" : : "r"(states), "r"(x1) : "x2", "cc", "memory");
#endif
    CHECK(timer_delete(timer) == 0);
}

static __attribute__((noinline)) void deep(int depth, uint32_t thread)
{
    volatile char space[1024];
    for (unsigned i = 0; i < sizeof space; i++) space[i] = (char)depth;
    if (depth > 0) deep(depth - 1, thread); else fire(thread, COOKIE);
    space[0] = 1;
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    FILE *file = fopen(argv[1], "rb");
    CHECK(file != NULL);
    char *code = mmap(NULL, 0x11000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(code != MAP_FAILED && fread(code, 1, 0x10000, file) > 100);
    CHECK(mprotect(code, 0x10000, PROT_READ | PROT_EXEC) == 0);
    __builtin___clear_cache(code, code + 0x10000);
    control = (uint64_t *)(code + 0x10000);

    memory = mmap(NULL, 65536 + SLOTS * SLOT, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    *(session *)memory = (session){ COOKIE, (uint64_t)getpid(), SLOTS, 0, 4096, 8192, 65536, 16 };
    states = (uint32_t *)(memory + 4096);
    bounds *limits = (bounds *)(memory + 8192);

    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = (void (*)(int, siginfo_t *, void *))(void *)code;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigfillset(&action.sa_mask);
    CHECK(sigaction(SIGPROF, &action, NULL) == 0);

    // No session: nothing happens. Not a timer: nothing happens.
    fire(1, COOKIE);
    control[1] = (uint64_t)memory;
    CHECK(raise(SIGPROF) == 0);
    // Another session's cookie: nothing happens.
    fire(1, COOKIE + 1);
    for (int i = 0; i < SLOTS; i++) CHECK(states[i] == 0);

    // The mapping is known, but this thread's control block is not in it: nothing is read directly.
    uint64_t here = (uint64_t)__builtin_frame_address(0);
    limits[1].low = here - (1 << 20);
    limits[1].high = here + 512;
    fire(1, COOKIE);
    CHECK(states[0] == 2 && slot(0)->thread == 1 && slot(0)->stack_source != 1 && slot(0)->labels == 0);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t since = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec - slot(0)->time;
    CHECK(since < 60000000000u);
    states[0] = 0;

    // The first thread, whose stack is the whole mapping: read directly, with the frame-pointer chain beyond what was copied.
    // What the thread's word for labels says is in it.
    uint64_t labels = 0x123456789abcdef0;
    limits[1].high = (here + 512) | 1;
    limits[1].labels = &labels;
    deep(120, 1);
    CHECK(states[0] == 2 && states[1] == 0 && control[0] == 0);
    slot_header *h = slot(0);
    CHECK(h->thread == 1 && h->tid == 0 && h->weight >= 1 && h->labels == labels);
    CHECK(h->pc != 0 && h->sp > limits[1].low && h->sp < here && (h->sp & 7) == 0);
    CHECK(h->stack_source == 1 && h->stack_bytes == SLOT - HEADER - CHAIN);
    uint64_t *chain = (uint64_t *)((char *)h + HEADER), copied = h->sp + h->stack_bytes;
    CHECK(h->chain_pairs > 10 && h->chain_pairs <= 508);
    for (uint64_t i = 0; i < h->chain_pairs; i++) {
        CHECK(chain[2 * i] + 16 > copied && chain[2 * i] <= here + 512 - 16);
        CHECK(i == 0 || chain[2 * i] > chain[2 * i - 2]);
        CHECK(chain[2 * i + 1] == ((uint64_t *)chain[2 * i])[1] || chain[2 * i] < here);
    }

    // The stack's bounds are not known: the kernel copies it, or, where it may not, nothing is copied. No thread: its id.
    fire(0, COOKIE);
    CHECK(states[1] == 2);
    h = slot(1);
    CHECK(h->thread == 0 && h->tid == (uint32_t)syscall(SYS_gettid));
    CHECK((h->stack_source == 2 && h->stack_bytes >= 64) || (h->stack_source == 0 && h->stack_bytes == 0));
    CHECK(h->chain_pairs == 0 && h->labels == 0);

    // Outside of the bounds that are known: likewise.
    limits[2].low = 4096;
    limits[2].high = 8192 | 1;
    fire(2, COOKIE);
    CHECK(states[2] == 2 && slot(2)->stack_source != 1);

    // The last free slot, then none: lost. A freed slot is used again.
    fire(1, COOKIE);
    CHECK(states[3] == 2);
    fire(1, COOKIE);
    CHECK(((session *)memory)->lost >= 1);
    states[2] = 0;
    fire(1, COOKIE);
    CHECK(states[2] == 2 && slot(2)->thread == 1 && control[0] == 0);

    // Registers that are no callee's to save.
    states[0] = 0;
    spin(1, 0xfedcba987654);
    CHECK(slot(0)->saved[10] == 0xfedcba987654);
    puts("passed");
    return 0;
}

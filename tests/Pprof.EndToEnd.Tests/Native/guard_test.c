// Runs the guard's bytes: calls that fault are come back from, and no fault that is another's.
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define FAILED 0x80004005u
#define CONTROL 0x10000
#define CHECK(what) do { if (!(what)) { printf("line %d: %s\n", __LINE__, #what); exit(1); } } while (0)

typedef struct {
    uint64_t thread, frame, is_outside, faults;
    void *previous;
    struct { uint64_t low, high; } code[4];
} guard;

typedef uint64_t (*call_of)(void *, long, long, long, long, long, long, long);

static guard *control;
static call_of call;
static __thread sigjmp_buf back;
static int others;

static void others_handler(int number, siginfo_t *info, void *context)
{
    (void)number; (void)info; (void)context;
    __atomic_fetch_add(&others, 1, __ATOMIC_RELAXED);
    siglongjmp(back, 1);
}

static __attribute__((noinline)) uint64_t sum(long a, long b, long c, long d, long e, long f, long g)
{
    return (uint64_t)(a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g);
}

static __attribute__((noinline)) uint64_t deep(long depth, volatile long *nowhere)
{
    volatile char room[1000];
    room[depth] = 1;
    return depth == 0 ? (uint64_t)*nowhere : deep(depth - 1, nowhere) + (uint64_t)room[depth];
}

static __attribute__((noinline)) uint64_t deep_with_numbers(long depth, volatile long *nowhere, volatile double *numbers)
{
    double a = numbers[0] * 2, b = numbers[1] * 3, c = a * b, d = c + a;
    return deep(depth, nowhere) + (uint64_t)(a + b + c + d);
}

static void *fault_elsewhere(void *unused)
{
    (void)unused;
    if (sigsetjmp(back, 1) == 0) deep(0, (long *)8);
    return 0;
}

static __attribute__((noinline)) uint64_t fault_in_another(long a)
{
    pthread_t thread;
    pthread_create(&thread, 0, fault_elsewhere, 0);
    pthread_join(thread, 0);
    return (uint64_t)a;
}

static void know(int i, uint64_t low, uint64_t high)
{
    control->code[i].low = low;
    control->code[i].high = high;
}

int main(int count, char **arguments)
{
    FILE *file = count == 2 ? fopen(arguments[1], "rb") : 0;
    CHECK(file != 0);
    char *memory = mmap(0, CONTROL + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(fread(memory, 1, CONTROL, file) > 0 && mprotect(memory, CONTROL, PROT_READ | PROT_EXEC) == 0);
    control = (guard *)(memory + CONTROL);
    control->previous = (void *)others_handler;
    call = (call_of)(memory + 16);
    struct sigaction action = { 0 };
    action.sa_sigaction = (void (*)(int, siginfo_t *, void *))memory;
    action.sa_flags = SA_SIGINFO;
    CHECK(sigaction(SIGSEGV, &action, 0) == 0);
    uint64_t here = (uint64_t)(uintptr_t)deep;
    know(0, here - 0x4000, here + 0x4000);

    // All arguments arrive, and nobody is inside afterwards.
    CHECK(call((void *)sum, 1, 2, 3, 4, 5, 6, 7) == 140 && control->thread == 0 && control->faults == 0);

    // A fault is come back from, from any depth, with all that the caller had in registers.
    double kept[2] = { 1.5 * count, 2.5 * count };
    double a = kept[0] / 3, b = kept[1] / 7, c = a + b;
    for (long i = 0; i < 1000; i++) {
        CHECK((uint32_t)call((void *)deep_with_numbers, i % 100, 8, (long)kept, 0, 0, 0, 0) == FAILED);
        CHECK(control->thread == 0 && control->faults == (uint64_t)i + 1);
    }
    CHECK(a == kept[0] / 3 && b == kept[1] / 7 && a + b == c);
    CHECK(call((void *)sum, 1, 0, 0, 0, 0, 0, 0) == 1 && others == 0);

    // Nobody is inside.
    if (sigsetjmp(back, 1) == 0) deep(0, (long *)8);
    CHECK(others == 1);

    // Another thread than the one that is.
    CHECK(call((void *)fault_in_another, 5, 0, 0, 0, 0, 0, 0) == 5 && others == 2);

    // While managed code runs.
    control->is_outside = 1;
    if (sigsetjmp(back, 1) == 0) call((void *)deep, 0, 8, 0, 0, 0, 0, 0);
    CHECK(others == 3);
    control->is_outside = control->thread = 0;

    // In code that is not known; in that of the last range.
    know(0, 0, 0);
    if (sigsetjmp(back, 1) == 0) call((void *)deep, 0, 8, 0, 0, 0, 0, 0);
    CHECK(others == 4 && control->faults == 1000);
    control->thread = 0;
    know(3, here, here + 1);
    if (sigsetjmp(back, 1) == 0) call((void *)deep, 0, 8, 0, 0, 0, 0, 0);
    CHECK(others == 5);
    control->thread = 0;
    know(3, here, here + 0x4000);
    CHECK((uint32_t)call((void *)deep, 0, 8, 0, 0, 0, 0, 0) == FAILED && others == 5);
    puts("passed");
    return 0;
}

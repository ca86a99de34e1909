// Drives the library of the wait callback as the runtime does, with a runtime of its own making: what it writes for contentions,
// waits and parts of contentions, on one thread and on many, and what it leaves out.
#include "profiled_runtime.h"
#include <time.h>

enum { NOTHING, LOCKS, ALL };
enum { LOCK = 1, OTHER = 2, PART = 4, AGAIN = 5 };

static void sleep_for(long nanoseconds)
{
    struct timespec t = { 0, nanoseconds };
    nanosleep(&t, 0);
}

static __attribute__((noinline)) void contend(uint64_t lock, uint64_t owner)
{
    char data[27] = { 0 };
    memcpy(data + 3, &lock, 8);
    memcpy(data + 19, &owner, 8);
    tell(81, data, sizeof data);
    __asm__ volatile("" : : "r"(data) : "memory");
}

static __attribute__((noinline)) void enter(double nanoseconds)
{
    char data[11] = { 0 };
    memcpy(data + 3, &nanoseconds, 8);
    tell(91, data, sizeof data);
    __asm__ volatile("" : : "r"(data) : "memory");
}

static __attribute__((noinline)) void wait_begins(void) { tell(301, "", 0); __asm__ volatile(""); }
// Told twice, as where another profiler has a session for waits too: the events of one are told to all.
static __attribute__((noinline)) void wait_begins_twice(void)
{
    for (int i = 0; i < 2; i++) tell(301, "", 0);
    __asm__ volatile("");
}

static __attribute__((noinline)) void wait_ends(void) { tell(302, "", 0); __asm__ volatile(""); }

// The next record, of this kind and of this thread, with the stack of who told.
static const record *next(record *copy, uint32_t kind, void *teller)
{
    const record *r = take(copy);
    CHECK(r != 0 && r->kind == kind);
    CHECK(r->pc >= (uint64_t)teller && r->pc < (uint64_t)teller + 1024 && r->stack_bytes > 0);
    CHECK(r->thread != 0 && r->time != 0);
    return r;
}

static void *on_thread(void *unused)
{
    (void)unused;
    for (int i = 0; i < 1000; i++) {
        contend(1, 0);
        enter(1000);
        wait_begins();
        wait_ends();
    }
    return 0;
}

static void *begin_and_end(void *unused) { (void)unused; wait_begins(); return 0; }

int main(int count, char **arguments)
{
    CHECK(count == 2);
    attach(arguments[1]);
    keep(0xffffffff);
    record copy, first;

    // Each kind has a session of its own.
    WATCHED = LOCKS;
    CHECK(START() == 0 && sessions == 1);
    WATCHED = ALL;
    CHECK(START() == 0 && sessions == 2 && START() == 0 && sessions == 2);

    // A contention, as long as the runtime says, with the lock, who had it and when it was taken last.
    contend(0x700, 42);
    enter(49.9e6);
    const record *r = next(&first, LOCK, enter);
    CHECK(r->size == 49900000 && r->address == 0x700 && r->type == 42 && r->period == 0 && r->keep == 0xffffffff && r->handle <= r->time);
    contend(0x700, 43);
    enter(0.5);
    r = next(&copy, LOCK, enter);
    CHECK(r->size == 0 && r->type == 43 && r->period == first.time);
    contend(0x701, 0);
    enter(3e18);
    CHECK(next(&copy, LOCK, enter)->size == 3000000000000000000 && copy.period == 0);

    // A wait, as long as it was.
    wait_begins();
    sleep_for(2000000);
    wait_ends();
    r = next(&copy, OTHER, wait_ends);
    CHECK(r->size >= 2000000 && r->size == r->time - r->handle && r->address == 0);

    // A short first part of a contention is nothing of its own.
    contend(0x700, 1);
    wait_begins();
    wait_ends();
    enter(10);
    CHECK(next(&copy, LOCK, enter)->size == 10 && take(&copy) == 0);

    // A long one is told of, that another follows as well, and then the contention in any case.
    contend(0x700, 1);
    wait_begins();
    sleep_for(1000000);
    wait_ends();
    r = next(&first, PART, wait_ends);
    CHECK(r->size >= 1000000 && r->handle != 0 && r->time - r->handle >= r->size);
    wait_begins();
    CHECK(next(&copy, AGAIN, wait_begins)->handle == first.handle);
    wait_ends();
    CHECK(next(&copy, PART, wait_ends)->handle == first.handle);
    keep(1);
    enter(10);
    CHECK(next(&copy, LOCK, enter)->handle == first.handle && copy.keep == 0xffffffff);
    keep(0xffffffff);

    // An end without its start, and what is told but no event of a wait.
    enter(10);
    wait_ends();
    tell(90, "", 0);
    tell(91, "", 0);
    CHECK(take(&copy) == 0);

    // One that was interrupted spoils nothing, neither by itself nor with the contention that it was a part of.
    wait_begins();
    sleep_for(100000);
    wait_begins();
    wait_ends();
    CHECK(next(&copy, OTHER, wait_ends) && take(&copy) == 0);
    contend(0x700, 1);
    wait_begins();
    sleep_for(100000);
    wait_begins();
    wait_ends();
    CHECK(next(&copy, OTHER, wait_ends) && take(&copy) == 0);

    // Each event twice is each once, alone and within a contention; but where the thread loses its processor in between.
    wait_begins_twice();
    wait_ends();
    wait_ends();
    CHECK(next(&copy, OTHER, wait_ends) && take(&copy) == 0);
    int attempts = 0;
    do {
        contend(0x700, 1);
        contend(0x700, 1);
        wait_begins_twice();
        wait_ends();
        wait_ends();
        enter(30);
        enter(30);
        r = take(&copy);
        CHECK(r != 0 && take(&first) == 0);
    } while (r->kind != LOCK && ++attempts < 100);
    CHECK(r->kind == LOCK && r->size == 30);

    // What began before a session did, or while there was none, is left out.
    contend(0x700, 1);
    wait_begins();
    WATCHED = LOCKS;
    CHECK(START() == 0 && sessions == 1);
    WATCHED = ALL;
    CHECK(START() == 0 && sessions == 2);
    wait_ends();
    CHECK(take(&copy) == 0);
    enter(20);
    CHECK(next(&copy, LOCK, enter)->size == 20);
    contend(0x700, 1);
    CHECK(STOP() == 0 && sessions == 0);
    WATCHED = ALL;
    CHECK(START() == 0 && sessions == 2);
    enter(20);
    CHECK(take(&copy) == 0);

    // One in so many: those of a lock within a moment alike, so that both ends of a chain of holders are there.
    keep(0x40000000);
    uint64_t taken = 0, all = 400000;
    double estimated = 0;
    for (uint64_t i = 0; i < all; i++) {
        contend(i % 64, 0);
        enter(100);
        while (take(&copy) != 0) {
            taken++;
            estimated += 4294967296.0 / (double)copy.keep;
        }
    }
    CHECK(taken < all / 2 && estimated > (double)all * 0.7 && estimated < (double)all * 1.3);

    // Threads that come and go, more than there is room for at a time, with waits that never end.
    keep(0xffffffff);
    pthread_t threads[8];
    for (int i = 0; i < 8; i++) CHECK(pthread_create(&threads[i], 0, on_thread, 0) == 0);
    uint64_t seen = 0;
    for (int i = 0; i < 8; i++) {
        while (pthread_tryjoin_np(threads[i], 0) != 0)
            while (take(&copy) != 0) seen++;
    }
    while (take(&copy) != 0) seen++;
    uint64_t lost = 0;
    for (int i = 0; i < 256; i++) lost += FIELD(uint64_t, 1408 + 8 * i);
    CHECK(seen > 0 && seen + lost <= 16000);
    for (int i = 0; i < 100; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, 0, begin_and_end, 0) == 0 && pthread_join(thread, 0) == 0);
    }
    wait_begins();
    wait_ends();
    CHECK(next(&copy, OTHER, wait_ends) && take(&copy) == 0);

    CHECK(STOP() == 0 && sessions == 0);
    printf("passed\n");
    return 0;
}

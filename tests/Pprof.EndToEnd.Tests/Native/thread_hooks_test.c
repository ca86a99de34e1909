// Drives the hook of new threads as a NativeAOT program does: what it writes of who creates a thread and of the thread itself,
// and that the thread begins with what it is to run, as if there were no hook.
#define _GNU_SOURCE
#include "threads.c"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CHECK(what) do { if (!(what)) { printf("line %d: %s\n", __LINE__, #what); exit(1); } } while (0)

extern int32_t __wrap_SystemNative_CreateThread(uintptr_t stack_size, thread_start start, void *argument);
static pthread_t created;
static int refuses;
static uint32_t ran;

// In the place of the class library's own.
int32_t __real_SystemNative_CreateThread(uintptr_t stack_size, thread_start start, void *argument)
{
    CHECK(stack_size == 1234);
    return !refuses && pthread_create(&created, 0, start, argument) == 0;
}

static void *run(void *argument)
{
    // The stack is aligned as the calling convention has it, and the argument is the one that was given.
    CHECK(((uint64_t)__builtin_frame_address(0) & 15) == 0);
    CHECK(argument == (void *)&ran);
    ran = (uint32_t)gettid();
    return argument;
}

static __attribute__((noinline)) int create(void)
{
    int is_created = __wrap_SystemNative_CreateThread(1234, run, &ran);
    void *returned = 0;
    if (is_created) CHECK(pthread_join(created, &returned) == 0 && returned == &ran);
    return is_created;
}

static record *at(uint64_t *tail)
{
    record *r = (record *)(ctl->ring + (*tail & (ctl->ring_bytes - 1)));
    CHECK(r->bytes != 0 && r->bytes % UNIT == 0);
    *tail += r->bytes;
    return r;
}

int main(void)
{
    uint64_t tail = 0;
    CHECK(pprof_thread_hooks.missing() == 0);
    for (uint64_t i = 1; i <= 50; i++) {
        CHECK(create());
        record *first = at(&tail), *second = at(&tail);

        // Which one comes first nobody knows: the new thread tells of itself while the other returns.
        record *creating = first->kind == CREATED ? first : second, *started = first->kind == CREATED ? second : first;
        CHECK(creating->kind == CREATED && creating->type == i && creating->stack_bytes > 0 && creating->skipped == 0);
        CHECK(creating->pc - (uint64_t)create < 256 && creating->sp > (uint64_t)&tail - 4096);
        CHECK(started->kind == STARTED && started->type == i && started->size == ran);
    }

    // A thread that does not come to be is none.
    refuses = 1;
    for (int i = 0; i < 2 * STARTS; i++) {
        CHECK(!create());
        CHECK(at(&tail)->skipped == 1);
    }

    refuses = 0;
    CHECK(create());
    printf("passed\n");
    return 0;
}

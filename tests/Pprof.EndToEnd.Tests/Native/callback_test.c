// Drives the library of the allocation callback as the runtime does, with a runtime of its own making: what it writes for an
// allocation on an ordinary stack, on a deep one, on one of the program's own making, and when nobody reads the ring.
#include "profiled_runtime.h"
#include <ucontext.h>

static uint64_t made;

static hresult handle(void *self, uint64_t object, uint32_t kind, uint64_t *to)
{
    (void)self;
    CHECK(kind == 1);
    made++;
    *to = object + 1;
    return 0;
}

static __attribute__((noinline)) void deliver(uint64_t size)
{
    static const uint16_t name[] = u"A.B[]";
    char data[64];
    memset(data, 0, sizeof data);
    *(uint32_t *)data = 1;
    *(uint64_t *)(data + 6) = 0x1234;
    memcpy(data + 14, name, sizeof name);
    uint64_t rest[3] = { 0x5000, size, 1 };
    memcpy(data + 14 + sizeof name, rest, sizeof rest);
    tell(303, data, 14 + sizeof name + sizeof rest);
    __asm__ volatile("" : : "r"(data) : "memory");
}

static const record *sample(record *copy, uint64_t size)
{
    deliver(size);
    const record *r = take(copy);
    CHECK(r != 0);
    CHECK(r->type == 0x1234 && r->size == size && r->address == 0x5000 && r->handle == 0x5001 && r->kind == 1 && r->name_chars == 5);
    CHECK(r->pc >= (uint64_t)deliver && r->pc < (uint64_t)deliver + 4096 && (r->sp & 7) == 0);
    return r;
}

static __attribute__((noinline)) uint64_t deep(int depth, record *copy)
{
    volatile char room[256];
    room[0] = (char)depth;
    if (depth == 0) {
        sample(copy, 1000);
        return 0;
    }
    // Used after the call, so that it is no loop.
    uint64_t deeper = deep(depth - 1, copy);
    room[1] = 1;
    return deeper + (uint64_t)room[1];
}

static void *on_thread(void *unused)
{
    record copy;
    (void)unused;
    const record *r = sample(&copy, 24);
    CHECK(r->stack_bytes > 0 && r->chain_pairs == 0);
    CHECK(deep(2000, &copy) == 2000);
    CHECK(copy.stack_bytes == STACK_BYTES && copy.chain_pairs > 100);
    return 0;
}

// As the runtime: it is known where it is, and what it calls for its event.
extern const char __start_runtime_code[], __stop_runtime_code[];
static __attribute__((noinline, section("runtime_code"))) int inner(uint64_t size) { deliver(size); return *(volatile int *)&made != 0; }
static __attribute__((noinline, section("runtime_code"))) int outer(uint64_t size) { return inner(size) + *(volatile int *)&made; }
static __attribute__((noinline)) int allocate(uint64_t size) { return outer(size) + *(volatile int *)&made; }

static ucontext_t back, other;
static record of_other;
static void on_other(void) { sample(&of_other, 48); }

int main(int count, char **arguments)
{
    CHECK(count == 2);
    info_methods[108] = (void *)handle;
    attach(arguments[1]);
    CHECK(START() == 0 && sessions == 1);

    // Nothing is taken where the chance is as good as none, everything where it is certain.
    record copy;
    for (int i = 0; i < 1000; i++) deliver(1000);
    CHECK(take(&copy) == 0 && DELIVERED == 1000);
    keep(0xffffffff);
    CHECK(sample(&copy, 100000)->keep == 1ul << 32);

    // On the first thread, on another and deep in its stack.
    CHECK(copy.stack_bytes > 0);
    pthread_t thread;
    CHECK(pthread_create(&thread, 0, on_thread, 0) == 0 && pthread_join(thread, 0) == 0);

    // Without what the runtime does for its event, on x64, as far as the stack is known.
    FIELD(uint64_t, 104) = (uint64_t)__start_runtime_code;
    FIELD(uint64_t, 112) = (uint64_t)(__stop_runtime_code - __start_runtime_code);
    allocate(1000);
    CHECK(take(&copy) != 0);
#if defined(__x86_64__)
    CHECK(copy.pc >= (uint64_t)outer && copy.pc < (uint64_t)outer + 64);
    const uint64_t *callers = (const uint64_t *)copy.sp;
    CHECK(copy.sp <= copy.fp && copy.fp < copy.sp + 256 && callers[(copy.fp - copy.sp) / 8 + 1] - (uint64_t)allocate < 64);
#else
    CHECK(copy.pc >= (uint64_t)deliver && copy.pc < (uint64_t)deliver + 4096);
#endif
    FIELD(uint64_t, 112) = 0;

    // On a stack between pages that cannot be read: what can is copied.
    char *stack = mmap(0, 3 * 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(stack + 65536, 65536, PROT_READ | PROT_WRITE);
    getcontext(&other);
    other.uc_stack.ss_sp = stack + 65536;
    other.uc_stack.ss_size = 65536;
    other.uc_link = &back;
    makecontext(&other, on_other, 0);
    swapcontext(&back, &other);
    CHECK(of_other.stack_bytes > 0 && of_other.sp + of_other.stack_bytes <= (uint64_t)stack + 2 * 65536);

    // Half of them, give or take five standard deviations.
    keep(0x80000000);
    int taken = 0;
    for (int i = 0; i < 20000; i++) {
        deliver(64);
        taken += take(&copy) != 0;
    }
    CHECK(taken > 9650 && taken < 10350);

    // Nobody reads: fewer are taken the fuller it is, and nothing is written where there is no room.
    keep(0xffffffff);
    uint64_t before = made, read = 0;
    for (int i = 0; i < 200000; i++) deliver(64);
    CHECK(HEAD - TAIL <= RING_BYTES);
    double objects = 0;
    while (take(&copy) != 0) {
        read++;
        objects += 4294967296.0 / (double)copy.keep;
    }
    CHECK(read > 10 && made - before == read && objects > 0);

    CHECK(STOP() == 0 && sessions == 0);
    printf("passed\n");
    return 0;
}

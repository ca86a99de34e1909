// Drives the library of the allocation callback as the runtime does, with a runtime of its own making: what it writes for an
// allocation on an ordinary stack, on a deep one, on one of the program's own making, and when nobody reads the ring.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#define RING_BYTES (1 << 18)
#define HEADER_BYTES 128
#define STACK_BYTES 16384

typedef int32_t hresult;
typedef struct { uint32_t a; uint16_t b, c; uint8_t d[8]; } guid;

typedef struct {
    uint64_t bytes, skipped, type, size, handle, address, keep, pc, sp, fp;
    uint32_t name_chars, kind;
    uint64_t stack_bytes, chain_pairs;
} record;

typedef int64_t (*call)(void);
typedef hresult (*event)(void *, uint64_t, uint32_t, uint32_t, uint32_t, const uint8_t *, uint32_t, const char *);

static char *control;
static char *ring;
static void **callback;
static uint64_t made;
static int sessions;

#define CHECK(what) do { if (!(what)) { printf("line %d: %s\n", __LINE__, #what); exit(1); } } while (0)
#define FIELD(type, offset) (*(volatile type *)(control + (offset)))

static hresult mask(void *self, uint32_t low, uint32_t high) { (void)self; CHECK(low == 0 && high == 0x80); return 0; }
static hresult start(void *self, uint32_t count, void *providers, int32_t rundown, uint64_t *session)
{
    (void)self; (void)providers;
    CHECK(count == 1 && rundown == 0);
    sessions++;
    *session = 7;
    return 0;
}
static hresult stop(void *self, uint64_t session) { (void)self; CHECK(session == 7); sessions--; return 0; }
static hresult handle(void *self, uint64_t object, uint32_t kind, uint64_t *to)
{
    (void)self;
    CHECK(kind == 1);
    made++;
    *to = object + 1;
    return 0;
}
static void *info_methods[111];
static void *info = info_methods;
static hresult query(void *self, const guid *id, void ***out) { (void)self; CHECK(id->a == 0x6e6c7ee2); *out = (void **)&info; return 0; }
static void *runtime_methods[] = { (void *)query };
static void *runtime = runtime_methods;

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
    CHECK(((event)((void **)callback[0])[95])(callback, 0, 303, 0, 0, 0, 14 + sizeof name + sizeof rest, data) == 0);
    __asm__ volatile("" : : "r"(data) : "memory");
}

// As the reader does.
static const record *take(record *copy)
{
    for (;;) {
        uint64_t tail = FIELD(uint64_t, 320);
        record *r = (record *)(ring + (tail & (RING_BYTES - 1)));
        uint64_t bytes = __atomic_load_n(&r->bytes, __ATOMIC_ACQUIRE);
        if (bytes == 0) return 0;
        uint64_t skipped = r->skipped;
        if (!skipped) {
            const char *at = (const char *)r + HEADER_BYTES;
            *copy = *r;
            CHECK(r->name_chars == 5 && memcmp(at, u"A.B[]", 10) == 0);
        }
        for (uint64_t line = 0; line < bytes; line += 64) *(uint64_t *)((char *)r + line) = 0;
        FIELD(uint64_t, 320) = tail + bytes;
        if (!skipped) return copy;
    }
}

static const record *sample(record *copy, uint64_t size)
{
    deliver(size);
    const record *r = take(copy);
    CHECK(r != 0);
    CHECK(r->type == 0x1234 && r->size == size && r->address == 0x5000 && r->handle == 0x5001 && r->kind == 1);
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

static ucontext_t back, other;
static record of_other;
static void on_other(void) { sample(&of_other, 48); }

int main(int count, char **arguments)
{
    CHECK(count == 2);
    void *library = dlopen(arguments[1], RTLD_NOW);
    if (library == 0) { printf("%s\n", dlerror()); return 1; }
    hresult (*get)(const guid *, const guid *, void **) = (hresult (*)(const guid *, const guid *, void **))dlsym(library, "DllGetClassObject");
    CHECK(get != 0);

    control = mmap(0, 16384 + RING_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ring = control + 16384;
    FIELD(char *, 0) = ring;
    FIELD(uint64_t, 8) = RING_BYTES;
    info_methods[82] = (void *)mask;
    info_methods[101] = (void *)start;
    info_methods[103] = (void *)stop;
    info_methods[108] = (void *)handle;

    // The end of the first thread's stack, as managed code reads it from the map.
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    while (fgets(line, sizeof line, maps))
        if (strstr(line, "[stack]")) FIELD(uint64_t, 16) = strtoull(strchr(line, '-') + 1, 0, 16);
    fclose(maps);

    guid any = { 0 };
    void **factory;
    CHECK(get(&any, &any, (void **)&factory) == 0);
    CHECK(((hresult (*)(void *, void *, const guid *, void **))((void **)factory[0])[3])(factory, 0, &any, (void **)&callback) == 0);
    int32_t notification_only = 0;
    CHECK(((hresult (*)(void *, int32_t *))((void **)callback[0])[97])(callback, &notification_only) == 0 && notification_only == 1);
    char *address = control;
    hresult (*attach)(void *, void *, void *, uint32_t) = (hresult (*)(void *, void *, void *, uint32_t))((void **)callback[0])[80];
    CHECK(attach(callback, &runtime, &address, 4) < 0);
    CHECK(attach(callback, &runtime, &address, 8) == 0);
    CHECK(attach(callback, &runtime, &address, 8) < 0);
    CHECK(((hresult (*)(void *))((void **)callback[0])[81])(callback) == 0 && FIELD(uint32_t, 48) == 1);
    CHECK(FIELD(call, 56)() == 0 && sessions == 1);

    // Nothing is taken where the chance is as good as none, everything where it is certain.
    record copy;
    for (int i = 0; i < 1000; i++) deliver(1000);
    CHECK(take(&copy) == 0 && FIELD(uint64_t, 192) == 1000);
    for (int i = 0; i < 256; i++) FIELD(uint32_t, 384 + 4 * i) = 0xffffffff;
    CHECK(sample(&copy, 100000)->keep == 1ul << 32);

    // On the first thread, on another and deep in its stack.
    CHECK(copy.stack_bytes > 0);
    pthread_t thread;
    CHECK(pthread_create(&thread, 0, on_thread, 0) == 0 && pthread_join(thread, 0) == 0);

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
    for (int i = 0; i < 256; i++) FIELD(uint32_t, 384 + 4 * i) = 0x80000000;
    int taken = 0;
    for (int i = 0; i < 20000; i++) {
        deliver(64);
        taken += take(&copy) != 0;
    }
    CHECK(taken > 9650 && taken < 10350);

    // Nobody reads: fewer are taken the fuller it is, and nothing is written where there is no room.
    for (int i = 0; i < 256; i++) FIELD(uint32_t, 384 + 4 * i) = 0xffffffff;
    uint64_t before = made, read = 0;
    for (int i = 0; i < 200000; i++) deliver(64);
    CHECK(FIELD(uint64_t, 128) - FIELD(uint64_t, 320) <= RING_BYTES);
    double objects = 0;
    while (take(&copy) != 0) {
        read++;
        objects += 4294967296.0 / (double)copy.keep;
    }
    CHECK(read > 10 && made - before == read && objects > 0);

    CHECK(FIELD(call, 64)() == 0 && sessions == 0);
    printf("passed\n");
    return 0;
}

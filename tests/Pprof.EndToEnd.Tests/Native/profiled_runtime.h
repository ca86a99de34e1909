// A runtime of a test's own making for a library that is attached as a profiler: what it is attached to, the memory that it
// writes into, and how that is read.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define RING_BYTES (1 << 18)
#define HEADER_BYTES 128
#define STACK_BYTES 16384

typedef int32_t hresult;
typedef struct { uint32_t a; uint16_t b, c; uint8_t d[8]; } guid;

typedef struct {
    uint64_t bytes, skipped, type, size, handle, address, keep, pc, sp, fp;
    uint32_t name_chars, kind;
    uint64_t stack_bytes, chain_pairs, period, time;
    uint32_t thread;
} record;

typedef int64_t (*call)(void);
typedef hresult (*event)(void *, uint64_t, uint32_t, uint32_t, uint32_t, const uint8_t *, uint32_t, const char *);

static char *control;
static char *ring;
static void **callback;
static int sessions;

#define CHECK(what) do { if (!(what)) { printf("line %d: %s\n", __LINE__, #what); exit(1); } } while (0)
#define FIELD(type, offset) (*(volatile type *)(control + (offset)))
#define HEAD FIELD(uint64_t, 128)
#define TAIL FIELD(uint64_t, 320)
#define DELIVERED FIELD(uint64_t, 192)
#define WATCHED FIELD(uint32_t, 84)
#define START() FIELD(call, 56)()
#define STOP() FIELD(call, 64)()

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
static void *info_methods[111];
static void *info = info_methods;
static hresult query(void *self, const guid *id, void ***out) { (void)self; CHECK(id->a == 0x6e6c7ee2); *out = (void **)&info; return 0; }
static void *runtime_methods[] = { (void *)query };
static void *runtime = runtime_methods;

static inline __attribute__((always_inline)) void tell(uint32_t id, const void *data, uint32_t bytes)
{
    CHECK(((event)((void **)callback[0])[95])(callback, 0, id, 0, 0, 0, bytes, data) == 0);
}

// As the reader does. 0 where there is none.
static const record *take(record *copy)
{
    for (;;) {
        uint64_t tail = TAIL;
        record *r = (record *)(ring + (tail & (RING_BYTES - 1)));
        uint64_t bytes = __atomic_load_n(&r->bytes, __ATOMIC_ACQUIRE);
        if (bytes == 0) return 0;
        uint64_t skipped = r->skipped;
        if (!skipped) *copy = *r;
        for (uint64_t line = 0; line < bytes; line += 64) *(uint64_t *)((char *)r + line) = 0;
        TAIL = tail + bytes;
        if (!skipped) return copy;
    }
}

static void keep(uint32_t chance) { for (int i = 0; i < 256; i++) FIELD(uint32_t, 384 + 4 * i) = chance; }

static void attach(const char *path)
{
    void *library = dlopen(path, RTLD_NOW);
    if (library == 0) { printf("%s\n", dlerror()); exit(1); }
    hresult (*get)(const guid *, const guid *, void **) = (hresult (*)(const guid *, const guid *, void **))dlsym(library, "DllGetClassObject");
    CHECK(get != 0);

    control = mmap(0, 16384 + RING_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ring = control + 16384;
    FIELD(char *, 0) = ring;
    FIELD(uint64_t, 8) = RING_BYTES;
    info_methods[82] = (void *)mask;
    info_methods[101] = (void *)start;
    info_methods[103] = (void *)stop;

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
    hresult (*attach_to)(void *, void *, void *, uint32_t) = (hresult (*)(void *, void *, void *, uint32_t))((void **)callback[0])[80];
    CHECK(attach_to(callback, &runtime, &address, 4) < 0);
    CHECK(attach_to(callback, &runtime, &address, 8) == 0);
    CHECK(attach_to(callback, &runtime, &address, 8) < 0);
    CHECK(((hresult (*)(void *))((void **)callback[0])[81])(callback) == 0 && FIELD(uint32_t, 48) == 1);
}

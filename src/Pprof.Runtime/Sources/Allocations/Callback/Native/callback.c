// The allocation callback: a profiler that the process attaches to itself, and that is only told of events.
//
// It starts a synchronous session for the runtime's AllocationSampled event (303). The runtime calls `delivered` for each
// on the thread that allocates, in cooperative mode: no collection can begin before it returns, so that the address of
// the object is right and a weak handle can be made for it. The callback thins, copies what a reader needs to find the
// stack, makes the handle and leaves. It calls no library function, allocates nothing but the handle and takes no lock of
// its own.
//
// Built into a library without any dependency by build.sh. Managed code owns all memory: the address of `control` comes
// with the request to attach. How a sample is handed over is in ring.h.
#include "ring.h"

typedef int32_t hresult;
typedef struct { uint32_t a; uint16_t b, c; uint8_t d[8]; } guid;

#define OK 0
#define NO_INTERFACE ((hresult)0x80004002)
#define FAILED ((hresult)0x80004005)
#define NO_AGGREGATION ((hresult)0x80040110)

// Methods by their place in corprof.idl, which belongs to the interface's id and never changes.
enum { CALLBACK_INITIALIZE = 3, CALLBACK_ATTACH = 80, CALLBACK_ATTACHED = 81, CALLBACK_EVENT = 95, CALLBACK_NOTIFICATION_ONLY = 97, CALLBACK_METHODS = 98 };
enum { INFO_SET_EVENT_MASK2 = 82, INFO_START_SESSION = 101, INFO_STOP_SESSION = 103, INFO_CREATE_HANDLE = 108 };

#define ALLOCATION_SAMPLED 303
#define ALLOCATION_KEYWORD 0x80000000000
#define INFORMATIONAL 4
#define MONITOR_EVENT_PIPE 0x80
#define WEAK_HANDLE 1

// Its payload: AllocationKind u32, ClrInstanceID u16, TypeID u64, TypeName as UTF-16 with a 0, Address, ObjectSize and
// SampledByteOffset u64 (ClrEtwAll.man of the runtime).
static hresult delivered(void *self, uint64_t provider, uint32_t id, uint32_t version, uint32_t meta_bytes, const uint8_t *meta,
                         uint32_t bytes, const char *data)
{
    (void)self; (void)provider; (void)version; (void)meta_bytes; (void)meta;
    if (id != ALLOCATION_SAMPLED || bytes < 40) return OK;
    uint32_t name = 14, end = name;
    while (end + 26 <= bytes && *(const uint16_t *)(data + end) != 0) end += 2;
    if (end + 26 > bytes) return OK;
    const uint64_t *rest = (const uint64_t *)(data + end + 2);
    uint64_t address = rest[0], size = rest[1];

    // A number that the program has no influence on: splitmix64 of the number of the call.
    uint64_t random = __atomic_add_fetch(&ctl->delivered, 1, __ATOMIC_RELAXED) * 0x9E3779B97F4A7C15;
    random = (random ^ (random >> 30)) * 0xBF58476D1CE4E5B9;
    random = (random ^ (random >> 27)) * 0x94D049BB133111EB;
    uint64_t keep = __atomic_load_n(&ctl->keep[class_of(size)], __ATOMIC_RELAXED);
    keep += keep == 0xffffffff;

    keep >>= pressure();
    keep += keep == 0;
    if (((random ^ (random >> 31)) & 0xffffffff) >= keep || !is_wanted_thread()) return OK;

    // As the caller has them when this returns.
    uint64_t total;
    record *r = begin_record(__builtin_frame_address(0), (uint64_t)__builtin_dwarf_cfa(), size, (const uint16_t *)(data + name), (end - name) / 2, &total);
    if (r == 0) return OK;

    r->kind = *(const uint32_t *)data;
    r->type = *(const uint64_t *)(data + 6);
    r->address = address;
    r->keep = keep;
    uint64_t handle = 0;
    hresult result = ((hresult (*)(void *, uint64_t, uint32_t, uint64_t *))ctl->info[0][INFO_CREATE_HANDLE])(ctl->info, address, WEAK_HANDLE, &handle);
    r->handle = result < 0 ? 0 : handle;
    publish(r, total);
    return OK;
}

static int64_t start(void)
{
    static const uint16_t name[] = u"Microsoft-Windows-DotNETRuntime";
    struct { const uint16_t *name; uint64_t keywords; uint32_t level; const uint16_t *filter; } provider = { name, ALLOCATION_KEYWORD, INFORMATIONAL, 0 };
    return ctl->session_result = ((hresult (*)(void *, uint32_t, void *, int32_t, uint64_t *))ctl->info[0][INFO_START_SESSION])(ctl->info, 1, &provider, 0, &ctl->session);
}

static int64_t stop(void)
{
    uint64_t session = ctl->session;
    ctl->session = 0;
    return session == 0 ? OK : ((hresult (*)(void *, uint64_t))ctl->info[0][INFO_STOP_SESSION])(ctl->info, session);
}

static hresult ok(void) { return OK; }
static uint32_t one(void) { return 1; }

static hresult query(void *self, const guid *id, void **out)
{
    // IUnknown, ICorProfilerCallback to ICorProfilerCallback11: their first words.
    static const uint32_t known[] = { 0x00000000, 0x176FBED1, 0x8A8CC829, 0x4FD2ED52, 0x7B63B2E3, 0x8DFBA405, 0xFC13DF4B,
                                      0xF76A2DBA, 0x5BED9B15, 0x27583EC3, 0xCEC5B60E, 0x42350846 };
    for (uint32_t i = 0; i < sizeof known / sizeof *known; i++)
        if (id->a == known[i]) { *out = self; return OK; }
    *out = 0;
    return NO_INTERFACE;
}

// With the environment's variables for profilers nobody gets here: it works only for who attaches it.
static hresult initialize(void *self, void *runtime) { (void)self; (void)runtime; return FAILED; }

static hresult attach(void *self, void ***runtime, void *data, uint32_t bytes)
{
    (void)self;
    if (bytes != sizeof ctl || ctl != 0) return FAILED;
    control *c = *(control **)data;
    static const guid info13 = { 0x6e6c7ee2, 0x0701, 0x4ec2, { 0x9d, 0x29, 0x2e, 0x87, 0x33, 0xb6, 0x69, 0x34 } };
    hresult result = ((hresult (*)(void *, const guid *, void ***))runtime[0][0])(runtime, &info13, (void ***)&c->info);
    if (result < 0) return result;
    c->start = start;
    c->stop = stop;
    result = c->mask_result = ((hresult (*)(void *, uint32_t, uint32_t))c->info[0][INFO_SET_EVENT_MASK2])(c->info, 0, MONITOR_EVENT_PIPE);
    if (result < 0) return result;
    ctl = c;
    return OK;
}

static hresult attached(void *self) { (void)self; __atomic_store_n(&ctl->attached, 1, __ATOMIC_RELEASE); return OK; }
static hresult notification_only(void *self, int32_t *yes) { (void)self; *yes = 1; return OK; }

static hresult create(void *factory, void *outer, const guid *id, void **out)
{
    static void *methods[CALLBACK_METHODS];
    static void *object;
    (void)factory;
    if (outer != 0) return NO_AGGREGATION;
    for (uint32_t i = 0; i < CALLBACK_METHODS; i++) methods[i] = (void *)ok;
    methods[0] = (void *)query;
    methods[1] = methods[2] = (void *)one;
    methods[CALLBACK_INITIALIZE] = (void *)initialize;
    methods[CALLBACK_ATTACH] = (void *)attach;
    methods[CALLBACK_ATTACHED] = (void *)attached;
    methods[CALLBACK_EVENT] = (void *)delivered;
    methods[CALLBACK_NOTIFICATION_ONLY] = (void *)notification_only;
    object = methods;
    return query(&object, id, out);
}

static hresult query_factory(void *self, const guid *id, void **out) { (void)id; *out = self; return OK; }

__attribute__((visibility("default"))) hresult DllGetClassObject(const guid *class, const guid *id, void **out)
{
    static void *methods[5];
    static void *factory;
    (void)class; (void)id;
    methods[0] = (void *)query_factory;
    methods[1] = methods[2] = (void *)one;
    methods[3] = (void *)create;
    methods[4] = (void *)ok;
    factory = methods;
    *out = &factory;
    return OK;
}

__attribute__((visibility("default"))) hresult DllCanUnloadNow(void) { return 1; }

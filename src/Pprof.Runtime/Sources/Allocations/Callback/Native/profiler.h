// A profiler that the process attaches to itself, and that is only told of events, as a library without any dependency:
// what the callbacks of allocations and of waits have in common. Whoever includes this defines `delivered`, which the runtime
// calls for each event on the thread that it happens on, and what managed code calls to `start` and `stop` that.
//
// Managed code owns the memory that is written into: the address of `control` comes with the request to attach.
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

#define INFORMATIONAL 4
#define VERBOSE 5
#define MONITOR_EVENT_PIPE 0x80

static hresult delivered(void *self, uint64_t provider, uint32_t id, uint32_t version, uint32_t meta_bytes, const uint8_t *meta,
                         uint32_t bytes, const char *data);
static int64_t start(void);
static int64_t stop(void);

static hresult start_session(uint64_t keywords, uint32_t level, uint64_t *session)
{
    static const uint16_t name[] = u"Microsoft-Windows-DotNETRuntime";
    struct { const uint16_t *name; uint64_t keywords; uint32_t level; const uint16_t *filter; } provider = { name, keywords, level, 0 };
    return ((hresult (*)(void *, uint32_t, void *, int32_t, uint64_t *))ctl->info[0][INFO_START_SESSION])(ctl->info, 1, &provider, 0, session);
}

static hresult stop_session(uint64_t *session)
{
    uint64_t ended = *session;
    *session = 0;
    return ended == 0 ? OK : ((hresult (*)(void *, uint64_t))ctl->info[0][INFO_STOP_SESSION])(ctl->info, ended);
}

// Of the frames from `frame` on, each the place of a saved frame pointer and of a return address behind it, the last one that
// returns into the runtime's own code: what that does for its event is nobody's, and takes most of what would be copied of the
// stack. The runtime is compiled with frame pointers; where it is not, the first step leads out of it, and `frame` stays.
// Elsewhere than on x64 it does not follow where the stack pointer is after the return.
static inline const uint64_t *outermost_of_runtime(const uint64_t *frame)
{
#if defined(__x86_64__)
    uint64_t end = stack_end((uint64_t)frame);
    while (end != 0) {
        uint64_t next = frame[0];
        if (next <= (uint64_t)frame || (next & 7) != 0 || next > end - 16) break;
        if (((const uint64_t *)next)[1] - ctl->runtime_start >= ctl->runtime_bytes) break;
        frame = (const uint64_t *)next;
    }
#endif
    return frame;
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

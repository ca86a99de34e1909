// A profiler that does nothing: what CORECLR_PROFILER loads in a service that somebody else watches. It asks for the events
// of collections, as the profilers of monitoring products do, and answers each with success.
#include <stdint.h>

typedef int32_t hresult;

#define METHODS 128
#define INITIALIZE 3
#define INFO_SET_EVENT_MASK 16
#define MONITOR_GC 0x80

static hresult ok(void) { return 0; }
static uint32_t one(void) { return 1; }
static hresult query(void *self, const void *id, void **out) { (void)id; *out = self; return 0; }

static hresult initialize(void *self, void ***runtime)
{
    static const uint8_t info[16] = { 0xdd, 0xac, 0xa0, 0x28, 0x0c, 0xbe, 0x9a, 0x49, 0x9c, 0x3b, 0xb3, 0xa7, 0x01, 0x1b, 0x6c, 0x91 };
    void ***known = 0;
    (void)self;
    ((hresult (*)(void *, const void *, void ***))runtime[0][0])(runtime, info, (void ***)&known);
    return known == 0 ? 0 : ((hresult (*)(void *, uint32_t))known[0][INFO_SET_EVENT_MASK])(known, MONITOR_GC);
}

static hresult create(void *factory, void *outer, const void *id, void **out)
{
    static void *methods[METHODS];
    static void *object;
    (void)factory; (void)outer; (void)id;
    for (uint32_t i = 0; i < METHODS; i++) methods[i] = (void *)ok;
    methods[0] = (void *)query;
    methods[1] = methods[2] = (void *)one;
    methods[INITIALIZE] = (void *)initialize;
    object = methods;
    *out = &object;
    return 0;
}

hresult DllGetClassObject(const void *class, const void *id, void **out)
{
    static void *methods[5] = { (void *)query, (void *)one, (void *)one, (void *)create, (void *)ok };
    static void *factory = methods;
    (void)class; (void)id;
    *out = &factory;
    return 0;
}

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
#include "profiler.h"

#define ALLOCATION_SAMPLED 303
#define ALLOCATION_KEYWORD 0x80000000000
#define WEAK_HANDLE 1

// Its payload: AllocationKind u32, ClrInstanceID u16, TypeID u64, TypeName as UTF-16 with a 0, Address, ObjectSize and
// SampledByteOffset u64 (ClrEtwAll.man of the runtime).
static hresult delivered(void *self, uint64_t provider, uint32_t id, uint32_t version, uint32_t meta_bytes, const uint8_t *meta,
                         uint32_t bytes, const char *data)
{
    (void)self; (void)provider; (void)meta_bytes; (void)meta;
    if (id != ALLOCATION_SAMPLED || bytes < 40) return OK;
    // The end is of a fixed length, unless a later version has put something behind it: most samples are not taken, and names
    // are long.
    uint32_t name = 14, end = bytes - 26;
    if (version != 0 || *(const uint16_t *)(data + end) != 0) {
        for (end = name; end + 26 <= bytes && *(const uint16_t *)(data + end) != 0;) end += 2;
        if (end + 26 > bytes) return OK;
    }
    const uint64_t *rest = (const uint64_t *)(data + end + 2);
    uint64_t address = rest[0], size = rest[1];

    // A number that the program has no influence on: splitmix64 of the number of the call.
    uint64_t random = __atomic_add_fetch(&ctl->delivered, 1, __ATOMIC_RELAXED) * 0x9E3779B97F4A7C15;
    random = (random ^ (random >> 30)) * 0xBF58476D1CE4E5B9;
    random = (random ^ (random >> 27)) * 0x94D049BB133111EB;
    random = (random ^ (random >> 31)) & 0xffffffff;
    uint64_t keep = __atomic_load_n(&ctl->keep[class_of(size)], __ATOMIC_RELAXED);
    keep += keep == 0xffffffff;
    if (random >= keep) return OK;

    // Only now what others write to: a full ring makes the chance smaller, never larger.
    keep >>= pressure();
    keep += keep == 0;
    if (random >= keep || !is_wanted_thread()) return OK;

    // As the caller has them when this returns, or one of its callers when it does.
    const uint64_t *own = __builtin_frame_address(0), *frame = outermost_of_runtime(own);
    uint64_t total, sp = frame == own ? (uint64_t)__builtin_dwarf_cfa() : (uint64_t)(frame + 2);
    record *r = begin_record(frame, sp, size, (const uint16_t *)(data + name), (end - name) / 2, &total);
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

static int64_t start(void) { return ctl->session_result = start_session(ALLOCATION_KEYWORD, INFORMATIONAL, &ctl->session); }
static int64_t stop(void) { return stop_session(&ctl->session); }

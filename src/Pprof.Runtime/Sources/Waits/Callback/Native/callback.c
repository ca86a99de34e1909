// The wait callback: a profiler that the process attaches to itself, and that is only told of events.
//
// It starts synchronous sessions for the runtime's ContentionStart and ContentionStop (81, 91) and its WaitHandleWaitStart and
// WaitHandleWaitStop (301, 302). The runtime calls `delivered` for each on the thread that waits, in cooperative or preemptive
// mode: nothing managed is touched. What is known of a wait that goes on lies in a slot of its thread. At its end, when it is
// known how long it was, it is decided whether it is recorded; only then the stack is copied, which is the same as at its
// start but for what the runtime itself does. Calls no library function but the clock, allocates nothing and takes no lock.
//
// A thread that waits for a System.Threading.Lock also waits on the lock's event: that is a part of the contention. Of one
// that is not had in time no end is told: what is left of it are its parts. So parts are recorded too where they are long
// enough to be all that there was, or not the first; managed code, which has the names of methods, finds out what they were.
//
// Built into a library without any dependency by build.sh. How a wait is handed over is in ring.h.
#include "profiler.h"

#define CONTENTION_START 81
#define CONTENTION_STOP 91
#define WAIT_START 301
#define WAIT_STOP 302
#define CONTENTION_KEYWORD 0x4000
#define WAIT_KEYWORD 0x40000000000

#define SLOTS 8192                  // WaitSlots.cs
#define PROBES 16
#define TAKES 4096
#define RUN_BITS 4                  // contentions of a lock in a run
#define MOMENT_BITS 27              // nanoseconds of the moment, after which another run begins
#define LONG_PART 500000
#define SAME_EVENT 20000

enum { WATCH_NOTHING, WATCH_LOCKS, WATCH_ALL };     // Watched.cs
enum { UNKNOWN, LOCK, OTHER, IDLE, PART, AGAIN };   // RecordedWait.cs

// What a thread waits for. Free again when that is over; what an interrupted wait leaves behind the thread's next one takes,
// or WaitSlots.cs gives back when the thread has ended.
typedef struct {
    uint64_t thread;                // its thread pointer; 0 where this is free
    uint64_t contention, wait;      // when they began; 0 for none
    uint64_t lock, taken;           // what it contends for, and when that was taken last after a contention; 0 where not known
    uint32_t owner;                 // the system's id of the thread that had the lock
    uint32_t parts, chance, told;   // parts that have ended, the chance that one was recorded, and whether one was
    uint64_t sp;                    // where the start of the wait was told
} __attribute__((aligned(LINE))) slot;

_Static_assert(sizeof(slot) == LINE && offsetof(slot, thread) == 0 && offsetof(slot, wait) == 16, "WaitSlots.cs");

static slot slots[SLOTS];

// By lock: which was taken last after a contention and when, and how many contentions have ended.
static struct { uint64_t lock, time, count; } __attribute__((aligned(32))) takes[TAKES];

// A start that is older than its session belongs to an end that nobody saw.
static uint64_t contention_session, wait_session, contentions_since, waits_since;

static inline uint64_t read_word(const char *at)
{
    uint64_t word;
    __builtin_memcpy(&word, at, 8);
    return word;
}

// The whole part of a double that is not negative, by its bits (IEEE 754): this code uses no such registers.
static inline uint64_t whole(uint64_t bits)
{
    int64_t shift = (int64_t)(bits >> 52) - 1075;
    uint64_t mantissa = (bits & (((uint64_t)1 << 52) - 1)) | (uint64_t)1 << 52;
    return bits >> 63 != 0 || shift < -52 ? 0 : shift < 0 ? mantissa >> -shift : shift < 11 ? mantissa << shift : INT64_MAX;
}

static inline uint64_t hash_of(uint64_t x) { return (x * 0x9E3779B97F4A7C15) >> 32; }

// That of the running thread; 0 where it has none.
static slot *find(uint64_t thread)
{
    uint64_t at = hash_of(thread);
    for (uint64_t i = 0; i < PROBES; i++) {
        slot *s = &slots[(at + i) % SLOTS];
        if (__atomic_load_n(&s->thread, __ATOMIC_RELAXED) == thread) return s;
    }
    return 0;
}

// The same, or a free one. Where there is none the wait is lost.
static slot *find_or_take(uint64_t thread)
{
    slot *s = find(thread);
    if (s != 0) return s;
    uint64_t at = hash_of(thread);
    for (uint64_t i = 0; i < PROBES; i++) {
        uint64_t free = 0;
        s = &slots[(at + i) % SLOTS];
        if (__atomic_load_n(&s->thread, __ATOMIC_RELAXED) == 0
            && __atomic_compare_exchange_n(&s->thread, &free, thread, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
            s->contention = s->wait = 0;
            s->told = 0;
            return s;
        }
    }
    __atomic_fetch_add(&ctl->lost_objects[0], 1, __ATOMIC_RELAXED);
    return 0;
}

static inline void give_back(slot *s) { __atomic_store_n(&s->thread, 0, __ATOMIC_RELEASE); }

static inline int contends(const slot *s) { return s->contention != 0 && s->contention >= contentions_since; }

// That one of two happens.
static inline uint32_t either(uint32_t a, uint32_t b)
{
    if (a == UINT32_MAX || b == UINT32_MAX) return UINT32_MAX;
    uint64_t one = (uint64_t)1 << 32, some = one - ((one - a) * (one - b) >> 32);
    return some > UINT32_MAX ? UINT32_MAX : (uint32_t)some;
}

// `frame` and `sp` are those of `delivered`: see begin_record. `began` is the start of the contention where it is one or a
// part of one.
static int put(uint32_t kind, const slot *wait, uint64_t began, uint64_t ended, uint64_t length, uint32_t chance, const uint64_t *frame, uint64_t sp)
{
    uint64_t bytes;
    record *r = is_wanted_thread() ? begin_record(frame, sp, length, u"", 0, &bytes) : 0;
    if (r == 0) return 0;
    r->kind = kind;
    r->keep = chance;
    r->handle = began;
    r->address = wait->lock;
    r->type = wait->owner;
    r->period = wait->taken;
    r->time = ended;
    r->thread = (uint32_t)kernel(NR_gettid, 0, 0, 0, 0, 0, 0);
    publish(r, bytes);
    return 1;
}

// Payload: flags u8, ClrInstanceID u16, LockID, AssociatedObjectID and LockOwnerThreadID u64 (ClrEtwAll.man of the runtime).
static void begin_contention(const char *data, uint32_t bytes)
{
    slot *s = find_or_take(thread_pointer());
    if (s == 0) return;
    s->wait = 0;
    s->parts = s->chance = s->told = 0;
    s->lock = bytes < 27 ? 0 : read_word(data + 3);
    s->owner = bytes < 27 ? 0 : (uint32_t)read_word(data + 19);
    uint64_t take = hash_of(s->lock) % TAKES;
    s->taken = __atomic_load_n(&takes[take].lock, __ATOMIC_RELAXED) == s->lock ? __atomic_load_n(&takes[take].time, __ATOMIC_RELAXED) : 0;
    s->contention = time_now();
}

// Payload: flags u8, ClrInstanceID u16, nanoseconds as a double.
static void end_contention(const char *data, const uint64_t *frame, uint64_t sp)
{
    slot *s = find(thread_pointer());
    if (s == 0) return;
    if (!contends(s)) {
        give_back(s);
        return;
    }

    slot wait = *s;
    give_back(s);
    uint64_t ended = time_now(), length = whole(read_word(data + 3)), take = hash_of(wait.lock) % TAKES;
    __atomic_store_n(&takes[take].time, ended, __ATOMIC_RELAXED);
    __atomic_store_n(&takes[take].lock, wait.lock, __ATOMIC_RELAXED);

    // Who held the lock is known where the contention was recorded after which that thread took it. So it is not decided for
    // each contention, but for some of a lock that follow each other alike. Their number is given, not their time: what is
    // recorded takes longer, and fewer would fall into a time in which all are.
    uint64_t run = __atomic_fetch_add(&takes[take].count, 1, __ATOMIC_RELAXED) >> RUN_BITS;
    uint32_t chance = chance_of(length);
    uint32_t random = random_of(run * 0x9E3779B97F4A7C15 + (ended >> MOMENT_BITS) * 0xC2B2AE3D27D4EB4F + wait.lock);
    if (wait.told != 0 || is_taken(chance, random))
        put(LOCK, &wait, wait.contention, ended, length, wait.chance == 0 ? chance : either(wait.chance, chance), frame, sp);
}

static void begin_wait(const uint64_t *frame, uint64_t sp)
{
    slot *s = find_or_take(thread_pointer());
    if (s == 0) return;
    uint64_t now = time_now();
    if (s->wait != 0 && s->wait >= waits_since) {
        // Told a second time, from the same place at once: another profiler has a session for these events too. Ends come
        // twice then as well, and the second finds nothing.
        if (s->sp == sp && now - s->wait < SAME_EVENT) return;
        // Two starts without an end between: the first was interrupted, and with it what it was a part of.
        s->contention = 0;
    }
    s->wait = now;
    s->sp = sp;
    // Once for each part that was told: a contention whose end does not come goes on until the next one.
    if (s->told == 1 && contends(s) && put(AGAIN, s, s->contention, s->wait, 0, UINT32_MAX, frame, sp)) s->told = 2;
}

static void end_wait(const uint64_t *frame, uint64_t sp)
{
    slot *s = find(thread_pointer());
    if (s == 0) return;
    uint64_t began = s->wait;
    s->wait = 0;
    slot wait = *s;
    int is_part = contends(s);
    if (!is_part) give_back(s);
    if (began == 0 || began < waits_since) return;

    uint64_t ended = time_now(), length = ended - began;
    uint32_t chance = chance_of(length), random = random_of(ended + (uint64_t)(uintptr_t)frame);
    if (!is_part) {
        if (is_taken(chance, random)) {
            wait.lock = wait.taken = wait.owner = 0;
            put(OTHER, &wait, began, ended, length, chance, frame, sp);
        }
        return;
    }

    if (s->parts++ == 0 && length < LONG_PART) return;
    s->chance = s->chance == 0 ? chance : either(s->chance, chance);
    if (is_taken(chance, random) && put(PART, &wait, wait.contention, ended, length, chance, frame, sp)) s->told = 1;
}

static hresult delivered(void *self, uint64_t provider, uint32_t id, uint32_t version, uint32_t meta_bytes, const uint8_t *meta,
                         uint32_t bytes, const char *data)
{
    (void)self; (void)provider; (void)version; (void)meta_bytes; (void)meta;

    // The runtime tells every profiler what any of them has asked for.
    uint32_t watched = __atomic_load_n(&ctl->watched, __ATOMIC_RELAXED);
    int is_wait = id == WAIT_START || id == WAIT_STOP;
    if (watched == WATCH_NOTHING || (is_wait && watched != WATCH_ALL)) return OK;

    // As the caller has them when this returns.
    const uint64_t *frame = __builtin_frame_address(0);
    uint64_t sp = (uint64_t)__builtin_dwarf_cfa();
    if (id == CONTENTION_START) begin_contention(data, bytes);
    else if (id == CONTENTION_STOP && bytes >= 11) end_contention(data, frame, sp);
    else if (id == WAIT_START) begin_wait(frame, sp);
    else if (id == WAIT_STOP) end_wait(frame, sp);
    return OK;
}

static hresult follow(int is_wanted, uint64_t keyword, uint32_t level, uint64_t *session, uint64_t *since)
{
    if (is_wanted == (*session != 0)) return OK;
    if (!is_wanted) return stop_session(session);
    __atomic_store_n(since, time_now(), __ATOMIC_RELAXED);
    return start_session(keyword, level, session);
}

static uint64_t own_pointer(void) { return thread_pointer(); }

// Watches what is to be watched now. Called by one thread at a time.
static int64_t start(void)
{
    ctl->own_pointer = own_pointer;
    __atomic_store_n(&ctl->slots, slots, __ATOMIC_RELEASE);
    uint32_t what = ctl->watched;
    hresult locks = follow(what != WATCH_NOTHING, CONTENTION_KEYWORD, INFORMATIONAL, &contention_session, &contentions_since);
    hresult all = follow(what == WATCH_ALL, WAIT_KEYWORD, VERBOSE, &wait_session, &waits_since);
    return ctl->session_result = locks < 0 ? locks : all;
}

static int64_t stop(void)
{
    ctl->watched = WATCH_NOTHING;
    return start();
}

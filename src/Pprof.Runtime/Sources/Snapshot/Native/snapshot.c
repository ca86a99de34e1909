// A copy of the process that walks its own managed heap while the process goes on. It calls no library function, takes no
// lock, opens no descriptor and gets memory by mmap alone: the other threads were in the middle of anything when it was
// made, and are not there.
//
// Built into bytes by build.sh: position independent, entry point at offset 0, no data. The parent calls it without leaving
// cooperative mode, so that no garbage collection has stopped the world, and moves objects, when the copy is made. The
// layouts below are read and written by SnapshotJob.cs, and lie in memory that both share.
#include <stdint.h>
#include "kernel.h"

#if defined(__x86_64__)
enum {
    NR_mmap = 9, NR_rt_sigaction = 13, NR_clone = 56, NR_exit = 60, NR_getppid = 110,
    NR_setpriority = 141, NR_prctl = 157, NR_getpid = 39, NR_setrlimit = 160
};
#else
enum {
    NR_mmap = 222, NR_rt_sigaction = 134, NR_clone = 220, NR_exit = 93, NR_getppid = 173,
    NR_setpriority = 140, NR_prctl = 167, NR_getpid = 172, NR_setrlimit = 164
};
#endif

// Neither CLONE_VM nor CLONE_SIGHAND; the lowest byte, the signal at its end, is 0.
enum { CLONE_FILES = 0x400, CLONE_UNTRACED = 0x800000 };
enum { MAX_TYPES = 1 << 16, MAX_NODES = 1 << 20, NODES_OF_ROOTS = 1 << 18, CHUNK_ITEMS = 1 << 16, MAX_BASES = 64 };

// How far a way is looked back on. One so long, and all when there are so many, fold by type alone: their number stays bounded.
enum { MAX_FOLD = 64, LONG_WAY = 48, MANY_NODES = 1 << 16 };

// The runtime's timers hang on a static field by an array and a queue. Roots of this group and those after it hold nothing
// for long.
enum { LEVELS_ABOVE_TIMERS = 2, PASSING_GROUP = 4 };
enum { COMMAND_WALK = 1, COMMAND_MARK = 2, COMMAND_LIST = 3 };
enum { ERROR_MEMORY = 12 };

// Of a method table, in CoreCLR 9 and 10: flags, the size without elements, and the class or, of shared generic code, the
// canonical table with the lowest bit set.
#define HAS_COMPONENTS 0x80000000u
#define HAS_REFERENCES 0x01000000u
#define CLASS_WORD 5

// In NativeAOT 10 flags and size are where they are in CoreCLR. Bits of the flags say what kind of type it is
// (EETypeElementType): 0 for what is none, the last ones for those that no object is of.
#define KIND_SHIFT 26
#define KIND_MASK 0x1fu
#define KIND_INTERFACE 0x15u
#define KIND_BYREF 0x19u
#define NO_NODE 0xffffffffu

// In the place of an offset: the way between the root and the type is not kept.
#define NO_WAY 0xffffffffu

enum { SEGMENT_WITH_CONTEXTS = 0, SEGMENT_PLAIN = 1, SEGMENT_FROZEN = 2 };

typedef struct { uint64_t start, end, first_bit, kind; } segment;
typedef struct { uint64_t start, end; } range;
typedef struct { uint64_t object; uint32_t label, group; } root;
typedef struct { uint64_t start, end, label; } stack;
typedef struct { uint64_t primary, secondary; } dependent;
typedef struct { uint64_t mt, count, bytes, live_count, live_bytes, loader; uint32_t wanted, is_timer; } type;

// An object's type on the way from a root, and the place in its holder that leads to it. A root has no parent, and a label
// in the place of the type.
typedef struct { uint64_t mt, count, bytes; uint32_t parent, offset; } node;

typedef struct { uint64_t object; uint32_t node, pad; } item;
typedef struct chunk { struct chunk *next; item items[CHUNK_ITEMS]; } chunk;

typedef struct {
    // Written by the parent. Segments and contexts are in the order of their addresses, roots in that of their groups.
    uint32_t command, done;
    int64_t parent_pid;
    uint64_t free_mt, object_mt, memory_limit, wants_paths;
    segment *segments; uint64_t segment_count, bit_count;
    range *contexts; uint64_t context_count;
    root *roots; uint64_t root_count;
    stack *stacks; uint64_t stack_count;
    dependent *dependents; uint64_t dependent_count;
    uint64_t dependent_label, frozen_label, other_label;
    type *types;
    node *nodes;
    uint64_t *found; uint64_t found_capacity;

    // Written by the copy.
    uint64_t found_count, node_count, type_count;
    uint64_t clone_nanoseconds, nanoseconds, error, memory;
    uint64_t objects, bytes, live_objects, live_bytes;
    uint64_t unreadable_objects, skipped_bytes, lost_references, folded_objects, lost_objects;

    // Its own.
    uint64_t *starts, *marks;
    uint32_t *node_hash;
    chunk *head, *tail, *unused;
    uint64_t head_index, tail_index, queued, takes_timers, pid;
} job;

static uint64_t now(void)
{
    int64_t t[2];
    kernel(NR_clock_gettime, 1, (long)t, 0, 0, 0, 0);
    return (uint64_t)t[0] * 1000000000ul + (uint64_t)t[1];
}

// Zeroed memory, or 0 with the error set.
static void *map(job *j, uint64_t bytes)
{
    if (j->memory + bytes <= j->memory_limit) {
        long p = kernel(NR_mmap, 0, (long)bytes, 3, 0x4022 /* MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE */, -1, 0);
        if (p > 0 || p < -4095) {
            j->memory += bytes;
            return (void *)p;
        }
    }

    j->error = ERROR_MEMORY;
    return 0;
}

// Reads its own memory through the kernel: 0 where a plain load would fault.
static int read_safely(job *j, uint64_t address, void *into, uint64_t bytes)
{
    struct { void *p; uint64_t n; } local = { into, bytes }, remote = { (void *)address, bytes };
    return kernel(NR_process_vm_readv, (long)j->pid, (long)&local, 1, (long)&remote, 1, 0) == (long)bytes;
}

static int is_class_of(job *j, uint64_t class, uint64_t mt)
{
    uint64_t back[4];
    return (class & 7) == 0 && read_safely(j, class, back, sizeof back)
        && (back[2] == mt || back[1] == mt || back[0] == mt || back[3] == mt);
}

static segment *segment_of(job *j, uint64_t a)
{
    uint64_t low = 0, high = j->segment_count;
    while (low < high) {
        uint64_t middle = (low + high) / 2;
        if (j->segments[middle].end <= a) low = middle + 1;
        else high = middle;
    }

    return low < j->segment_count && j->segments[low].start <= a ? &j->segments[low] : 0;
}

// In a NativeAOT program a method table has that of its base, or of its elements, in the second word: all of them lead to
// Object, but for interfaces and pointers, which elements may be. Those of objects that hold static fields stand for no type
// and lead to themselves. None lies among the objects: what was left there by objects before, in memory that is being
// prepared, would lead on as well.
static int leads_to_object(job *j, uint64_t mt)
{
    for (int depth = 0; depth < MAX_BASES; depth++) {
        uint64_t words[2];
        if ((mt & 7) != 0 || mt < 0x10000 || segment_of(j, mt) != 0 || !read_safely(j, mt, words, sizeof words)) return 0;
        if (mt == j->object_mt) return 1;
        uint32_t kind = (uint32_t)words[0] >> KIND_SHIFT & KIND_MASK, base = (uint32_t)(words[0] >> 32);
        if (depth == 0 && (base < 16 || base > 0x10000000)) return 0;
        if (kind == KIND_INTERFACE || kind >= KIND_BYREF) return depth > 0;
        if (words[1] == mt) return kind == 0;
        mt = words[1];
    }

    return 0;
}

static int looks_like_method_table(job *j, uint64_t mt)
{
    if (j->object_mt != 0) return leads_to_object(j, mt);
    uint64_t words[CLASS_WORD + 1], canonical[CLASS_WORD + 1];
    if ((mt & 7) != 0 || mt < 0x10000 || !read_safely(j, mt, words, sizeof words)) return 0;
    uint32_t base = (uint32_t)(words[0] >> 32);
    if (base < 16 || base > 0x10000000) return 0;
    uint64_t link = words[CLASS_WORD];
    if ((link & 1) == 0) return is_class_of(j, link, mt);
    link &= ~1ul;
    return (link & 7) == 0 && read_safely(j, link, canonical, sizeof canonical) && (canonical[CLASS_WORD] & 1) == 0
        && is_class_of(j, canonical[CLASS_WORD], link);
}

static uint64_t hash(uint64_t x)
{
    x ^= x >> 29;
    x *= 0x9e3779b97f4a7c15ul;
    return x ^ (x >> 32);
}

static int is_full(job *j) { return j->type_count >= MAX_TYPES / 4 * 3; }

// The entry of a type, made and checked when it is first seen; 0 where it is none, or where there is no room for one more.
static type *type_of(job *j, uint64_t mt)
{
    for (uint64_t i = hash(mt);; i++) {
        type *t = &j->types[i & (MAX_TYPES - 1)];
        if (t->mt == mt) return t;
        if (t->mt != 0) continue;
        if (mt != j->free_mt && !looks_like_method_table(j, mt)) return 0;
        if (is_full(j)) return 0;
        t->mt = mt;
        j->type_count++;
        return t;
    }
}

static inline uint64_t size_of(uint64_t object, uint64_t mt)
{
    uint32_t flags = *(uint32_t *)mt;
    uint64_t size = *(uint32_t *)(mt + 4);
    if ((flags & HAS_COMPONENTS) != 0) size += (uint64_t)(flags & 0xffff) * *(uint32_t *)(object + 8);
    size = (size + 7) & ~7ul;
    return size < 24 ? 24 : size;
}

static inline uint64_t method_table(uint64_t object) { return *(uint64_t *)object & ~7ul; }

static inline uint64_t bit_of(segment *s, uint64_t a) { return s->first_bit + (a - s->start) / 8; }

static inline int is_set(uint64_t *bits, uint64_t bit) { return (bits[bit >> 6] >> (bit & 63)) & 1; }

static inline void set(uint64_t *bits, uint64_t bit) { bits[bit >> 6] |= 1ul << (bit & 63); }

// The first allocation context that ends behind `a`, or 0: from where it starts to where it ends there is nothing yet. The
// end is that of the room behind its limit.
static range *context_after(job *j, uint64_t a)
{
    uint64_t low = 0, high = j->context_count;
    while (low < high) {
        uint64_t middle = (low + high) / 2;
        if (j->contexts[middle].end <= a) low = middle + 1;
        else high = middle;
    }

    return low < j->context_count ? &j->contexts[low] : 0;
}

// Where the next object is behind one whose header was not written yet, or memory that was being prepared.
static uint64_t next_readable(job *j, segment *s, uint64_t a)
{
    range *c = s->kind == SEGMENT_WITH_CONTEXTS ? context_after(j, a) : 0;
    if (c != 0 && c->start > a && c->start - a <= 1ul << 20) return c->start;
    do a += 8;
    while (a + 24 <= s->end && !(*(uint64_t *)a > 0x10000 && type_of(j, method_table(a)) != 0));
    return a;
}

// Every object of every segment, in the order of addresses: counts them, or lists those of the types that are wanted.
static void walk(job *j, int lists)
{
    type *last = 0;
    for (uint64_t i = 0; i < j->segment_count; i++) {
        segment *s = &j->segments[i];
        for (uint64_t a = s->start; a + 24 <= s->end;) {
            if (s->kind == SEGMENT_WITH_CONTEXTS) {
                range *c = context_after(j, a);
                if (c != 0 && c->start == a) {
                    a = c->end;
                    continue;
                }
            }

            uint64_t mt = method_table(a);
            type *t = last != 0 && last->mt == mt ? last : mt != 0 ? type_of(j, mt) : 0;
            int is_lost = t == 0 && is_full(j) && looks_like_method_table(j, mt);
            uint64_t size = t != 0 || is_lost ? size_of(a, mt) : 0;
            if (size == 0 || a + size > s->end) {
                uint64_t next = next_readable(j, s, a);
                j->unreadable_objects += lists ? 0 : 1;
                j->skipped_bytes += lists ? 0 : next - a;
                a = next;
                continue;
            }

            if (is_lost) {
                j->lost_objects += lists ? 0 : 1;
                a += size;
                continue;
            }

            last = t;
            if (lists) {
                if (t->wanted != 0 && j->found_count < j->found_capacity) j->found[j->found_count++] = a;
            } else if (mt != j->free_mt) {
                t->count++;
                t->bytes += size;
                j->objects++;
                j->bytes += size;
                set(j->starts, bit_of(s, a));
            }

            a += size;
        }
    }
}

static uint32_t root_of(job *j, uint32_t n)
{
    while (j->nodes[n].parent != NO_NODE) n = j->nodes[n].parent;
    return n;
}

// Whether the steps that lead down to `n` come again from there, the last of them from `parent` by `offset` to its type.
static int repeats(job *j, uint32_t n, uint32_t parent, uint32_t offset)
{
    for (uint32_t before = n;; parent = j->nodes[parent].parent) {
        if (j->nodes[before].offset != offset) return 0;
        before = j->nodes[before].parent;
        if (j->nodes[before].parent == NO_NODE || j->nodes[before].mt != j->nodes[parent].mt) return 0;
        if (parent == n) return 1;
        offset = j->nodes[parent].offset;
    }
}

// The node on the way to `parent` that one below it folds into, or none: the holder if it is of that type, or has it in an
// array, and where a way begins to repeat itself. Lists and trees stay short, and what stands between two containers is kept.
static uint32_t fold(job *j, uint32_t parent, uint64_t mt, uint32_t offset)
{
    uint32_t above = parent, nearest = NO_NODE, depth = 0;
    int by_type = j->node_count >= MANY_NODES;
    for (; above != NO_NODE && depth < MAX_FOLD; depth++) {
        node *n = &j->nodes[above];
        if (n->mt == mt && n->parent != NO_NODE) {
            int is_near = depth == 0 || (depth == 1 && (*(uint32_t *)j->nodes[parent].mt & HAS_COMPONENTS) != 0);
            if (by_type || is_near || repeats(j, above, parent, offset)) return above;
            if (nearest == NO_NODE) nearest = above;
        }

        above = n->parent;
    }

    return depth >= LONG_WAY ? nearest : NO_NODE;
}

// The node below `parent` for a type, or the one that it folds into. Where there is no room for more ways only root and type
// are kept, then the root alone; one that finds no room stands with the first node, which is for such.
static uint32_t node_for(job *j, uint32_t parent, uint64_t mt, uint32_t offset)
{
    for (uint64_t i = hash(mt ^ ((uint64_t)parent << 20) ^ offset);; i++) {
        uint32_t *slot = &j->node_hash[i & (2 * MAX_NODES - 1)];
        if (*slot != 0) {
            node *n = &j->nodes[*slot - 1];
            if (n->mt == mt && n->parent == parent && n->offset == offset) return *slot - 1;
            continue;
        }

        uint32_t into = fold(j, parent, mt, offset);
        if (into != NO_NODE) return into;
        uint64_t room = parent == NO_NODE ? MAX_NODES : offset == NO_WAY ? MAX_NODES - NODES_OF_ROOTS / 2 : MAX_NODES - NODES_OF_ROOTS;
        if (j->node_count >= room) {
            if (parent == NO_NODE) return 0;
            uint32_t top = root_of(j, parent);
            return offset == NO_WAY ? top : node_for(j, top, mt, NO_WAY);
        }

        node *n = &j->nodes[j->node_count];
        n->mt = mt;
        n->parent = parent;
        n->offset = offset;
        *slot = (uint32_t)++j->node_count;
        return *slot - 1;
    }
}

static void push(job *j, uint64_t object, uint32_t n)
{
    if (j->tail == 0 || j->tail_index == CHUNK_ITEMS) {
        chunk *c = j->unused;
        if (c != 0) j->unused = c->next;
        else if ((c = map(j, sizeof(chunk))) == 0) return;
        c->next = 0;
        if (j->tail != 0) j->tail->next = c;
        else {
            j->head = c;
            j->head_index = 0;
        }

        j->tail = c;
        j->tail_index = 0;
    }

    j->queued++;
    item *i = &j->tail->items[j->tail_index++];
    i->object = object;
    i->node = n;
}

static int pop(job *j, item *i)
{
    if (j->head == 0 || (j->head == j->tail && j->head_index == j->tail_index)) return 0;
    j->queued--;
    *i = j->head->items[j->head_index++];
    if (j->head_index == CHUNK_ITEMS) {
        chunk *c = j->head;
        j->head = c->next;
        j->head_index = 0;
        if (j->head == 0) j->tail = 0;
        c->next = j->unused;
        j->unused = c;
    }

    return 1;
}

static void reach(job *j, uint64_t o, uint32_t parent, uint32_t offset)
{
    if (o == 0 || (o & 7) != 0) return;
    segment *s = segment_of(j, o);
    if (s == 0) return;
    uint64_t bit = bit_of(s, o);
    if (!is_set(j->starts, bit)) {
        j->lost_references++;
        return;
    }

    if (is_set(j->marks, bit)) return;
    uint64_t mt = method_table(o), size = size_of(o, mt);
    type *t = type_of(j, mt);
    if (j->takes_timers != 0 && t->is_timer == 0) return;
    set(j->marks, bit);
    t->live_count++;
    t->live_bytes += size;
    j->live_objects++;
    j->live_bytes += size;
    uint32_t n = NO_NODE;
    if (j->wants_paths != 0) {
        n = node_for(j, parent, mt, offset);
        j->nodes[n].count++;
        j->nodes[n].bytes += size;
        j->folded_objects += j->nodes[n].parent == NO_NODE || j->nodes[n].offset == NO_WAY;
    }

    if ((*(uint32_t *)mt & HAS_REFERENCES) != 0) push(j, o, n);

    // An object keeps what its type was loaded by, and so the static fields of all types that come with it. That is of a type
    // that cannot be unloaded itself.
    if (t->loader != 0) reach(j, t->loader, n, 0);
}

// A word of a stack: a reference to an object, or into one, or anything else.
static void reach_from_stack(job *j, uint64_t word, uint32_t parent)
{
    segment *s = segment_of(j, word);
    if (s == 0) return;
    uint64_t bit = bit_of(s, word), at = bit >> 6;
    uint64_t bits = j->starts[at] & (~0ul >> (63 - (bit & 63)));
    while (bits == 0) {
        if (at == s->first_bit >> 6) return;
        bits = j->starts[--at];
    }

    uint64_t found = (at << 6) + 63 - (uint64_t)__builtin_clzl(bits);
    if (found < s->first_bit) return;
    uint64_t o = s->start + (found - s->first_bit) * 8;
    if (word < o + size_of(o, method_table(o))) reach(j, o, parent, 0);
}

// The references of an object, by the table that the garbage collector reads: it lies before the method table.
static void scan(job *j, uint64_t o, uint32_t n)
{
    uint64_t mt = method_table(o), size = size_of(o, mt);
    int64_t series = *(int64_t *)(mt - 8);
    int is_array = (*(uint32_t *)mt & HAS_COMPONENTS) != 0;
    if (series > 0) {
        for (int64_t k = 0; k < series; k++) {
            uint64_t length = *(uint64_t *)(mt - 24 - 16 * (uint64_t)k) + size;
            uint64_t p = o + *(uint64_t *)(mt - 16 - 16 * (uint64_t)k);
            for (uint64_t end = p + length; p < end; p += 8) reach(j, *(uint64_t *)p, n, is_array ? 0 : (uint32_t)(p - o));
        }
    } else if (series < 0) {
        // An array of structures: so many words of references, so many bytes without, again and again.
        uint64_t end = o + size - 8;
        for (uint64_t p = o + *(uint64_t *)(mt - 16); p < end;) {
            for (int64_t k = 0; k > series && p < end; k--) {
                uint64_t part = *(uint64_t *)(mt - 24 + 8 * (uint64_t)k);
                uint64_t stop = p + (part & 0xffffffff) * 8;
                for (; p < stop && p < end; p += 8) reach(j, *(uint64_t *)p, n, 0);
                p = stop + (part >> 32);
            }
        }
    }
}

static void drain(job *j)
{
    item i;
    while (j->error == 0 && pop(j, &i)) scan(j, i.object, i.node);
}

// Follows what was queued until now, and nothing that comes by it.
static void drain_level(job *j)
{
    item i;
    for (uint64_t n = j->queued; n > 0 && j->error == 0 && pop(j, &i); n--) scan(j, i.object, i.node);
}

static inline uint32_t root_node(job *j, uint64_t label)
{
    return j->wants_paths != 0 ? node_for(j, NO_NODE, label, 0) : NO_NODE;
}

static int is_marked(job *j, uint64_t o)
{
    segment *s = segment_of(j, o);
    return s != 0 && (o & 7) == 0 && is_set(j->marks, bit_of(s, o));
}

// What hangs on a dependent handle is alive as long as what it depends on is.
static void reach_dependents(job *j)
{
    for (int found = 1; found && j->error == 0;) {
        found = 0;
        for (uint64_t i = 0; i < j->dependent_count; i++) {
            dependent *d = &j->dependents[i];
            if (!is_marked(j, d->primary) || is_marked(j, d->secondary)) continue;
            uint32_t n = root_node(j, j->dependent_label);
            if (j->wants_paths != 0) n = node_for(j, n, method_table(d->primary), 0);
            uint64_t before = j->live_objects;
            reach(j, d->secondary, n, 0);
            found |= j->live_objects != before;
        }

        drain(j);
    }
}

// Reaches the roots from `r` on that are of the same group. Returns the first of the next.
static uint64_t reach_group(job *j, uint64_t r)
{
    for (uint32_t group = r < j->root_count ? j->roots[r].group : 0; r < j->root_count && j->roots[r].group == group; r++) {
        reach(j, j->roots[r].object, root_node(j, j->roots[r].label), 0);
    }

    return r;
}

// The runtime's timers are lists, in which each refers to the one before and the one behind it, which have nothing to do with
// it: who holds one would seem to hold all that are nearer to it than to the beginning of the list. So the lists are reached
// from their queues before anything else is, and nothing but the lists.
static void reach_timers(job *j)
{
    j->takes_timers = 1;
    reach_group(j, 0);
    for (chunk *c = j->head; c != 0 && j->error == 0; c = c->next) {
        for (uint64_t i = 0; i < (c == j->tail ? j->tail_index : CHUNK_ITEMS); i++) scan(j, c->items[i].object, c->items[i].node);
    }

    j->takes_timers = 0;
}

// The first group of roots, with the timers at their turn: what else they lead to is as far from the roots as it is.
static uint64_t mark_first_group(job *j)
{
    reach_timers(j);
    chunk *timers = j->head, *last = j->tail;
    uint64_t end = j->tail_index;
    j->head = j->tail = 0;
    j->queued = 0;
    uint64_t r = reach_group(j, 0);
    for (int level = 0; level < LEVELS_ABOVE_TIMERS; level++) drain_level(j);
    while (timers != 0 && j->error == 0) {
        for (uint64_t i = 0; i < (timers == last ? end : CHUNK_ITEMS); i++) push(j, timers->items[i].object, timers->items[i].node);
        chunk *next = timers->next;
        timers->next = j->unused;
        j->unused = timers;
        timers = next;
    }

    drain(j);
    return r;
}

// Breadth first, one group of roots after the other: an object stands with the first group that reaches it, on the shortest
// way there.
static void mark(job *j)
{
    root_node(j, j->other_label);
    for (uint64_t r = j->wants_paths != 0 ? mark_first_group(j) : 0; r < j->root_count && j->error == 0;) {
        if (j->roots[r].group == PASSING_GROUP) reach_dependents(j);
        r = reach_group(j, r);
        drain(j);
    }

    reach_dependents(j);
    for (uint64_t i = 0; i < j->stack_count; i++) {
        stack *s = &j->stacks[i];
        uint32_t n = root_node(j, s->label);
        for (uint64_t p = s->start; p + 8 <= s->end; p += 8) reach_from_stack(j, *(uint64_t *)p, n);
    }

    drain(j);
    reach_dependents(j);
    for (uint64_t i = 0; i < j->segment_count; i++) {
        segment *s = &j->segments[i];
        if (s->kind != SEGMENT_FROZEN) continue;
        uint32_t n = root_node(j, j->frozen_label);
        for (uint64_t a = s->start; a < s->end; a += 8) {
            if (is_set(j->starts, bit_of(s, a))) reach(j, a, n, 0);
        }
    }

    drain(j);
    reach_dependents(j);
}

static void run(job *j, uint32_t command)
{
    if (j->starts == 0) j->starts = map(j, j->bit_count / 8 + 16);
    if (command == COMMAND_MARK && j->marks == 0) j->marks = map(j, j->bit_count / 8 + 16);
    if (command == COMMAND_MARK && j->wants_paths != 0 && j->node_hash == 0) j->node_hash = map(j, 8ul * MAX_NODES);
    if (j->error != 0) return;
    if (command == COMMAND_WALK) walk(j, 0);
    else if (command == COMMAND_MARK) mark(j);
    else if (command == COMMAND_LIST) walk(j, 1);
}

static void serve(job *j)
{
    // Ends with the thread that made it. A fault ends it too, and not by the runtime's handler. What is left is no core, which
    // would be the service's memory: with a limit of 1 the kernel starts no handler of cores either (core(5)).
    uint64_t by_default[4] = { 0, 0, 0, 0 }, one[2] = { 1, 1 };
    kernel(NR_setrlimit, 4 /* RLIMIT_CORE */, (long)one, 0, 0, 0, 0);
    kernel(NR_prctl, 1 /* PR_SET_PDEATHSIG */, 9, 0, 0, 0, 0);
    kernel(NR_rt_sigaction, 11 /* SIGSEGV */, (long)by_default, 0, 8, 0, 0);
    kernel(NR_rt_sigaction, 7 /* SIGBUS */, (long)by_default, 0, 8, 0, 0);
    if (kernel(NR_getppid, 0, 0, 0, 0, 0, 0) != j->parent_pid) kernel(NR_exit, 1, 0, 0, 0, 0, 0);
    kernel(NR_prctl, 15 /* PR_SET_NAME */, (long)"pprof snapshot", 0, 0, 0, 0);

    // At the lowest priority it would live for minutes on a busy machine, and every first write to a page costs meanwhile.
    kernel(NR_setpriority, 0, 0, 10, 0, 0, 0);
    j->pid = (uint64_t)kernel(NR_getpid, 0, 0, 0, 0, 0, 0);
    for (uint32_t served = 0;;) {
        uint32_t command;
        while ((command = __atomic_load_n(&j->command, __ATOMIC_ACQUIRE)) == served) {
            kernel(NR_futex, (long)&j->command, 0 /* FUTEX_WAIT */, served, 0, 0, 0);
        }

        served = command;
        uint64_t begin = now();
        run(j, served & 15);
        j->nanoseconds = now() - begin;
        __atomic_store_n(&j->done, served, __ATOMIC_RELEASE);
        kernel(NR_futex, (long)&j->done, 1 /* FUTEX_WAKE */, 1, 0, 0, 0);
    }
}

// Makes the copy, which never returns from here. Returns its process id, or a negative error.
__attribute__((section(".text.start"), used)) long snapshot(job *j)
{
    uint64_t all = ~0ul, old;
    kernel(NR_rt_sigprocmask, 0 /* SIG_BLOCK */, (long)&all, (long)&old, 8, 0, 0);
    uint64_t begin = now();
    long r = kernel(NR_clone, CLONE_FILES | CLONE_UNTRACED, 0, 0, 0, 0, 0);
    if (r == 0) serve(j);
    j->clone_nanoseconds = now() - begin;
    kernel(NR_rt_sigprocmask, 2 /* SIG_SETMASK */, (long)&old, 0, 8, 0, 0);
    return r;
}

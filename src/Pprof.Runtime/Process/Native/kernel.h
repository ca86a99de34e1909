// What C code of this package has in the place of a C library: system calls, the thread pointer, a copy. For code that
// runs where no library function may be called. System call numbers are those of asm/unistd.h.
#include <stdint.h>

#if defined(__x86_64__)
#define NR_rt_sigprocmask 14
#define NR_gettid 186
#define NR_futex 202
#define NR_clock_gettime 228
#define NR_process_vm_readv 310
static inline uint64_t thread_pointer(void) { uint64_t v; __asm__("mov %%fs:0, %0" : "=r"(v)); return v; }
static inline long kernel(long n, long a, long b, long c, long d, long e, long f)
{
    long r;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return r;
}
static inline void copy_words(void *to, const void *from, uint64_t bytes)
{
    uint64_t words = bytes / 8;
    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
}
#elif defined(__aarch64__)
#define NR_rt_sigprocmask 135
#define NR_gettid 178
#define NR_futex 98
#define NR_clock_gettime 113
#define NR_process_vm_readv 270
static inline uint64_t thread_pointer(void) { uint64_t v; __asm__("mrs %0, tpidr_el0" : "=r"(v)); return v; }
static inline long kernel(long n, long a, long b, long c, long d, long e, long f)
{
    register long x8 __asm__("x8") = n;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
}
static inline void copy_words(void *to, const void *from, uint64_t bytes)
{
    volatile uint64_t *t = to;
    const uint64_t *f = from;
    for (uint64_t i = 0; i < bytes / 8; i++) t[i] = f[i];
}
#else
#error "not for this architecture"
#endif

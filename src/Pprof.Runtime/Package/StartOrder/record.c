// Which functions of a program are called: record <functions> <program> [arguments...]
//
// <functions> has a line for each, its address in the file and its name. A breakpoint stands at each until it is called first;
// then its name is written. Ends with the program, and the program with it. For x64, and programs that are loaded anywhere (PIE).

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

struct function {
    unsigned long address;
    char *name;
    unsigned char byte;
    int is_called;
};

static struct function *functions;
static size_t count;

static int by_address(const void *left, const void *right)
{
    unsigned long a = ((const struct function *)left)->address, b = ((const struct function *)right)->address;
    return (a > b) - (a < b);
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void read_functions(const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file)
        fail(path);
    struct function read = {0};
    size_t room = 0;
    while (fscanf(file, "%lx %ms", &read.address, &read.name) == 2) {
        if (count == room) {
            room = room ? 2 * room : 1024;
            functions = realloc(functions, room * sizeof read);
            if (!functions)
                fail("realloc");
        }
        functions[count++] = read;
    }
    fclose(file);
    qsort(functions, count, sizeof *functions, by_address);
}

static unsigned long load_address(pid_t process)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/maps", process);
    FILE *file = fopen(path, "r");
    unsigned long address;
    if (!file || fscanf(file, "%lx", &address) != 1)
        fail(path);
    fclose(file);
    return address;
}

static int open_memory(pid_t process)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", process);
    int memory = open(path, O_RDWR);
    if (memory < 0)
        fail(path);
    return memory;
}

static int is_first(size_t index)
{
    return index == 0 || functions[index - 1].address != functions[index].address;
}

static void set_breakpoints(int memory, unsigned long base)
{
    const unsigned char breakpoint = 0xCC;
    for (size_t i = 0; i < count; i++)
        if (is_first(i)
            && (pread(memory, &functions[i].byte, 1, base + functions[i].address) != 1
                || pwrite(memory, &breakpoint, 1, base + functions[i].address) != 1))
            fail("breakpoint");
}

// Functions with the same code have the same address: all are named, as nobody knows which was meant.
static int was_called(int memory, unsigned long base, unsigned long address)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (functions[middle].address < address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == count || functions[low].address != address)
        return 0;
    if (!functions[low].is_called) {
        functions[low].is_called = 1;
        if (pwrite(memory, &functions[low].byte, 1, base + address) != 1)
            fail("breakpoint");
        for (size_t i = low; i < count && functions[i].address == address; i++)
            puts(functions[i].name);
    }
    return 1;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: record <functions> <program> [arguments...]\n");
        return 2;
    }
    read_functions(argv[1]);
    setlinebuf(stdout);
    pid_t process = fork();
    if (process == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        dup2(STDERR_FILENO, STDOUT_FILENO);
        execv(argv[2], argv + 2);
        fail(argv[2]);
    }
    int status;
    waitpid(process, &status, 0);
    ptrace(PTRACE_SETOPTIONS, process, 0, PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL);
    unsigned long base = load_address(process);
    int memory = open_memory(process);
    set_breakpoints(memory, base);
    ptrace(PTRACE_CONT, process, 0, 0);
    for (;;) {
        pid_t thread = waitpid(-1, &status, __WALL);
        if (thread < 0 && errno != EINTR)
            fail("waitpid");
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (thread == process)
                return 0;
            continue;
        }
        int signal = WSTOPSIG(status);
        struct user_regs_struct registers;
        if (signal == SIGTRAP && status >> 16 == 0 && ptrace(PTRACE_GETREGS, thread, 0, &registers) == 0
            && was_called(memory, base, registers.rip - 1 - base)) {
            registers.rip--;
            ptrace(PTRACE_SETREGS, thread, 0, &registers);
        }
        // A new thread stops once by itself.
        ptrace(PTRACE_CONT, thread, 0, signal == SIGTRAP || signal == SIGSTOP ? 0 : signal);
    }
}

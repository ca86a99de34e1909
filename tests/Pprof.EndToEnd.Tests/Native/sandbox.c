// sandbox [options] program arguments…
//
// Runs a program as the user nobody, with no capability, under a seccomp filter that refuses what Docker's default
// profile refuses to a container without capabilities (docs.docker.com/engine/security/seccomp), process_vm_readv and
// ptrace included, as engines did before kernel 4.8. Options make it worse:
//   --no-exec     memory cannot be made executable
//   --no-timers   timer_create is refused
//   --no-proc     an empty file system lies over /proc
//   --signals N   N signals of the user can be pending
//   --block N     signal N is blocked, and all signals where N is 0, as a launcher leaves them that blocks and executes
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static const int refused[] = {
    SYS_acct, SYS_add_key, SYS_bpf, SYS_clock_adjtime, SYS_clock_settime, SYS_delete_module, SYS_finit_module,
    SYS_get_mempolicy, SYS_init_module, SYS_kcmp, SYS_kexec_load, SYS_keyctl, SYS_mbind, SYS_mount, SYS_move_pages,
    SYS_name_to_handle_at, SYS_open_by_handle_at, SYS_perf_event_open, SYS_pivot_root, SYS_process_vm_readv,
    SYS_process_vm_writev, SYS_ptrace, SYS_quotactl, SYS_reboot, SYS_request_key, SYS_set_mempolicy, SYS_setns,
    SYS_settimeofday, SYS_swapon, SYS_swapoff, SYS_umount2, SYS_unshare, SYS_userfaultfd, SYS_io_uring_setup,
#ifdef __x86_64__
    SYS_ioperm, SYS_iopl, SYS_sysfs, SYS_uselib, SYS_ustat,
#endif
};

static int hide_proc(void)
{
    int space = getuid() == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER;
    return unshare(space) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0
        && mount("none", "/proc", "tmpfs", 0, NULL) == 0;
}

static int limit_signals(rlim_t number)
{
    struct rlimit limit = { number, number };
    return setrlimit(RLIMIT_SIGPENDING, &limit) == 0;
}

static int block(int number)
{
    sigset_t set;
    sigemptyset(&set);
    return (number == 0 ? sigfillset(&set) : sigaddset(&set, number)) == 0 && sigprocmask(SIG_BLOCK, &set, NULL) == 0;
}

int main(int argc, char **argv)
{
    int first = 1, no_exec = 0, no_timers = 0;
    for (; first < argc && strncmp(argv[first], "--", 2) == 0; first++) {
        if (strcmp(argv[first], "--no-exec") == 0) no_exec = 1;
        else if (strcmp(argv[first], "--no-timers") == 0) no_timers = 1;
        else if (strcmp(argv[first], "--no-proc") == 0) { if (!hide_proc()) { perror("--no-proc"); return 1; } }
        else if (strcmp(argv[first], "--block") == 0 && ++first < argc) { if (!block(atoi(argv[first]))) { perror("--block"); return 1; } }
        else if (strcmp(argv[first], "--signals") == 0 && ++first < argc) { if (!limit_signals((rlim_t)atoi(argv[first]))) { perror("--signals"); return 1; } }
        else break;
    }
    if (first >= argc) { fprintf(stderr, "sandbox [options] program arguments...\n"); return 2; }

    if (getuid() == 0 && (setgroups(0, NULL) != 0 || setgid(65534) != 0 || setuid(65534) != 0)) { perror("setuid"); return 1; }

    enum { COUNT = sizeof refused / sizeof refused[0] };
    struct sock_filter filter[2 * COUNT + 16];
    int n = 0;
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (int i = 0; i < COUNT; i++) {
        filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, refused[i], 0, 1);
        filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    }
    if (no_exec) {
        filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 0, 3);
        filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2]));
        filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1);
        filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES);
    }
    if (no_timers) {
        filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
        filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_timer_create, 0, 1);
        filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    }
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);

    struct sock_fprog program = { (unsigned short)n, filter };
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        perror("prctl");
        return 1;
    }

    execvp(argv[first], argv + first);
    perror(argv[first]);
    return 1;
}

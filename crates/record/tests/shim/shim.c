// Stands between a process and its file system, for files below $SHIM_ROOT only.
//
// $SHIM_FAULT="OP:K:HOW" makes the K-th call of OP (sync, write, truncate, rename, unlink, open)
// fail: HOW is "once" or "sticky" (EIO for sync, ENOSPC otherwise) or "torn" (half the bytes are
// written, then the process ends). $SHIM_FIRED is created when that happens.
//
// $SHIM_SHADOW keeps what a power cut would leave, by POSIX's letter: a file's content as of its
// last sync (inode/N), a folder's names as of its last sync (names/N: lines "inode name"). A sync
// that failed loses the pages it should have written: later syncs do not bring them back, as if the
// kernel had marked them clean (lost/N), unless they are written again.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define REAL(name) static __typeof__(name) *real; if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static int below_root(const char *path) {
    const char *root = getenv("SHIM_ROOT");
    return root && !strncmp(path, root, strlen(root));
}

static int fd_below_root(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n < 0) return 0;
    path[n] = 0;
    return below_root(path);
}

// 0: go on, 1: fail, 2: tear
static int fault(const char *op) {
    static int calls;
    char name[16], how[16];
    int k;
    const char *plan = getenv("SHIM_FAULT");
    if (!plan || sscanf(plan, "%15[a-z]:%d:%15[a-z]", name, &k, how) != 3 || strcmp(name, op)) return 0;
    int call = __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
    if (call < k || (call > k && strcmp(how, "sticky"))) return 0;
    const char *fired = getenv("SHIM_FIRED");
    if (fired) syscall(SYS_close, syscall(SYS_open, fired, O_CREAT | O_WRONLY, 0600));
    if (!strcmp(how, "torn")) return 2;
    errno = strcmp(op, "sync") ? ENOSPC : EIO;
    return 1;
}

static void shadow_path(char *out, size_t n, const char *kind, unsigned long inode) {
    snprintf(out, n, "%s/%s/%lu", getenv("SHIM_SHADOW"), kind, inode);
}

static void copy(int in, int out) {
    static __thread char buffer[1 << 16];
    for (long n; (n = syscall(SYS_read, in, buffer, sizeof buffer)) > 0;) syscall(SYS_write, out, buffer, n);
}

// The file's pages as they are now, except those that a failed sync lost, as they were before.
static void copy_kept(int in, int out, unsigned long inode) {
    char path[4096], now[4096], lost[4096], kept[4096];
    shadow_path(path, sizeof path, "lost", inode);
    int losses = syscall(SYS_open, path, O_RDONLY);
    if (losses < 0) { copy(in, out); return; }
    shadow_path(path, sizeof path, "inode", inode);
    int before = syscall(SYS_open, path, O_RDONLY);
    for (long at = 0, n; (n = syscall(SYS_pread64, in, now, 4096, at)) > 0; at += 4096) {
        int is_lost = syscall(SYS_pread64, losses, lost, 4096, at) >= n && !memcmp(now, lost, n);
        memset(kept, 0, sizeof kept);
        if (is_lost && before >= 0) syscall(SYS_pread64, before, kept, 4096, at);
        syscall(SYS_write, out, is_lost ? kept : now, n);
    }
    if (before >= 0) syscall(SYS_close, before);
    syscall(SYS_close, losses);
}

static void lose(int fd) {
    struct stat st;
    char path[4096], self[64];
    if (!getenv("SHIM_SHADOW") || fstat(fd, &st) || !S_ISREG(st.st_mode)) return;
    shadow_path(path, sizeof path, "lost", st.st_ino);
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    int in = syscall(SYS_open, self, O_RDONLY), out = syscall(SYS_open, path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    copy(in, out);
    syscall(SYS_close, in);
    syscall(SYS_close, out);
}

// Written again, and so no longer lost: made to differ from what is there.
static void written(int fd, const char *bytes, long n, long at) {
    struct stat st;
    char path[4096], other[4096];
    if (!getenv("SHIM_SHADOW") || fstat(fd, &st)) return;
    shadow_path(path, sizeof path, "lost", st.st_ino);
    int losses = syscall(SYS_open, path, O_WRONLY);
    for (long done = 0; losses >= 0 && done < n; done += 4096) {
        long piece = n - done < 4096 ? n - done : 4096;
        for (long i = 0; i < piece; i++) other[i] = ~bytes[done + i];
        syscall(SYS_pwrite64, losses, other, piece, at + done);
    }
    if (losses >= 0) syscall(SYS_close, losses);
}

static void keep(int fd) {
    struct stat st;
    char to[4096], beside[4200], line[8192];
    if (!getenv("SHIM_SHADOW") || fstat(fd, &st)) return;
    int folder = S_ISDIR(st.st_mode);
    shadow_path(to, sizeof to, folder ? "names" : "inode", st.st_ino);
    snprintf(beside, sizeof beside, "%s.%ld", to, (long)syscall(SYS_gettid));
    int out = syscall(SYS_open, beside, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    snprintf(line, sizeof line, "/proc/self/fd/%d", fd);
    if (folder) {
        DIR *dir = opendir(line);
        for (struct dirent *e; dir && (e = readdir(dir));) {
            int n = snprintf(line, sizeof line, "%lu %s\n", (unsigned long)e->d_ino, e->d_name);
            if (e->d_name[0] != '.') syscall(SYS_write, out, line, n);
        }
        if (dir) closedir(dir);
    } else {
        int in = syscall(SYS_open, line, O_RDONLY);
        copy_kept(in, out, st.st_ino);
        syscall(SYS_close, in);
    }
    syscall(SYS_close, out);
    syscall(SYS_rename, beside, to);
}

#define SYNC(name) int name(int fd) { \
    REAL(name); int ours = fd_below_root(fd); \
    if (ours && fault("sync")) { lose(fd); errno = EIO; return -1; } \
    int rc = real(fd); if (ours && !rc) keep(fd); return rc; }
SYNC(fsync)
SYNC(fdatasync)

#define WRITE(name, args, pass, half, at) ssize_t name args { \
    REAL(name); int ours = fd_below_root(fd), f = ours ? fault("write") : 0; \
    if (f == 1) return -1; \
    if (f == 2) { real half; syscall(SYS_exit_group, 9); } \
    long from = ours ? (long)(at) : 0; ssize_t rc = real pass; \
    if (ours && rc > 0) written(fd, b, rc, from); \
    return rc; }
WRITE(write, (int fd, const void *b, size_t n), (fd, b, n), (fd, b, n / 2), lseek(fd, 0, SEEK_CUR))
WRITE(pwrite, (int fd, const void *b, size_t n, off_t at), (fd, b, n, at), (fd, b, n / 2, at), at)
WRITE(pwrite64, (int fd, const void *b, size_t n, off64_t at), (fd, b, n, at), (fd, b, n / 2, at), at)

#define TRUNCATE(name, type) int name(int fd, type n) { \
    REAL(name); if (fd_below_root(fd) && fault("truncate")) return -1; return real(fd, n); }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

int rename(const char *from, const char *to) {
    REAL(rename);
    if (below_root(to) && fault("rename")) return -1;
    return real(from, to);
}

int unlink(const char *path) {
    REAL(unlink);
    if (below_root(path) && fault("unlink")) return -1;
    return real(path);
}

// A new file may reuse the inode of an old one, whose content it must not inherit.
#define OPEN(name) int name(const char *path, int flags, ...) { \
    REAL(name); va_list list; va_start(list, flags); \
    int mode = flags & O_CREAT ? va_arg(list, int) : 0; va_end(list); \
    if (!below_root(path)) return real(path, flags, mode); \
    if (fault("open")) return -1; \
    int fresh = (flags & O_CREAT) && access(path, F_OK); \
    int fd = real(path, flags, mode); struct stat st; char stale[4096]; \
    if (fd >= 0 && fresh && getenv("SHIM_SHADOW") && !fstat(fd, &st)) { \
        shadow_path(stale, sizeof stale, "inode", st.st_ino); syscall(SYS_unlink, stale); \
        shadow_path(stale, sizeof stale, "lost", st.st_ino); syscall(SYS_unlink, stale); } \
    return fd; }
OPEN(open)
OPEN(open64)

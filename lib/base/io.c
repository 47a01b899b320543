/* io.c - the system's own calls as a table, and what goes on where a call stopped. */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/options.h"

enum { PATH_SIZE = 4096 };

/* ---- the system */

static int32_t result(int got)
{
    return got < 0 ? -errno : got;
}

static int32_t system_open(void *self, const char *path, int32_t flags, uint32_t mode)
{
    (void)self;
    return result(open(path, flags, (mode_t)mode));
}

static int32_t system_close(void *self, int32_t file)
{
    (void)self;
    return result(close(file));
}

static int64_t system_pread(void *self, int32_t file, void *data, size_t len, uint64_t at)
{
    ssize_t n = pread(file, data, len, (off_t)at);

    (void)self;
    return n < 0 ? -errno : n;
}

static int64_t system_pwrite(void *self, int32_t file, const void *data, size_t len, uint64_t at)
{
    ssize_t n = pwrite(file, data, len, (off_t)at);

    (void)self;
    return n < 0 ? -errno : n;
}

static int32_t system_fdatasync(void *self, int32_t file)
{
    (void)self;
    return result(fdatasync(file));
}

static int32_t system_truncate(void *self, int32_t file, uint64_t len)
{
    (void)self;
    return result(ftruncate(file, (off_t)len));
}

static int32_t system_lock(void *self, int32_t file)
{
    struct flock lock;

    (void)self;
    memset(&lock, 0, sizeof lock);
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_len = 1;
    if (fcntl(file, F_OFD_SETLK, &lock) == 0)
        return 0;
    return errno == EACCES ? -EAGAIN : -errno;
}

static int32_t system_rename(void *self, const char *from, const char *to)
{
    (void)self;
    return result(rename(from, to));
}

static int32_t system_unlink(void *self, const char *path)
{
    (void)self;
    return result(unlink(path));
}

static int32_t system_make_directory(void *self, const char *path, uint32_t mode)
{
    (void)self;
    return result(mkdir(path, (mode_t)mode));
}

static int32_t system_sync_directory(void *self, const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), got;

    (void)self;
    if (fd < 0)
        return -errno;
    got = result(fsync(fd));
    close(fd);
    return got == -EINVAL ? 0 : got;         /* a file system that has no such call keeps its directories by itself */
}

static const li_io_ops system_ops = {
    sizeof system_ops, 1, 0, "system", system_open, system_close, system_pread, system_pwrite, system_fdatasync, system_truncate,
    system_lock, system_rename, system_unlink, system_make_directory, system_sync_directory, NULL
};

const li_io *li_io_system(void)
{
    static const li_io io = { &system_ops, NULL };

    return &io;
}

/* ---- any table */

li_status lii_io_read(lii_io *out, const li_io *io, li_error *err)
{
    li_status status;

    out->ops = system_ops;
    out->self = NULL;
    if (!io || !io->ops)
        return LI_OK;
    status = lii_ops_read(&out->ops, sizeof out->ops, io->ops, "li_io_ops", err);
    out->self = io->self;
    if (status == LI_OK && (!out->ops.open || !out->ops.close || !out->ops.pread || !out->ops.pwrite || !out->ops.fdatasync ||
                            !out->ops.truncate || !out->ops.lock || !out->ops.rename || !out->ops.unlink ||
                            !out->ops.make_directory || !out->ops.sync_directory))
        status = lii_fail(err, LI_E_INVALID, LI_DETAIL_BACKEND_METHOD, "li_io_ops", LI_Z, "an io needs all of its methods but free");
    if (status != LI_OK)
        lii_io_end(out);
    return status;
}

void lii_io_end(lii_io *io)
{
    if (io->ops.free)
        io->ops.free(io->self);
    io->ops.free = NULL;
}

/* Until it is not interrupted. */
#define AGAIN(call)          \
    do                       \
        got = (call);        \
    while (got == -EINTR)

int lii_io_open(const lii_io *io, const char *path, int flags, unsigned mode)
{
    int got;

    AGAIN(io->ops.open(io->self, path, flags | O_CLOEXEC, mode));
    return got;
}

int lii_io_close(const lii_io *io, int file)
{
    return io->ops.close(io->self, file);
}

int64_t lii_io_pread(const lii_io *io, int file, void *data, size_t len, uint64_t at)
{
    size_t done = 0;

    while (done < len) {
        int64_t n = io->ops.pread(io->self, file, (char *)data + done, len - done, at + done);

        if (n == -EINTR)
            continue;
        if (n < 0)
            return n;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (int64_t)done;
}

int lii_io_pwrite(const lii_io *io, int file, const void *data, size_t len, uint64_t at)
{
    size_t done = 0;

    while (done < len) {
        int64_t n = io->ops.pwrite(io->self, file, (const char *)data + done, len - done, at + done);

        if (n == -EINTR)
            continue;
        if (n < 0)
            return (int)n;
        if (n == 0)
            return -ENOSPC;      /* nothing goes in, and nobody says why */
        done += (size_t)n;
    }
    return 0;
}

int lii_io_sync(const lii_io *io, int file)
{
    int got;

    AGAIN(io->ops.fdatasync(io->self, file));
    return got;
}

int lii_io_truncate(const lii_io *io, int file, uint64_t len)
{
    int got;

    AGAIN(io->ops.truncate(io->self, file, len));
    return got;
}

int lii_io_lock(const lii_io *io, int file)
{
    int got;

    AGAIN(io->ops.lock(io->self, file));
    return got;
}

int lii_io_rename(const lii_io *io, const char *from, const char *to)
{
    int got;

    AGAIN(io->ops.rename(io->self, from, to));
    return got;
}

int lii_io_unlink(const lii_io *io, const char *path)
{
    int got;

    AGAIN(io->ops.unlink(io->self, path));
    return got;
}

int lii_io_make_directory(const lii_io *io, const char *path, unsigned mode)
{
    int got;

    AGAIN(io->ops.make_directory(io->self, path, mode));
    return got;
}

int lii_io_sync_parent(const lii_io *io, const char *path)
{
    const char *slash = strrchr(path, '/');
    char parent[PATH_SIZE];
    int got;

    snprintf(parent, sizeof parent, "%.*s", slash ? (int)(slash - path + 1) : 1, slash ? path : ".");
    AGAIN(io->ops.sync_directory(io->self, parent));
    return got;
}

li_status lii_io_status(int error)
{
    switch (error < 0 ? -error : error) {
    case 0:
        return LI_OK;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return LI_E_NOSPC;
    case ENOMEM:
        return LI_E_NOMEM;
    case ENOENT:
    case ENOTDIR:
        return LI_E_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return LI_E_DENIED;
    case EMFILE:
    case ENFILE:
        return LI_E_FULL;
    case EAGAIN:
    case EBUSY:
        return LI_E_BUSY;
    default:
        return LI_E_IO;
    }
}

/* faulty_io.c - files on a disk that fails: refuses, writes half, or does it and says that it did not. */
#include <errno.h>

#include "base/faulty.h"
#include "base/io.h"

typedef struct faulty_io {
    li_faulty *faulty;
    lii_io inner;
} faulty_io;

/* What the rules say of a call: less than 0 it is not made and gives this, else so much of len is. *after, if less than 0, is
 * given in place of what the call gives. */
static int64_t ask(const faulty_io *f, const char *method, size_t len, int32_t *after)
{
    lii_faulty_verdict verdict = lii_faulty_ask(f->faulty, method);
    int32_t error = verdict.system_error ? verdict.system_error : EIO;

    *after = verdict.action == LI_FAULTY_UNKNOWN ? -error : 0;
    if (verdict.action == LI_FAULTY_FAIL)
        return -error;
    return (int64_t)(verdict.action == LI_FAULTY_SHORT && len > 1 ? len / 2 : len);
}

static int32_t faulty_open(void *self, const char *path, int32_t flags, uint32_t mode)
{
    faulty_io *f = self;
    int32_t after, got = (int32_t)ask(f, "open", 0, &after);

    if (got < 0)
        return got;
    got = f->inner.ops.open(f->inner.self, path, flags, mode);
    if (got >= 0 && after < 0)
        f->inner.ops.close(f->inner.self, got);
    return after < 0 ? after : got;
}

/* A file is closed whatever the rules say: descriptors are not lost. */
static int32_t faulty_close(void *self, int32_t file)
{
    faulty_io *f = self;
    int32_t after, failed = (int32_t)ask(f, "close", 0, &after), got = f->inner.ops.close(f->inner.self, file);

    return failed < 0 ? failed : after < 0 ? after : got;
}

static int64_t faulty_pread(void *self, int32_t file, void *data, size_t len, uint64_t at)
{
    faulty_io *f = self;
    int32_t after;
    int64_t part = ask(f, "pread", len, &after);

    if (part >= 0)
        part = f->inner.ops.pread(f->inner.self, file, data, (size_t)part, at);
    return after < 0 ? after : part;
}

static int64_t faulty_pwrite(void *self, int32_t file, const void *data, size_t len, uint64_t at)
{
    faulty_io *f = self;
    int32_t after;
    int64_t part = ask(f, "pwrite", len, &after);

    if (part >= 0)
        part = f->inner.ops.pwrite(f->inner.self, file, data, (size_t)part, at);
    return after < 0 ? after : part;
}

/* The other methods: refused, or done and refused, or done. */
#define MAKE(method, call)                                 \
    faulty_io *f = self;                                   \
    int32_t after, got = (int32_t)ask(f, method, 0, &after); \
                                                           \
    if (got == 0)                                          \
        got = f->inner.ops.call;                           \
    return after < 0 ? after : got

static int32_t faulty_fdatasync(void *self, int32_t file)
{
    MAKE("fdatasync", fdatasync(f->inner.self, file));
}

static int32_t faulty_truncate(void *self, int32_t file, uint64_t len)
{
    MAKE("truncate", truncate(f->inner.self, file, len));
}

static int32_t faulty_lock(void *self, int32_t file)
{
    MAKE("lock", lock(f->inner.self, file));
}

static int32_t faulty_rename(void *self, const char *from, const char *to)
{
    MAKE("rename", rename(f->inner.self, from, to));
}

static int32_t faulty_unlink(void *self, const char *path)
{
    MAKE("unlink", unlink(f->inner.self, path));
}

static int32_t faulty_make_directory(void *self, const char *path, uint32_t mode)
{
    MAKE("make_directory", make_directory(f->inner.self, path, mode));
}

static int32_t faulty_sync_directory(void *self, const char *path)
{
    MAKE("sync_directory", sync_directory(f->inner.self, path));
}

static void faulty_free(void *self)
{
    faulty_io *f = self;

    lii_io_end(&f->inner);
    lii_faulty_free_part(f->faulty, f);
}

static const li_io_ops faulty_ops = {
    sizeof faulty_ops, 1, 0, "faulty", faulty_open, faulty_close, faulty_pread, faulty_pwrite, faulty_fdatasync, faulty_truncate,
    faulty_lock, faulty_rename, faulty_unlink, faulty_make_directory, faulty_sync_directory, faulty_free
};

li_status li_faulty_io(li_faulty *faulty, const li_io *inner, li_io *out)
{
    li_status status;
    faulty_io *f;
    lii_io read;

    if (!faulty || !out)
        return LI_E_INVALID;
    status = lii_io_read(&read, inner, NULL);
    if (status != LI_OK)
        return status;
    f = lii_faulty_new_part(faulty, sizeof *f);
    if (!f) {
        lii_io_end(&read);
        return LI_E_NOMEM;
    }
    f->faulty = faulty;
    f->inner = read;
    out->ops = &faulty_ops;
    out->self = f;
    return LI_OK;
}

/* vfs.c - SQLite over the li_io of a queue. The VFS below opens each file too: it has the locks, the shared memory of the log and
 * the size; what is read, written, cut and flushed goes through the io, on a descriptor of its own. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sqlite/sqlite.h"

enum { KEPT = 4 };

struct lii_sq_vfs {
    sqlite3_vfs vfs;             /* first: SQLite's pointer to it is one to all of this */
    sqlite3_vfs *below;
    const lii_io *io;
    sqlite3_io_methods methods;
    atomic_int last_error;       /* of errno.h */
    atomic_int n_kept;
    int kept[KEPT];              /* descriptors of databases: one that closes ends the locks that this process has on the file */
    char name[40];
};

typedef struct vfs_file {
    sqlite3_file file;
    lii_sq_vfs *vfs;
    sqlite3_file *below;
    const char *path;            /* SQLite's, which outlives the file; NULL: a file without a name, left to the VFS below */
    int fd;
    int is_kept;
    int is_new;                  /* its directory is to be flushed with it */
} vfs_file;

static int failed(vfs_file *f, int got, int rc)
{
    atomic_store(&f->vfs->last_error, -got);
    return got == -ENOSPC || got == -EDQUOT || got == -EFBIG ? SQLITE_FULL : rc;
}

static int vfs_close(sqlite3_file *file)
{
    vfs_file *f = (vfs_file *)(void *)file;

    if (f->fd >= 0 && !f->is_kept)
        lii_io_close(f->vfs->io, f->fd);
    f->fd = -1;
    return f->below->pMethods ? f->below->pMethods->xClose(f->below) : SQLITE_OK;
}

static int vfs_read(sqlite3_file *file, void *data, int len, sqlite3_int64 at)
{
    vfs_file *f = (vfs_file *)(void *)file;
    int64_t n;

    if (!f->path)
        return f->below->pMethods->xRead(f->below, data, len, at);
    n = lii_io_pread(f->vfs->io, f->fd, data, (size_t)len, (uint64_t)at);
    if (n < 0)
        return failed(f, (int)n, SQLITE_IOERR_READ);
    if (n == len)
        return SQLITE_OK;
    memset((char *)data + n, 0, (size_t)(len - n));
    return SQLITE_IOERR_SHORT_READ;
}

static int vfs_write(sqlite3_file *file, const void *data, int len, sqlite3_int64 at)
{
    vfs_file *f = (vfs_file *)(void *)file;
    int got;

    if (!f->path)
        return f->below->pMethods->xWrite(f->below, data, len, at);
    got = lii_io_pwrite(f->vfs->io, f->fd, data, (size_t)len, (uint64_t)at);
    return got < 0 ? failed(f, got, SQLITE_IOERR_WRITE) : SQLITE_OK;
}

static int vfs_truncate(sqlite3_file *file, sqlite3_int64 len)
{
    vfs_file *f = (vfs_file *)(void *)file;
    int got;

    if (!f->path)
        return f->below->pMethods->xTruncate(f->below, len);
    got = lii_io_truncate(f->vfs->io, f->fd, (uint64_t)len);
    return got < 0 ? failed(f, got, SQLITE_IOERR_TRUNCATE) : SQLITE_OK;
}

static int vfs_sync(sqlite3_file *file, int flags)
{
    vfs_file *f = (vfs_file *)(void *)file;
    int got;

    if (!f->path)
        return f->below->pMethods->xSync(f->below, flags);
    got = lii_io_sync(f->vfs->io, f->fd);
    if (got < 0)
        return failed(f, got, SQLITE_IOERR_FSYNC);
    if (f->is_new) {
        got = lii_io_sync_parent(f->vfs->io, f->path);
        if (got < 0)
            return failed(f, got, SQLITE_IOERR_DIR_FSYNC);
        f->is_new = 0;
    }
    return SQLITE_OK;
}

/* ---- what the VFS below does alone */

#define BELOW(file) (((vfs_file *)(void *)(file))->below)

static int vfs_file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return BELOW(file)->pMethods->xFileSize(BELOW(file), size);
}

static int vfs_lock(sqlite3_file *file, int level)
{
    return BELOW(file)->pMethods->xLock(BELOW(file), level);
}

static int vfs_unlock(sqlite3_file *file, int level)
{
    return BELOW(file)->pMethods->xUnlock(BELOW(file), level);
}

static int vfs_check_reserved_lock(sqlite3_file *file, int *is_reserved)
{
    return BELOW(file)->pMethods->xCheckReservedLock(BELOW(file), is_reserved);
}

static int vfs_file_control(sqlite3_file *file, int op, void *argument)
{
    return BELOW(file)->pMethods->xFileControl(BELOW(file), op, argument);
}

static int vfs_sector_size(sqlite3_file *file)
{
    return BELOW(file)->pMethods->xSectorSize(BELOW(file));
}

static int vfs_device_characteristics(sqlite3_file *file)
{
    return BELOW(file)->pMethods->xDeviceCharacteristics(BELOW(file));
}

static int vfs_shm_map(sqlite3_file *file, int region, int size, int is_extended, void volatile **out)
{
    return BELOW(file)->pMethods->xShmMap(BELOW(file), region, size, is_extended, out);
}

static int vfs_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return BELOW(file)->pMethods->xShmLock(BELOW(file), offset, n, flags);
}

static void vfs_shm_barrier(sqlite3_file *file)
{
    BELOW(file)->pMethods->xShmBarrier(BELOW(file));
}

static int vfs_shm_unmap(sqlite3_file *file, int is_deleted)
{
    return BELOW(file)->pMethods->xShmUnmap(BELOW(file), is_deleted);
}

/* ---- files */

static int is_ours(const char *name, int flags)
{
    return name && (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)) && !(flags & SQLITE_OPEN_DELETEONCLOSE);
}

static void keep(vfs_file *f)
{
    int at = atomic_fetch_add(&f->vfs->n_kept, 1);

    if (at < KEPT) {
        f->vfs->kept[at] = f->fd;
        f->is_kept = 1;
    }
}

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
    lii_sq_vfs *v = (lii_sq_vfs *)(void *)vfs;
    vfs_file *f = (vfs_file *)(void *)file;
    int is_new, rc, got = flags;

    memset(f, 0, sizeof *f);
    f->vfs = v;
    f->below = (sqlite3_file *)(void *)(f + 1);
    f->fd = -1;
    f->below->pMethods = NULL;
    is_new = is_ours(name, flags) && (flags & SQLITE_OPEN_CREATE) && access(name, F_OK) != 0;
    rc = v->below->xOpen(v->below, name, f->below, flags, &got);
    if (f->below->pMethods)
        file->pMethods = &v->methods;        /* it is closed then, whatever we say */
    if (rc != SQLITE_OK || !is_ours(name, flags)) {
        if (out_flags)
            *out_flags = got;
        return rc;
    }
    f->path = name;
    f->is_new = is_new;
    f->fd = lii_io_open(v->io, name, got & SQLITE_OPEN_READONLY ? O_RDONLY : O_RDWR, 0);
    if (f->fd < 0) {
        atomic_store(&v->last_error, -f->fd);
        return SQLITE_CANTOPEN;
    }
    if (flags & SQLITE_OPEN_MAIN_DB)
        keep(f);
    if (out_flags)
        *out_flags = got;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int is_synced)
{
    lii_sq_vfs *v = (lii_sq_vfs *)(void *)vfs;
    int got = lii_io_unlink(v->io, name), rc = SQLITE_IOERR_DELETE;

    if (got == -ENOENT)
        return SQLITE_IOERR_DELETE_NOENT;
    if (got == 0 && is_synced) {
        got = lii_io_sync_parent(v->io, name);
        rc = SQLITE_IOERR_DIR_FSYNC;
    }
    if (got < 0)
        atomic_store(&v->last_error, -got);
    return got < 0 ? rc : SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *result)
{
    lii_sq_vfs *v = (lii_sq_vfs *)(void *)vfs;

    return v->below->xAccess(v->below, name, flags, result);
}

static int vfs_full_pathname(sqlite3_vfs *vfs, const char *name, int size, char *out)
{
    lii_sq_vfs *v = (lii_sq_vfs *)(void *)vfs;

    return v->below->xFullPathname(v->below, name, size, out);
}

static int vfs_randomness(sqlite3_vfs *vfs, int len, char *out)
{
    lii_sq_vfs *v = (lii_sq_vfs *)(void *)vfs;

    return v->below->xRandomness(v->below, len, out);
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds)
{
    lii_sq_vfs *v = (lii_sq_vfs *)(void *)vfs;

    return v->below->xSleep(v->below, microseconds);
}

static int vfs_current_time(sqlite3_vfs *vfs, double *now)
{
    lii_sq_vfs *v = (lii_sq_vfs *)(void *)vfs;

    return v->below->xCurrentTime(v->below, now);
}

/* SQLite's sqlite3_system_errno. */
static int vfs_last_error(sqlite3_vfs *vfs, int size, char *text)
{
    (void)size;
    (void)text;
    return atomic_exchange(&((lii_sq_vfs *)(void *)vfs)->last_error, 0);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = vfs_close,
    .xRead = vfs_read,
    .xWrite = vfs_write,
    .xTruncate = vfs_truncate,
    .xSync = vfs_sync,
    .xFileSize = vfs_file_size,
    .xLock = vfs_lock,
    .xUnlock = vfs_unlock,
    .xCheckReservedLock = vfs_check_reserved_lock,
    .xFileControl = vfs_file_control,
    .xSectorSize = vfs_sector_size,
    .xDeviceCharacteristics = vfs_device_characteristics,
    .xShmMap = vfs_shm_map,
    .xShmLock = vfs_shm_lock,
    .xShmBarrier = vfs_shm_barrier,
    .xShmUnmap = vfs_shm_unmap,
};

li_status lii_sq_vfs_begin(lii_sq *q, const char *below, li_error *err)
{
    sqlite3_vfs *under = sqlite3_vfs_find(below);
    lii_sq_vfs *v;

    if (!under)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, "vfs", LI_Z, "SQLite has no VFS of this name");
    v = lii_calloc(&q->allocator, 1, sizeof *v);
    if (!v)
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for a VFS");
    v->below = under;
    v->io = &q->io;
    v->methods = methods;
    atomic_init(&v->last_error, 0);
    atomic_init(&v->n_kept, 0);
    snprintf(v->name, sizeof v->name, "lambdainvoke-%p", (void *)q);
    v->vfs.iVersion = 1;
    v->vfs.szOsFile = (int)sizeof(vfs_file) + under->szOsFile;
    v->vfs.mxPathname = under->mxPathname;
    v->vfs.zName = v->name;
    v->vfs.xOpen = vfs_open;
    v->vfs.xDelete = vfs_delete;
    v->vfs.xAccess = vfs_access;
    v->vfs.xFullPathname = vfs_full_pathname;
    v->vfs.xRandomness = vfs_randomness;
    v->vfs.xSleep = vfs_sleep;
    v->vfs.xCurrentTime = vfs_current_time;
    v->vfs.xGetLastError = vfs_last_error;
    if (sqlite3_vfs_register(&v->vfs, 0) != SQLITE_OK) {
        lii_free(&q->allocator, v);
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for a VFS");
    }
    q->vfs = v;
    return LI_OK;
}

const char *lii_sq_vfs_name(const lii_sq *q)
{
    return q->vfs->name;
}

void lii_sq_vfs_end(lii_sq *q)
{
    int i, n;

    if (!q->vfs)
        return;
    n = atomic_load(&q->vfs->n_kept);
    for (i = 0; i < n && i < KEPT; i++)
        lii_io_close(&q->io, q->vfs->kept[i]);
    sqlite3_vfs_unregister(&q->vfs->vfs);
    lii_free(&q->allocator, q->vfs);
    q->vfs = NULL;
}

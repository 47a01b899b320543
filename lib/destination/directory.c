/* directory.c - a directory as bucket: a file for each record, written and flushed beside its place and moved there (INV-235). */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <lambdainvoke/destination.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/io.h"
#include "base/slice.h"
#include "base/time.h"

enum { PATH_SIZE = 4000 };

typedef struct directory {
    lii_io io;
    atomic_int is_unsure;        /* a directory that was made may not be on the disk: all are flushed again with each file */
    size_t root_len;
    char root[];
} directory;

/* Make the directories of path below its first `from` bytes, and flush each into the one that it is in. */
static int make_directories(const lii_io *io, char *path, size_t from)
{
    char *slash;
    int got = 0;

    for (slash = strchr(path + from + 1, '/'); slash && got == 0; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        got = lii_io_make_directory(io, path, 0777);
        if (got == 0 || got == -EEXIST)
            got = lii_io_sync_parent(io, path);
        *slash = '/';
    }
    return got;
}

/* The event's id stands for the random part of the key, so that a repeated delivery writes the same file. A dead letter
 * has it turned over: a directory that is on-failure destination as well keeps both. */
static int key_of(const char *root, const li_record *record, char *out)
{
    char id[LI_ID_TEXT_SIZE];
    li_id file_id = record->id;
    lii_date d;
    int n;

    lii_date_read(record->time_ms, &d);
    if (record->kind == LI_RECORD_DEAD_LETTER)
        for (n = 0; n < 4; n++)
            file_id.bytes[n] ^= 0xFF;
    li_id_format(&file_id, id);
    n = snprintf(out, PATH_SIZE - 8, "%s/aws/lambda/async/%.*s/%04d/%02d/%02d/%04d-%02d-%02dT%02d.%02d.%02d-%s", root,
                 LII_TEXT(record->function_name), d.year, d.month, d.day, d.year, d.month, d.day, d.hour, d.minute,
                 d.second, id);
    return n > 0 && n < PATH_SIZE - 8 ? 0 : -1;
}

/* The directories are there but for the first record of a day. */
static int open_beside(directory *d, char *path, const char *beside)
{
    int file = -ENOENT, got;

    if (!atomic_load(&d->is_unsure))
        file = lii_io_open(&d->io, beside, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (file != -ENOENT)
        return file;
    got = make_directories(&d->io, path, d->root_len);
    if (got < 0)
        atomic_store(&d->is_unsure, 1);
    return got < 0 ? got : lii_io_open(&d->io, beside, O_WRONLY | O_CREAT | O_TRUNC, 0666);
}

static li_status write_record(directory *d, const li_record *record)
{
    char path[PATH_SIZE], beside[PATH_SIZE + 8];
    int file, got, closed;

    if (key_of(d->root, record, path) != 0)
        return LI_E_TOO_LARGE;
    snprintf(beside, sizeof beside, "%s.part", path);
    file = open_beside(d, path, beside);
    if (file < 0)
        return lii_io_status(file);
    got = lii_io_pwrite(&d->io, file, record->body.ptr, record->body.len, 0);
    if (got == 0)
        got = lii_io_sync(&d->io, file);
    closed = lii_io_close(&d->io, file);
    if (got == 0 && closed != -EINTR)
        got = closed;
    if (got == 0)
        got = lii_io_rename(&d->io, beside, path);
    if (got < 0)
        lii_io_unlink(&d->io, beside);
    else
        got = lii_io_sync_parent(&d->io, path);
    return lii_io_status(got);
}

static li_status directory_put(void *self, const li_record *record, li_destination_done done, void *user, li_error *err)
{
    (void)err;
    done(user, write_record(self, record));
    return LI_OK;
}

static void directory_free(void *self)
{
    directory *d = self;

    lii_io_end(&d->io);
    lii_free(&lii_malloc_allocator, d);
}

static const li_destination_ops directory_ops = {
    sizeof directory_ops, 1, LI_DESTINATION_DURABLE, "directory", directory_put, directory_free
};

li_status li_destination_directory_on(const li_io *io, const char *path, li_destination *destination, li_error *err)
{
    size_t len = path ? strlen(path) : 0;
    li_status status;
    struct stat info;
    directory *d;
    lii_io read;

    if (!destination)
        return LI_E_INVALID;
    status = lii_io_read(&read, io, err);
    if (status == LI_OK && (!path || stat(path, &info) != 0 || !S_ISDIR(info.st_mode)))
        status = lii_fail(err, LI_E_NOT_FOUND, LI_DETAIL_NONE, path, LI_Z, "%s is no directory", path ? path : "(null)");
    d = status == LI_OK ? lii_calloc(&lii_malloc_allocator, 1, sizeof *d + len + 1) : NULL;
    if (status == LI_OK && !d)
        status = lii_no_memory(err, "a destination");
    if (status != LI_OK) {
        lii_io_end(&read);
        return status;
    }
    d->io = read;
    d->root_len = len;
    memcpy(d->root, path, len);
    destination->ops = &directory_ops;
    destination->self = d;
    return LI_OK;
}

li_status li_destination_directory_new(const char *path, li_destination *destination, li_error *err)
{
    return li_destination_directory_on(NULL, path, destination, err);
}

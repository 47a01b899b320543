/* directory.c - a directory as bucket: a file for each record, written beside its place and moved there (INV-235). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lambdainvoke/destination.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/slice.h"
#include "base/time.h"

enum { PATH_SIZE = 4096 };

static li_status status_of(int error)
{
    switch (error) {
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
        return LI_E_DENIED;
    default:
        return LI_E_IO;
    }
}

/* Make the directories of path below its first `from` bytes. */
static int make_directories(char *path, size_t from)
{
    char *slash;

    for (slash = strchr(path + from + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST) {
            *slash = '/';
            return -1;
        }
        *slash = '/';
    }
    return 0;
}

static int write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        data += n;
        len -= (size_t)n;
    }
    return 0;
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

static li_status write_record(const char *root, const li_record *record)
{
    char path[PATH_SIZE], beside[PATH_SIZE + 8];
    int fd, failed, error;

    if (key_of(root, record, path) != 0)
        return LI_E_TOO_LARGE;
    if (make_directories(path, strlen(root)) != 0)
        return status_of(errno);
    snprintf(beside, sizeof beside, "%s.part", path);
    fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return status_of(errno);
    failed = write_all(fd, record->body.ptr, record->body.len);
    error = errno;
    if (close(fd) != 0 && !failed) {
        failed = 1;
        error = errno;
    }
    if (!failed && rename(beside, path) == 0)
        return LI_OK;
    if (!failed)
        error = errno;
    unlink(beside);
    return status_of(error);
}

static li_status directory_put(void *self, const li_record *record, li_destination_done done, void *user, li_error *err)
{
    (void)err;
    done(user, write_record(self, record));
    return LI_OK;
}

static void directory_free(void *self)
{
    lii_free(&lii_malloc_allocator, self);
}

static const li_destination_ops directory_ops = {
    sizeof directory_ops, 1, 0, "directory", directory_put, directory_free
};

li_status li_destination_directory_new(const char *path, li_destination *destination, li_error *err)
{
    struct stat info;
    char *copy;

    if (!path || stat(path, &info) != 0 || !S_ISDIR(info.st_mode))
        return lii_fail(err, LI_E_NOT_FOUND, LI_DETAIL_NONE, path, LI_Z, "%s is no directory", path ? path : "(null)");
    copy = lii_copy_text(&lii_malloc_allocator, path, LI_Z);
    if (!copy)
        return lii_fail(err, LI_E_NOMEM, LI_DETAIL_NONE, NULL, 0, "no memory for a destination");
    destination->ops = &directory_ops;
    destination->self = copy;
    return LI_OK;
}

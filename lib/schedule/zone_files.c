/* zone_files.c - zones from the system's files, read as they are: no TZ, no tzset, no environment (TRG-154). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schedule/zone.h"

enum { FILE_MAX = 16384, PATH_SIZE = 128 }; /* the largest zone has under 5 KB */

static const char *const directories[] = { "/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo",
                                           "/etc/zoneinfo" };

/* All of a regular file: how many bytes; -1 with errno. */
static ssize_t read_file(const char *path, unsigned char *data, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), error = 0;
    struct stat st;
    size_t len = 0;
    ssize_t n;

    if (fd < 0)
        return -1;
    if (fstat(fd, &st) != 0)
        error = errno;
    else if (!S_ISREG(st.st_mode))
        error = ENOENT; /* a directory of zones */
    while (!error && len < size) {
        n = read(fd, data + len, size - len);
        if (n > 0)
            len += (size_t)n;
        else if (n == 0)
            break;
        else if (errno != EINTR)
            error = errno;
    }
    close(fd);
    errno = error;
    return error ? -1 : (ssize_t)len;
}

static li_status read_zone(void *self, const char *zone, void (*give)(void *user, const void *data, size_t len), void *user)
{
    unsigned char data[FILE_MAX];
    char path[PATH_SIZE];
    ssize_t len;
    size_t i;

    (void)self;
    for (i = 0; i < sizeof directories / sizeof *directories; i++) {
        snprintf(path, sizeof path, "%s/%s", directories[i], zone);
        len = read_file(path, data, sizeof data);
        if (len >= 0) {
            give(user, data, (size_t)len);
            return LI_OK;
        }
        if (errno != ENOENT && errno != ENOTDIR)
            return LI_E_IO;
    }
    return LI_E_NOT_FOUND;
}

const li_zone_source_ops lii_zone_files = { sizeof(li_zone_source_ops), 1, 0, "files", read_zone, NULL };

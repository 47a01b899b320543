/* io.h - files as the library writes them: what was interrupted is made again, what ended early goes on. */
#ifndef LII_BASE_IO_H
#define LII_BASE_IO_H

#include <lambdainvoke/io.h>


/* What the library holds: the table copied. */
typedef struct lii_io {
    li_io_ops ops;
    void *self;
} lii_io;

/* Take over a table; NULL: the system's. LI_E_INVALID a method is missing; LI_E_NOTSUP unknown members: ended then. */
li_status lii_io_read(lii_io *out, const li_io *io, li_error *err);
void lii_io_end(lii_io *io); /* once; again is fine */

/* 0 or more, or a negative number of errno.h. */
int lii_io_open(const lii_io *io, const char *path, int flags, unsigned mode); /* O_CLOEXEC is added */
int lii_io_close(const lii_io *io, int file);
int64_t lii_io_pread(const lii_io *io, int file, void *data, size_t len, uint64_t at); /* less than len: the file ends there */
int lii_io_pwrite(const lii_io *io, int file, const void *data, size_t len, uint64_t at); /* 0: all of it */
int lii_io_sync(const lii_io *io, int file);
int lii_io_truncate(const lii_io *io, int file, uint64_t len);
int lii_io_lock(const lii_io *io, int file);
int lii_io_rename(const lii_io *io, const char *from, const char *to);
int lii_io_unlink(const lii_io *io, const char *path);
int lii_io_make_directory(const lii_io *io, const char *path, unsigned mode);
int lii_io_sync_parent(const lii_io *io, const char *path); /* of the directory that path is in; path has less than 4096 bytes */

/* The status of a number of errno.h, of either sign. */
li_status lii_io_status(int error);

#endif

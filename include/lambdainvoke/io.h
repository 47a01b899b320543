/* io.h - the calls to the system under each file that the library writes itself (REL-102).
 *
 * Two backends write files: the directory as a destination (li_destination_directory_on) and the queue in SQLite
 * (li_sqlite_options.io; SQLite itself works through it as well). Both use the system's own calls unless they are given
 * a table. A table of yours stands in front of li_io_system: it counts, delays, refuses or records calls, and hands on the
 * others. li_faulty_io (testing.h) is one that follows rules. */
#ifndef LAMBDAINVOKE_IO_H
#define LAMBDAINVOKE_IO_H

#include <lambdainvoke/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Each method does what the system's call of its name does and gives what that gives; where that would be -1, a number of
 * errno.h made negative (-ENOSPC). A file is a descriptor of the system: the library also maps it, asks for its size and
 * reserves blocks behind it. Paths end with NUL and are borrowed for the call. A call that was interrupted (-EINTR) is made
 * again, and a read or write that ended early goes on where it stopped; close is called once, whatever it gives.
 * Any thread may call, many at once; a method must not call the engine. All are required but free. */
typedef struct li_io_ops {
    size_t size;
    uint32_t version; /* 1 */
    uint32_t caps;    /* 0 */
    const char *name;
    int32_t (*open)(void *self, const char *path, int32_t flags, uint32_t mode); /* O_CLOEXEC is among the flags */
    int32_t (*close)(void *self, int32_t file);
    int64_t (*pread)(void *self, int32_t file, void *data, size_t len, uint64_t at);
    int64_t (*pwrite)(void *self, int32_t file, const void *data, size_t len, uint64_t at);
    int32_t (*fdatasync)(void *self, int32_t file);
    int32_t (*truncate)(void *self, int32_t file, uint64_t len);
    int32_t (*lock)(void *self, int32_t file);       /* for this opening alone, until it is closed; -EAGAIN: somebody has it */
    int32_t (*rename)(void *self, const char *from, const char *to);
    int32_t (*unlink)(void *self, const char *path);
    int32_t (*make_directory)(void *self, const char *path, uint32_t mode);
    int32_t (*sync_directory)(void *self, const char *path); /* so that what was made, moved or removed in it stays so */
    void (*free)(void *self);                        /* NULL: the caller keeps self */
} li_io_ops;

typedef struct li_io {
    const li_io_ops *ops; /* static; NULL: the system's */
    void *self;
} li_io;

/* The system's own calls. lock is one of the open file description (F_OFD_SETLK): it ends with the process however that ends.
 * Returns: static. Threads: any. Spec: REL-102. Since 0.1. */
LI_API const li_io *li_io_system(void);

#ifdef __cplusplus
}
#endif
#endif

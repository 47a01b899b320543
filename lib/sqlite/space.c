/* space.c - room on the disk. Blocks are reserved ahead, in the file and in its log, without changing their sizes: when the
 * disk is full, accepts are refused first, and what was accepted can still be finished. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "sqlite/sqlite.h"

enum { STEP = 8 << 20, SMALL_STEP = 64 << 10 };

/* Of what is reserved and not asked about: on a small disk no more than this part of it. */
static uint64_t at_most(lii_sq *q, uint64_t bytes, uint64_t part)
{
    struct statvfs disk;

    if (q->disk_bytes == 0)
        q->disk_bytes = q->file_fd >= 0 && fstatvfs(q->file_fd, &disk) == 0 ? (uint64_t)disk.f_blocks * disk.f_frsize : UINT64_MAX;
    return q->disk_bytes / part < bytes ? q->disk_bytes / part : bytes;
}

/* Blocks up to `until`, by the step. 0: there are none left. A file system that cannot do it reserves nothing. */
static int reserve_by(uint64_t step, int fd, uint64_t *reserved, uint64_t until)
{
    uint64_t to = (until / step + 1) * step;
    int failed;

    do
        failed = fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)*reserved, (off_t)(to - *reserved)) != 0 ? errno : 0;
    while (failed == EINTR);
    if (failed == ENOSPC || failed == EDQUOT || failed == EFBIG)
        return 0;
    *reserved = to;
    return 1;
}

/* A disk that has no large step left is used to its end. */
static int reserve(lii_sq *q, int fd, uint64_t *reserved, uint64_t until)
{
    return fd < 0 || until <= *reserved || (at_most(q, STEP, 16) == STEP && reserve_by(STEP, fd, reserved, until)) ||
           reserve_by(SMALL_STEP, fd, reserved, until);
}

static uint64_t pragma(sqlite3_stmt *st)
{
    uint64_t n = 0;

    if (sqlite3_step(st) == SQLITE_ROW)
        n = (uint64_t)sqlite3_column_int64(st, 0);
    sqlite3_reset(st);
    return n;
}

/* The log of SQLite grows only once: what is written over blocks that were written before needs no change of the file system's
 * own, and is on the disk in two thirds of the time. Zeros are no frame. On a disk where they would be more than a quarter of
 * what is left, events need the room more. */
void lii_sq_log_fill(lii_sq *q)
{
    enum { PIECE = 1 << 20, SHARE = 4 };
    struct statvfs disk;
    struct stat st;
    char *zeros;
    off_t at;

    if (q->wal_fd < 0 || fstat(q->wal_fd, &st) != 0 || st.st_size >= LII_SQ_LOG_BYTES)
        return;
    if (fstatvfs(q->wal_fd, &disk) == 0 && (uint64_t)disk.f_bavail * disk.f_frsize < (uint64_t)SHARE * LII_SQ_LOG_BYTES)
        return;
    zeros = lii_calloc(&q->allocator, 1, PIECE);
    for (at = st.st_size; zeros && at < LII_SQ_LOG_BYTES; at += PIECE)
        if (lii_io_pwrite(&q->io, q->wal_fd, zeros, PIECE, (uint64_t)at) < 0)
            break;               /* no room, or no disk: the log grows as it is written, or says so itself */
    lii_free(&q->allocator, zeros);
    lii_io_sync(&q->io, q->wal_fd);
}

/* A checkpoint sets the file's size, which gives back what was reserved behind it. */
void lii_sq_reserve_again(lii_sq *q)
{
    uint64_t until = q->file_reserved;

    q->file_reserved = 0;
    if (until > 0 && !reserve(q, q->file_fd, &q->file_reserved, until - 1))
        q->unchecked = LII_SQ_CHECK_BYTES;       /* somebody was faster: the next accept asks */
}

static int file_has_room(lii_sq *q, uint64_t bytes)
{
    uint64_t unasked = at_most(q, LII_SQ_CHECK_BYTES, 64), more = 2 * (bytes + unasked) + at_most(q, LII_SQ_RESERVE, 16);
    uint64_t page = q->db.page_bytes, pages, unused;

    if (!q->options.quota_bytes && !atomic_load(&q->is_full) && q->unchecked + bytes <= unasked) {
        q->unchecked += bytes;
        return 1;
    }
    q->unchecked = 0;
    pages = pragma(q->db.st.pages);
    unused = pragma(q->db.st.free_pages) * page;
    if (q->options.quota_bytes && pages * page - unused + bytes > q->options.quota_bytes)
        return 0;
    /* what has gone leaves room in the file itself, also on a disk that has none */
    return unused >= more || reserve(q, q->file_fd, &q->file_reserved, pages * page + more - unused);
}

int lii_sq_has_room(lii_sq *q, uint64_t bytes)
{
    uint64_t frame = q->db.page_bytes + 24, more = 2 * bytes + 64 * frame + at_most(q, LII_SQ_RESERVE, 16);
    int has = file_has_room(q, bytes) && reserve(q, q->wal_fd, &q->wal_reserved, (uint64_t)q->db.wal_frames * frame + more);

    if (has && atomic_exchange(&q->is_full, 0))
        lii_sq_note(q, "space again: events are accepted");
    else if (!has && !atomic_exchange(&q->is_full, 1))
        lii_sq_note(q, "no space: events are refused");
    return has;
}

/* space.c - room on the disk. Blocks are reserved ahead, in the file and in its log, without changing their sizes: when the
 * disk is full, accepts are refused first, and what was accepted can still be finished. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "sqlite/sqlite.h"

enum { STEP = 8 << 20 };

/* Blocks up to `until`, by the step. 0: there are none left. A file system that cannot do it reserves nothing. */
static int reserve(int fd, uint64_t *reserved, uint64_t until)
{
    uint64_t to = (until / STEP + 1) * STEP;
    int failed;

    if (fd < 0 || until <= *reserved)
        return 1;
    do
        failed = fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)*reserved, (off_t)(to - *reserved)) != 0 ? errno : 0;
    while (failed == EINTR);
    if (failed == ENOSPC || failed == EDQUOT || failed == EFBIG)
        return 0;
    *reserved = to;
    return 1;
}

static uint64_t pragma(sqlite3_stmt *st)
{
    uint64_t n = 0;

    if (sqlite3_step(st) == SQLITE_ROW)
        n = (uint64_t)sqlite3_column_int64(st, 0);
    sqlite3_reset(st);
    return n;
}

int lii_sq_has_room(lii_sq *q, uint64_t bytes)
{
    uint64_t page = q->db.page_bytes, more = bytes + bytes / 8 + 64 * page;
    uint64_t pages = pragma(q->db.st.pages);
    int has = 1;

    if (q->options.quota_bytes && (pages - pragma(q->db.st.free_pages)) * page + bytes > q->options.quota_bytes)
        has = 0;
    if (has)
        has = reserve(q->file_fd, &q->file_reserved, pages * page + more + LII_SQ_RESERVE) &&
              reserve(q->wal_fd, &q->wal_reserved, (uint64_t)q->db.wal_frames * (page + 24) + more + LII_SQ_RESERVE);
    if (has && atomic_exchange(&q->is_full, 0))
        lii_sq_note(q, "space again: events are accepted");
    else if (!has && !atomic_exchange(&q->is_full, 1))
        lii_sq_note(q, "no space: events are refused");
    return has;
}

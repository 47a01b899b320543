/* wal.c - a look at the write-ahead log before SQLite reads it. SQLite takes frames up to the first bad one and says nothing:
 * right for a write that a crash of the machine tore, wrong for a bit that flipped in front of good transactions. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "sqlite/sqlite.h"

enum { WAL_HEADER = 32, FRAME_HEADER = 24 };

typedef struct wal {
    const lii_io *io;
    int fd;
    int is_big;                  /* endian of the sums */
    uint32_t page_bytes;
    unsigned char salts[8];
    uint32_t sum[2];             /* of the frame before, as it is stored */
    unsigned char *frame;
} wal;

static uint32_t big32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t word(const wal *w, const unsigned char *p)
{
    return w->is_big ? big32(p) : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static void add_sums(const wal *w, const unsigned char *p, size_t len, uint32_t sum[2])
{
    for (; len >= 8; len -= 8, p += 8) {
        sum[0] += word(w, p) + sum[1];
        sum[1] += word(w, p + 4) + sum[0];
    }
}

enum { HEADER_NONE = 0, HEADER_GOOD, HEADER_BAD };

static int begin(wal *w)
{
    unsigned char h[WAL_HEADER];
    uint32_t sum[2] = { 0, 0 };

    if (lii_io_pread(w->io, w->fd, h, sizeof h, 0) != (int64_t)sizeof h)
        return HEADER_NONE;
    w->is_big = (int)(h[3] & 1);
    memcpy(w->salts, h + 16, 8);
    add_sums(w, h, 24, sum);
    w->sum[0] = big32(h + 24);
    w->sum[1] = big32(h + 28);
    if ((big32(h) & ~UINT32_C(1)) != UINT32_C(0x377f0682) || big32(h + 8) != w->page_bytes || sum[0] != w->sum[0] ||
        sum[1] != w->sum[1])
        return HEADER_BAD;
    return HEADER_GOOD;
}

enum { FRAME_END = 0, FRAME_GOOD, FRAME_BAD, FRAME_OLD };

static const unsigned char no_salts[8];

/* The next frame: is it what its predecessor's sum says it is? One of an older log, or with damaged salts, is OLD. */
static int next(wal *w, uint64_t number, int *is_commit)
{
    size_t len = FRAME_HEADER + w->page_bytes;
    int64_t n = lii_io_pread(w->io, w->fd, w->frame, len, WAL_HEADER + number * len);
    uint32_t sum[2] = { w->sum[0], w->sum[1] };
    int is_good;

    *is_commit = 0;
    if (n <= 0)
        return FRAME_END;
    if (n < (int64_t)len)        /* cut: what is not there is as if it were zeros */
        memset(w->frame + n, 0, len - (size_t)n);
    add_sums(w, w->frame, 8, sum);
    add_sums(w, w->frame + FRAME_HEADER, w->page_bytes, sum);
    w->sum[0] = big32(w->frame + 16);
    w->sum[1] = big32(w->frame + 20);
    if (memcmp(w->frame + 8, w->salts, 8) != 0 || memcmp(w->frame + 8, no_salts, 8) == 0)
        return FRAME_OLD;        /* or of no log: zeros, written ahead */
    is_good = n == (int64_t)len && sum[0] == w->sum[0] && sum[1] == w->sum[1];
    *is_commit = is_good && big32(w->frame + 4) != 0;
    return is_good ? FRAME_GOOD : FRAME_BAD;
}

static li_status damaged(const char *path, uint64_t frame, li_error *err)
{
    return lii_fail(err, LI_E_CORRUPT, LI_DETAIL_SQLITE_WAL, path, LI_Z,
                    "%s: frame %llu is damaged, and whole transactions follow it; nothing was changed. See what can be read: "
                    "lambdainvoke queue check FILE, lambdainvoke queue export FILE", path, (unsigned long long)frame);
}

/* A transaction is synced before the next begins, so a crash of the machine can only tear the last one. A bad frame with a
 * commit behind it, and something good behind that, is damage to what was accepted: refused. Bad frames in the last
 * transaction are counted: whether they were torn, or damaged later, nobody can tell. */
static li_status scan(wal *w, const char *path, uint64_t *torn, li_error *err)
{
    uint64_t number = 0, n_open = 0, first_bad = 0;
    int is_bad = 0, is_over = 0, is_commit, kind;

    while ((kind = next(w, number, &is_commit)) != FRAME_END) {
        if (is_over && kind == FRAME_GOOD)
            return damaged(path, first_bad, err);
        if (kind != FRAME_GOOD && !is_bad) {
            is_bad = 1;
            first_bad = number;
        }
        is_over = is_over || (is_bad && is_commit);
        n_open = is_commit && !is_bad ? 0 : n_open + (kind != FRAME_OLD);
        number++;
    }
    *torn = n_open;
    return LI_OK;
}

/* SQLite passes over a log with a bad header. If frames in it fit each other, they were a log. */
static li_status scan_headless(wal *w, const char *path, li_error *err)
{
    uint64_t number = 0;
    int is_commit, kind;

    for (w->is_big = 0; w->is_big <= 1; w->is_big++) {
        w->sum[0] = w->sum[1] = 0;
        for (number = 0; (kind = next(w, number, &is_commit)) != FRAME_END; number++) {
            if (kind == FRAME_GOOD)
                return damaged(path, 0, err);
            memcpy(w->salts, w->frame + 8, 8);
        }
    }
    return LI_OK;
}

li_status lii_sq_wal_scan(const lii_io *io, const char *path, uint32_t page_bytes, const li_allocator *allocator, uint64_t *torn,
                          li_error *err)
{
    li_status status = LI_OK;
    int header;
    wal w;

    *torn = 0;
    memset(&w, 0, sizeof w);
    w.io = io;
    w.fd = lii_io_open(io, path, O_RDONLY, 0);
    if (w.fd < 0)
        return w.fd == -ENOENT ? LI_OK
                               : lii_fail(err, lii_io_status(w.fd), LI_DETAIL_SQLITE_FILE, path, LI_Z, "%s: %s", path, strerror(-w.fd));
    w.page_bytes = page_bytes;
    header = page_bytes ? begin(&w) : HEADER_NONE;
    if (header != HEADER_NONE) {
        w.frame = lii_alloc(allocator, FRAME_HEADER + w.page_bytes);
        status = !w.frame                ? LI_E_NOMEM
                 : header == HEADER_GOOD ? scan(&w, path, torn, err)
                                         : scan_headless(&w, path, err);
        lii_free(allocator, w.frame);
    }
    lii_io_close(io, w.fd);
    return status;
}

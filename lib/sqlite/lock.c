/* lock.c - FILE-lock: whose the file is, and which handlers run. It stays when the file is closed; nothing in it is needed.
 *
 * The lock is one of the open file description (OFD): it ends with the process however that ends. The marks are in a shared
 * mapping: what is written there is the kernel's at once and outlives a kill, without a call and without the disk. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sqlite/sqlite.h"

enum { MARKS_AT = 4096, MARKS = 16384, TRIES = 1000 };

typedef struct lock_page {
    char magic[8];
    uint64_t pid;
    uint8_t store_id[16];
    uint64_t opened;
} lock_page;

static const char magic[8] = { 'L', 'I', 'L', 'O', 'C', 'K', '1', '\0' };

static lock_page *page_of(const lii_sq *q)
{
    return (lock_page *)(void *)((char *)q->marks - MARKS_AT);
}

static li_status cannot(lii_sq *q, const char *doing, int why, li_error *err)
{
    return lii_fail(err, lii_io_status(why), LI_DETAIL_SQLITE_FILE, q->path, LI_Z,
                    "%s: cannot %s: %s; the directory must exist and be writable by this user", q->side, doing, strerror(-why));
}

static li_status busy(lii_sq *q, li_error *err)
{
    lock_page page;

    if (lii_io_pread(&q->io, q->lock_fd, &page, sizeof page, 0) == (int64_t)sizeof page && memcmp(page.magic, magic, sizeof magic) == 0)
        return lii_fail(err, LI_E_BUSY, LI_DETAIL_SQLITE_BUSY, q->path, LI_Z,
                        "%s is open in process %llu; stop that one first, or give this one a file of its own", q->path,
                        (unsigned long long)page.pid);
    return lii_fail(err, LI_E_BUSY, LI_DETAIL_SQLITE_BUSY, q->path, LI_Z, "%s is open in another process", q->path);
}

/* Room for the marks, written so that none of them can meet a full disk later. Without room there are no marks. */
static int make_room(lii_sq *q, size_t len)
{
    struct stat st;
    char *zeros;
    int got;

    if (fstat(q->lock_fd, &st) != 0)
        return -1;
    if ((size_t)st.st_size >= len)
        return 0;
    len -= (size_t)st.st_size;
    zeros = lii_calloc(&q->allocator, 1, len);
    got = zeros ? lii_io_pwrite(&q->io, q->lock_fd, zeros, len, (uint64_t)st.st_size) : -1;
    lii_free(&q->allocator, zeros);
    return got;
}

static void map(lii_sq *q)
{
    size_t len = MARKS_AT + MARKS * sizeof(lii_sq_mark);
    void *at;

    if (make_room(q, len) != 0)
        return;
    at = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, q->lock_fd, 0);
    if (at == MAP_FAILED)
        return;
    q->marks = (lii_sq_mark *)(void *)((char *)at + MARKS_AT);
    q->n_marks = MARKS;
}

static void let_go(lii_sq *q)
{
    lii_io_close(&q->io, q->lock_fd);
    q->lock_fd = -1;
}

/* Open FILE-lock, made if it is not there, and lock it. 0; less: why not, *doing what; -EEXIST: it has gone meanwhile. */
static int take(lii_sq *q, const char **doing)
{
    int file, is_new, got;

    *doing = "open it";
    file = lii_io_open(&q->io, q->side, O_RDWR | O_CREAT | O_EXCL, 0600);
    is_new = file >= 0;
    if (file == -EEXIST) {
        file = lii_io_open(&q->io, q->side, O_RDWR, 0);
        if (file == -ENOENT)
            return -EEXIST;
    }
    if (file < 0)
        return file;
    q->lock_fd = file;
    *doing = "lock it";
    got = lii_io_lock(&q->io, file);
    q->is_lock_new = is_new && got >= 0;
    return got < 0 ? got : 0;
}

static int is_removed(const lii_sq *q)
{
    struct stat st;

    return fstat(q->lock_fd, &st) == 0 && st.st_nlink == 0;
}

li_status lii_sq_lock(lii_sq *q, li_error *err)
{
    const char *doing;
    int got, n = 0;

    strcpy(q->side + strlen(q->path), "-lock");
    while (((got = take(q, &doing)) == -EEXIST || (got == 0 && is_removed(q))) && ++n < TRIES)
        if (got == 0)
            let_go(q);           /* who made it has failed to open the file, and taken it back */
    if (n == TRIES)
        got = -ENOENT;           /* there, and not to be opened: a link to nowhere */
    if (got == -EAGAIN)
        return busy(q, err);
    if (got < 0)
        return cannot(q, doing, got, err);
    map(q);
    if (q->marks)
        page_of(q)->pid = (uint64_t)getpid();
    return LI_OK;
}

/* After an opening that failed: FILE-lock was not there before, and is not needed. */
void lii_sq_lock_forget(lii_sq *q)
{
    if (!q->is_lock_new || q->lock_fd < 0)
        return;
    strcpy(q->side + strlen(q->path), "-lock");
    lii_io_unlink(&q->io, q->side);
}

void lii_sq_unlock(lii_sq *q)
{
    if (q->marks)
        munmap(page_of(q), MARKS_AT + MARKS * sizeof(lii_sq_mark));
    q->marks = NULL;
    q->n_marks = 0;
    if (q->lock_fd >= 0)
        let_go(q);
}

int lii_sq_marks_are_ours(const lii_sq *q)
{
    return q->marks && memcmp(page_of(q)->magic, magic, sizeof magic) == 0 && page_of(q)->opened == q->opened &&
           memcmp(page_of(q)->store_id, q->store_id, sizeof q->store_id) == 0;
}

void lii_sq_marks_begin(lii_sq *q)
{
    lock_page *page;

    if (!q->marks)
        return;
    memset((void *)q->marks, 0, q->n_marks * sizeof *q->marks);
    page = page_of(q);
    memcpy(page->magic, magic, sizeof magic);
    memcpy(page->store_id, q->store_id, sizeof q->store_id);
    page->opened = q->opened;
}

void lii_sq_note_start(lii_sq *q, uint32_t slot, uint64_t seq, uint64_t starts)
{
    if (slot >= q->n_marks)
        return;
    /* a kill between two of these leaves no mark, or a whole one */
    atomic_store_explicit(&q->marks[slot].seq, 0, memory_order_release);
    atomic_store_explicit(&q->marks[slot].starts, starts, memory_order_release);
    atomic_store_explicit(&q->marks[slot].seq, seq, memory_order_release);
}

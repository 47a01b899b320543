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

enum { MARKS_AT = 4096, MARKS = 16384 };

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

static li_status cannot(lii_sq *q, const char *doing, li_error *err)
{
    int why = errno;
    li_status status = why == EACCES || why == EPERM || why == EROFS ? LI_E_DENIED
                       : why == ENOSPC || why == EDQUOT             ? LI_E_NOSPC
                       : why == ENOENT                              ? LI_E_NOT_FOUND
                                                                    : LI_E_IO;

    return lii_fail(err, status, LI_DETAIL_SQLITE_FILE, q->path, LI_Z,
                    "%s: cannot %s: %s; the directory must exist and be writable by this user", q->side, doing, strerror(why));
}

static li_status busy(lii_sq *q, li_error *err)
{
    lock_page page;

    if (pread(q->lock_fd, &page, sizeof page, 0) == (ssize_t)sizeof page && memcmp(page.magic, magic, sizeof magic) == 0)
        return lii_fail(err, LI_E_BUSY, LI_DETAIL_SQLITE_BUSY, q->path, LI_Z,
                        "%s is open in process %llu; stop that one first, or give this one a file of its own", q->path,
                        (unsigned long long)page.pid);
    return lii_fail(err, LI_E_BUSY, LI_DETAIL_SQLITE_BUSY, q->path, LI_Z, "%s is open in another process", q->path);
}

/* Room for the marks, so that writing one cannot meet a full disk. Without room there are no marks. */
static void map(lii_sq *q)
{
    size_t len = MARKS_AT + MARKS * sizeof(lii_sq_mark);
    void *at;
    int failed;

    do
        failed = posix_fallocate(q->lock_fd, 0, (off_t)len);
    while (failed == EINTR);
    if (failed)
        return;
    at = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, q->lock_fd, 0);
    if (at == MAP_FAILED)
        return;
    q->marks = (lii_sq_mark *)(void *)((char *)at + MARKS_AT);
    q->n_marks = MARKS;
}

li_status lii_sq_lock(lii_sq *q, li_error *err)
{
    struct flock lock;

    strcpy(q->side + strlen(q->path), "-lock");
    do
        q->lock_fd = open(q->side, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    while (q->lock_fd < 0 && errno == EINTR);
    if (q->lock_fd < 0)
        return cannot(q, "open it", err);
    memset(&lock, 0, sizeof lock);
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_len = 1;
    while (fcntl(q->lock_fd, F_OFD_SETLK, &lock) != 0) {
        if (errno == EAGAIN || errno == EACCES)
            return busy(q, err);
        if (errno != EINTR)
            return cannot(q, "lock it", err);
    }
    map(q);
    if (q->marks)
        page_of(q)->pid = (uint64_t)getpid();
    return LI_OK;
}

void lii_sq_unlock(lii_sq *q)
{
    if (q->marks)
        munmap(page_of(q), MARKS_AT + MARKS * sizeof(lii_sq_mark));
    q->marks = NULL;
    q->n_marks = 0;
    if (q->lock_fd >= 0)
        close(q->lock_fd);
    q->lock_fd = -1;
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

/* fork.c - the mark lies on a page of its own, which the kernel gives a child as zeros. */
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fork.h"

static size_t page_size(void)
{
    long size = sysconf(_SC_PAGESIZE);

    return size > 0 ? (size_t)size : 4096;
}

const volatile unsigned char *lii_fork_mark_new(void)
{
    unsigned char *page = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED)
        return NULL;
    page[0] = 1;
    (void)madvise(page, page_size(), MADV_WIPEONFORK);
    return page;
}

void lii_fork_mark_free(const volatile unsigned char *mark)
{
    if (mark)
        munmap((void *)(uintptr_t)mark, page_size());
}

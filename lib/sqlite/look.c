/* look.c - what is in the queue, listed and counted. */
#include <stdlib.h>
#include <string.h>

#include "sqlite/sqlite.h"

static int is_before(const lii_sq_event *a, const lii_sq_event *b)
{
    return a->header.due_ms != b->header.due_ms ? a->header.due_ms < b->header.due_ms : a->seq < b->seq;
}

static int compare(const void *a, const void *b)
{
    const lii_sq_event *x = *(const lii_sq_event *const *)a, *y = *(const lii_sq_event *const *)b;

    return is_before(x, y) ? -1 : is_before(y, x);
}

/* Events of both heaps into out; with max 1 only the first that comes after `after`. */
static size_t gather(const lii_sq_lane *lane, const lii_sq_event *after, const lii_sq_event **out, size_t max)
{
    const lii_heap *heaps[2] = { &lane->waiting, &lane->leased };
    lii_heap_node *node;
    size_t n = 0, k;

    for (k = 0; k < 2; k++) {
        lii_heap_cursor at = { 0, NULL };

        while ((node = lii_heap_next(heaps[k], &at)) != NULL) {
            const lii_sq_event *e = lii_sq_event_at(node);

            if (max > 1)
                out[n++] = e;
            else if ((!after || is_before(after, e)) && (n == 0 || is_before(e, out[0])))
                out[0] = e, n = 1;
        }
    }
    return n;
}

void lii_sq_each(void *self, uint32_t number, int32_t (*each)(void *user, const li_event_header *header, int32_t is_leased),
                 void *user)
{
    lii_sq *q = self;
    const lii_sq_event **all, *one = NULL;
    size_t n, i;

    pthread_mutex_lock(&q->lock);
    if (number < q->locked.n_lanes) {
        const lii_sq_lane *lane = &q->locked.lanes[number];

        n = lane->waiting.count + lane->leased.count;
        all = n > 1 ? lii_alloc(&q->allocator, n * sizeof all[0]) : NULL;
        if (all) {
            gather(lane, NULL, all, n);
            qsort(all, n, sizeof all[0], compare);
            for (i = 0; i < n; i++)
                if (each(user, &all[i]->header, (all[i]->flags & LII_SQ_LEASED) != 0) != 0)
                    break;
        } else {                 /* no memory: one after the other */
            while (gather(lane, one, &one, 1) == 1)
                if (each(user, &one->header, (one->flags & LII_SQ_LEASED) != 0) != 0)
                    break;
        }
        lii_free(&q->allocator, all);
    }
    pthread_mutex_unlock(&q->lock);
}

static uint64_t oldest(const lii_heap *heap, uint64_t at)
{
    lii_heap_cursor cursor = { 0, NULL };
    lii_heap_node *node;

    while ((node = lii_heap_next(heap, &cursor)) != NULL)
        if (lii_sq_event_at(node)->header.accepted_ms < at)
            at = lii_sq_event_at(node)->header.accepted_ms;
    return at;
}

void lii_sq_stats(void *self, uint32_t number, li_queue_stats *stats)
{
    lii_sq *q = self;
    li_queue_stats s = { sizeof s, 0, 0, 0, 0 };
    size_t i;

    pthread_mutex_lock(&q->lock);
    for (i = number == UINT32_MAX ? 0 : number; i < q->locked.n_lanes; i++) {
        const lii_sq_lane *lane = &q->locked.lanes[i];

        s.pending += lane->waiting.count;
        s.leased += lane->leased.count;
        s.bytes += lane->bytes;
        if (number == UINT32_MAX)
            continue;
        if (s.pending + s.leased > 0)
            s.oldest_accepted_ms = oldest(&lane->leased, oldest(&lane->waiting, UINT64_MAX));
        break;
    }
    pthread_mutex_unlock(&q->lock);
    lii_options_write(stats, &s, sizeof s);
}

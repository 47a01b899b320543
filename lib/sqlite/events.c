/* events.c - what the queue has in memory: events, lanes, leases. */
#include <string.h>

#include "sqlite/sqlite.h"

enum { FIRST_LANES = 16 };

size_t lii_sq_bytes(const lii_sq_event *e)
{
    return (size_t)e->header.payload_len + e->header.tail_len;
}

lii_sq_event *lii_sq_event_new(lii_sq *q, const li_event_header *header, const char *payload, const char *tail)
{
    size_t len = payload ? (size_t)header->payload_len + header->tail_len : 0;
    lii_sq_event *e = lii_alloc(&q->allocator, sizeof *e);
    char *data = e && len ? lii_alloc(&q->allocator, len) : NULL;

    if (!e || (len && !data)) {
        lii_free(&q->allocator, e);
        return NULL;
    }
    memset(e, 0, sizeof *e);
    e->header = *header;
    e->data = data;
    if (data && header->payload_len)
        memcpy(data, payload, header->payload_len);
    if (data && header->tail_len)
        memcpy(data + header->payload_len, tail, header->tail_len);
    return e;
}

void lii_sq_event_free(lii_sq *q, lii_sq_event *e)
{
    if (!e)
        return;
    lii_free(&q->allocator, e->data);
    lii_free(&q->allocator, e->record);
    lii_free(&q->allocator, e);
}

void lii_sq_wait_locked(lii_sq *q, lii_sq_event *e)
{
    e->flags &= (uint8_t)~LII_SQ_LEASED;
    lii_heap_set(&q->locked.lanes[e->header.lane].waiting, &e->node, e->header.due_ms, e->seq);
}

static li_status lane_room_locked(lii_sq *q)
{
    size_t cap = q->locked.cap_lanes ? q->locked.cap_lanes * 2 : FIRST_LANES, i;
    lii_sq_lane *lanes;

    if (q->locked.n_lanes < q->locked.cap_lanes)
        return LI_OK;
    if (q->locked.n_lanes >= UINT32_MAX - 1 || cap > SIZE_MAX / sizeof *lanes)
        return LI_E_NOMEM;
    lanes = lii_realloc(&q->allocator, q->locked.lanes, cap * sizeof *lanes);
    if (!lanes)
        return LI_E_NOMEM;
    q->locked.lanes = lanes;
    for (i = q->locked.cap_lanes; i < cap; i++)
        memset(&lanes[i], 0, sizeof lanes[i]);
    q->locked.cap_lanes = cap;
    return LI_OK;
}

li_status lii_sq_lane_locked(lii_sq *q, const char *name, size_t len, uint32_t *number)
{
    uintptr_t found = (uintptr_t)lii_table_get(&q->locked.names, name, len);
    lii_sq_lane *lane;
    char *copy;

    if (found != 0) {
        *number = (uint32_t)(found - 1);
        return LI_OK;
    }
    if (lane_room_locked(q) != LI_OK)
        return LI_E_NOMEM;
    copy = lii_copy_text(&q->allocator, name, len);
    if (!copy)
        return LI_E_NOMEM;
    if (lii_table_put(&q->locked.names, copy, len, (void *)(uintptr_t)(q->locked.n_lanes + 1), NULL) != LI_OK) {
        lii_free(&q->allocator, copy);
        return LI_E_NOMEM;
    }
    *number = (uint32_t)q->locked.n_lanes++;
    lane = &q->locked.lanes[*number];
    memset(lane, 0, sizeof *lane);
    lii_heap_init(&lane->waiting, &q->allocator, LII_DUE_AT(lii_sq_event, node, header.due_ms));
    lii_heap_init(&lane->leased, &q->allocator, 0);
    lane->name = copy;
    lane->name_len = (uint32_t)len;
    return LI_OK;
}

/* The marks of these leases may be written over from now on. */
void lii_sq_slots_free_locked(lii_sq *q, uint32_t number)
{
    while (number != 0) {
        uint32_t next = q->locked.slots[number].next;

        q->locked.slots[number].next = q->locked.free_slot;
        q->locked.free_slot = number;
        q->locked.n_held--;
        number = next;
    }
}

static void free_heap(lii_sq *q, lii_heap *heap)
{
    lii_heap_cursor at = { 0, NULL };
    lii_heap_node *node;

    while ((node = lii_heap_next(heap, &at)) != NULL)
        lii_sq_event_free(q, lii_sq_event_at(node));
    lii_heap_fini(heap);
}

void lii_sq_events_end(lii_sq *q)
{
    size_t i;

    while (q->locked.dirty_first) {
        lii_sq_event *e = q->locked.dirty_first;

        q->locked.dirty_first = e->next;
        if (e->flags & LII_SQ_GONE)
            lii_sq_event_free(q, e);
    }
    q->locked.dirty_last = NULL;
    for (i = 0; i < q->locked.n_lanes; i++) {
        free_heap(q, &q->locked.lanes[i].waiting);
        free_heap(q, &q->locked.lanes[i].leased);
        lii_free(&q->allocator, q->locked.lanes[i].name);
    }
    lii_free(&q->allocator, q->locked.lanes);
    lii_free(&q->allocator, q->locked.slots);
    lii_table_fini(&q->locked.names);
    memset(&q->locked, 0, sizeof q->locked);
    lii_table_init(&q->locked.names, &q->allocator);
}

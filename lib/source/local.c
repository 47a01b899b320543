/* local.c - a local queue as event source: one lane, items leased by their visibility, events as SQS sends them (ESM-70..72). */
#include "source/local.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/random.h"
#include "base/slice.h"
#include "json/write.h"

typedef struct local_source {
    li_local_queue *queue;
    const li_source_host *host;
} local_source;

/* What a fetched item keeps: a copy of the message's head; its texts live in the queue until it is deleted. */
typedef struct record {
    li_local_message message;
    char id[LI_ID_TEXT_SIZE];
    char receipt[LI_ID_TEXT_SIZE];
    char reserved[6];
} record;

static void on_change(void *user)
{
    local_source *s = user;

    s->host->post_event(s->host->host, LI_SOURCE_READY, NULL, 0);
}

static li_status local_open(void *self, const li_source_host *host, li_error *err)
{
    local_source *s = self;

    s->host = host;
    if (li_local_queue_listen(s->queue, on_change, s) == LI_OK)
        return LI_OK;
    return lii_fail(err, LI_E_FULL, LI_DETAIL_NONE, li_local_queue_get_name(s->queue), LI_Z,
                    "too many mappings listen to this local queue");
}

static li_status local_lanes(void *self, li_source_lane *lanes, size_t max, size_t *n)
{
    const local_source *s = self;

    *n = 1;
    if (max == 0)
        return LI_OK;
    memset(&lanes[0], 0, sizeof lanes[0]);
    lanes[0].size = sizeof lanes[0];
    lanes[0].id = lii_slice(li_local_queue_get_name(s->queue), LI_Z);
    return LI_OK;
}

static li_status local_start(void *self, const li_source_lane *lane, const li_source_position *from)
{
    (void)self;
    (void)lane;
    (void)from;
    return LI_OK;
}

static li_status local_fetch(void *self, const li_source_lane *lane, uint64_t wait_ms, li_fetch *fetch)
{
    local_source *s = self;
    uint64_t now_ms = s->host->now_ms(s->host->host);
    uint64_t until_ms = now_ms + li_local_queue_get_visibility_timeout_ms(s->queue);
    li_local_message *messages;
    record *records;
    size_t i;

    (void)lane;
    (void)wait_ms;
    fetch->n = 0;
    fetch->internal = NULL;
    messages = lii_calloc(s->host->allocator, fetch->max, sizeof *messages);
    records = lii_calloc(s->host->allocator, fetch->max, sizeof *records);
    if (!messages || !records) {
        lii_free(s->host->allocator, messages);
        lii_free(s->host->allocator, records);
        return LI_E_NOMEM;
    }
    fetch->n = li_local_queue_receive(s->queue, 0, fetch->max, messages);
    for (i = 0; i < fetch->n; i++) {
        li_item *item = &fetch->items[i];

        memset(item, 0, sizeof *item);
        records[i].message = messages[i];
        li_id_format(&messages[i].id, records[i].id);
        li_id_format(&messages[i].receipt, records[i].receipt);
        item->identifier = lii_slice(records[i].id, LI_Z);
        item->arrival_ms = messages[i].sent_ms;
        item->lease_until_ms = until_ms;
        item->data = messages[i].body;
        item->data_len = messages[i].body_len;
        item->internal = &records[i];
    }
    lii_free(s->host->allocator, messages);
    if (fetch->n == 0)
        lii_free(s->host->allocator, records);
    else
        fetch->internal = records;
    return LI_OK;
}

/* ---- the event */

static void member_number(lii_json_writer *w, const char *name, uint64_t number)
{
    char text[24];

    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    lii_json_member_string(w, name, text, LI_Z);
}

static void write_attributes(lii_json_writer *w, const li_local_message *m)
{
    size_t i;

    lii_json_key(w, "attributes");
    lii_json_open(w, '{');
    member_number(w, "ApproximateReceiveCount", m->receive_count);
    member_number(w, "SentTimestamp", m->sent_ms);
    lii_json_member_string(w, "SenderId", "lambdainvoke", LI_Z);
    member_number(w, "ApproximateFirstReceiveTimestamp", m->first_received_ms);
    lii_json_close(w, '}');
    lii_json_key(w, "messageAttributes");
    lii_json_open(w, '{');
    for (i = 0; i < m->n_attributes; i++) {
        lii_json_key_text(w, m->attributes[i].name.ptr, m->attributes[i].name.len);
        lii_json_open(w, '{');
        lii_json_member_string(w, "stringValue", m->attributes[i].value.ptr, m->attributes[i].value.len);
        lii_json_key(w, "stringListValues");
        lii_json_raw(w, "[]", 2);
        lii_json_key(w, "binaryListValues");
        lii_json_raw(w, "[]", 2);
        lii_json_member_string(w, "dataType", m->attributes[i].type.ptr, m->attributes[i].type.len);
        lii_json_close(w, '}');
    }
    lii_json_close(w, '}');
}

static void write_item(const local_source *s, lii_json_writer *w, const li_item *item)
{
    const record *r = item->internal;
    uint8_t digest[16];
    char hex[33] = "";

    lii_json_open(w, '{');
    lii_json_member_string(w, "messageId", r->id, LI_Z);
    lii_json_member_string(w, "receiptHandle", r->receipt, LI_Z);
    lii_json_member_string(w, "body", item->data, item->data_len);
    write_attributes(w, &r->message);
    if (s->host->md5) {
        s->host->md5(item->data, item->data_len, digest);
        lii_id_hex(digest, 16, hex);
        lii_json_member_string(w, "md5OfBody", hex, 32);
    }
    lii_json_member_string(w, "eventSource", "aws:sqs", LI_Z);
    lii_json_member_string(w, "eventSourceARN", s->host->source_arn, LI_Z);
    lii_json_member_string(w, "awsRegion", s->host->region, LI_Z);
    lii_json_close(w, '}');
}

static size_t local_encoded_size(void *self, const li_item *item)
{
    const local_source *s = self;
    lii_json_writer w;
    lii_buf out;
    size_t len;

    lii_buf_init(&out, s->host->allocator);
    lii_json_begin(&w, &out);
    write_item(s, &w, item);
    len = out.status == LI_OK ? out.len + 1 : item->data_len * 6 + 1024;
    lii_buf_fini(&out);
    return len;
}

static li_status local_encode(void *self, const li_item *const *items, size_t n, const li_writer *out)
{
    const local_source *s = self;
    lii_json_writer w;
    li_status status;
    lii_buf event;
    size_t i;

    lii_buf_init(&event, s->host->allocator);
    lii_json_begin(&w, &event);
    lii_json_open(&w, '{');
    lii_json_key(&w, "Records");
    lii_json_open(&w, '[');
    for (i = 0; i < n; i++)
        write_item(s, &w, items[i]);
    lii_json_close(&w, ']');
    lii_json_close(&w, '}');
    status = event.status == LI_OK ? out->write(out->self, event.data, event.len) : event.status;
    lii_buf_fini(&event);
    return status;
}

/* ---- settling: done and dropped are deleted; the others come back when their visibility ends (ESM-77, ESM-78) */

static li_status local_settle(void *self, const li_source_lane *lane, const li_item *const *items, size_t n, int32_t how,
                              uint64_t delay_ms)
{
    local_source *s = self;
    size_t i;

    (void)lane;
    (void)delay_ms;
    for (i = 0; i < n && how != LI_SETTLE_RETRY; i++) {
        const record *r = items[i]->internal;

        li_local_queue_delete(s->queue, &r->message.receipt);   /* gone already: a duplicate, not an error */
    }
    return LI_OK;
}

static void local_release(void *self, li_fetch *fetch)
{
    const local_source *s = self;

    lii_free(s->host->allocator, fetch->internal);
    fetch->internal = NULL;
}

static uint64_t local_next_ready_ms(void *self, const li_source_lane *lane)
{
    const local_source *s = self;

    (void)lane;
    return li_local_queue_visible(s->queue) > 0 ? s->host->now_ms(s->host->host) : li_local_queue_next_visible_ms(s->queue);
}

static void local_close(void *self)
{
    local_source *s = self;

    li_local_queue_listen(s->queue, NULL, s);
}

static void local_free(void *self)
{
    lii_free(&lii_malloc_allocator, self);
}

static const li_source_ops local_ops = { sizeof local_ops,   1,
                                         LI_SOURCE_LEASED,   "sqs",
                                         local_open,         local_lanes,
                                         local_start,        local_fetch,
                                         local_encoded_size, local_encode,
                                         local_settle,       NULL,
                                         NULL,               local_release,
                                         local_next_ready_ms, NULL,
                                         NULL,               local_close,
                                         local_free };

li_status lii_source_local_new(li_local_queue *queue, li_source *source)
{
    local_source *s = lii_calloc(&lii_malloc_allocator, 1, sizeof *s);

    if (!s)
        return LI_E_NOMEM;
    s->queue = queue;
    source->ops = &local_ops;
    source->self = s;
    return LI_OK;
}

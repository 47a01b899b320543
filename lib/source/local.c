/* local.c - a local queue as event source: one lane, items leased by their visibility, events as SQS sends them.
 *
 * A fetch copies its messages at once, each as the record that the event will hold: their sizes are exact, encoding only
 * joins them, and nobody who deletes or purges messages meanwhile takes them away (ESM-51, ESM-70..72). */
#include "source/local.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/random.h"
#include "base/slice.h"
#include "json/write.h"

enum { SHORTEST_HIDE_MS = 1000 };

typedef struct local_source {
    const li_allocator *allocator;
    li_local_queue *queue;
    const li_source_host *host;
    const char *sender_id;
    uint64_t hide_ms;            /* 0: the queue's own */
} local_source;

typedef struct record {
    li_id receipt;
    size_t at;                   /* of its JSON in the fetch's text; the body's own bytes are before it */
    size_t len;
    size_t body_at;
    size_t body_len;
    size_t trace_at;             /* before the body */
    size_t trace_len;
    size_t data_at;              /* of its member for the body, in the JSON, comma included */
    size_t data_end;
    const char *json;
    char id[LI_ID_TEXT_SIZE];
    char reserved[3];
} record;

typedef struct local_fetch {
    lii_buf text;
    record records[];
} local_fetch;

static void on_change(void *user)
{
    const li_source_host *host = user;

    host->post_event(host->host, LI_SOURCE_READY, NULL, 0);
}

static li_status local_open(void *self, const li_source_host *host, li_error *err)
{
    local_source *s = self;

    s->host = host;
    if (li_local_queue_listen(s->queue, on_change, (void *)(uintptr_t)host) == LI_OK)
        return LI_OK;
    return lii_fail(err, LI_E_FULL, LI_DETAIL_NONE, li_local_queue_get_name(s->queue), LI_Z,
                    "too many mappings listen to the local queue %s", li_local_queue_get_name(s->queue));
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

/* ---- one record */

static void member_number(lii_json_writer *w, const char *name, uint64_t number)
{
    char text[24];

    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    lii_json_member_string(w, name, text, LI_Z);
}

/* X-Amzn-Trace-Id as it came with the message; empty: without. */
static li_slice trace_of(const li_local_message *m)
{
    size_t i;

    for (i = m->n_attributes; i < m->n_attributes + m->n_system; i++)
        if (lii_slice_is(m->attributes[i].name, "AWSTraceHeader"))
            return m->attributes[i].value;
    return lii_slice(NULL, 0);
}

static void write_attributes(const local_source *s, lii_json_writer *w, const li_local_message *m)
{
    size_t i;

    lii_json_key(w, "attributes");
    lii_json_open(w, '{');
    member_number(w, "ApproximateReceiveCount", m->receive_count);
    member_number(w, "SentTimestamp", m->sent_ms);
    lii_json_member_string(w, "SenderId", s->sender_id, LI_Z);
    member_number(w, "ApproximateFirstReceiveTimestamp", m->first_received_ms);
    for (i = m->n_attributes; i < m->n_attributes + m->n_system; i++) {
        lii_json_key_text(w, m->attributes[i].name.ptr, m->attributes[i].name.len);
        lii_json_string(w, m->attributes[i].value.ptr, m->attributes[i].value.len);
    }
    lii_json_close(w, '}');
    lii_json_key(w, "messageAttributes");
    lii_json_open(w, '{');
    for (i = 0; i < m->n_attributes; i++) {
        const li_record_attribute *a = &m->attributes[i];

        lii_json_key_text(w, a->name.ptr, a->name.len);
        lii_json_open(w, '{');
        lii_json_member_string(w, "stringValue", a->value.ptr, a->value.len);
        lii_json_key(w, "stringListValues");
        lii_json_raw(w, "[]", 2);
        lii_json_key(w, "binaryListValues");
        lii_json_raw(w, "[]", 2);
        lii_json_member_string(w, "dataType", a->type.ptr, a->type.len);
        lii_json_close(w, '}');
    }
    lii_json_close(w, '}');
}

static void write_record(const local_source *s, lii_buf *out, record *r, const li_local_message *m)
{
    char receipt[LI_ID_TEXT_SIZE], hex[32];
    uint8_t digest[16];
    lii_json_writer w;

    r->receipt = m->receipt;
    li_id_format(&m->id, r->id);
    li_id_format(&m->receipt, receipt);
    r->trace_at = out->len;
    r->trace_len = trace_of(m).len;
    lii_buf_add(out, trace_of(m).ptr, r->trace_len);
    r->body_at = out->len;
    r->body_len = m->body_len;
    lii_buf_add(out, m->body, m->body_len);
    r->at = out->len;
    lii_json_begin(&w, out);
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "messageId", r->id, LI_Z);
    lii_json_member_string(&w, "receiptHandle", receipt, LI_Z);
    r->data_at = out->len - r->at;
    lii_json_member_string(&w, "body", m->body, m->body_len);
    r->data_end = out->len - r->at;
    write_attributes(s, &w, m);
    if (s->host->md5) {
        s->host->md5(m->body, m->body_len, digest);
        lii_id_hex(digest, sizeof digest, hex);
        lii_json_member_string(&w, "md5OfBody", hex, sizeof hex);
    }
    lii_json_member_string(&w, "eventSource", "aws:sqs", LI_Z);
    lii_json_member_string(&w, "eventSourceARN", s->host->source_arn, LI_Z);
    lii_json_member_string(&w, "awsRegion", s->host->region, LI_Z);
    lii_json_close(&w, '}');
    r->len = out->len - r->at;
}

/* ---- fetching */

static void give_items(local_fetch *f, li_item *items, size_t n, const li_local_message *messages, uint64_t until_ms)
{
    size_t i;

    for (i = 0; i < n; i++) {
        record *r = &f->records[i];
        li_item *item = &items[i];

        r->json = f->text.data + r->at;
        memset(item, 0, sizeof *item);
        item->tag = i;
        item->identifier = lii_slice(r->id, LI_Z);
        item->arrival_ms = messages[i].sent_ms;
        item->lease_until_ms = until_ms;
        item->data = f->text.data + r->body_at;
        item->data_len = r->body_len;
        item->internal = r;
        item->trace = lii_slice(f->text.data + r->trace_at, r->trace_len);
    }
}

/* Hidden at least a second: what is visible again at once would be taken again and again. */
static uint64_t hide_ms(const local_source *s)
{
    uint64_t ms = s->hide_ms ? s->hide_ms : li_local_queue_get_visibility_timeout_ms(s->queue);

    return ms > SHORTEST_HIDE_MS ? ms : SHORTEST_HIDE_MS;
}

static li_status local_fetch_items(void *self, const li_source_lane *lane, uint64_t wait_ms, li_fetch *fetch)
{
    local_source *s = self;
    uint64_t hide = hide_ms(s), now_ms = s->host->now_ms(s->host->host);
    li_local_message *messages = lii_calloc(s->allocator, fetch->max, sizeof *messages);
    local_fetch *f = lii_calloc(s->allocator, 1, sizeof *f + fetch->max * sizeof f->records[0]);
    size_t i, n = 0;
    li_status status = LI_OK;

    (void)lane;
    (void)wait_ms;
    fetch->n = 0;
    fetch->internal = NULL;
    if (!messages || !f)
        status = LI_E_NOMEM;
    else
        n = li_local_queue_receive(s->queue, hide, fetch->max, messages);
    if (n > 0) {
        lii_buf_init(&f->text, s->allocator);
        for (i = 0; i < n; i++)
            write_record(s, &f->text, &f->records[i], &messages[i]);
        status = f->text.status;
        for (i = 0; status != LI_OK && i < n; i++)
            li_local_queue_change_visibility(s->queue, &messages[i].receipt, 0);
    }
    if (status == LI_OK && n > 0) {
        give_items(f, fetch->items, n, messages, now_ms + hide);
        fetch->n = n;
        fetch->internal = f;
    } else if (f) {
        if (n > 0)
            lii_buf_fini(&f->text);
        lii_free(s->allocator, f);
    }
    lii_free(s->allocator, messages);
    return status;
}

static void local_release(void *self, li_fetch *fetch)
{
    const local_source *s = self;
    local_fetch *f = fetch->internal;

    if (!f)
        return;
    lii_buf_fini(&f->text);
    lii_free(s->allocator, f);
    fetch->internal = NULL;
}

static size_t local_encoded_size(void *self, const li_item *item)
{
    const record *r = item->internal;

    (void)self;
    return r->len + 1;
}

static li_status local_encode(void *self, const li_item *const *items, size_t n, const li_writer *out)
{
    li_status status = out->write(out->self, "{\"Records\":[", 12);
    size_t i;

    (void)self;
    for (i = 0; status == LI_OK && i < n; i++) {
        const record *r = items[i]->internal;

        if (i > 0)
            status = out->write(out->self, ",", 1);
        if (status == LI_OK)
            status = out->write(out->self, r->json, r->len);
    }
    return status == LI_OK ? out->write(out->self, "]}", 2) : status;
}

static li_status local_view(void *self, const li_item *item, const li_writer *metadata, li_slice data[2])
{
    const record *r = item->internal;
    li_status status = metadata->write(metadata->self, r->json, r->data_at);

    (void)self;
    data[0] = lii_slice(item->data, item->data_len);
    return status == LI_OK ? metadata->write(metadata->self, r->json + r->data_end, r->len - r->data_end) : status;
}

/* ---- settling: done and dropped are deleted, given back is visible after the delay. What is gone already was a
 * duplicate, not an error (ESM-77). */

static li_status local_settle(void *self, const li_source_lane *lane, const li_item *const *items, size_t n, int32_t how,
                              uint64_t delay_ms)
{
    local_source *s = self;
    size_t i;

    (void)lane;
    for (i = 0; i < n; i++) {
        const record *r = items[i]->internal;

        if (how == LI_SETTLE_RETRY)
            li_local_queue_change_visibility(s->queue, &r->receipt, delay_ms);
        else
            li_local_queue_delete(s->queue, &r->receipt);
    }
    return LI_OK;
}

static uint64_t local_next_ready_ms(void *self, const li_source_lane *lane)
{
    const local_source *s = self;

    (void)lane;
    return li_local_queue_visible(s->queue) > 0 ? s->host->now_ms(s->host->host)
                                                : li_local_queue_next_visible_ms(s->queue);
}

static void local_close(void *self)
{
    local_source *s = self;

    li_local_queue_listen(s->queue, NULL, (void *)(uintptr_t)s->host);
}

static void local_free(void *self)
{
    local_source *s = self;

    lii_free(s->allocator, s);
}

static const li_source_data local_data = { sizeof local_data, { "body", NULL }, LI_FILTER_STRICT, 0u };

static const li_source_ops local_ops = { sizeof local_ops,    1,
                                         LI_SOURCE_LEASED,    "sqs",
                                         local_open,          local_lanes,
                                         local_start,         local_fetch_items,
                                         local_encoded_size,  local_encode,
                                         local_settle,        NULL,
                                         NULL,                local_release,
                                         local_next_ready_ms, NULL,
                                         NULL,                local_close,
                                         local_free,          &local_data,
                                         local_view };

li_status lii_source_local_new(const li_allocator *allocator, li_local_queue *queue, const char *sender_id,
                               li_source *source)
{
    local_source *s = lii_calloc(allocator, 1, sizeof *s);

    if (!s)
        return LI_E_NOMEM;
    s->allocator = allocator;
    s->queue = queue;
    s->sender_id = sender_id;
    source->ops = &local_ops;
    source->self = s;
    return LI_OK;
}

void lii_source_local_hide(li_source *source, uint64_t visibility_ms)
{
    ((local_source *)source->self)->hide_ms = visibility_ms;
}

li_local_queue *lii_source_local_queue(const li_source *source)
{
    return ((const local_source *)source->self)->queue;
}

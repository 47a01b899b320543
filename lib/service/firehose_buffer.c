/* firehose_buffer.c - buffers of delivery streams, by size and by interval; each producer is told of its own records (TRG-122). */
#include "service/firehose.h"

#include <stdio.h>

enum { NAME_MAX_LEN = 64 };

/* The records of one occurrence. */
typedef struct batch_part {
    struct batch_part *next;
    li_trigger_answered done;    /* may be NULL */
    void *user;
    uint64_t bytes;              /* of data */
    lii_buf records;             /* JSON objects with commas in between */
    lii_buf source;              /* the member sourceKinesisStreamArn, a comma behind it; or nothing */
} batch_part;

/* Lives until the engine ends. */
typedef struct stream {
    struct streams *all;
    batch_part *first, **last;
    uint64_t bytes;
    lii_timer timer;
    char name[NAME_MAX_LEN + 1];
} stream;

typedef struct streams {
    li_engine *engine;
    const li_allocator *allocator;
    struct {
        pthread_mutex_t lock;    /* before the engine's: timers are set under it */
        lii_table by_name;
    } locked;
} streams;

/* Parts on their way through the function together. */
typedef struct batch {
    li_engine *engine;
    batch_part *first;
    li_trigger *trigger;         /* NULL: it has gone */
} batch;

static void part_free(const li_allocator *allocator, batch_part *p)
{
    lii_buf_fini(&p->records);
    lii_buf_fini(&p->source);
    lii_free(allocator, p);
}

/* ---- the registry */

static void *streams_make(li_engine *engine)
{
    const li_allocator *allocator = lii_engine_allocator(engine);
    streams *all = lii_calloc(allocator, 1, sizeof *all);

    if (!all)
        return NULL;
    if (pthread_mutex_init(&all->locked.lock, NULL) != 0) {
        lii_free(allocator, all);
        return NULL;
    }
    all->engine = engine;
    all->allocator = allocator;
    lii_table_init(&all->locked.by_name, allocator);
    return all;
}

static void streams_end(void *registry)
{
    streams *all = registry;
    lii_table_slot *slot;
    batch_part *p, *next;
    size_t i = 0;

    for (; (slot = lii_table_next(&all->locked.by_name, &i)) != NULL; i++) {
        stream *s = slot->value;

        lii_timer_cancel(all->engine, &s->timer);
        for (p = s->first; p; p = next) {
            next = p->next;
            part_free(all->allocator, p);
        }
        lii_free(all->allocator, s);
    }
    lii_table_fini(&all->locked.by_name);
    pthread_mutex_destroy(&all->locked.lock);
    lii_free(all->allocator, all);
}

/* ---- after the function: to each producer its own records */

static void failed_to_sink(const batch *b, lii_json_value failed)
{
    lii_json_value record;
    size_t at = 0;

    while (b->trigger && lii_json_next(failed, &at, NULL, &record))
        lii_letter_send(b->trigger, "failureArn", lii_slice(record.ptr, record.len));
}

static int is_id(lii_json_value a, lii_json_value b)
{
    return a.type == LII_JSON_STRING && a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

/* Both lists of the whole answer are in the order of the records, and each record is in one of them. */
typedef struct cursor {
    lii_json_value list, now;
    size_t at;
    int has;
} cursor;

static void advance(cursor *c)
{
    c->has = lii_json_next(c->list, &c->at, NULL, &c->now);
}

static void divide(const batch_part *p, cursor *good, cursor *failed, lii_buf *out, int *n_failed)
{
    lii_json_value record, id;
    lii_json_writer w;
    lii_buf mine, bad;
    size_t at = 0;
    int n_good = 0;

    lii_buf_init(&mine, out->allocator);
    lii_buf_init(&bad, out->allocator);
    lii_buf_add_byte(&mine, '[');
    lii_buf_add(&mine, p->records.data, p->records.len);
    lii_buf_add_byte(&mine, ']');
    lii_json_begin(&w, out);
    lii_json_open(&w, '{');
    lii_json_key(&w, "records");
    lii_json_open(&w, '[');
    while (mine.status == LI_OK && lii_json_next(lii_json_root(mine.data, mine.len), &at, NULL, &record)) {
        id = lii_json_get(record, "recordId", LI_Z);
        if (good->has && is_id(lii_json_get(good->now, "recordId", LI_Z), id)) {
            lii_json_raw(&w, good->now.ptr, good->now.len);
            n_good++;
            advance(good);
        } else if (failed->has) {
            lii_buf_add(&bad, ",", *n_failed > 0);
            lii_buf_add(&bad, failed->now.ptr, failed->now.len);
            ++*n_failed;
            advance(failed);
        }
    }
    lii_json_close(&w, ']');
    lii_json_key(&w, "failed");
    lii_json_open(&w, '[');
    lii_buf_add(out, bad.data, bad.len);
    lii_json_close(&w, ']');
    lii_json_close(&w, '}');
    if (mine.status != LI_OK || bad.status != LI_OK)
        out->status = LI_E_NOMEM;
    lii_buf_fini(&mine);
    lii_buf_fini(&bad);
}

/* The answer to all as the answer to one; without memory it has no body. */
static void tell_part(const batch *b, const batch_part *p, const li_trigger_answer *a, cursor *good, cursor *failed)
{
    li_trigger_answer mine = *a;
    int n_failed = 0;
    lii_buf body;

    lii_buf_init(&body, lii_engine_allocator(b->engine));
    if (good->list.type == LII_JSON_ARRAY && (b->first != p || p->next)) {
        divide(p, good, failed, &body, &n_failed);
        mine.body = body.status == LI_OK ? body.data : NULL;
        mine.body_len = body.status == LI_OK ? body.len : 0;
        if (strcmp(a->verdict, "failed") != 0)
            mine.verdict = n_failed > 0 ? "partly-failed" : "ok";
    }
    if (p->done)
        p->done(p->user, &mine);
    lii_buf_fini(&body);
}

static void transformed(void *user, const li_trigger_answer *a)
{
    batch *b = user;
    const li_allocator *allocator = lii_engine_allocator(b->engine);
    cursor good, failed;
    batch_part *p, *next;

    memset(&good, 0, sizeof good);
    memset(&failed, 0, sizeof failed);
    if (a->status == 200 && a->body_len > 0) {
        good.list = lii_json_get(lii_json_root(a->body, a->body_len), "records", LI_Z);
        failed.list = lii_json_get(lii_json_root(a->body, a->body_len), "failed", LI_Z);
        failed_to_sink(b, failed.list);
        advance(&good);
        advance(&failed);
    }
    for (p = b->first; p; p = p->next)
        tell_part(b, p, a, &good, &failed);
    for (p = b->first; p; p = next) {
        next = p->next;
        part_free(allocator, p);
    }
    if (b->trigger)
        lii_trigger_release(b->trigger);
    lii_free(allocator, b);
}

/* ---- to the function */

static li_status write_batch(li_slice name, const batch_part *first, lii_buf *text)
{
    const batch_part *p;

    lii_buf_addf(text, "{\"deliveryStream\":\"%.*s\",", LII_TEXT(name));
    lii_buf_add(text, first->source.data, first->source.len);
    lii_buf_add_z(text, "\"records\":[");
    for (p = first; p; p = p->next) {
        lii_buf_add(text, p->records.data, p->records.len);
        lii_buf_add(text, ",", p->next != NULL);
    }
    lii_buf_add_z(text, "]}");
    return text->status;
}

/* LI_E_NOMEM: nobody is told, and the parts are the caller's. */
static li_status send(li_engine *engine, li_slice name, batch_part *first, li_error *err)
{
    const li_allocator *allocator = lii_engine_allocator(engine);
    batch *b = lii_calloc(allocator, 1, sizeof *b);
    lii_occasion *o = NULL;
    li_status status;
    lii_buf text;

    if (!b)
        return LI_E_NOMEM;
    b->engine = engine;
    b->first = first;
    lii_buf_init(&text, allocator);
    status = write_batch(name, first, &text);
    if (status == LI_OK)
        status = lii_occasion_new(engine, &lii_firehose_kind, text.data, text.len, &o, err);
    lii_buf_fini(&text);
    if (status == LI_OK)
        status = lii_occurrence_taker(lii_occasion_occurrence(o), &b->trigger);
    if (status == LI_OK)
        status = lii_occasion_run(o, transformed, b, NULL, err);
    else if (o)
        lii_occasion_free(o);
    if (status != LI_OK) {
        if (b->trigger)
            lii_trigger_release(b->trigger);
        lii_free(allocator, b);
    }
    return status;
}

/* Those that wait cannot be put back: they are told. */
static void send_or_tell(li_engine *engine, const char *name, batch_part *first)
{
    const li_allocator *allocator = lii_engine_allocator(engine);
    li_trigger_answer a;
    batch_part *p, *next;

    if (!first || send(engine, lii_slice(name, LI_Z), first, NULL) == LI_OK)
        return;
    memset(&a, 0, sizeof a);
    a.size = sizeof a;
    a.status = 500;
    a.verdict = "failed";
    for (p = first; p; p = next) {
        next = p->next;
        if (p->done)
            p->done(p->user, &a);
        part_free(allocator, p);
    }
}

/* ---- before it: the buffer */

static batch_part *take_locked(stream *s)
{
    batch_part *first = s->first;

    s->first = NULL;
    s->last = &s->first;
    s->bytes = 0;
    return first;
}

static void interval_over(lii_timer *timer)
{
    stream *s = timer->user;
    batch_part *first;

    pthread_mutex_lock(&s->all->locked.lock);
    first = take_locked(s);
    pthread_mutex_unlock(&s->all->locked.lock);
    send_or_tell(s->all->engine, s->name, first);
}

static stream *stream_locked(streams *all, li_slice name)
{
    stream *s = lii_table_get(&all->locked.by_name, name.ptr, name.len);

    if (s || name.len > NAME_MAX_LEN)
        return s;
    s = lii_calloc(all->allocator, 1, sizeof *s);
    if (!s)
        return NULL;
    s->all = all;
    memcpy(s->name, name.ptr, name.len);
    s->last = &s->first;
    s->timer.run = interval_over;
    s->timer.user = s;
    if (lii_table_put(&all->locked.by_name, s->name, name.len, s, NULL) != LI_OK) {
        lii_free(all->allocator, s);
        return NULL;
    }
    return s;
}

/* A part that would overfill the buffer finds it empty; one that fills it does not wait. */
static li_status buffer(const li_trigger *t, batch_part *p, uint64_t interval_s)
{
    streams *all = lii_engine_slot(t->engine, LII_SLOT_STREAMS, streams_make, streams_end);
    uint64_t size = (uint64_t)lii_option_number(t, "bufferSize") * 1024;
    batch_part *before = NULL, *full = NULL;
    li_status status = LI_OK;
    stream *s;

    if (!all)
        return LI_E_NOMEM;
    pthread_mutex_lock(&all->locked.lock);
    s = stream_locked(all, lii_option_text(t, "deliveryStream"));
    if (s && s->first && s->bytes + p->bytes > size)
        before = take_locked(s);
    if (!s)
        status = LI_E_NOMEM;
    else if (!s->first && p->bytes < size)
        status = lii_timer_set(t->engine, &s->timer, lii_engine_now_ns(t->engine) + interval_s * LI_SECOND_NS);
    if (status == LI_OK) {
        *s->last = p;
        s->last = &p->next;
        s->bytes += p->bytes;
        full = s->bytes >= size ? take_locked(s) : NULL;
    }
    pthread_mutex_unlock(&all->locked.lock);
    if (s) {
        send_or_tell(t->engine, s->name, before);
        send_or_tell(t->engine, s->name, full);
    }
    return status;
}

/* A record with what the service gives it. */
static void write_record(li_engine *engine, lii_json_value record, lii_buf *out)
{
    lii_json_value id = lii_json_get(record, "recordId", LI_Z), arrival = lii_json_get(record, "approximateArrivalTimestamp", LI_Z);
    char text[LI_ID_TEXT_SIZE];
    li_id made;

    lii_buf_add(out, record.ptr, record.len - 1);    /* it has data: a comma may follow */
    if (id.type == LII_JSON_NONE) {
        lii_engine_new_id(engine, &made);
        li_id_format(&made, text);
        lii_buf_addf(out, ",\"recordId\":\"%s\"", text);
    }
    if (arrival.type == LII_JSON_NONE)
        lii_buf_addf(out, ",\"approximateArrivalTimestamp\":%llu", (unsigned long long)li_engine_now_ms(engine));
    lii_buf_add_byte(out, '}');
}

static batch_part *part_new(li_engine *engine, lii_json_value object, li_trigger_answered done, void *user)
{
    const li_allocator *allocator = lii_engine_allocator(engine);
    batch_part *p = lii_calloc(allocator, 1, sizeof *p);
    lii_json_value record, source = lii_json_get(object, "sourceKinesisStreamArn", LI_Z);
    size_t at = 0;

    if (!p)
        return NULL;
    p->done = done;
    p->user = user;
    lii_buf_init(&p->records, allocator);
    lii_buf_init(&p->source, allocator);
    if (source.type == LII_JSON_STRING) {
        lii_buf_add_z(&p->source, "\"sourceKinesisStreamArn\":");
        lii_buf_add(&p->source, source.ptr, source.len);
        lii_buf_add_byte(&p->source, ',');
    }
    while (lii_json_next(lii_json_get(object, "records", LI_Z), &at, NULL, &record)) {
        lii_buf_add(&p->records, ",", p->records.len > 0);
        write_record(engine, record, &p->records);
        p->bytes += (lii_json_get(record, "data", LI_Z).len - 2) / 4 * 3;
    }
    if (p->records.status == LI_OK && p->source.status == LI_OK)
        return p;
    part_free(allocator, p);
    return NULL;
}

li_status lii_firehose_begin(li_engine *engine, lii_json_value object, li_trigger_answered done, void *user, uint64_t *n_matched,
                             li_error *err)
{
    li_status status = lii_firehose_check(object, err);
    lii_occasion *o = NULL;
    li_trigger *t = NULL;
    batch_part *p = NULL;
    int64_t interval_s;

    if (status == LI_OK)
        status = lii_occasion_new(engine, &lii_firehose_kind, object.ptr, object.len, &o, err);
    if (status == LI_OK)
        status = lii_occurrence_taker(lii_occasion_occurrence(o), &t);
    if (status == LI_OK && !t)
        return lii_occasion_run(o, done, user, n_matched, err);  /* nobody */
    if (status == LI_OK && (p = part_new(engine, object, done, user)) == NULL)
        status = LI_E_NOMEM;
    if (status == LI_OK) {
        interval_s = lii_option_number(t, "bufferInterval");
        status = interval_s > 0 ? buffer(t, p, (uint64_t)interval_s) : send(engine, lii_option_text(t, "deliveryStream"), p, err);
        if (status != LI_OK)
            part_free(lii_engine_allocator(engine), p);
    }
    if (status == LI_OK && n_matched)
        *n_matched = 1;
    if (t)
        lii_trigger_release(t);
    if (o)
        lii_occasion_free(o);
    return status == LI_E_NOMEM ? lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory for the records") : status;
}

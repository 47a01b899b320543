/* schema_file.c - makes tests/data/schema-N.db, a small file as a release of schema N leaves it: what later releases must be able
 * to open. To be built once, at the last commit of that schema (schema 1: dd59806):
 *   make && cc -Iinclude -o /tmp/schema_file tests/data/schema_file.c build/liblambdainvoke-sqlite.a build/liblambdainvoke.a \
 *       -lsqlite3 -lcjson -lpthread && rm -f tests/data/schema-1.db && /tmp/schema_file tests/data/schema-1.db
 *
 * Lane "fn": event 0 untouched; event 1 tried once, due a minute later; event 2 with its outcome and record written and not yet
 * delivered; event 3 has the idempotency key "once". Lane "other:live": event 4. Settings: table "t", "k" = "v". */
#include <stdio.h>
#include <string.h>

#include <lambdainvoke/lambdainvoke.h>
#include <lambdainvoke/sqlite.h>

static uint64_t now_ms(void *engine)
{
    (void)engine;
    return UINT64_C(1700000000000);
}

static void no_wake(void *engine, uint32_t lane)
{
    (void)engine;
    (void)lane;
}

static void told(void *user, li_status status)
{
    (void)user;
    if (status != LI_OK)
        fprintf(stderr, "schema_file: %s\n", li_strerror(status));
}

static void put(const li_queue *q, const char *name, unsigned char k, const char *tail, uint32_t tail_len)
{
    char payload[16];
    li_queue_event e;

    memset(&e, 0, sizeof e);
    e.header.id.bytes[0] = k;
    e.header.accepted_ms = e.header.due_ms = now_ms(NULL);
    q->ops->lane(q->self, name, strlen(name), &e.header.lane, NULL);
    e.header.payload_len = (uint32_t)snprintf(payload, sizeof payload, "{\"k\":%d}", k);
    e.header.tail_len = tail_len;
    e.payload = payload;
    e.tail = tail;
    q->ops->put(q->self, &e, 1, told, NULL, NULL);
    q->ops->flush(q->self);
}

int main(int argc, char **argv)
{
    static const li_queue_host host = { .size = sizeof host, .now_ms = now_ms, .wake = no_wake, .max_events = 100, .max_bytes = 10000 };
    static const li_store_host store_host = { sizeof store_host, NULL, now_ms, NULL, 0, 0 };
    static const char tail[] = { LI_TAIL_IDEMPOTENCY_KEY, 0, 0, 0, 4, 0, 0, 0, 'o', 'n', 'c', 'e' };
    li_store_change change = { { "t", 1 }, { "k", 1 }, { "v", 1 }, 0, 0 };
    li_sqlite_options o = LI_SQLITE_OPTIONS_INIT;
    li_event_header header;
    li_lease leases[3];
    uint32_t lane;
    li_queue q;
    li_store s;
    size_t n;

    if (argc != 2)
        return 2;
    o.path = li_z(argv[1]);
    o.page_bytes = 512;
    if (li_sqlite_open(&o, &q, &s, NULL) != LI_OK || q.ops->open(q.self, &host, NULL) != LI_OK ||
        s.ops->open(s.self, &store_host, NULL) != LI_OK || s.ops->write(s.self, &change, 1, NULL) != LI_OK)
        return 1;
    put(&q, "fn", 0, NULL, 0);
    put(&q, "fn", 1, NULL, 0);
    put(&q, "fn", 2, NULL, 0);
    put(&q, "fn", 3, tail, sizeof tail);
    put(&q, "other:live", 4, NULL, 0);
    q.ops->lane(q.self, "fn", 2, &lane, NULL);
    if (q.ops->take(q.self, lane, now_ms(NULL), now_ms(NULL) + 1000, 3, leases, &n) != LI_OK || n != 3)
        return 1;
    header = *leases[1].header;
    header.starts = header.function_failures = 1;
    header.due_ms += 60000;
    q.ops->delay(q.self, leases[1].token, &header);
    q.ops->resolve(q.self, leases[2].token, LI_EVENT_DELIVERED, "{\"record\":2}", 12, told, NULL);
    q.ops->flush(q.self);
    q.ops->close(q.self);
    s.ops->close(s.self);
    q.ops->free(q.self);
    s.ops->free(s.self);
    return 0;
}

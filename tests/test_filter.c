/* test_filter.c - filters of event source mappings: what passes, what becomes of the others, which are refused. */
#include "fixture.h"

#include <lambdainvoke/pattern.h>

#define N(a) (int)(sizeof (a) / sizeof (a)[0])

static world w;
static li_local_queue *queue;
static li_error err;
static struct { int runs; size_t records; char last[8192]; uint64_t at_ms; } seen;

static size_t count_of(const char *text, const char *part)
{
    size_t n = 0;

    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        n++;
    return n;
}

static int32_t look(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);

    (void)environment;
    (void)user;
    seen.runs++;
    seen.at_ms = li_engine_now_ms(w.engine);
    snprintf(seen.last, sizeof seen.last, "%.*s", (int)len, payload);
    seen.records += count_of(seen.last, "\"messageId\"");
    return LI_DONE;
}

static void set_up(void)
{
    world_new(&w);
    memset(&seen, 0, sizeof seen);
    li_error_init(&err, sizeof err);
    queue = add_queue(w.engine, "in");
    add_function(w.engine, "look", look, NULL);
}

static void tear_down(void)
{
    world_free(&w);
}

/* With single quotes for double ones. */
static const char *quoted(const char *text)
{
    static char out[8][20000];
    static int at;
    char *p = out[at = (at + 1) % 8];

    ck_assert_uint_lt(strlen(text), sizeof out[0]);
    strcpy(p, text);
    for (; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    return out[at];
}

static li_mapping_spec spec_of(const char *filters)
{
    li_mapping_spec spec = LI_MAPPING_SPEC_INIT;

    spec.source_arn = li_z(QUEUE "in");
    spec.function = li_z("look");
    spec.filters = li_z(filters);
    spec.filtering = li_pattern_filter_ops();
    return spec;
}

static li_mapping *map(const char *filters, uint32_t batch_size, uint64_t window_ms)
{
    li_mapping_spec spec = spec_of(quoted(filters));
    li_mapping *mapping = NULL;

    spec.batch_size = batch_size;
    spec.window_ms = window_ms;
    ck_assert_msg(li_mapping_create(w.engine, &spec, &mapping, &err) == LI_OK, "%s: %s %s", filters, err.text, err.subject);
    return mapping;
}

static void send(const char *body)
{
    ck_assert_int_eq(li_local_queue_send(queue, quoted(body), LI_Z, NULL, 0, NULL), LI_OK);
}

static li_mapping_info info_of(const li_mapping *mapping)
{
    li_mapping_info info;

    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    ck_assert_int_eq(li_mapping_describe(w.engine, li_mapping_get_uuid(mapping), LI_Z, &info), LI_OK);
    return info;
}

/* ---- a queue */

START_TEST(test_esm_227_gs_22_what_matches_is_delivered_as_it_is_and_the_others_are_deleted)
{
    li_mapping *mapping = map("[{'body':{'a':[1]}}]", 10, 0);
    li_mapping_info info;

    send("{ 'a' : 1.0 }");
    send("{'a':2}");
    send("no JSON");
    ck_assert_int_eq(li_engine_run_until_idle(w.engine, NULL), LI_OK);
    ck_assert_int_eq(seen.runs, 1);
    ck_assert_uint_eq(seen.records, 1);
    ck_assert_ptr_nonnull(strstr(seen.last, "\"body\":\"{ \\\"a\\\" : 1.0 }\"")); /* ESM-228 */
    ck_assert_uint_eq(li_local_queue_count(queue), 0);
    info = info_of(mapping);
    ck_assert_uint_eq(info.polled, 3);
    ck_assert_uint_eq(info.filtered, 2);
    ck_assert_uint_eq(info.deleted, 3);
    ck_assert_uint_eq(info.invoked, 1);
}
END_TEST

START_TEST(test_esm_55_only_what_matches_counts_for_a_batch_and_opens_its_window)
{
    uint64_t begin_ms = li_engine_now_ms(w.engine);
    int i;

    map("[{'body':['yes']}]", 3, 5000);
    for (i = 0; i < 20; i++)
        send("no");
    advance_s(&w, 2);
    ck_assert_uint_eq(li_local_queue_count(queue), 0); /* at once, whatever the window (ESM-227) */
    send("yes");
    send("no");
    advance_s(&w, 4);
    ck_assert_int_eq(seen.runs, 0);
    advance_s(&w, 1);
    ck_assert_int_eq(seen.runs, 1);
    ck_assert_uint_eq(seen.at_ms - begin_ms, 7000);
    ck_assert_uint_eq(seen.records, 1);
    for (i = 0; i < 3; i++) {
        send("no");
        send("yes");
    }
    li_engine_run_until_idle(w.engine, NULL);
    ck_assert_int_eq(seen.runs, 2); /* three of them are full */
    ck_assert_uint_eq(seen.records, 4);
}
END_TEST

START_TEST(test_esm_55_nothing_is_invoked_for_a_queue_of_which_nothing_matches)
{
    li_mapping *mapping = map("[{'body':['yes']}]", 10, 0);
    int i;

    for (i = 0; i < 25000; i++)
        send("no");
    send("yes");
    li_engine_run_until_idle(w.engine, NULL);
    ck_assert_int_eq(seen.runs, 1);
    ck_assert_uint_eq(info_of(mapping).filtered, 25000);
    ck_assert_uint_eq(li_local_queue_count(queue), 0);
}
END_TEST

/* What a filter of a queue says of a body (ESM-221, PAT-113). */
static const struct { const char *filter, *body; int passes; } forms[] = {
    { "{'body':{'a':['x']}}", "{'a':'x'}", 1 },
    { "{'body':{'a':['x']}}", " {'a':['y','x']} ", 1 },
    { "{'body':{'a':['x']}}", "{'a':'y'}", 0 },
    { "{'body':{'a':['x']}}", "x", 0 },
    { "{'body':{'a':['x']}}", "{'a':'x'", 0 },
    { "{'body':{'a':['x']}}", "[{'a':'x'}]", 0 },
    { "{'body':{'a':[{'exists':false}]}}", "{'b':1}", 1 },
    { "{'body':{'a':[{'exists':false}]}}", "plain", 0 },        /* the form is wrong, whatever the rules are */
    { "{'body.a':['x']}", "{'a':'x'}", 1 },
    { "{'body':['x']}", "x", 1 },
    { "{'body':['x']}", "y", 0 },
    { "{'body':[{'prefix':'GET '}]}", "GET /a", 1 },
    { "{'body':['{}']}", "{}", 0 },                            /* JSON */
    { "{'body':[{'anything-but':'x'}]}", "[1]", 0 },
    { "{'body':['12']}", "12", 1 },                            /* JSON, but no structure: a text */
    { "{'body':[12]}", "12", 0 },
    { "{'body':['\\u00e9']}", "\xc3\xa9", 1 },
    { "{'messageId':[{'exists':true}]}", "{'a':", 1 },         /* the body is not looked at */
    { "{'eventSource':['aws:sqs'],'awsRegion':['us-east-1']}", "x", 1 },
    { "{'eventSource':['aws:kinesis']}", "x", 0 },
    { "{'attributes':{'ApproximateReceiveCount':['1']}}", "x", 1 },
    { "{'attributes':{'ApproximateReceiveCount':[{'numeric':['=',1]}]}}", "x", 0 },
    { "{'messageId':[{'exists':true}],'body':{'a':['x']}}", "{'a':'x'}", 1 },
    { "{'messageId':[{'exists':false}],'body':{'a':['x']}}", "{'a':'x'}", 0 },
    { "{'$or':[{'body':{'a':['x']}},{'eventSource':['aws:sqs']}]}", "{'a':'y'}", 1 },
    { "{'$or':[{'body':{'a':['x']}},{'body':['x']}]}", "x", 1 },
    { "{'$or':[{'body':{'a':['x']}},{'body':['x']}]}", "{'a':'x'}", 1 },
    { "{'$or':[{'body':{'a':['x']}},{'body':['x']}]}", "{'a':'y'}", 0 },
    { "{'body':{'n':[300]}}", "{'n':3.0e2}", 1 },              /* ESM-226 */
    { "{'body':{'o':[{'exists':true}]}}", "{'o':{'p':1}}", 0 }, /* leaves only: ESM-224 */
    { "{'body':{'a':['x'],'a':['y']}}", "{'a':'y'}", 1 },      /* the last counts: ESM-225 */
    { "{'body':{'a':['x'],'a':['y']}}", "{'a':'x'}", 0 },
    { "{'body':{'a':['x']}}", "", 0 },
    { "{'body':['']}", "", 1 },
};

START_TEST(test_pat_113_esm_221_a_body_has_the_form_that_the_filter_has_for_it)
{
    char filters[512];

    snprintf(filters, sizeof filters, "[%s]", forms[_i].filter);
    map(filters, 10, 0);
    send(forms[_i].body);
    li_engine_run_until_idle(w.engine, NULL);
    ck_assert_msg(seen.runs == forms[_i].passes, "%s on %s", forms[_i].filter, forms[_i].body);
    ck_assert_uint_eq(li_local_queue_count(queue), 0);
}
END_TEST

/* ---- making them */

static const char *const refused[] = {
    "[null]", "['null']", "['x']", "[1]", "[[]]", "{}", "'x'", "[", "[{'eventSource':'aws:sqs'}]", "[{'eventSource':[]}]", "[{}]",
    "['{\\'eventName\\': [\\'INSERT\\'=123}']", "[{'body':'text'}]", "[{'body':['ok']},{'body':{}}]",
    "[{'body':[{'no-such':1}]}]", "[''] ", "[{'a':['x']}],"
};

START_TEST(test_esm_9_esm_232_pat_111_what_is_no_pattern_is_refused)
{
    li_mapping_spec spec = spec_of(quoted(refused[_i]));
    li_mapping *mapping = NULL;

    ck_assert_msg(li_mapping_create(w.engine, &spec, &mapping, &err) == LI_E_INVALID, "%s", refused[_i]);
    ck_assert_str_eq(err.text, "Invalid filter pattern definition.");
    ck_assert_int_eq(err.detail, LI_DETAIL_MAPPING_FILTER);
    ck_assert_ptr_null(mapping);
    ck_assert_uint_eq(li_mapping_each(w.engine, NULL, NULL), 0);
    map("[]", 10, 0); /* nothing of it is left */
}
END_TEST

START_TEST(test_esm_9_an_empty_list_lets_everything_pass_and_a_pattern_may_be_in_a_string)
{
    li_mapping *mapping = map("[]", 10, 0);

    send("x");
    li_engine_run_until_idle(w.engine, NULL);
    ck_assert_int_eq(seen.runs, 1);
    ck_assert_int_eq(li_mapping_remove(w.engine, li_mapping_get_uuid(mapping), LI_Z, NULL), LI_OK);
    map("['{\\'body\\':[\\'y\\']}']", 10, 0);
    send("x");
    send("y");
    li_engine_run_until_idle(w.engine, NULL);
    ck_assert_int_eq(seen.runs, 2);
    ck_assert_uint_eq(seen.records, 2);
}
END_TEST

START_TEST(test_esm_220_five_filters_of_which_any_suffices_or_ten_when_that_is_allowed)
{
    li_mapping_spec spec = spec_of(quoted("[{'body':['1']},{'body':['2']},{'body':['3']},{'body':['4']},{'body':['5']},{'body':['6']}]"));

    ck_assert_int_eq(li_mapping_create(w.engine, &spec, NULL, &err), LI_E_VALIDATION);
    ck_assert_int_eq(li_config_set(w.engine, "limits.mapping_filters", 11, NULL), LI_E_VALIDATION);
    ck_assert_int_eq(li_config_set(w.engine, "limits.mapping_filters", 10, NULL), LI_OK);
    ck_assert_int_eq(li_mapping_create(w.engine, &spec, NULL, &err), LI_OK);
    send("6");
    send("7");
    send("1");
    li_engine_run_until_idle(w.engine, NULL);
    ck_assert_uint_eq(seen.records, 2);
}
END_TEST

START_TEST(test_pat_111_a_pattern_has_at_most_4096_characters)
{
    char filters[4 * 4096 + 100];
    li_mapping_spec spec;
    size_t n, over;

    for (over = 2; over-- > 0;) { /* letters of two bytes each */
        strcpy(filters, "[{\"body\":[\"");
        for (n = 0; n < 4096 + over - strlen("{\"body\":[\"\"]}"); n++)
            strcat(filters + 2 * n, "\xc3\xa9");
        strcat(filters, "\"]}]");
        spec = spec_of(filters);
        ck_assert_int_eq(li_mapping_create(w.engine, &spec, NULL, &err), over ? LI_E_VALIDATION : LI_OK);
    }
}
END_TEST

START_TEST(test_esm_220_filters_need_who_reads_them)
{
    li_mapping_spec spec = spec_of("[]");
    li_filter_ops ops = *li_pattern_filter_ops();

    spec.filtering = NULL;
    ck_assert_int_eq(li_mapping_create(w.engine, &spec, NULL, &err), LI_E_NOTSUP);
    ops.passes = NULL;
    spec.filtering = &ops;
    ck_assert_int_eq(li_mapping_create(w.engine, &spec, NULL, &err), LI_E_INVALID);
    ck_assert_int_eq(err.detail, LI_DETAIL_BACKEND_METHOD);
}
END_TEST

/* ---- other kinds of sources, by what their records look like */

static const li_source_data kinesis = { sizeof kinesis, { "data", NULL }, LI_FILTER_OBJECT, 0u };
static const li_source_data dynamodb = { sizeof dynamodb, { "dynamodb", NULL }, LI_FILTER_OBJECT, 0u };
static const li_source_data mq = { sizeof mq, { "data", NULL }, LI_FILTER_LENIENT, 0u };
static const li_source_data kafka = { sizeof kafka, { "key", "value" }, LI_FILTER_LENIENT, 0u };

#define ITEM "{'NewImage':{'id':{'S':'i1'},'n':{'N':'101'},'presentKey':{'S':'v'}},'ApproximateCreationDateTime':1700000000}"

/* passes -1: the filter is refused. */
static const struct { const li_source_data *data; const char *filter, *metadata, *one, *two; int passes; } others[] = {
    { &kinesis, "{'data':{'a':['x']}}", "{'partitionKey':'1'}", "{'a':'x'}", NULL, 1 },
    { &kinesis, "{'data':{'a':['x']}}", "{'partitionKey':'1'}", "{'a':'y'}", NULL, 0 },
    { &kinesis, "{'data':{'a':['x']}}", "{}", "\xff\xfe", NULL, 0 },
    { &kinesis, "{'data':['x']}", "{}", "x", NULL, -1 },
    { &kinesis, "{'$or':[{'partitionKey':['1']},{'data':['x']}]}", "{}", "x", NULL, -1 },
    { &kinesis, "{'partitionKey':['1']}", "{'partitionKey':'1'}", "\xff\xfe", NULL, 1 },
    { &kinesis, "{'partitionKey':['1']}", " { 'partitionKey' : '2' } ", "{}", NULL, 0 },
    { &kinesis, "{'partitionKey':['1'],'data':{'a':['x']}}", " { 'partitionKey' : '1' } ", "{'a':'x'}", NULL, 1 },
    { &dynamodb, "{'dynamodb':{'NewImage':{'id':{'S':['i1']}}}}", "{'eventName':'INSERT'}", ITEM, NULL, 1 },   /* ESM-223 */
    { &dynamodb, "{'dynamodb':{'NewImage':{'id':['i1']}}}", "{'eventName':'INSERT'}", ITEM, NULL, 0 },
    { &dynamodb, "{'eventName':['INSERT'],'eventSource':['aws:dynamodb']}",
      "{'eventName':'INSERT','eventSource':'aws:dynamodb'}", ITEM, NULL, 1 },
    { &dynamodb, "{'eventName':['REMOVE']}", "{'eventName':'INSERT'}", ITEM, NULL, 0 },
    { &dynamodb, "{'dynamodb':{'NewImage':{'presentKey':[{'exists':false}]}}}", "{}", ITEM, NULL, 1 },         /* ESM-224 */
    { &dynamodb, "{'dynamodb':{'NewImage':{'presentKey':['v']}}}", "{}", ITEM, NULL, 0 },
    { &dynamodb, "{'dynamodb':{'NewImage':{'presentKey':{'S':['v']}}}}", "{}", ITEM, NULL, 1 },
    { &dynamodb, "{'dynamodb':{'NewImage':{'n':{'N':[{'numeric':['>',100]},{'anything-but':'101'}]}}}}", "{}", ITEM, NULL, 0 }, /* ESM-231 */
    { &dynamodb, "{'dynamodb':{'NewImage':{'n':{'N':[{'numeric':['>',100]},{'anything-but':'102'}]}}}}", "{}", ITEM, NULL, 1 },
    { &dynamodb, "{'dynamodb':{'ApproximateCreationDateTime':[{'numeric':['>',0]}]}}", "{}", ITEM, NULL, 1 },
    { &dynamodb, "{'dynamodb':['x']}", "{}", ITEM, NULL, -1 },
    { &mq, "{'data':{'a':['x']}}", "{}", "{'a':'y'}", NULL, 0 },
    { &mq, "{'data':{'a':['x']}}", "{}", "text", NULL, 1 },                 /* nothing else is asked for */
    { &mq, "{'data':{'a':['x']},'type':['t']}", "{'type':'t'}", "text", NULL, 1 },
    { &mq, "{'data':{'a':['x']},'type':['t']}", "{'type':'u'}", "text", NULL, 0 },
    { &mq, "{'data':['text'],'type':['t']}", "{'type':'t'}", "text", NULL, 1 },
    { &mq, "{'data':['text'],'type':['t']}", "{'type':'t'}", "other", NULL, 0 },
    { &mq, "{'data':['text'],'type':['t']}", "{'type':'t'}", "{'a':1}", NULL, 1 },
    { &mq, "{'$or':[{'data':{'a':['x']}},{'type':['t']}]}", "{'type':'u'}", "{'a':'y'}", NULL, 0 },
    { &kafka, "{'value':{'a':['x']}}", "{'topic':'t'}", "k", "{'a':'x'}", 1 },
    { &kafka, "{'value':{'a':['x']}}", "{'topic':'t'}", "k", "{'a':'y'}", 0 },
    { &kafka, "{'key':['k'],'value':{'a':['x']}}", "{'topic':'t'}", "k", "{'a':'x'}", 1 },
    { &kafka, "{'key':['k'],'value':{'a':['x']}}", "{'topic':'t'}", "l", "{'a':'x'}", 0 },
    { &kafka, "{'key':['k'],'value':{'a':['x']}}", "{'topic':'t'}", "l", "text", 0 },
    { &kafka, "{'key':['k'],'value':{'a':['x']}}", "{'topic':'t'}", "k", "text", 1 },
    { &kafka, "{'key':['k'],'value':{'a':['x']},'topic':['t']}", "{'topic':'t'}", "{}", "text", 1 },
    { &kafka, "{'key':['k'],'value':{'a':['x']},'topic':['t']}", "{'topic':'u'}", "{}", "text", 0 },
    { &kafka, "{'partition':[3]}", "{'partition':3}", NULL, NULL, 1 },
    { &kafka, "{'value':[{'exists':false}]}", "{}", "k", NULL, 1 },          /* a tombstone */
    { &kafka, "{'value':[{'exists':false}]}", "{}", "k", "", 0 },
    { &kafka, "{'valued':['x']}", "{'valued':'x'}", "k", "y", 1 },
};

START_TEST(test_pat_112_esm_223_each_source_has_its_data_under_its_name)
{
    const li_filter_ops *ops = li_pattern_filter_ops();
    const char *metadata = quoted(others[_i].metadata);
    li_slice data[2] = { { NULL, 0 }, { NULL, 0 } };
    char filters[512];
    int32_t wanted = -1;
    void *filter = NULL;
    li_status status;

    snprintf(filters, sizeof filters, "[%s]", others[_i].filter);
    status = ops->compile(NULL, others[_i].data, quoted(filters), strlen(filters), 5, &filter, &err);
    ck_assert_int_eq(status, others[_i].passes < 0 ? LI_E_INVALID : LI_OK);
    if (others[_i].passes < 0) {
        ck_assert_str_eq(err.text, "Invalid filter pattern definition.");
        return;
    }
    if (others[_i].one)
        data[0] = li_z(quoted(others[_i].one)), data[0].len = strlen(data[0].ptr);
    if (others[_i].two)
        data[1] = li_z(quoted(others[_i].two)), data[1].len = strlen(data[1].ptr);
    ck_assert_int_eq(ops->passes(filter, metadata, strlen(metadata), data, &wanted), LI_OK);
    ck_assert_msg(wanted == others[_i].passes, "%s on %s", filters, metadata);
    ops->free(filter);
}
END_TEST

/* ---- a stream of one lane: numbers, of which a checkpoint passes those that are done with */

typedef struct stream {
    int next, last;
    int n_done, n_retried, n_views;
    char sent[64][16];
} stream;

static li_status stream_open(void *self, const li_source_host *host, li_error *e)
{
    (void)self, (void)host, (void)e;
    return LI_OK;
}

static li_status stream_lanes(void *self, li_source_lane *lanes, size_t max, size_t *n)
{
    (void)self;
    *n = 1;
    if (max > 0)
        lanes[0].id = li_z("lane");
    return LI_OK;
}

static li_status stream_start(void *self, const li_source_lane *lane, const li_source_position *from)
{
    (void)self, (void)lane, (void)from;
    return LI_OK;
}

static li_status stream_fetch(void *self, const li_source_lane *lane, uint64_t wait_ms, li_fetch *f)
{
    stream *s = self;

    (void)lane, (void)wait_ms;
    for (f->n = 0; f->n < f->max && s->next < s->last; f->n++, s->next++) {
        memset(&f->items[f->n], 0, sizeof f->items[f->n]);
        f->items[f->n].identifier = li_z("n");
        snprintf(s->sent[s->next], sizeof s->sent[0], "{\"n\":%d}", s->next);
        f->items[f->n].data = s->sent[s->next];
        f->items[f->n].data_len = strlen(s->sent[s->next]);
        f->items[f->n].lease_until_ms = UINT64_MAX;
    }
    return LI_OK;
}

static size_t stream_size(void *self, const li_item *item)
{
    (void)self;
    return item->data_len + 1;
}

static li_status stream_encode(void *self, const li_item *const *items, size_t n, const li_writer *out)
{
    size_t i;

    (void)self;
    for (i = 0; i < n; i++) {
        out->write(out->self, i ? "," : "[", 1);
        out->write(out->self, items[i]->data, items[i]->data_len);
    }
    return out->write(out->self, "]", 1);
}

static li_status stream_settle(void *self, const li_source_lane *lane, const li_item *const *items, size_t n, int32_t how,
                               uint64_t delay_ms)
{
    stream *s = self;

    (void)lane, (void)items, (void)delay_ms;
    *(how == LI_SETTLE_DONE ? &s->n_done : &s->n_retried) += (int)n;
    return LI_OK;
}

static void stream_release(void *self, li_fetch *f)
{
    (void)self, (void)f;
}

static void stream_close(void *self)
{
    (void)self;
}

static li_status stream_view(void *self, const li_item *item, const li_writer *metadata, li_slice data[2])
{
    ((stream *)self)->n_views++;
    data[0] = li_z(item->data);
    data[0].len = item->data_len;
    return metadata->write(metadata->self, "{\"partitionKey\":\"p\"}", 20);
}

static const li_source_ops stream_ops = { .size = sizeof stream_ops, .version = 1, .name = "kinesis", .open = stream_open,
                                          .lanes = stream_lanes, .start = stream_start, .fetch = stream_fetch,
                                          .encoded_size = stream_size, .encode = stream_encode, .settle = stream_settle,
                                          .release = stream_release, .close = stream_close, .data = &kinesis,
                                          .view = stream_view };

START_TEST(test_pat_114_a_record_of_a_stream_that_no_filter_wants_counts_as_done)
{
    li_mapping_spec spec = spec_of("[{\"data\":{\"n\":[{\"numeric\":[\">=\",3,\"<\",5]}]},\"partitionKey\":[\"p\"]}]");
    stream s = { 0, 8, 0, 0, 0, { { 0 } } };

    spec.source_arn = li_z("arn:aws:kinesis:us-east-1:000000000000:stream/s");
    spec.source.ops = &stream_ops;
    spec.source.self = &s;
    ck_assert_msg(li_mapping_create(w.engine, &spec, NULL, &err) == LI_OK, "%s", err.text);
    advance_s(&w, 1);
    ck_assert_int_eq(seen.runs, 1);
    ck_assert_str_eq(seen.last, "[{\"n\":3},{\"n\":4}]");
    ck_assert_int_eq(s.n_done, 8);
    ck_assert_int_eq(s.n_retried, 0);
    ck_assert_int_eq(s.n_views, 8);
}
END_TEST

START_TEST(test_esm_355_a_source_without_a_view_has_no_filters)
{
    li_mapping_spec spec = spec_of("[{\"data\":{\"n\":[1]}}]");
    li_source_ops ops = stream_ops;
    stream s = { 0, 0, 0, 0, 0, { { 0 } } };

    ops.view = NULL;
    spec.source_arn = li_z("arn:aws:kinesis:us-east-1:000000000000:stream/s");
    spec.source.ops = &ops;
    spec.source.self = &s;
    ck_assert_int_eq(li_mapping_create(w.engine, &spec, NULL, &err), LI_E_NOTSUP);
}
END_TEST

Suite *suite_filter(void);
Suite *suite_filter(void)
{
    Suite *suite = suite_create("filter");
    TCase *tc = tcase_create("filters");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_esm_227_gs_22_what_matches_is_delivered_as_it_is_and_the_others_are_deleted);
    tcase_add_test(tc, test_esm_55_only_what_matches_counts_for_a_batch_and_opens_its_window);
    tcase_add_test(tc, test_esm_55_nothing_is_invoked_for_a_queue_of_which_nothing_matches);
    tcase_add_loop_test(tc, test_pat_113_esm_221_a_body_has_the_form_that_the_filter_has_for_it, 0, N(forms));
    tcase_add_loop_test(tc, test_esm_9_esm_232_pat_111_what_is_no_pattern_is_refused, 0, N(refused));
    tcase_add_test(tc, test_esm_9_an_empty_list_lets_everything_pass_and_a_pattern_may_be_in_a_string);
    tcase_add_test(tc, test_esm_220_five_filters_of_which_any_suffices_or_ten_when_that_is_allowed);
    tcase_add_test(tc, test_pat_111_a_pattern_has_at_most_4096_characters);
    tcase_add_test(tc, test_esm_220_filters_need_who_reads_them);
    tcase_add_loop_test(tc, test_pat_112_esm_223_each_source_has_its_data_under_its_name, 0, N(others));
    tcase_add_test(tc, test_pat_114_a_record_of_a_stream_that_no_filter_wants_counts_as_done);
    tcase_add_test(tc, test_esm_355_a_source_without_a_view_has_no_filters);
    suite_add_tcase(suite, tc);
    return suite;
}

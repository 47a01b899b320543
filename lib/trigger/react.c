/* react.c - what a service makes of an answer that has no rules of its own, and where it leaves what it gave up. */
#include <stdio.h>

#include "base/log.h"
#include "engine/engine.h"
#include "trigger/trigger.h"

/* ---- the answer */

void lii_reaction_plain(const li_trigger *t, li_status status, const li_invoke_result *result, lii_reaction *a)
{
    lii_json_value document;

    if (status != LI_OK) {
        a->status = status == LI_E_TIMEOUT ? 504 : status == LI_E_THROTTLED ? 429 : status == LI_E_DENIED ? 403
                    : status == LI_E_NOT_FOUND ? 404 : 500;
        a->verdict = status == LI_E_TIMEOUT ? "timeout" : "refused";
        return;
    }
    lii_reaction_body(a, result->payload, result->payload_len);
    a->status = 200;
    a->verdict = "ok";
    if (result->function_error != LI_FUNCTION_ERROR_NONE) {
        a->status = 502;
        a->verdict = "function-error";
        return;
    }
    document = lii_json_root(result->payload, result->payload_len);
    if (t->kind->response &&
        (document.type != LII_JSON_OBJECT || lii_shape_check(document, t->kind->response, 0, "answer", 0, NULL) != LI_OK)) {
        a->status = 502;
        a->verdict = "malformed";
    }
}

/* ---- results and warnings */

void lii_trigger_ended(li_trigger *t, const char *word)
{
    atomic_store_explicit(&t->last_ms, li_engine_now_ms(t->engine), memory_order_relaxed);
    atomic_store_explicit(&t->last_result, word, memory_order_relaxed);
}

void lii_trigger_failed(li_trigger *t, li_status status)
{
    atomic_fetch_add_explicit(&t->failures, 1, memory_order_relaxed);
    lii_trigger_ended(t, li_status_name(status));
}

void lii_trigger_warn(li_trigger *t, const char *warning)
{
    if (atomic_exchange(&t->warning, warning) == warning)
        return;
    lii_log(t->engine->logger, LI_LOG_WARN, "trigger %s of %s: %s", t->id, t->journal_name, warning);
    lii_engine_journal(t->engine, LI_STEP_TRIGGER, NULL, t->journal_name, 0, warning);
}

void lii_trigger_watch(li_trigger *t)
{
    const lii_frame *frame;

    for (frame = lii_frame_top(); frame; frame = frame->outer)
        if (frame->invocation && strncmp(frame->invocation->function->name, t->journal_name, strcspn(t->journal_name, ":")) == 0 &&
            frame->invocation->function->name[strcspn(t->journal_name, ":")] == '\0')
            lii_trigger_warn(t, "the function invokes itself: what it does makes this trigger fire");
}

/* ---- dead letters */

enum { ATTRIBUTES = 8 };

typedef struct letter {
    li_engine *engine;
    lii_target_entry *entry;
    li_trigger *trigger;
    lii_buf body;
    lii_buf texts;
    size_t n;
    li_record record;
    li_record_attribute attributes[ATTRIBUTES];
    char target[1100];
} letter;

static void letter_free(letter *l)
{
    lii_buf_fini(&l->body);
    lii_buf_fini(&l->texts);
    if (l->entry)
        lii_destination_release(l->engine, l->entry);
    lii_trigger_release(l->trigger);
    lii_free(lii_engine_allocator(l->engine), l);
}

static void letter_taken(void *user, li_status status)
{
    letter *l = user;

    lii_engine_journal(l->engine, LI_STEP_TRIGGER, NULL, l->trigger->journal_name, 0,
                       status == LI_OK ? "dead-letter" : "dead-letter-refused");
    letter_free(l);
}

/* Name, type and value, one after the other; made into slices when all are there. */
static void add_attribute(void *user, const char *name, const char *type, const char *value)
{
    letter *l = user;

    if (l->n == ATTRIBUTES)
        return;
    lii_buf_add(&l->texts, name, strlen(name) + 1);
    lii_buf_add(&l->texts, type, strlen(type) + 1);
    lii_buf_add(&l->texts, value, strlen(value) + 1);
    l->n++;
}

static void standard_letter(letter *l, li_status status, const lii_buf *event)
{
    char id[LI_ID_TEXT_SIZE];

    li_id_format(&l->record.id, id);
    lii_buf_add(&l->body, event->data, event->len);
    add_attribute(l, "RequestID", "String", id);
    add_attribute(l, "ErrorCode", "Number", status == LI_E_NOT_FOUND ? "404" : status == LI_E_DENIED ? "403" : "500");
    add_attribute(l, "ErrorMessage", "String", li_strerror(status));
}

static void finish_record(letter *l)
{
    const char *p = l->texts.data;
    size_t i;

    for (i = 0; i < l->n; i++) {
        l->attributes[i].name = lii_slice(p, LI_Z);
        p += l->attributes[i].name.len + 1;
        l->attributes[i].type = lii_slice(p, LI_Z);
        p += l->attributes[i].type.len + 1;
        l->attributes[i].value = lii_slice(p, LI_Z);
        p += l->attributes[i].value.len + 1;
    }
    l->record.size = sizeof l->record;
    l->record.kind = LI_RECORD_DEAD_LETTER;
    l->record.time_ms = li_engine_now_ms(l->engine);
    l->record.target = lii_slice(l->target, LI_Z);
    l->record.function_name = l->trigger->function;
    l->record.function_arn = l->trigger->function;
    l->record.body = lii_slice(l->body.data, l->body.len);
    l->record.attributes = l->attributes;
    l->record.n_attributes = l->n;
}

static letter *letter_new(li_trigger *t, li_slice arn)
{
    letter *l = arn.len > 0 && arn.len < sizeof l->target ? lii_calloc(lii_engine_allocator(t->engine), 1, sizeof *l) : NULL;

    if (!l) {
        if (arn.len > 0)
            lii_engine_journal(t->engine, LI_STEP_TRIGGER, NULL, t->journal_name, 0, "dead-letter-refused");
        return NULL;
    }
    l->engine = t->engine;
    l->trigger = t;
    atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
    lii_buf_init(&l->body, lii_engine_allocator(t->engine));
    lii_buf_init(&l->texts, lii_engine_allocator(t->engine));
    memcpy(l->target, arn.ptr, arn.len);
    lii_engine_new_id(t->engine, &l->record.id);
    return l;
}

static void send(letter *l)
{
    li_status found = LI_OK;

    l->entry = lii_destination_find(l->engine, l->target, &found);
    if (!l->entry || l->body.status != LI_OK || l->texts.status != LI_OK) {
        letter_taken(l, LI_E_NOT_FOUND);
        return;
    }
    finish_record(l);
    found = l->entry->ops.put(l->entry->self, &l->record, letter_taken, l, NULL);
    if (found != LI_OK)
        letter_taken(l, found);
}

void lii_letter_send(li_trigger *t, const char *option, li_slice body)
{
    letter *l = letter_new(t, lii_option_text(t, option));

    if (!l)
        return;
    lii_buf_add(&l->body, body.ptr, body.len);
    send(l);
}

void lii_dead_letter_send(li_trigger *t, const lii_occurrence *o, li_status status, uint32_t attempts,
                          const lii_buf *event)
{
    const lii_kind_code *code = t->kind->code;
    letter *l = letter_new(t, lii_option_text(t, "deadLetterArn"));

    if (!l)
        return;
    if (code && code->dead_letter && o)
        code->dead_letter(t, o, status, attempts, &l->body, add_attribute, l);
    else
        standard_letter(l, status, event);
    send(l);
}

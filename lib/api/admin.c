/* admin.c - the engine's own routes: health, reset, clock, journal, metrics, local queues, occurrences. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/call.h"
#include "base/time.h"

void lii_op_health(lii_call *call)
{
    lii_buf_addf(&call->out, "{\"status\":\"ok\",\"version\":\"%s\"}", li_version());
    lii_reply(call, 200);
}

static void told(void *user, li_status status)
{
    lii_call *call = user;

    if (status == LI_OK) {
        lii_buf_addf(&call->out, "{\"status\":\"ok\",\"now_ms\":%llu}", (unsigned long long)li_engine_now_ms(call->engine));
        lii_reply(call, 200);
    } else if (status == LI_E_CONFLICT) {
        lii_reply_error(call, 409, "ResourceConflictException", "User",
                        "What this host keeps is in a file, which a reset does not empty: stop it, remove the file with those "
                        "beside it (-wal, -shm, -lock), and start it again.");
    } else {
        lii_reply_status(call, status, NULL);
    }
}

void lii_op_reset(lii_call *call)
{
    if (!call->api->options.reset) {
        lii_reply_error(call, 404, "UnknownOperationException", "User", "This host cannot reset.");
        return;
    }
    call->api->options.reset(call->api->options.user, told, call);
}

void lii_op_get_clock(lii_call *call)
{
    li_clock *clock = li_engine_get_clock(call->engine);
    uint64_t due = li_engine_next_deadline(call->engine);
    char at[LII_TIME_SIZE], next[32] = "null";

    lii_time_ms(li_engine_now_ms(call->engine), at);
    if (due != LI_NEVER)
        snprintf(next, sizeof next, "%llu", (unsigned long long)due);
    lii_buf_addf(&call->out,
                 "{\"now_ms\":%llu,\"now\":\"%s\",\"monotonic_ns\":%llu,\"next_deadline_ns\":%s,\"virtual\":%s,\"external\":%llu}",
                 (unsigned long long)li_engine_now_ms(call->engine), at, (unsigned long long)li_clock_now_ns(clock), next,
                 li_clock_is_virtual(clock) ? "true" : "false", (unsigned long long)li_engine_external(call->engine));
    lii_reply(call, 200);
}

void lii_op_advance(lii_call *call)
{
    cJSON *body = lii_body_of(call, "advance_ms:n");
    const cJSON *item;
    double ms;

    if (!body)
        return;
    item = cJSON_GetObjectItemCaseSensitive(body, "advance_ms");
    ms = cJSON_IsNumber(item) ? item->valuedouble : -1;
    cJSON_Delete(body);
    if (!(ms >= 0) || ms > 9e12 || ms != floor(ms)) {
        lii_reply_error(call, 400, "InvalidParameterValueException", "User", "advance_ms is a whole number of 0 or more");
        return;
    }
    if (!li_clock_is_virtual(li_engine_get_clock(call->engine)) || !call->api->options.advance) {
        lii_reply_error(call, 409, "ResourceConflictException", "User",
                        "The clock is real; start the host with --clock virtual to advance it.");
        return;
    }
    call->api->options.advance(call->api->options.user, (uint64_t)ms * LI_MS_NS, told, call);
}

static void add_line(void *user, const li_journal_line *line)
{
    char text[1024];
    size_t n = li_journal_format(line, text, sizeof text);

    lii_buf_add(user, text, n < sizeof text ? n : sizeof text - 1);
    lii_buf_add_byte(user, '\n');
}

void lii_op_journal(lii_call *call)
{
    char since[32] = "0";

    if (lii_query(call, "since", since, sizeof since) < 0 || strspn(since, "0123456789") != strlen(since)) {
        lii_reply_error(call, 400, "InvalidParameterValueException", "User", "since is the number of a line");
        return;
    }
    li_journal_each(call->engine, strtoull(since, NULL, 10), add_line, &call->out);
    lii_reply_raw(call, 200, "application/x-ndjson", call->out.len ? call->out.data : "", call->out.len);
}

static void add_text(void *user, const char *text, size_t len)
{
    lii_buf_add(user, text, len);
}

void lii_op_metrics(lii_call *call)
{
    li_metrics_text(call->engine, add_text, &call->out);
    lii_reply_raw(call, 200, "text/plain; version=0.0.4", call->out.len ? call->out.data : "", call->out.len);
}

/* ---- local queues */

static void add_queue(void *user, li_local_queue *queue, const char *name)
{
    lii_json_writer *w = user;

    lii_json_open(w, '{');
    lii_json_member_string(w, "Name", name, LI_Z);
    lii_json_member_u64(w, "ApproximateNumberOfMessages", li_local_queue_visible(queue));
    lii_json_member_u64(w, "Messages", li_local_queue_count(queue));
    lii_json_close(w, '}');
}

void lii_op_queues(lii_call *call)
{
    lii_json_writer w;

    lii_json_begin(&w, &call->out);
    lii_json_open(&w, '{');
    lii_json_key(&w, "Queues");
    lii_json_open(&w, '[');
    li_local_queue_each(call->engine, add_queue, &w);
    lii_json_close(&w, ']');
    lii_json_close(&w, '}');
    lii_reply(call, 200);
}

static li_local_queue *find_queue(lii_call *call)
{
    li_local_queue *queue = NULL;

    if (li_local_queue_get(call->engine, call->parts[0].ptr, call->parts[0].len, &queue) != LI_OK) {
        lii_reply_error(call, 404, "ResourceNotFoundException", "User", "There is no local queue %s", call->parts[0].ptr);
        return NULL;
    }
    return queue;
}

static void write_message(lii_json_writer *w, const li_local_message *m)
{
    char id[LI_ID_TEXT_SIZE], number[24];
    size_t i;

    li_id_format(&m->id, id);
    lii_json_open(w, '{');
    lii_json_member_string(w, "MessageId", id, LI_Z);
    lii_json_member_string(w, "Body", m->body, m->body_len);
    lii_json_key(w, "Attributes");
    lii_json_open(w, '{');
    snprintf(number, sizeof number, "%llu", (unsigned long long)m->sent_ms);
    lii_json_member_string(w, "SentTimestamp", number, LI_Z);
    snprintf(number, sizeof number, "%llu", (unsigned long long)m->receive_count);
    lii_json_member_string(w, "ApproximateReceiveCount", number, LI_Z);
    for (i = m->n_attributes; i < m->n_attributes + m->n_system; i++) {
        lii_json_key_text(w, m->attributes[i].name.ptr, m->attributes[i].name.len);
        lii_json_string(w, m->attributes[i].value.ptr, m->attributes[i].value.len);
    }
    lii_json_close(w, '}');
    lii_json_key(w, "MessageAttributes");
    lii_json_open(w, '{');
    for (i = 0; i < m->n_attributes; i++) {
        lii_json_key_text(w, m->attributes[i].name.ptr, m->attributes[i].name.len);
        lii_json_open(w, '{');
        lii_json_member_string(w, "StringValue", m->attributes[i].value.ptr, m->attributes[i].value.len);
        lii_json_member_string(w, "DataType", m->attributes[i].type.ptr, m->attributes[i].type.len);
        lii_json_close(w, '}');
    }
    lii_json_close(w, '}');
    lii_json_close(w, '}');
}

enum { MESSAGES_SHOWN = 1000 };

void lii_op_get_messages(lii_call *call)
{
    li_local_queue *queue = find_queue(call);
    li_local_message m;
    lii_json_writer w;
    size_t i;

    if (!queue)
        return;
    lii_json_begin(&w, &call->out);
    lii_json_open(&w, '{');
    lii_json_key(&w, "Messages");
    lii_json_open(&w, '[');
    for (i = 0; i < MESSAGES_SHOWN; i++) {
        memset(&m, 0, sizeof m);
        m.size = sizeof m;
        if (li_local_queue_peek(queue, i, &m) != LI_OK)
            break;
        write_message(&w, &m);
    }
    lii_json_close(&w, ']');
    lii_json_close(&w, '}');
    lii_reply(call, 200);
}

/* {"MessageBody": text} as SQS has it; any other JSON is itself the message. */
void lii_op_send_message(lii_call *call)
{
    li_local_queue *queue = find_queue(call);
    li_slice text = call->request->body;
    const cJSON *item;
    char id_text[LI_ID_TEXT_SIZE];
    li_status status;
    cJSON *body;
    li_id id;

    if (!queue)
        return;
    body = lii_body(call);
    if (!body)
        return;
    item = cJSON_GetObjectItemCaseSensitive(body, "MessageBody");
    if (cJSON_IsString(item))
        text = lii_slice(item->valuestring, LI_Z);
    status = li_local_queue_send(queue, text.ptr, text.len, NULL, 0, &id);
    cJSON_Delete(body);
    if (status != LI_OK) {
        lii_reply_status(call, status, NULL);
        return;
    }
    li_id_format(&id, id_text);
    lii_buf_addf(&call->out, "{\"MessageId\":\"%s\"}", id_text);
    lii_reply(call, 200);
}

/* ---- outcomes */

static const char *state_name(int32_t state)
{
    static const char *const names[] = { "", "waiting", "running", "succeeded", "delivered", "dropped" };

    return state >= 1 && state <= 5 ? names[state] : "unknown";
}

void lii_op_outcome(lii_call *call)
{
    li_outcome o = LI_OUTCOME_INIT;
    lii_json_writer w;
    uint32_t i;
    li_id id;

    if (lii_read_id(call, &id) != 0)
        return;
    if (li_event_outcome(call->engine, &id, &o) != LI_OK) {
        lii_reply_error(call, 404, "ResourceNotFoundException", "User", "No such event is remembered.");
        return;
    }
    lii_json_begin(&w, &call->out);
    lii_json_open(&w, '{');
    lii_json_member_string(&w, "State", state_name(o.state), LI_Z);
    lii_json_member_string(&w, "Condition", li_condition_name(o.condition), LI_Z);
    lii_json_member_string(&w, "DropReason", li_drop_name(o.drop_reason), LI_Z);
    lii_json_member_u64(&w, "Starts", o.starts);
    lii_json_member_u64(&w, "Throttles", o.throttles);
    lii_json_member_u64(&w, "AcceptedMs", o.accepted_ms);
    lii_json_member_u64(&w, "EndedMs", o.ended_ms);
    lii_json_key(&w, "Attempts");
    lii_json_open(&w, '[');
    for (i = 0; i < o.n_attempts; i++) {
        lii_json_open(&w, '{');
        lii_json_member_u64(&w, "StartMs", o.attempts[i].start_ms);
        lii_json_member_u64(&w, "EndMs", o.attempts[i].end_ms);
        lii_json_member_u64(&w, "StatusCode", o.attempts[i].status_code);
        lii_json_close(&w, '}');
    }
    lii_json_close(&w, ']');
    if (o.record) {
        lii_json_key(&w, "Record");
        lii_json_raw(&w, o.record, o.record_len);
    }
    lii_json_close(&w, '}');
    li_outcome_fini(&o);
    lii_reply(call, 200);
}

/* logs.c - the log of an invocation: the lines that the service writes around those of the handler, as text or as JSON, and
 * which of both are kept. It is made for a caller who wants its tail. */
#include <stdio.h>
#include <strings.h>
#include <sys/resource.h>

#include "engine/engine.h"
#include "json/scan.h"
#include "json/write.h"

static const char *const levels[] = {
#define LEVEL(name, value, text) text,
    LI_LEVEL_MAP(LEVEL)
#undef LEVEL
};

const char *li_level_name(int32_t level)
{
    return level >= LI_LEVEL_TRACE && level <= LI_LEVEL_FATAL ? levels[level - LI_LEVEL_TRACE] : "";
}

int32_t li_level_parse(const char *text, size_t text_len)
{
    li_slice s = lii_slice(text, text_len);
    int32_t level;

    for (level = LI_LEVEL_TRACE; level <= LI_LEVEL_FATAL; level++)
        if (s.len == strlen(li_level_name(level)) && strncasecmp(s.ptr, li_level_name(level), s.len) == 0)
            return level;
    return 0;
}

li_status lii_logging_read(lii_code *code, const li_function_spec *s, li_error *err)
{
    int is_json = s->log_format == LI_LOG_FORMAT_JSON;
    int32_t application = s->application_log_level, system = s->system_log_level;

    if (s->log_format != LI_LOG_FORMAT_TEXT && !is_json)
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_LOG_FORMAT, "log_format", LI_Z, "log_format is LI_LOG_FORMAT_TEXT or _JSON");
    if (!is_json && (application || system))
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_LOG_LEVEL_TEXT, "log_format", LI_Z, "%s",
                        li_detail_text(LI_DETAIL_LOG_LEVEL_TEXT));
    if (application < 0 || application > LI_LEVEL_FATAL || (system && (system < LI_LEVEL_DEBUG || system > LI_LEVEL_WARN)))
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_LOG_LEVEL, "log_level", LI_Z,
                        "application_log_level is 0 or LI_LEVEL_TRACE to _FATAL, system_log_level 0 or LI_LEVEL_DEBUG to _WARN");
    code->log_format = (uint8_t)s->log_format;
    code->application_level = (uint8_t)(is_json && !application ? LI_LEVEL_INFO : application);
    code->system_level = (uint8_t)(is_json && !system ? LI_LEVEL_INFO : system);
    return LI_OK;
}

/* ---- lines of the handler */

/* INFO unless it is an object that says otherwise (INV-706). */
static int32_t level_of(const char *text, size_t len)
{
    lii_json_value value;
    int32_t level = 0;
    char name[8];

    if (len > 0 && *text == '{' && lii_json_check(text, len, LII_JSON_DEPTH, NULL) == 0) {
        value = lii_json_get(lii_json_root(text, len), "level", 5);
        if (value.type == LII_JSON_STRING && (len = lii_json_text(value, name, sizeof name)) < sizeof name)
            level = li_level_parse(name, len);
    }
    return level ? level : LI_LEVEL_INFO;
}

/* Room for so much more; the end is what counts. */
static void cut(li_invocation *inv, size_t len, size_t limit)
{
    size_t n;

    if (inv->log.len + len <= limit || inv->log.len <= limit / 2)
        return;
    n = inv->log.len - limit / 4;
    memmove(inv->log.data, inv->log.data + n, inv->log.len - n);
    inv->log.len -= n;
}

li_status li_invocation_log(li_invocation *inv, const char *text, size_t text_len)
{
    const lii_code *code = inv->code;
    li_status status = LI_OK;
    size_t limit = (size_t)LII_CONFIG(inv->engine, log_bytes);

    text_len = lii_len(text, text_len);
    if (code->log_format == LI_LOG_FORMAT_JSON && level_of(text, text_len) < code->application_level)
        return LI_OK;
    if (inv->engine->logger)
        lii_log(inv->engine->logger, LI_LOG_INFO, "%s %s: %.*s", inv->function->name, li_invocation_get_request_id(inv),
                (int)(text_len > 1024 ? 1024 : text_len), text ? text : "");
    if (!inv->wants_tail || text_len == 0)
        return LI_OK;
    lii_guard_lock(inv);
    cut(inv, text_len, limit);
    if (text_len > limit / 2) {
        text += text_len - limit / 2;
        text_len = limit / 2;
    }
    if (atomic_load(&inv->state) != LII_INV_ABANDONED) {
        status = lii_buf_add(&inv->log, text, text_len);
        if (code->log_format == LI_LOG_FORMAT_JSON && text[text_len - 1] != '\n')
            status = lii_buf_add_byte(&inv->log, '\n');      /* each is a record of its own */
    }
    lii_guard_unlock(inv);
    return status;
}

/* ---- lines of the service, as JSON */

static void record_open(li_invocation *inv, lii_json_writer *w, const char *type, uint64_t time_ns)
{
    char at[LII_TIME_SIZE];

    lii_time_ms(lii_ms_of_ns(inv->engine, time_ns), at);
    lii_json_begin(w, &inv->log);
    lii_json_open(w, '{');
    lii_json_member_string(w, "time", at, LI_Z);
    lii_json_member_string(w, "type", type, LI_Z);
    lii_json_key(w, "record");
    lii_json_open(w, '{');
    lii_json_member_string(w, "requestId", li_invocation_get_request_id(inv), LI_Z);
}

static void record_close(lii_json_writer *w)
{
    lii_json_close(w, '}');
    lii_json_close(w, '}');
    lii_buf_add_byte(w->out, '\n');
}

/* No %f here and below: its point depends on the locale. */
static void member_ms(lii_json_writer *w, const char *name, uint64_t ns)
{
    unsigned long long us = (ns + 500) / 1000;
    char text[32];

    lii_json_key(w, name);
    lii_json_raw(w, text, (size_t)snprintf(text, sizeof text, "%llu.%03llu", us / 1000, us % 1000));
}

static const char *status_of(const li_invocation *inv)
{
    return inv->answer_kind == LII_ANSWER_TIMEOUT                       ? "timeout"
           : inv->answer.function_error == LI_FUNCTION_ERROR_NONE ? "success"
                                                                  : "error";
}

/* The peak of the whole process, since handlers share it; a virtual run shows none, so that it repeats. */
static unsigned long memory_used_mb(const li_invocation *inv)
{
    struct rusage usage;

    if (inv->engine->is_virtual || getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
    return (unsigned long)(usage.ru_maxrss / 1024);
}

static void add_status(const li_invocation *inv, lii_json_writer *w)
{
    lii_json_member_string(w, "status", status_of(inv), LI_Z);
    if (inv->answer.error_type && inv->answer_kind != LII_ANSWER_TIMEOUT)
        lii_json_member_string(w, "errorType", inv->answer.error_type, LI_Z);
}

static void report_as_json(li_invocation *inv)
{
    int32_t level = inv->code->system_level, is_good = inv->answer.function_error == LI_FUNCTION_ERROR_NONE;
    lii_json_writer w;

    if (level <= (is_good ? LI_LEVEL_DEBUG : LI_LEVEL_WARN)) {
        record_open(inv, &w, "platform.runtimeDone", inv->end_ns);
        add_status(inv, &w);
        lii_json_key(&w, "metrics");
        lii_json_open(&w, '{');
        member_ms(&w, "durationMs", inv->answer.duration_ns);
        lii_json_member_u64(&w, "producedBytes", inv->response_len);
        lii_json_close(&w, '}');
        record_close(&w);
    }
    if (level <= (is_good ? LI_LEVEL_INFO : LI_LEVEL_WARN)) {
        record_open(inv, &w, "platform.report", inv->end_ns);
        lii_json_key(&w, "metrics");
        lii_json_open(&w, '{');
        member_ms(&w, "durationMs", inv->answer.duration_ns);
        lii_json_member_u64(&w, "billedDurationMs", lii_billed_ms(inv));
        lii_json_member_u64(&w, "memorySizeMB", inv->code->memory_mb);
        lii_json_member_u64(&w, "maxMemoryUsedMB", memory_used_mb(inv));
        if (inv->answer.init_ns > 0)
            member_ms(&w, "initDurationMs", inv->answer.init_ns);
        lii_json_close(&w, '}');
        add_status(inv, &w);
        record_close(&w);
    }
}

/* ---- lines of the service */

void lii_log_start(li_invocation *inv)
{
    lii_json_writer w;

    if (inv->code->log_format != LI_LOG_FORMAT_JSON) {
        lii_buf_addf(&inv->log, "START RequestId: %s Version: %s\n", li_invocation_get_request_id(inv), inv->code->version);
    } else if (inv->code->system_level <= LI_LEVEL_INFO) {
        record_open(inv, &w, "platform.start", lii_now_ns(inv->engine));
        lii_json_member_string(&w, "version", inv->code->version, LI_Z);
        record_close(&w);
    }
}

/* A name, milliseconds with two decimals, and the unit. */
static void add_ms(lii_buf *log, const char *name, uint64_t ns)
{
    unsigned long long hundredths = (ns + 5000) / 10000;

    lii_buf_addf(log, "%s: %llu.%02llu ms", name, hundredths / 100, hundredths % 100);
}

static void report_as_text(li_invocation *inv)
{
    lii_buf *log = &inv->log;
    const char *id = li_invocation_get_request_id(inv);

    if (log->len > 0 && log->data[log->len - 1] != '\n')
        lii_buf_add_byte(log, '\n');
    if (inv->answer_kind == LII_ANSWER_TIMEOUT && LII_CONFIG(inv->engine, timeout_text)) {
        char at[LII_TIME_SIZE];

        lii_time_ms(lii_ms_of_ns(inv->engine, inv->end_ns), at);
        lii_buf_addf(log, "%s %s Task timed out after %u.%02u seconds\n\n", at, id, (inv->code->timeout_ms + 5) / 1000,
                     (inv->code->timeout_ms + 5) / 10 % 100);
    }
    lii_buf_addf(log, "END RequestId: %s\nREPORT RequestId: %s\t", id, id);
    add_ms(log, "Duration", inv->answer.duration_ns);
    lii_buf_addf(log, "\tBilled Duration: %llu ms\tMemory Size: %u MB\tMax Memory Used: %lu MB",
                 (unsigned long long)lii_billed_ms(inv), inv->code->memory_mb, memory_used_mb(inv));
    if (inv->answer.init_ns > 0)
        add_ms(log, "\tInit Duration", inv->answer.init_ns);
    if (inv->answer_kind == LII_ANSWER_TIMEOUT)
        lii_buf_add_z(log, "\tStatus: timeout\n");
    else if (inv->answer.error_type && strncmp(inv->answer.error_type, "Runtime.", 8) == 0)
        lii_buf_addf(log, "\tStatus: error\tError Type: %s\n", inv->answer.error_type);
    else
        lii_buf_add_z(log, "\t\n");
}

void lii_log_report(li_invocation *inv)
{
    if (inv->code->log_format == LI_LOG_FORMAT_JSON)
        report_as_json(inv);
    else
        report_as_text(inv);
}

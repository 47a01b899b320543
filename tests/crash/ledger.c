/* ledger.c - the module of the crash test: a function that notes each run before and after, and notes each end. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger.h"

static int ledger = -1;

static void add(char kind, const li_id *id, uint32_t attempt, int32_t state, uint64_t at_ms)
{
    note n;

    memset(&n, 0, sizeof n);
    n.kind = kind;
    n.attempt = (uint8_t)attempt;
    n.state = (uint8_t)state;
    n.pid = (uint32_t)getpid();
    n.id = *id;
    n.at_ms = at_ms;
    if (write(ledger, &n, sizeof n) != (ssize_t)sizeof n)
        _exit(3);                /* the test itself has no room */
}

/* 'o': succeeds; 'f': fails when it is first entered; 'a': always fails. */
static int32_t work(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);
    uint32_t attempt = li_invocation_get_attempt(invocation);
    char text[64];
    li_id id;

    (void)environment, (void)user;
    snprintf(text, sizeof text, "%.*s", (int)len, payload);
    li_id_parse(li_invocation_get_request_id(invocation), LI_Z, &id);
    add(NOTE_START, &id, attempt, 0, strtoull(len > 4 ? text + 3 : "0", NULL, 10));
    if (text[1] == 'a' || (text[1] == 'f' && attempt == 1)) {
        li_invocation_fail(invocation, "Scripted", "as the payload says");
        return LI_FAILED;
    }
    add(NOTE_END, &id, attempt, 0, 0);
    return LI_DONE;
}

static li_status on_record(void *user, const li_record *record)
{
    (void)user;
    add(NOTE_DELIVERY, &record->id, 0, 0, record->time_ms);
    return LI_OK;
}

static void on_line(void *user, const li_journal_line *line)
{
    (void)user;
    if (line->step == LI_STEP_SUCCEEDED || line->step == LI_STEP_DELIVERED || line->step == LI_STEP_DROPPED)
        add(NOTE_TERMINAL, &line->id, line->attempt, line->step, line->time_ms);
    else if (line->step == LI_STEP_QUARANTINED)
        add(NOTE_QUARANTINED, &line->id, 0, 0, 0);
}

LI_API li_status lambdainvoke_module(li_engine *engine, li_error *err);

li_status lambdainvoke_module(li_engine *engine, li_error *err)
{
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_event_config config = LI_EVENT_CONFIG_INIT;
    li_destination destination;
    li_status status;
    const char *path = getenv("LEDGER");

    ledger = path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (ledger < 0)
        return LI_E_IO;
    li_journal_listen(engine, on_line, NULL);
    li_config_set(engine, "async.retries", 1, NULL);
    spec.name = li_z("task");
    spec.handler = work;
    spec.run_on = LI_RUN_WORKER;
    status = li_function_register(engine, &spec, NULL, err);
    if (status == LI_OK)
        status = li_destination_callback_new(on_record, NULL, &destination);
    if (status == LI_OK)
        status = li_destination_add(engine, "crash://failed", LI_Z, &destination, err);
    config.max_retries = 1;
    config.on_failure = li_z("crash://failed");
    return status == LI_OK ? li_event_config_put(engine, "task", LI_Z, NULL, 0, &config, NULL, err) : status;
}

/* embed.c - an application with a poll() loop of its own and no thread: the engine is one more descriptor in it.
 *
 * Orders come in as lines on a descriptor of the application (here one end of a socket pair). Each line becomes an event;
 * its handler asks a "bank", which answers later through the loop, and refuses each order once, so that the engine tries it
 * again. The loop waits for whatever comes first: a line, an answer of the bank, or something that the engine has to do. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <lambdainvoke/lambdainvoke.h>

enum { ORDERS = 3, QUESTIONS = 8 };

typedef struct application {
    li_engine *engine;
    int orders;                      /* lines come in here */
    int n_ordered;
    int n_done;
    li_invocation *asked[QUESTIONS]; /* what the bank has not answered yet */
    int n_asked;
} application;

/* A handler that must not wait: it asks, and answers when the loop has the answer. */
static int32_t charge(li_invocation *invocation, void *environment, void *user)
{
    application *app = user;

    (void)environment;
    if (app->n_asked == QUESTIONS) {
        li_invocation_fail(invocation, "TooBusy", "the bank has too many questions");
        return LI_FAILED;
    }
    app->asked[app->n_asked++] = invocation;
    return LI_PENDING;
}

/* The bank's answer, called by the loop. */
static void answer(application *app)
{
    li_invocation *invocation = app->asked[--app->n_asked];
    size_t len;
    const char *order = li_invocation_get_payload(invocation, &len);

    if (li_invocation_get_attempt(invocation) == 1) {
        li_invocation_fail(invocation, "Declined", "try again");
        return;
    }
    printf("charged %.*s at attempt %u\n", (int)len, order, li_invocation_get_attempt(invocation));
    li_invocation_respond(invocation, "true", LI_Z);
    app->n_done++;
}

static void read_orders(application *app)
{
    char line[512];
    ssize_t n = read(app->orders, line, sizeof line - 1);
    char *at = line, *end;

    if (n <= 0)
        return;
    line[n] = '\0';
    for (; (end = strchr(at, '\n')) != NULL; at = end + 1) {
        li_error err = LI_ERROR_INIT;

        if (li_invoke_event(app->engine, "charge", LI_Z, at, (size_t)(end - at), NULL, NULL, &err) != LI_OK)
            printf("refused: %s\n", err.text);
        app->n_ordered++;
    }
}

static int loop(application *app)
{
    struct pollfd fds[2] = { { 0, POLLIN, 0 }, { 0, POLLIN, 0 } };

    fds[0].fd = li_engine_fd(app->engine);
    fds[1].fd = app->orders;
    while (app->n_done < ORDERS) {
        if (poll(fds, 2, app->n_asked ? 0 : 5000) < 0 && errno != EINTR)
            return -1;
        if (fds[1].revents)
            read_orders(app);
        if (app->n_asked)
            answer(app);
        if (li_engine_run_until_idle(app->engine, NULL) != LI_OK)
            return -1;
    }
    return li_engine_run_until_idle(app->engine, NULL) == LI_OK ? 0 : -1;
}

int main(void)
{
    static const char lines[] = "{\"order\":1}\n{\"order\":2}\n{\"order\":3}\n";
    li_retry_aws_options retry = LI_RETRY_AWS_OPTIONS_INIT;
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_event_counts counts = LI_EVENT_COUNTS_INIT;
    application app;
    int pair[2], failed;

    memset(&app, 0, sizeof app);
    retry.function_wait_ms = 20;     /* a minute would be AWS's */
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || write(pair[1], lines, sizeof lines - 1) != (ssize_t)sizeof lines - 1)
        return 1;
    app.orders = pair[0];
    spec.name = li_z("charge");
    spec.handler = charge;
    spec.user = &app;
    if (li_retry_aws_new(&retry, &options.retry) != LI_OK || li_engine_new(&app.engine, &options, NULL) != LI_OK ||
        li_function_register(app.engine, &spec, NULL, NULL) != LI_OK)
        return 1;
    failed = loop(&app) != 0 || li_event_count(app.engine, &counts) != LI_OK || counts.succeeded != ORDERS;
    printf("%llu of %d orders are charged\n", (unsigned long long)counts.succeeded, app.n_ordered);
    failed |= li_engine_free(app.engine) != LI_OK;
    close(pair[0]);
    close(pair[1]);
    return failed;
}

#include <lambdainvoke/lambdainvoke.h>
#include <lambdainvoke/sqlite.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int32_t hello(li_invocation *invocation, void *environment, void *user)
{
    (void)environment, (void)user;
    printf("attempt %u\n", li_invocation_get_attempt(invocation));
    return LI_DONE;
}

/* One life of a process: what waits in the file, waits for `hello` to be registered and runs. */
static int live(const char *path, int accepts, int runs)
{
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_sqlite_options file = LI_SQLITE_OPTIONS_INIT;
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_error err = LI_ERROR_INIT;
    li_engine *engine;

    file.path = li_z(path);
    if (li_sqlite_open(&file, &options.queue, &options.store, &err) != LI_OK ||
        li_engine_new(&engine, &options, &err) != LI_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    spec.name = li_z("hello");
    spec.handler = hello;
    li_function_register(engine, &spec, NULL, NULL);
    if (accepts && li_invoke_event(engine, "hello", LI_Z, "{}", LI_Z, NULL, NULL, &err) == LI_OK)
        printf("on disk\n");
    if (runs)
        li_engine_run_until_idle(engine, NULL);
    return li_engine_free(engine) != LI_OK;
}

int main(void)
{
    char dir[] = "/tmp/li-example-XXXXXX", path[64];
    static const char *const ends[] = { "", "-lock" };
    int i, failed;

    if (!mkdtemp(dir))
        return 1;
    snprintf(path, sizeof path, "%s/queue.db", dir);
    failed = live(path, 1, 0) || live(path, 0, 1);
    for (i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/queue.db%s", dir, ends[i]);
        unlink(path);
    }
    rmdir(dir);
    return failed;
}

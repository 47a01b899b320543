#include <errno.h>
#include <lambdainvoke/lambdainvoke.h>
#include <lambdainvoke/sqlite.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A table of our own in front of the system's: it counts flushes and hands them on. */
static unsigned flushes;

static int32_t count_fdatasync(void *self, int32_t file)
{
    (void)self;
    flushes++;
    return li_io_system()->ops->fdatasync(NULL, file);
}

static int32_t hello(li_invocation *invocation, void *environment, void *user)
{
    (void)invocation, (void)environment, (void)user;
    return LI_DONE;
}

static void try_one(li_engine *engine, const char *when)
{
    unsigned before = flushes;
    li_error err = LI_ERROR_INIT;
    li_status status = li_invoke_event(engine, "hello", LI_Z, "{}", LI_Z, NULL, NULL, &err);

    printf("%s: %s, flushed: %d\n", when, li_status_name(status), flushes > before);
}

int main(void)
{
    char dir[] = "/tmp/li-example-XXXXXX", path[64];
    static const char *const ends[] = { "", "-lock" };
    li_io_ops ops = *li_io_system()->ops;
    li_engine_options options = LI_ENGINE_OPTIONS_INIT;
    li_sqlite_options file = LI_SQLITE_OPTIONS_INIT;
    li_function_spec spec = LI_FUNCTION_SPEC_INIT;
    li_fault_rule full = LI_FAULT_RULE_INIT;
    li_io counted = { &ops, NULL }, disk;
    li_engine *engine;
    li_faulty *faulty;
    int i;

    ops.fdatasync = count_fdatasync;
    if (!mkdtemp(dir) || li_faulty_new(1, &faulty) != LI_OK || li_faulty_io(faulty, &counted, &disk) != LI_OK)
        return 1;
    snprintf(path, sizeof path, "%s/queue.db", dir);
    file.path = li_z(path);
    file.io = &disk;
    spec.name = li_z("hello");
    spec.handler = hello;
    if (li_sqlite_open(&file, &options.queue, &options.store, NULL) != LI_OK || li_engine_new(&engine, &options, NULL) != LI_OK ||
        li_function_register(engine, &spec, NULL, NULL) != LI_OK)
        return 1;
    try_one(engine, "a good disk");
    full.method = li_z("pwrite");
    full.times = 0;
    full.system_error = ENOSPC;
    li_faulty_add(faulty, &full);
    try_one(engine, "a full one");
    li_faulty_clear(faulty);
    try_one(engine, "space again");
    li_engine_free(engine);
    li_faulty_free(faulty);
    for (i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/queue.db%s", dir, ends[i]);
        unlink(path);
    }
    return rmdir(dir);
}

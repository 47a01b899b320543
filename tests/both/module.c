/* module.c - what lambdainvoked loads to be one of the worlds of tests/support/stage.h. */
#include <stdlib.h>
#include <sys/mman.h>

#include "../support/stage.h"

__attribute__((visibility("default"))) li_status lambdainvoke_module(li_engine *engine, li_error *err);

li_status lambdainvoke_module(li_engine *engine, li_error *err)
{
    const char *fd = getenv(STAGE_SCRIPT_FD);
    void *script = fd ? mmap(NULL, sizeof(stage_script), PROT_READ | PROT_WRITE, MAP_SHARED, atoi(fd), 0) : MAP_FAILED;

    return script == MAP_FAILED ? LI_E_STATE : stage_furnish(engine, script, err);
}

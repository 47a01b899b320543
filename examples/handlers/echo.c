/* echo.c - answers with what it was given, byte for byte. */
#include "handlers.h"

int32_t handle_echo(li_invocation *invocation, void *environment, void *user)
{
    size_t len;
    const char *payload = li_invocation_get_payload(invocation, &len);

    (void)environment;
    (void)user;
    li_invocation_log(invocation, "echo\n", LI_Z);
    return li_invocation_respond(invocation, payload, len) == LI_OK ? LI_DONE : LI_FAILED;
}

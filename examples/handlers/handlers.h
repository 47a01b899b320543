/* handlers.h - the functions of this module; each file is one, to be copied and changed. */
#ifndef HANDLERS_H
#define HANDLERS_H

#include <lambdainvoke/lambdainvoke.h>

int32_t handle_echo(li_invocation *invocation, void *environment, void *user);
int32_t handle_fail(li_invocation *invocation, void *environment, void *user);
int32_t handle_sleep(li_invocation *invocation, void *environment, void *user);
int32_t handle_flaky(li_invocation *invocation, void *environment, void *user);
int32_t handle_crash(li_invocation *invocation, void *environment, void *user);
int32_t handle_stream(li_invocation *invocation, void *environment, void *user);
int32_t handle_orders(li_invocation *invocation, void *environment, void *user);

#endif

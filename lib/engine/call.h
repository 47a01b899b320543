/* call.h - what a call has in common whether its caller waits (invoke.c) or is called back (begin.c). */
#ifndef LII_ENGINE_CALL_H
#define LII_ENGINE_CALL_H

#include "engine/engine.h"

/* Options as this library knows them: given where it is, or read into storage. */
li_status lii_call_options(li_invoke_options *storage, const li_invoke_options *given, const li_invoke_options **out,
                           li_error *err);
li_status lii_call_check(li_engine *engine, const li_invoke_options *options, li_error *err); /* what they ask for */
/* The payload for what the function is now: size, JSON, and its state (lii_payload_check). */
li_status lii_call_payload(li_engine *engine, li_function *function, const char *qualifier, const char **payload, size_t *len,
                           const li_invoke_options *options, li_error *err);
/* *caller: the invocation that this thread is inside, or NULL. LI_E_DEPTH: too many of them. */
li_status lii_call_depth(li_engine *engine, li_invocation **caller, li_error *err);
/* No environment was to be had, for status and its detail: counted, measured, told; returns the status, with its text. */
li_status lii_call_throttled(li_function *function, const char *qualifier, li_status status, int32_t detail, li_error *err);
/* Copies of what a call borrows, for an invocation that outlives it. */
li_status lii_call_own_input(li_invocation *invocation, const char *payload, size_t len, const li_invoke_options *options,
                             const char *qualifier);
void lii_call_want_tail(li_invocation *invocation, const li_invoke_options *options);

#endif

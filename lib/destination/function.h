/* function.h - a function as destination: it hands records to whoever made it, and calls no engine itself. */
#ifndef LII_DESTINATION_FUNCTION_H
#define LII_DESTINATION_FUNCTION_H

#include <lambdainvoke/destination.h>

/* Make an event of the function out of a payload and a trace (borrowed for the call); LI_OK: done will be called once. */
typedef li_status (*lii_destination_submit)(void *owner, const char *arn, size_t arn_len, const char *payload,
                                            size_t payload_len, li_slice trace, li_destination_done done, void *user);

li_status lii_destination_function_new(lii_destination_submit submit, void *owner, const char *arn, size_t arn_len,
                                       li_destination *destination);

#endif

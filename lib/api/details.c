/* details.c - what was wrong with versions, aliases and provisioned concurrency, in the service's words. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/call.h"

#define INVALID "InvalidParameterValueException"

/* Number k (from 0) of those in a text of the library. */
static long long number_in(const char *text, int k)
{
    const char *p = text;

    for (;;) {
        p += strcspn(p, "-0123456789");
        if (*p == '\0')
            return 0;
        if (k-- == 0)
            return strtoll(p, NULL, 10);
        p += 1 + strspn(p + 1, "0123456789");
    }
}

static void below_minimum(lii_call *call)
{
    int64_t minimum = 100;

    li_config_get(call->engine, "limits.min_unreserved", &minimum);
    lii_reply_error(call, 400, INVALID, "User",
                    "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its "
                    "minimum value of [%lld].",
                    (long long)minimum);
}

static int reply_provisioned(lii_call *call, const li_error *err)
{
    int is_put = strncmp(call->operation, "Put", 3) == 0 || strncmp(call->operation, "Update", 6) == 0;

    switch (err->detail) {
    case LI_DETAIL_RESERVED_PROVISIONED:     /* blanks as recorded */
        lii_reply_error(call, 400, INVALID, "User",
                        " ReservedConcurrentExecutions  %lld should not be lower than function's total provisioned concurrency "
                        "[%lld].",
                        number_in(err->text, 0), number_in(err->text, 1));
        return 1;
    case LI_DETAIL_PROVISIONED_LATEST:
        lii_reply_error(call, 400, INVALID, "User", "%s",
                        is_put ? "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
                               : "The function resource provided must be an alias or a published version.");
        return 1;
    case LI_DETAIL_PROVISIONED_MISSING:
        lii_reply_error(call, 404, "ProvisionedConcurrencyConfigNotFoundException", "User",
                        "No Provisioned Concurrency Config found for this function");
        return 1;
    case LI_DETAIL_PROVISIONED_RESERVED:
        lii_reply_error(call, 400, INVALID, "User",
                        "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for "
                        "function");
        return 1;
    case LI_DETAIL_PROVISIONED_ACCOUNT:
        lii_reply_error(call, 400, INVALID, "User",
                        "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [%lld].",
                        number_in(err->text, 1));
        return 1;
    case LI_DETAIL_PROVISIONED_MINIMUM:
        below_minimum(call);
        return 1;
    case LI_DETAIL_PROVISIONED_ALIAS:
        lii_reply_error(call, 409, "ResourceConflictException", "User",
                        "Version is pointed by a Provisioned Concurrency alias");
        return 1;
    case LI_DETAIL_PROVISIONED_VERSION:
        lii_reply_error(call, 409, "ResourceConflictException", "User",
                        "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version");
        return 1;
    default:
        return 0;
    }
}

int lii_reply_version_detail(lii_call *call, const li_error *err)
{
    int is_update = strncmp(call->operation, "Update", 6) == 0;
    long long n;

    switch (err->detail) {
    case LI_DETAIL_REVISION:
        lii_reply_error(call, 412, "PreconditionFailedException", "User",
                        "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to "
                        "retrieve the latest Revision Id");
        return 1;
    case LI_DETAIL_VERSION_IN_USE:
        lii_reply_error(call, 409, "ResourceConflictException", "User",
                        "The version cannot be deleted while the alias %s points to it.", err->subject);
        return 1;
    case LI_DETAIL_ALIAS_NOT_FOUND:
        lii_reply_error(call, 404, "ResourceNotFoundException", "User", "%s: %s",
                        is_update ? "Alias not found" : "Cannot find alias arn", err->subject);
        return 1;
    case LI_DETAIL_ALIASES_FULL:
        lii_reply_error(call, 400, "AliasLimitExceededException", "User", "%s", err->text);
        return 1;
    case LI_DETAIL_VERSIONS_FULL:
        lii_reply_error(call, 400, "CodeStorageExceededException", "User", "%s", err->text);
        return 1;
    case LI_DETAIL_WEIGHTS_LATEST:
        lii_reply_error(call, 400, INVALID, NULL, "$LATEST is not supported for an alias pointing to more than 1 version");
        return 1;
    case LI_DETAIL_WEIGHTS_SAME:
        n = number_in(err->text, 0);
        lii_reply_error(call, 400, INVALID, "User",
                        "Invalid function version %lld. Function version %lld is already included in routing configuration.", n, n);
        return 1;
    default:
        return reply_provisioned(call, err);
    }
}

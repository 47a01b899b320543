/* status.c - the words for statuses and details, and the version. */
#include <lambdainvoke/status.h>

#include <string.h>

#include "base/options.h"

const char *li_version(void)
{
    return LI_VERSION_TEXT;
}

int32_t li_version_number(void)
{
    return LI_VERSION_NUMBER;
}

/* Texts stand one after the other in a struct of arrays, each as long as its text: a third of what cases or pointers take. */
static const char *find(const int16_t *numbers, size_t n, const void *texts, int32_t number, const char *unknown)
{
    const char *text = texts;
    size_t i;

    for (i = 0; i < n; i++, text += strlen(text) + 1)
        if (numbers[i] == number)
            return text;
    return unknown;
}

#define NUMBER(name, value, text) value,
#define TEXT_MEMBER(name, value, text) char of_##name[sizeof(text)];
#define TEXT(name, value, text) text,
#define NAME_MEMBER(name, value, text) char of_##name[sizeof(#name)];
#define NAME(name, value, text) #name,

static const int16_t statuses[] = { LI_STATUS_MAP(NUMBER) };
static const int16_t details[] = { LI_DETAIL_MAP(NUMBER) };
static const struct { LI_STATUS_MAP(TEXT_MEMBER) } status_texts = { LI_STATUS_MAP(TEXT) };
static const struct { LI_STATUS_MAP(NAME_MEMBER) } status_names = { LI_STATUS_MAP(NAME) };
static const struct { LI_DETAIL_MAP(TEXT_MEMBER) } detail_texts = { LI_DETAIL_MAP(TEXT) };

const char *li_strerror(li_status status)
{
    return find(statuses, sizeof statuses / sizeof statuses[0], &status_texts, status, "unknown status");
}

const char *li_status_name(li_status status)
{
    return find(statuses, sizeof statuses / sizeof statuses[0], &status_names, status, "LI_E_?");
}

const char *li_detail_text(int32_t detail)
{
    return find(details, sizeof details / sizeof details[0], &detail_texts, detail, "unknown detail");
}

int32_t li_status_is_retryable(li_status status)
{
    switch (status) {
    case LI_E_NOMEM:
    case LI_E_THROTTLED:
    case LI_E_FULL:
    case LI_E_BUSY:
    case LI_E_NOSPC:
        return 1;
    default:
        return 0;
    }
}

li_status li_error_init(li_error *error, size_t size)
{
    static const li_error empty = LI_ERROR_INIT;

    return lii_options_init(error, size, &empty, sizeof empty);
}

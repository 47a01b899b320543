/* sample.h - part liblambdainvoke-samples: sample events of AWS services, by name, with parameters. Link with pkg-config
 * lambdainvoke-samples. */
#ifndef LAMBDAINVOKE_SAMPLE_H
#define LAMBDAINVOKE_SAMPLE_H

#include <lambdainvoke/allocator.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a parameter takes: any text, an account id (12 digits), a JSON object, a number of records (1 to 10000). */
enum { LI_SAMPLE_TEXT = 0, LI_SAMPLE_ACCOUNT = 1, LI_SAMPLE_OBJECT = 2, LI_SAMPLE_COUNT = 3 };

enum { LI_SAMPLE_EXTRA = 1 }; /* flags: an event or parameter that `sam local generate-event` does not have */

typedef struct li_sample_parameter {
    li_slice name;
    li_slice standard;   /* its value when none is given */
    int32_t type;        /* LI_SAMPLE_TEXT, … */
    uint32_t flags;
} li_sample_parameter;

/* A sample event; everything in it is static. */
typedef struct li_sample_info {
    size_t size;
    li_slice service;
    li_slice event;
    li_slice kind;       /* whose shape it has, as li_trigger_kind_each names it; empty: none of them */
    const li_sample_parameter *parameters;
    size_t n_parameters;
    uint32_t flags;
    uint32_t reserved;
} li_sample_info;

/* A value for a parameter. */
typedef struct li_sample_value {
    li_slice name;
    li_slice value;      /* bytes; what is no UTF-8 in them becomes U+FFFD */
} li_sample_value;

/* Every sample event, by service and event in the order of their names. info is borrowed for the call.
 * Threads: any; pure. Spec: TRG-214, TRG-218. Since 0.1. */
LI_API void li_event_sample_each(void (*each)(void *user, const li_sample_info *info), void *user);

/* Make a sample event: one JSON document, two blanks a level, a newline at its end; the same arguments give the same bytes.
 *   allocator  borrowed for the call; NULL: malloc
 *   service    as "s3"
 *   event      as "put"
 *   values     borrowed; a parameter that is not among them has its standard value, of two of one name the last counts
 *   write      called once, with the document; it is borrowed for that call
 * A region that is given also changes the host names, unless dns-suffix is given.
 * Errors: LI_E_NOT_FOUND (LI_DETAIL_SAMPLE) no such service, event or parameter: the text says which there are;
 *         LI_E_INVALID a value that its parameter does not take; LI_E_NOMEM. write is not called then.
 * Threads: any. Spec: TRG-214, TRG-215, TRG-216, TRG-217, TRG-218, TRG-219. Since 0.1. */
LI_API li_status li_event_sample(const li_allocator *allocator, const char *service, size_t service_len, const char *event,
                                 size_t event_len, const li_sample_value *values, size_t n_values,
                                 void (*write)(void *user, const char *data, size_t len), void *user, li_error *err);

#ifdef __cplusplus
}
#endif
#endif

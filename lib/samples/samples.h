/* samples.h - a sample event is a row: names, parameters, a template; the files of this folder are one table.
 *
 * Templates (trigger/template.h) are JSON, written as JSON by way of J(…). In them stand
 *   ${NAME}          a parameter of the row
 *   ${=PART}, ${PART}  a part of the row as a JSON value, or as a text that holds JSON
 *   ${NAME+}         in a repeated part: the parameter's digits plus the number of the record
 *   ${@i}            in a repeated part: the number of the record, from 00000
 *   ${NAME.lists}    of a parameter that is an object: its members in lists of one
 *   ${@dns}          the end of host names in the partition
 * A comma inside J needs no care, an unbalanced parenthesis does. */
#ifndef LII_SAMPLES_SAMPLES_H
#define LII_SAMPLES_SAMPLES_H

#include <lambdainvoke/sample.h>

enum { LII_PARTS = 3 };

/* A document of its own inside the event. One that is repeated becomes an array of `count` records, whose texts take turns. */
typedef struct lii_sample_part {
    const char *name;
    const char *texts[LII_PARTS];
    int32_t is_repeated;
    int32_t reserved;
} lii_sample_part;

typedef struct lii_sample {
    const char *service, *event;
    const char *kind;                    /* of trigger or of source, or NULL */
    const li_sample_parameter *parameters;
    size_t n_parameters;
    const char *text;
    lii_sample_part parts[2];            /* in this order; a part may use those before it */
    uint32_t flags;
    uint32_t reserved;
} lii_sample;

#define J(...) #__VA_ARGS__

#define LII_P(name, standard, type, flags) { { name, sizeof name - 1 }, { standard, sizeof standard - 1 }, type, flags }
#define P(name, standard) LII_P(name, standard, LI_SAMPLE_TEXT, 0)
#define EXTRA(name, standard) LII_P(name, standard, LI_SAMPLE_TEXT, LI_SAMPLE_EXTRA)
#define COUNT(standard) LII_P("count", standard, LI_SAMPLE_COUNT, LI_SAMPLE_EXTRA)
#define ACCOUNT LII_P("account-id", "123456789012", LI_SAMPLE_ACCOUNT, 0)
#define PARTITION P("partition", "aws")
#define REGION P("region", "us-east-1")
#define EXTRA_ACCOUNT LII_P("account-id", "123456789012", LI_SAMPLE_ACCOUNT, LI_SAMPLE_EXTRA)
#define EXTRA_PARTITION EXTRA("partition", "aws")
#define EXTRA_REGION EXTRA("region", "us-east-1")

/* The members of a row after service, event and kind. */
#define WITH(list) .parameters = list, .n_parameters = sizeof list / sizeof *list

/* Each ends with a row whose service is NULL. */
extern const lii_sample lii_samples_http[], lii_samples_edge[], lii_samples_authorizers[], lii_samples_storage[],
    lii_samples_messages[], lii_samples_streams[], lii_samples_brokers[], lii_samples_bus[], lii_samples_cognito[],
    lii_samples_dialogue[], lii_samples_builds[], lii_samples_control[], lii_samples_data[];

void lii_md5(const void *data, size_t len, uint8_t digest[16]);

#endif

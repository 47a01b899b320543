/* ses.c - receipt rules: by recipient; a function that is waited for says how the rules go on (TRG-82, 83). */
#include <strings.h>

#include "trigger/trigger.h"

/* A recipient of a rule is an address, a domain, or .domain for its subdomains. */
static int takes(const char *rule, size_t n, const char *address, size_t len)
{
    const char *at = memrchr(address, '@', len);
    size_t domain = at ? len - (size_t)(at - address) - 1 : len;

    if (memchr(rule, '@', n))
        return n == len && strncasecmp(rule, address, n) == 0;
    if (n > 0 && rule[0] == '.')
        return domain > n && strncasecmp(rule, address + len - n, n) == 0;
    return n == domain && strncasecmp(rule, address + len - domain, n) == 0;
}

static int matches(const li_trigger *t, const lii_occurrence *o)
{
    lii_json_value rules = lii_option_json(t, "recipients"), to = lii_occurrence_get(o, "destination"), rule, address;
    char a[330], b[330];
    size_t i = 0, k, n, len;

    if (rules.type == LII_JSON_NONE || rules.len <= 2)
        return 1;
    while (lii_json_next(rules, &i, NULL, &rule))
        for (k = 0; lii_json_next(to, &k, NULL, &address);) {
            n = lii_json_text(rule, a, sizeof a);
            len = lii_json_text(address, b, sizeof b);
            if (n <= sizeof a && len <= sizeof b && takes(a, n, b, len))
                return 1;
        }
    return 0;
}

static void answer(const li_trigger *t, const lii_occurrence *o, li_status status, const li_invoke_result *result,
                   lii_reaction *a)
{
    static const char *const words[] = { "STOP_RULE", "STOP_RULE_SET", "CONTINUE" };
    lii_json_value word;
    size_t i;

    (void)o;
    lii_reaction_plain(t, status, result, a);
    a->status = 200;             /* whatever went wrong counts as CONTINUE */
    a->verdict = "CONTINUE";
    if (status != LI_OK || result->function_error != LI_FUNCTION_ERROR_NONE)
        return;
    word = lii_json_get(lii_json_root(result->payload, result->payload_len), "disposition", LI_Z);
    for (i = 0; i < 3; i++)
        if (lii_json_text_is(word, words[i], LI_Z))
            a->verdict = words[i];
}

static const lii_kind_code code = { .matches = matches, .answer = answer };

static const lii_field fields[] = {
    { .name = "ruleSet", .label = "Rule set", .flags = LII_FIELD_REQUIRED, .min = 1, .max = 64 },
    { .name = "ruleName", .label = "Rule name", .flags = LII_FIELD_REQUIRED, .min = 1, .max = 64 },
    { .name = "recipients", .label = "Recipients", .type = LII_FIELD_LIST, .max = 100,
      .help = "addresses, domains, or .domain for subdomains; none: all" },
    { .name = "invocationType", .label = "Invocation type", .type = LII_FIELD_ENUM, .standard = "\"Event\"",
      .choices = "Event|RequestResponse" },
    { .name = "topicArn", .label = "Topic that hears of it", .type = LII_FIELD_ARN, .max = 1024 },
    { .name = NULL }
};

#define VERDICT(name) "\"" name "\":{\"status\":\"${" name "|PASS}\"}"

const lii_trigger_kind lii_ses_kind = {
    .name = "ses",
    .label = "SES receipt rule",
    .principal = "ses.amazonaws.com",
    .source_arn = "arn:${@partition}:ses:${@region}:${@account}:receipt-rule-set/${$ruleSet}:receipt-rule/${$ruleName}",
    .type = LI_EVENT,
    .flags = LII_KIND_TYPED,
    .answer_ms = 30000,
    .retries = "the function's queue; when the answer is waited for, none",
    .fields = fields,
    .members = "source:s! destination:a! messageId:s subject:s headers:a commonHeaders:o spamVerdict:s virusVerdict:s "
               "spfVerdict:s dkimVerdict:s dmarcVerdict:s processingTimeMillis:n",
    .event = "{\"Records\":[{\"eventSource\":\"aws:ses\",\"eventVersion\":\"1.0\",\"ses\":{\"mail\":{\"timestamp\":\"${@time_ms}\","
             "\"source\":\"${source}\",\"messageId\":\"${messageId|o3vrnil0e2ic28trm7dfhrc2v0clambda4nbp0g1}\",\"destination\":"
             "\"${=destination}\",\"headersTruncated\":false,\"headers\":\"${=headers|[]}\",\"commonHeaders\":"
             "\"${=commonHeaders|{}}\"},\"receipt\":{\"timestamp\":\"${@time_ms}\",\"processingTimeMillis\":"
             "\"${=processingTimeMillis|574}\",\"recipients\":\"${=destination}\"," VERDICT("spamVerdict") "," VERDICT(
                 "virusVerdict") "," VERDICT("spfVerdict") "," VERDICT("dkimVerdict") "," VERDICT("dmarcVerdict") ",\"action\":"
             "{\"type\":\"Lambda\",\"functionArn\":\"${@function_arn}\",\"invocationType\":\"${$invocationType}\"}}}}]}",
    .shape = "Records:a! Records.0.eventSource:s! Records.0.ses.mail.source:s! Records.0.ses.mail.destination:a! "
             "Records.0.ses.receipt.recipients:a! Records.0.ses.receipt.spamVerdict.status:s!",
    .options_example = "{\"ruleSet\":\"default\",\"ruleName\":\"inbox\"}",
    .example = "{\"source\":\"janedoe@example.com\",\"destination\":[\"johndoe@example.com\"],\"headers\":[{\"name\":\"Subject\","
               "\"value\":\"Test\"}],\"commonHeaders\":{\"from\":[\"Jane <janedoe@example.com>\"],\"subject\":\"Test\","
               "\"date\":\"Wed, 7 Oct 2015 12:34:56 -0700\",\"to\":[\"johndoe@example.com\"],\"returnPath\":\"janedoe@example.com\","
               "\"messageId\":\"<0123456789example.com>\"}}",
    .code = &code,
};

/* pattern.h - event patterns: EventBridge rules, mapping and Pipes filters, SNS filter policies; one alone, or one event
 * against many.
 *
 * A pattern is JSON text; an event is JSON text and stays as it is: one pass over its bytes, no tree, no copy. The event is
 * validated whole, also where no pattern looks. Once memory has grown to what the events need, matching allocates nothing.
 * Numbers compare by value as far as binary64 holds it exactly, else by spelling (PAT-29, PAT-40). */
#ifndef LAMBDAINVOKE_PATTERN_H
#define LAMBDAINVOKE_PATTERN_H

#include <lambdainvoke/allocator.h>

#ifdef __cplusplus
extern "C" {
#endif

struct li_filter_ops;              /* source.h */
typedef struct li_pattern li_pattern;
typedef struct li_pattern_set li_pattern_set;

/* Who reads the pattern: what a dialect lacks is refused. */
enum {
    LI_DIALECT_EVENTBRIDGE = 0,     /* everything (PAT-110) */
    LI_DIALECT_MAPPING = 1,         /* filters of event source mappings: the same (PAT-111) */
    LI_DIALECT_PIPES = 2,           /* no wildcard, nothing nested in anything-but (PAT-115) */
    LI_DIALECT_SNS_ATTRIBUTES = 3,  /* policy over message attributes: names only, no nesting (PAT-116) */
    LI_DIALECT_SNS_BODY = 4         /* policy over the message body (PAT-117) */
};

enum {
    LI_PATTERN_STRICT_PATHS = 1,    /* a path named twice is an error; without it the last one counts (PAT-9) */
    LI_PATTERN_LEGACY_OR = 2        /* "$or" that is not a list of objects is the name of a field (PAT-100) */
};

typedef struct li_pattern_options {
    size_t size;
    int32_t dialect;            /* LI_DIALECT_* */
    uint32_t flags;             /* LI_PATTERN_* */
    uint32_t max_depth;         /* of a pattern; 1..1000, default 512 (PAT-123) */
    uint32_t max_event_depth;   /* 1..1000, default 1000 */
    uint32_t max_combinations;  /* of the branches of all $or, default 1000 (PAT-96) */
    uint32_t reserved;          /* 0 */
    uint64_t max_bytes;         /* of a pattern's text, default 262144; the services allow 4096, SNS 262144 */
} li_pattern_options;
#define LI_PATTERN_OPTIONS_INIT { sizeof(li_pattern_options), LI_DIALECT_EVENTBRIDGE, 0u, 512u, 1000u, 1000u, 0u, 262144u }
LI_API li_status li_pattern_options_init(li_pattern_options *options, size_t size);

/* What can be wrong with a pattern: constant, value, name, what would be right. Values are append-only (PAT-122). */
#define LI_PATTERN_ERROR_MAP(X)                                                                                     \
    X(LI_PATTERN_JSON_SYNTAX, 1, "json-syntax", "a pattern is one JSON object and nothing after it")                \
    X(LI_PATTERN_TOP_NOT_OBJECT, 2, "top-not-object", "a pattern is a JSON object")                                 \
    X(LI_PATTERN_BARE_VALUE, 3, "bare-value", "a member's value is an object or a list of accepted values")         \
    X(LI_PATTERN_EMPTY_OBJECT, 4, "empty-object", "an object has at least one member")                              \
    X(LI_PATTERN_EMPTY_ARRAY, 5, "empty-array", "a list of accepted values has at least one")                       \
    X(LI_PATTERN_BAD_LIST_MEMBER, 6, "bad-list-member", "accepted values are strings, numbers, true, false, null and operators") \
    X(LI_PATTERN_OPERATOR_MISSING, 7, "operator-missing", "an operator object has one member, its operator")        \
    X(LI_PATTERN_OPERATOR_UNKNOWN, 8, "operator-unknown", "no such operator here")                                  \
    X(LI_PATTERN_OPERATOR_EXTRA_KEY, 9, "operator-extra-key", "an operator object has one member only")             \
    X(LI_PATTERN_OPERAND_TYPE, 10, "operand-type", "the operator takes a string")                                   \
    X(LI_PATTERN_EXISTS_OPERAND, 11, "exists-operand", "exists takes true or false")                                \
    X(LI_PATTERN_NUMERIC_SHAPE, 12, "numeric-shape", "numeric takes a list that begins with a comparison")          \
    X(LI_PATTERN_NUMERIC_OPERATOR, 13, "numeric-operator", "comparisons are = < <= > >=, and a range goes from > or >= to < or <=") \
    X(LI_PATTERN_NUMERIC_BOUND, 14, "numeric-bound", "a comparison is followed by a number")                        \
    X(LI_PATTERN_NUMERIC_TOO_MANY, 15, "numeric-too-many", "numeric has one comparison, or a lower and an upper bound") \
    X(LI_PATTERN_NUMERIC_EMPTY_RANGE, 16, "numeric-empty-range", "the lower bound is below the upper one")          \
    X(LI_PATTERN_NUMBER_NOT_BINARY64, 17, "number-not-binary64", "the number cannot be held exactly")               \
    X(LI_PATTERN_CIDR_SHAPE, 18, "cidr-shape", "cidr takes address/bits")                                           \
    X(LI_PATTERN_CIDR_MASK, 19, "cidr-mask", "a mask has 0 to 31 bits, for IPv6 0 to 127")                          \
    X(LI_PATTERN_CIDR_ADDRESS, 20, "cidr-address", "the part before the slash is an IPv4 or IPv6 address")          \
    X(LI_PATTERN_ANYTHING_BUT_MIXED, 21, "anything-but-mixed", "anything-but takes strings or numbers, not both")   \
    X(LI_PATTERN_ANYTHING_BUT_OPERAND, 22, "anything-but-operand", "anything-but takes a string, a number, a list of them or an operator") \
    X(LI_PATTERN_ANYTHING_BUT_OPERATOR, 23, "anything-but-operator", "this operator cannot stand below anything-but") \
    X(LI_PATTERN_ANYTHING_BUT_EMPTY_AFFIX, 24, "anything-but-empty-affix", "a prefix or suffix below anything-but is not empty") \
    X(LI_PATTERN_EMPTY_LIST, 25, "empty-list", "a list of excluded values has at least one")                        \
    X(LI_PATTERN_WILDCARD_CONSECUTIVE, 26, "wildcard-consecutive", "two stars in a row are one star")               \
    X(LI_PATTERN_WILDCARD_ESCAPE, 27, "wildcard-escape", "a backslash stands before a star or a backslash")         \
    X(LI_PATTERN_OR_TOO_FEW, 28, "or-too-few", "$or has at least two branches")                                     \
    X(LI_PATTERN_OR_MEMBER, 29, "or-member", "each branch of $or is an object")                                     \
    X(LI_PATTERN_OR_NOT_ARRAY, 30, "or-not-array", "$or takes a list of objects")                                   \
    X(LI_PATTERN_OR_RESERVED_NAME, 31, "or-reserved-name", "a name of an operator cannot be a field inside $or")    \
    X(LI_PATTERN_DUPLICATE_PATH, 32, "duplicate-path", "each path is named once")                                   \
    X(LI_PATTERN_TOO_COMPLEX, 33, "too-complex", "fewer branches or values are needed")                             \
    X(LI_PATTERN_TOO_LONG, 34, "too-long", "the pattern's text is over max_bytes")                                  \
    X(LI_PATTERN_TOO_DEEP, 35, "too-deep", "the pattern is nested deeper than max_depth")                           \
    X(LI_PATTERN_NESTED, 36, "nested", "a policy over message attributes has no nested members")                    \
    X(LI_PATTERN_TOO_MANY_KEYS, 37, "too-many-keys", "a filter policy has at most 5 keys")

#define LI_PATTERN_ERROR_ENUM(constant, value, name, text) constant = value,
enum { LI_PATTERN_ERROR_MAP(LI_PATTERN_ERROR_ENUM) LI_PATTERN_ERROR_END_ };
#undef LI_PATTERN_ERROR_ENUM

/* Why a pattern was refused, in the caller's storage; untouched otherwise. */
typedef struct li_pattern_error {
    size_t size;
    int32_t kind;        /* LI_PATTERN_*; 0: the failure was not the pattern's (no memory, bad options) */
    int32_t reserved;
    uint64_t offset;     /* of the byte where it was noticed */
    char path[256];      /* names joined by dots, may be cut */
    char text[256];      /* one sentence */
} li_pattern_error;
#define LI_PATTERN_ERROR_INIT { sizeof(li_pattern_error), 0, 0, 0u, { 0 }, { 0 } }
LI_API li_status li_pattern_error_init(li_pattern_error *error, size_t size);

/* The name of a kind ("numeric-shape"); "" for none. Static. Threads: any; pure. Spec: PAT-122. Since 0.1. */
LI_API const char *li_pattern_error_name(int32_t kind);

/* Compile one pattern.
 *   allocator  copied; NULL: malloc
 *   text       borrowed for the call
 *   options    borrowed for the call; NULL: defaults
 *   pattern    out: owned by the caller, li_pattern_free
 *   error      may be NULL
 * Errors:  LI_E_VALIDATION the text is no pattern, *error says why; LI_E_NOMEM; LI_E_INVALID options out of range;
 *          LI_E_NOTSUP options have members that this library does not know.
 * Threads: any. Spec: PAT-1..PAT-10, PAT-40..PAT-48, PAT-50..PAT-62, PAT-70..PAT-72, PAT-80..PAT-96.  Since 0.1. */
LI_API li_status li_pattern_new(const li_allocator *allocator, const char *text, size_t len, const li_pattern_options *options,
                                li_pattern **pattern, li_pattern_error *error);

/* NULL is fine. No call with the pattern may be under way. Threads: any. Since 0.1. */
LI_API void li_pattern_free(li_pattern *pattern);

/* Does the event match? What follows the event's object is not looked at.
 *   event      borrowed for the call: a JSON object
 *   is_match   out: 1 or 0
 *   err        may be NULL
 * Errors:  LI_E_JSON malformed or no object: offset, line and column in *err; LI_E_DEPTH deeper than max_event_depth;
 *          LI_E_TOO_LARGE 4 GiB and more; LI_E_NOMEM; LI_E_FULL elements of repeated arrays combine in too many ways.
 * Threads: any, many at once. Spec: PAT-11..PAT-30, PAT-43, PAT-123, PAT-124.  Since 0.1. */
LI_API li_status li_pattern_match(const li_pattern *pattern, const char *event, size_t len, int32_t *is_match, li_error *err);

enum { LI_PATTERN_MEMBER_NONE = 0, LI_PATTERN_MEMBER_OBJECT = 1, LI_PATTERN_MEMBER_LIST = 2 };

/* How the pattern names a top-level member: as an object, as a list of values, or not at all (PAT-113).
 * Threads: any; pure. Since 0.1. */
LI_API int32_t li_pattern_get_member(const li_pattern *pattern, const char *name, size_t name_len);

/* What became of one clause of a pattern against an event. */
enum {
    LI_FINDING_HOLDS = 1,
    LI_FINDING_ABSENT = 2,   /* there is no value at the path, and one is needed */
    LI_FINDING_DIFFERS = 3,  /* there are values, none is accepted; value is the first */
    LI_FINDING_ELEMENT = 4   /* it holds, but not in the array element in which the clauses before it hold (PAT-18) */
};

typedef struct li_pattern_finding {
    size_t size;
    int32_t verdict;         /* LI_FINDING_* */
    uint32_t alternative;    /* from 0: which combination of the branches of $or */
    uint32_t n_values;       /* values that the event has at the path */
    uint32_t offset;         /* of the clause's list in the pattern's text */
    li_slice path;           /* names joined by dots */
    li_slice wanted;         /* the clause's list as written in the pattern */
    li_slice value;          /* the value that decided: string text without quotes, anything else as written; NULL: none */
    int32_t is_string;       /* of value */
    int32_t reserved;
} li_pattern_finding;

/* The same as li_pattern_match, and each() is told what became of each clause of each alternative, in order.
 *   each       returns non-zero to hear no more; the finding and its texts live during the call to it; it may call anything
 *              but li_pattern_free of this pattern
 * Errors:  as li_pattern_match; each() has not been called then.
 * Threads: any, many at once. Since 0.1. */
LI_API li_status li_pattern_explain(const li_pattern *pattern, const char *event, size_t len, int32_t *is_match, li_error *err,
                                    int32_t (*each)(void *user, const li_pattern_finding *finding), void *user);

/* A message attribute as SNS has it. */
typedef struct li_pattern_attribute {
    li_slice name;
    li_slice type;           /* "String", "String.Array", "Number"; any other is not looked at; a suffix ".x" is ignored */
    li_slice value;          /* text, not JSON; of a String.Array the JSON text of an array */
} li_pattern_attribute;

/* Do the attributes match a policy of LI_DIALECT_SNS_ATTRIBUTES? A malformed String.Array or Number counts as not there.
 * Errors:  LI_E_NOMEM; LI_E_INVALID another dialect; LI_E_TOO_LARGE.
 * Threads: any, many at once. Spec: PAT-116, TRG-42.  Since 0.1. */
LI_API li_status li_pattern_match_attributes(const li_pattern *pattern, const li_pattern_attribute *attributes,
                                             size_t n_attributes, int32_t *is_match, li_error *err);

/* Many patterns: an event costs about the same with ten as with a hundred thousand of them.
 *   allocator  copied; NULL: malloc
 *   options    borrowed for the call, for all patterns of the set; NULL: defaults
 *   set        out: owned by the caller, li_pattern_set_free
 * Errors:  LI_E_NOMEM; LI_E_INVALID; LI_E_NOTSUP.
 * Threads: any. Spec: PAT-109.  Since 0.1. */
LI_API li_status li_pattern_set_new(const li_allocator *allocator, const li_pattern_options *options, li_pattern_set **set);

/* NULL is fine. No call with the set may be under way. Threads: any. Since 0.1. */
LI_API void li_pattern_set_free(li_pattern_set *set);

/* Add a pattern under an id of the caller's, or remove it. A match that is under way may or may not see the change; one that
 * begins afterwards does.
 *   id         reported when the pattern matches
 *   error      may be NULL
 * Errors:  LI_E_VALIDATION, LI_E_NOMEM as li_pattern_new; LI_E_CONFLICT the id is in the set; LI_E_NOT_FOUND it is not.
 * Threads: any; changes wait for each other, never for a match nor a match for them. Spec: PAT-106, PAT-109.  Since 0.1. */
LI_API li_status li_pattern_set_add(li_pattern_set *set, uint64_t id, const char *text, size_t len, li_pattern_error *error);
LI_API li_status li_pattern_set_remove(li_pattern_set *set, uint64_t id);

/* How many patterns are in the set. Threads: any. Since 0.1. */
LI_API uint64_t li_pattern_set_count(const li_pattern_set *set);

/* One event against all patterns. each() gets the id of every pattern that matches, once, in no promised order, after the
 * whole event has been read and found valid; it returns non-zero to hear no more, and may call anything but
 * li_pattern_set_free of this set.
 *   event      borrowed for the call
 *   each       may be NULL
 *   err        may be NULL
 * Errors:  as li_pattern_match; each() has not been called then, except for LI_E_NOMEM and LI_E_FULL.
 * Threads: any, many at once. Spec: PAT-11, PAT-23, PAT-109, PAT-124.  Since 0.1. */
LI_API li_status li_pattern_set_match(const li_pattern_set *set, const char *event, size_t len, li_error *err,
                                      int32_t (*each)(void *user, uint64_t id), void *user);

/* The same for message attributes: li_pattern_match_attributes. */
LI_API li_status li_pattern_set_match_attributes(const li_pattern_set *set, const li_pattern_attribute *attributes,
                                                 size_t n_attributes, li_error *err,
                                                 int32_t (*each)(void *user, uint64_t id), void *user);

/* What filters of event source mappings are read with, for li_mapping_spec.filtering: LI_DIALECT_MAPPING, a pattern of at most
 * 4096 characters. Static. Threads: any; pure. Spec: PAT-111..PAT-114, ESM-55, ESM-220..ESM-228.  Since 0.1. */
LI_API const struct li_filter_ops *li_pattern_filter_ops(void);

#ifdef __cplusplus
}
#endif
#endif

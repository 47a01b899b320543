/* samples.c - rows found by name, their templates filled. */
#include "samples/samples.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/slice.h"
#include "json/scan.h"
#include "json/write.h"
#include "trigger/template.h"

enum { COUNT_MAX = 10000, NAME_MAX_LEN = 64 };

static const lii_sample *const files[] = {
    lii_samples_http,     lii_samples_edge, lii_samples_authorizers, lii_samples_storage,  lii_samples_messages,
    lii_samples_streams,  lii_samples_brokers, lii_samples_bus,      lii_samples_cognito,  lii_samples_dialogue,
    lii_samples_builds,   lii_samples_control, lii_samples_data,
};

/* ---- the rows */

/* Which goes first, by service and event. */
static int order(const lii_sample *a, const lii_sample *b)
{
    int services = strcmp(a->service, b->service);

    return services != 0 ? services : strcmp(a->event, b->event);
}

/* The row after this one in the order of names; NULL: the first, and after the last. */
static const lii_sample *next_row(const lii_sample *row)
{
    const lii_sample *best = NULL, *r;
    size_t i;

    for (i = 0; i < sizeof files / sizeof *files; i++)
        for (r = files[i]; r->service; r++)
            if ((!row || order(r, row) > 0) && (!best || order(r, best) < 0))
                best = r;
    return best;
}

void li_event_sample_each(void (*each)(void *user, const li_sample_info *info), void *user)
{
    const lii_sample *row;

    for (row = next_row(NULL); row; row = next_row(row)) {
        li_sample_info info = { sizeof info, lii_slice(row->service, LI_Z), lii_slice(row->event, LI_Z),
                                lii_slice(row->kind, LI_Z), row->parameters, row->n_parameters, row->flags, 0 };

        each(user, &info);
    }
}

/* ---- errors that say what would be right */

/* How many bytes to add, drop or change to make one of the other. */
static size_t distance(li_slice a, const char *b)
{
    size_t row[NAME_MAX_LEN + 1], n = strlen(b), i, k;

    if (n > NAME_MAX_LEN || a.len > NAME_MAX_LEN)
        return SIZE_MAX;
    for (k = 0; k <= n; k++)
        row[k] = k;
    for (i = 1; i <= a.len; i++) {
        size_t corner = row[0];

        row[0] = i;
        for (k = 1; k <= n; k++) {
            size_t changed = corner + (a.ptr[i - 1] != b[k - 1]);

            corner = row[k];
            row[k] = row[k] < row[k - 1] ? row[k] + 1 : row[k - 1] + 1;
            row[k] = changed < row[k] ? changed : row[k];
        }
    }
    return row[n];
}

static li_status no_service(li_slice service, li_error *err)
{
    const lii_sample *row, *near = NULL;
    size_t best = SIZE_MAX;

    for (row = next_row(NULL); row; row = next_row(row)) {
        size_t d = distance(service, row->service);

        if (d < best) {
            best = d;
            near = row;
        }
    }
    return lii_fail(err, LI_E_NOT_FOUND, LI_DETAIL_SAMPLE, service.ptr, service.len,
                    "no service with samples is called \"%.*s\"%s%s%s", LII_TEXT(service),
                    best <= 3 ? "; is it \"" : "", best <= 3 ? near->service : "", best <= 3 ? "\"?" : "");
}

/* "a, b, c" into text, as many as fit, and then an ellipsis. */
static void list(char *text, size_t size, size_t *len, const char *name, size_t name_len)
{
    static const char more[] = ", ...";
    size_t left = size - *len;
    int n;

    if (left < sizeof more + 1)
        return; /* the ellipsis is there */
    n = snprintf(text + *len, left, "%s%.*s", *len > 0 ? ", " : "", (int)name_len, name);
    if (n < 0 || (size_t)n + sizeof more > left) {
        memcpy(text + *len, more, sizeof more);
        *len = size - 1;
        return;
    }
    *len += (size_t)n;
}

static li_status no_event(li_slice service, li_slice event, li_error *err)
{
    const lii_sample *row;
    char text[160] = "";
    size_t len = 0;

    for (row = next_row(NULL); row; row = next_row(row))
        if (lii_slice_is(service, row->service))
            list(text, sizeof text, &len, row->event, strlen(row->event));
    return lii_fail(err, LI_E_NOT_FOUND, LI_DETAIL_SAMPLE, event.ptr, event.len, "%.*s has no event \"%.*s\"; it has %s",
                    LII_TEXT(service), event.len > 60 ? 60 : (int)event.len, event.ptr ? event.ptr : "", text);
}

static li_status no_parameter(const lii_sample *row, li_slice name, li_error *err)
{
    char text[160] = "";
    size_t len = 0, i;

    for (i = 0; i < row->n_parameters; i++)
        list(text, sizeof text, &len, row->parameters[i].name.ptr, row->parameters[i].name.len);
    return lii_fail(err, LI_E_NOT_FOUND, LI_DETAIL_SAMPLE, name.ptr, name.len, "%s %s has no parameter \"%.*s\"; it has %s",
                    row->service, row->event, name.len > 30 ? 30 : (int)name.len, name.ptr ? name.ptr : "",
                    len > 0 ? text : "none");
}

static li_status find_row(li_slice service, li_slice event, const lii_sample **out, li_error *err)
{
    const lii_sample *row;
    int has_service = 0;
    size_t i;

    for (i = 0; i < sizeof files / sizeof *files; i++)
        for (row = files[i]; row->service; row++) {
            if (!lii_slice_is(service, row->service))
                continue;
            has_service = 1;
            if (lii_slice_is(event, row->event)) {
                *out = row;
                return LI_OK;
            }
        }
    return has_service ? no_event(service, event, err) : no_service(service, err);
}

/* ---- values */

static const li_sample_parameter *find_parameter(const lii_sample *row, li_slice name)
{
    size_t i;

    for (i = 0; i < row->n_parameters; i++)
        if (lii_slice_equal(row->parameters[i].name, name))
            return &row->parameters[i];
    return NULL;
}

static int is_all_digits(li_slice text)
{
    size_t i;

    for (i = 0; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return 0;
    return text.len > 0;
}

static size_t read_count(li_slice text)
{
    size_t n = 0, i;

    for (i = 0; i < text.len && n <= COUNT_MAX; i++)
        n = n * 10 + (size_t)(text.ptr[i] - '0');
    return n;
}

static int is_object(li_slice text)
{
    return text.ptr && lii_json_check(text.ptr, text.len, LII_JSON_DEPTH, NULL) == 0 &&
           lii_json_root(text.ptr, text.len).type == LII_JSON_OBJECT;
}

static li_status check_value(const lii_sample *row, li_slice name, li_slice value, li_error *err)
{
    const li_sample_parameter *p = find_parameter(row, name);
    const char *wanted = NULL;

    if (!p)
        return no_parameter(row, name, err);
    if (p->type == LI_SAMPLE_ACCOUNT && !(value.len == 12 && is_all_digits(value)))
        wanted = "12 digits";
    if (p->type == LI_SAMPLE_COUNT && !(is_all_digits(value) && read_count(value) >= 1 && read_count(value) <= COUNT_MAX))
        wanted = "a number from 1 to 10000";
    if (p->type == LI_SAMPLE_OBJECT && !is_object(value))
        wanted = "a JSON object, as {\"foo\":\"bar\"}";
    if (!wanted)
        return LI_OK;
    return lii_fail(err, LI_E_INVALID, LI_DETAIL_SAMPLE_VALUE, name.ptr, name.len, "%.*s: \"%.*s\" is not %s", LII_TEXT(name),
                    value.len > 60 ? 60 : (int)value.len, value.ptr ? value.ptr : "", wanted);
}

/* ---- filling */

typedef struct filling {
    const lii_sample *row;
    const li_sample_value *values;
    size_t n_values;
    size_t record;                   /* of a repeated part */
    lii_buf parts[2];                /* those that are filled */
    size_t n_parts;
    lii_buf lists;                   /* NAME.lists */
    lii_buf dns_suffix;              /* with the region that was given */
} filling;

/* The given value, or {NULL, 0}. */
static li_slice given(const filling *f, const char *name, size_t name_len)
{
    size_t i = f->n_values;

    while (i-- > 0) {
        li_slice n = lii_measured(f->values[i].name);

        if (n.len == name_len && memcmp(n.ptr, name, name_len) == 0)
            return lii_slice(f->values[i].value.ptr ? f->values[i].value.ptr : "", f->values[i].value.len);
    }
    return lii_slice(NULL, 0);
}

static li_slice value_of(const filling *f, const li_sample_parameter *p)
{
    li_slice value = given(f, p->name.ptr, p->name.len);

    if (value.ptr)
        return value;
    if (f->dns_suffix.len > 0 && lii_slice_is(p->name, "dns-suffix"))
        return lii_slice(f->dns_suffix.data, f->dns_suffix.len);
    return p->standard;
}

static li_slice value_named(const filling *f, const char *name)
{
    const li_sample_parameter *p = find_parameter(f->row, lii_slice(name, LI_Z));

    return p ? value_of(f, p) : lii_slice(NULL, 0);
}

static const char *dns(const filling *f)
{
    li_slice partition = value_named(f, "partition");

    return partition.len >= 6 && memcmp(partition.ptr, "aws-cn", 6) == 0 ? "amazonaws.com.cn" : "amazonaws.com";
}

/* Digits plus a number, in as many places or one more; other text, or one too long for room, as it is. */
static li_slice plus(li_slice digits, size_t number, char *room, size_t size)
{
    size_t i = digits.len;

    if (!is_all_digits(digits) || digits.len >= size)
        return digits;
    memcpy(room, digits.ptr, digits.len);
    while (i-- > 0 && number > 0) {
        number += (size_t)(room[i] - '0');
        room[i] = (char)('0' + number % 10);
        number /= 10;
    }
    return lii_slice(room, digits.len);
}

static int find(void *user, const char *name, size_t len, lii_variable *out)
{
    const filling *f = user;
    const li_sample_parameter *p;
    li_slice is = lii_slice(name, len);
    size_t i;

    for (i = 0; i < f->n_parts; i++)
        if (lii_slice_is(is, f->row->parts[i].name)) {
            out->json = lii_json_root(f->parts[i].data, f->parts[i].len);
            return 1;
        }
    if (lii_slice_is(is, "@i")) {
        snprintf(out->room, sizeof out->room, "%05zu", f->record);
        out->text = lii_slice(out->room, LI_Z);
        return 1;
    }
    if (lii_slice_is(is, "@dns")) {
        out->text = lii_slice(dns(f), LI_Z);
        return 1;
    }
    if (len > 6 && memcmp(name + len - 6, ".lists", 6) == 0) {
        out->json = lii_json_root(f->lists.data, f->lists.len);
        return 1;
    }
    p = find_parameter(f->row, lii_slice(name, len > 0 && name[len - 1] == '+' ? len - 1 : len));
    if (!p)
        return 0;
    out->text = value_of(f, p);
    if (name[len - 1] == '+')
        out->text = plus(out->text, f->record, out->room, sizeof out->room);
    if (p->type == LI_SAMPLE_OBJECT)
        out->json = lii_json_root(out->text.ptr, out->text.len);
    return 1;
}

/* What the templates need beyond the values themselves. */
static void prepare(filling *f)
{
    li_slice region = given(f, "region", 6), suffix = value_named(f, "dns-suffix");
    const char *dot = suffix.ptr ? memchr(suffix.ptr, '.', suffix.len) : NULL;
    lii_json_value object, key, member;
    lii_json_writer w;
    size_t i, at;

    if (region.ptr && dot && !given(f, "dns-suffix", 10).ptr) {
        lii_buf_add(&f->dns_suffix, region.ptr, region.len);
        lii_buf_add(&f->dns_suffix, dot, (size_t)(suffix.ptr + suffix.len - dot));
        lii_buf_add_z(&f->dns_suffix, dns(f) + strlen("amazonaws.com"));
    }
    for (i = 0; i < f->row->n_parameters; i++) {
        li_slice text = value_of(f, &f->row->parameters[i]);

        if (f->row->parameters[i].type != LI_SAMPLE_OBJECT)
            continue;
        object = lii_json_root(text.ptr, text.len);
        lii_json_begin(&w, &f->lists);
        lii_json_open(&w, '{');
        for (at = 0; lii_json_next(object, &at, &key, &member);) {
            if (w.needs_comma)
                lii_buf_add_byte(w.out, ',');
            lii_buf_add(w.out, key.ptr, key.len);
            lii_buf_add_byte(w.out, ':');
            w.needs_comma = 0;
            lii_json_open(&w, '[');
            lii_json_raw(&w, member.ptr, member.len);
            lii_json_close(&w, ']');
        }
        lii_json_close(&w, '}');
    }
}

static void fill_part(filling *f, const lii_sample_part *part, const lii_scope *scope, lii_buf *out)
{
    size_t n = part->is_repeated ? read_count(value_named(f, "count")) : 1, n_texts = 0;

    while (n_texts < LII_PARTS && part->texts[n_texts])
        n_texts++;
    if (part->is_repeated)
        lii_buf_add_byte(out, '[');
    for (f->record = 0; f->record < n; f->record++) {
        if (f->record > 0)
            lii_buf_add_byte(out, ',');
        lii_template_render(part->texts[f->record % n_texts], scope, out);
    }
    if (part->is_repeated)
        lii_buf_add_byte(out, ']');
    f->record = 0;
}

/* The document into out; memory that ran out anywhere shows in its status. */
static void fill(filling *f, const li_allocator *allocator, lii_buf *out)
{
    lii_scope scope = { find, f, lii_md5 };
    lii_buf plain;

    lii_buf_init(&plain, allocator);
    lii_buf_init(&f->lists, allocator);
    lii_buf_init(&f->dns_suffix, allocator);
    prepare(f);
    while (f->n_parts < 2 && f->row->parts[f->n_parts].name) {
        lii_buf *part = &f->parts[f->n_parts];

        lii_buf_init(part, allocator);
        fill_part(f, &f->row->parts[f->n_parts], &scope, part);
        if (part->status != LI_OK)
            plain.status = part->status;
        f->n_parts += plain.status == LI_OK;
        if (plain.status != LI_OK) {
            lii_buf_fini(part);
            break;
        }
    }
    if (f->lists.status != LI_OK || f->dns_suffix.status != LI_OK)
        plain.status = LI_E_NOMEM;
    if (plain.status == LI_OK)
        lii_template_render(f->row->text, &scope, &plain);
    if (plain.status == LI_OK)
        lii_json_indent(plain.data, plain.len, 2, out);
    lii_buf_add_byte(out, '\n');
    if (plain.status != LI_OK)
        out->status = plain.status;
    while (f->n_parts > 0)
        lii_buf_fini(&f->parts[--f->n_parts]);
    lii_buf_fini(&f->dns_suffix);
    lii_buf_fini(&f->lists);
    lii_buf_fini(&plain);
}

li_status li_event_sample(const li_allocator *allocator, const char *service, size_t service_len, const char *event,
                          size_t event_len, const li_sample_value *values, size_t n_values,
                          void (*write)(void *user, const char *data, size_t len), void *user, li_error *err)
{
    li_allocator memory;
    const lii_sample *row = NULL;
    filling f;
    lii_buf out;
    li_status status;
    size_t i;

    if (!service || !event || !write || (n_values > 0 && !values))
        return lii_fail(err, LI_E_INVALID, LI_DETAIL_NONE, NULL, 0, "service, event and write are needed");
    status = lii_allocator_read(allocator, &memory, err);
    if (status == LI_OK)
        status = find_row(lii_slice(service, service_len), lii_slice(event, event_len), &row, err);
    for (i = 0; i < n_values && status == LI_OK; i++)
        status = check_value(row, lii_measured(values[i].name), lii_measured(values[i].value), err);
    if (status != LI_OK)
        return status;
    memset(&f, 0, sizeof f);
    f.row = row;
    f.values = values;
    f.n_values = n_values;
    lii_buf_init(&out, &memory);
    fill(&f, &memory, &out);
    status = out.status;
    if (status == LI_OK)
        write(user, out.data, out.len);
    lii_buf_fini(&out);
    return status == LI_OK ? LI_OK : lii_fail(err, status, LI_DETAIL_NONE, NULL, 0, "no memory for the sample");
}

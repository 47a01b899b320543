/* instant.c - instants as people and requests write them. */
#include "schedule/civil.h"
#include "schedule/expression.h"
#include "schedule/next.h"

/* Two digits, or -1. */
static int32_t two(const char *p)
{
    return p[0] >= '0' && p[0] <= '9' && p[1] >= '0' && p[1] <= '9' ? (p[0] - '0') * 10 + (p[1] - '0') : -1;
}

/* .123 at *at is passed over; -1: a dot without digits. */
static int skip_fraction(li_slice text, size_t *at)
{
    size_t first = *at + 1;

    if (*at == text.len || text.ptr[*at] != '.')
        return 0;
    for (*at = first; *at < text.len && text.ptr[*at] >= '0' && text.ptr[*at] <= '9'; ++*at)
        continue;
    return *at == first ? -1 : 0;
}

static int read_number(li_slice text, int64_t *at_s)
{
    size_t i = 0;
    int64_t n = 0;

    for (; i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9'; i++) {
        if (n > 99999999999) /* year 5138: milliseconds were meant, or nothing */
            return -1;
        n = n * 10 + (text.ptr[i] - '0');
    }
    if (i == 0 || skip_fraction(text, &i) != 0 || i != text.len)
        return -1;
    *at_s = n;
    return 0;
}

/* Z or +hh:mm at the end. */
static int read_offset(li_slice text, size_t at, int64_t *east_s)
{
    int32_t hours, minutes;

    *east_s = 0;
    if (text.len - at == 1 && (text.ptr[at] == 'Z' || text.ptr[at] == 'z'))
        return 0;
    if (text.len - at != 6 || (text.ptr[at] != '+' && text.ptr[at] != '-') || text.ptr[at + 3] != ':')
        return -1;
    hours = two(text.ptr + at + 1);
    minutes = two(text.ptr + at + 4);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return -1;
    *east_s = (text.ptr[at] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    return 0;
}

int lii_instant_read(li_slice text, int64_t *at_s)
{
    static const size_t date_time = sizeof "2026-01-01T00:00:00" - 1;
    int64_t local_s = 0, east_s = 0;
    size_t at = date_time;

    if (read_number(text, at_s) == 0)
        return 0;
    if (text.len <= date_time || lii_at_read(text, 0, date_time, &local_s, NULL) != LI_OK || skip_fraction(text, &at) != 0 ||
        at == text.len || read_offset(text, at, &east_s) != 0)
        return -1;
    *at_s = local_s - east_s;
    return 0;
}

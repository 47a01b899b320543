/* posix_rule.c - a POSIX TZ string with the extensions of RFC 9636: "EST5EDT,M3.2.0,M11.1.0". */
#include <string.h>

#include "schedule/civil.h"
#include "schedule/zone.h"

typedef struct reader {
    const char *at;
    const char *end;
} reader;

static char peek(const reader *r)
{
    return r->at < r->end ? *r->at : '\0';
}

static int take(reader *r, char c)
{
    if (peek(r) != c || r->at == r->end)
        return 0;
    r->at++;
    return 1;
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Three letters or more, or anything of letters, digits and signs between < and >. */
static int read_name(reader *r)
{
    const char *begin;

    if (take(r, '<')) {
        begin = r->at;
        while (is_letter(peek(r)) || is_digit(peek(r)) || peek(r) == '+' || peek(r) == '-')
            r->at++;
        return r->at - begin >= 3 && take(r, '>') ? 0 : -1;
    }
    begin = r->at;
    while (is_letter(peek(r)))
        r->at++;
    return r->at - begin >= 3 ? 0 : -1;
}

static int read_number(reader *r, int32_t lowest, int32_t highest, int32_t *number)
{
    int32_t value = 0;

    if (!is_digit(peek(r)))
        return -1;
    while (is_digit(peek(r))) {
        value = value * 10 + (*r->at++ - '0');
        if (value > highest)
            return -1;
    }
    *number = value;
    return value < lowest ? -1 : 0;
}

/* [+-]hh[:mm[:ss]] as seconds. */
static int read_time(reader *r, int32_t max_hours, int64_t *seconds)
{
    int32_t hours = 0, minutes = 0, rest = 0, is_negative = take(r, '-');

    if (!is_negative)
        take(r, '+');
    if (read_number(r, 0, max_hours, &hours) != 0 || (take(r, ':') && (read_number(r, 0, 59, &minutes) != 0 ||
                                                      (take(r, ':') && read_number(r, 0, 59, &rest) != 0))))
        return -1;
    *seconds = (int64_t)hours * 3600 + minutes * 60 + rest;
    if (is_negative)
        *seconds = -*seconds;
    return 0;
}

static int read_date(reader *r, lii_rule_date *date)
{
    int bad;

    memset(date, 0, sizeof *date);
    if (take(r, 'J')) {
        date->kind = 'J';
        bad = read_number(r, 1, 365, &date->day) != 0;
    } else if (take(r, 'M')) {
        date->kind = 'M';
        bad = read_number(r, 1, 12, &date->month) != 0 || !take(r, '.') || read_number(r, 1, 5, &date->week) != 0 ||
              !take(r, '.') || read_number(r, 0, 6, &date->day) != 0;
    } else {
        date->kind = '0';
        bad = read_number(r, 0, 365, &date->day) != 0;
    }
    date->time_s = 7200;
    return bad || (take(r, '/') && read_time(r, 167, &date->time_s) != 0) ? -1 : 0;
}

/* POSIX counts offsets west of Greenwich. */
static int read_offset(reader *r, int32_t *offset)
{
    int64_t west = 0;

    if (read_time(r, 24, &west) != 0)
        return -1;
    *offset = (int32_t)-west;
    return 0;
}

int lii_rule_parse(const char *text, size_t len, lii_rule *rule)
{
    reader r;

    r.at = text;
    r.end = text + len;
    memset(rule, 0, sizeof *rule);
    if (read_name(&r) != 0 || read_offset(&r, &rule->standard) != 0)
        return -1;
    if (r.at == r.end)
        return 0;
    rule->has_daylight = 1;
    rule->daylight = rule->standard + 3600;
    if (read_name(&r) != 0 || (peek(&r) != ',' && read_offset(&r, &rule->daylight) != 0))
        return -1;
    if (!take(&r, ',') || read_date(&r, &rule->begin) != 0 || !take(&r, ',') || read_date(&r, &rule->end) != 0)
        return -1;
    return r.at == r.end ? 0 : -1;
}

int64_t lii_rule_time(const lii_rule_date *d, int32_t year, int32_t offset_before)
{
    int64_t day;
    int32_t in_month;

    if (d->kind == 'M') {
        day = lii_civil_days(year, d->month, 1);
        in_month = (d->day - lii_days_weekday(day) + 7) % 7 + (d->week - 1) * 7;
        if (in_month >= lii_month_days(year, d->month))
            in_month -= 7;
        day += in_month;
    } else {
        day = lii_civil_days(year, 1, 1) + d->day;
        if (d->kind == 'J' && !(lii_is_leap(year) && d->day >= 60))
            day--;
    }
    return day * LII_DAY_S + d->time_s - offset_before;
}

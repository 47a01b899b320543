/* time.c - Unix milliseconds as a date of the Gregorian calendar, in UTC. */
#include "base/time.h"

#define LAST_MS UINT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z; later times show as this */

enum { DAYS_4_YEARS = 1461, DAYS_100_YEARS = 36524, DAYS_400_YEARS = 146097, DAYS_TO_1970 = 719468 };

/* Years that begin in March make the leap day the last of its year: day d of such a year is in month (5d + 2) / 153. */
static void read_day(uint32_t days, lii_date *date)
{
    uint32_t era, day, year, month;

    days += DAYS_TO_1970; /* since 0000-03-01 */
    era = days / DAYS_400_YEARS;
    day = days % DAYS_400_YEARS;
    year = (day - day / (DAYS_4_YEARS - 1) + day / DAYS_100_YEARS - day / (DAYS_400_YEARS - 1)) / 365;
    day -= 365 * year + year / 4 - year / 100;
    month = (5 * day + 2) / 153;
    date->day = (int32_t)(day - (153 * month + 2) / 5 + 1);
    date->month = (int32_t)(month < 10 ? month + 3 : month - 9);
    date->year = (int32_t)(year + 400 * era + (month >= 10));
}

void lii_date_read(uint64_t unix_ms, lii_date *date)
{
    uint64_t ms = unix_ms < LAST_MS ? unix_ms : LAST_MS;
    uint32_t days = (uint32_t)(ms / 86400000), in_day = (uint32_t)(ms % 86400000);

    read_day(days, date);
    date->hour = (int32_t)(in_day / 3600000);
    date->minute = (int32_t)(in_day / 60000 % 60);
    date->second = (int32_t)(in_day / 1000 % 60);
    date->ms = (int32_t)(in_day % 1000);
    date->weekday = (int32_t)((days + 4) % 7); /* 1970-01-01 was a Thursday */
}

static char *put_number(char *at, int32_t number, int digits)
{
    int i;

    for (i = digits; i-- > 0; number /= 10)
        at[i] = (char)('0' + number % 10);
    return at + digits;
}

static char *put_seconds(char *at, const lii_date *date)
{
    at = put_number(at, date->year, 4);
    *at++ = '-';
    at = put_number(at, date->month, 2);
    *at++ = '-';
    at = put_number(at, date->day, 2);
    *at++ = 'T';
    at = put_number(at, date->hour, 2);
    *at++ = ':';
    at = put_number(at, date->minute, 2);
    *at++ = ':';
    return put_number(at, date->second, 2);
}

static void put_zone(char *at, const char *zone)
{
    while ((*at++ = *zone++) != '\0')
        continue;
}

static void write_time(uint64_t unix_ms, int with_ms, const char *zone, char *out)
{
    lii_date date;
    char *at;

    lii_date_read(unix_ms, &date);
    at = put_seconds(out, &date);
    if (with_ms) {
        *at++ = '.';
        at = put_number(at, date.ms, 3);
    }
    put_zone(at, zone);
}

void lii_time_ms(uint64_t unix_ms, char out[LII_TIME_SIZE])
{
    write_time(unix_ms, 1, "Z", out);
}

void lii_time_s(uint64_t unix_ms, char out[LII_TIME_SIZE])
{
    write_time(unix_ms, 0, "Z", out);
}

void lii_time_offset(uint64_t unix_ms, char out[LII_TIME_SIZE])
{
    write_time(unix_ms, 1, "+0000", out);
}

/* time.h - Unix milliseconds as text, without locale or TZ. */
#ifndef LII_BASE_TIME_H
#define LII_BASE_TIME_H

#include <lambdainvoke/types.h>

typedef struct lii_date {
    int32_t year, month, day, hour, minute, second, ms, weekday; /* month, day from 1; weekday 0 Sunday */
} lii_date;

void lii_date_read(uint64_t unix_ms, lii_date *date);
enum { LII_TIME_SIZE = 32 };
void lii_time_ms(uint64_t unix_ms, char out[LII_TIME_SIZE]);     /* 2019-11-14T18:16:05.568Z */
void lii_time_s(uint64_t unix_ms, char out[LII_TIME_SIZE]);      /* 2019-11-14T18:16:05Z */
void lii_time_offset(uint64_t unix_ms, char out[LII_TIME_SIZE]); /* 2019-11-14T18:16:05.568+0000 */

#endif

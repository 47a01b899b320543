/* at.c - what stands between the brackets of at(…): a local date and time without a zone (TRG-153). */
#include "base/slice.h"
#include "schedule/civil.h"
#include "schedule/expression.h"

li_status lii_at_read(li_slice e, size_t at, size_t end, int64_t *local_s, li_error *err)
{
    static const char form[] = "0000-00-00T00:00:00";
    enum { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, PARTS };
    int32_t part[PARTS] = { 0 }, n = 0;
    size_t i;

    for (i = 0; form[i]; i++) {
        char c = at + i < end ? e.ptr[at + i] : '\0';
        int is_digit = c >= '0' && c <= '9';

        if (form[i] == '0' ? !is_digit : c != form[i])
            return lii_expression_wrong(e, at + i, "a time is YYYY-MM-DDTHH:MM:SS, as in at(2026-11-20T13:00:00)", err);
        if (is_digit)
            part[n] = part[n] * 10 + (c - '0');
        else
            n++;
    }
    if (at + i != end)
        return lii_expression_wrong(e, at + i, "nothing stands behind the seconds: the zone is an option of the schedule", err);
    if (part[MONTH] < 1 || part[MONTH] > 12)
        return lii_expression_wrong(e, at + 5, "a month is 01 to 12", err);
    if (part[DAY] < 1 || part[DAY] > lii_month_days(part[YEAR], part[MONTH]))
        return lii_expression_wrong(e, at + 8, "the month has no such day", err);
    if (part[HOUR] > 23)
        return lii_expression_wrong(e, at + 11, "an hour is 00 to 23", err);
    if (part[MINUTE] > 59)
        return lii_expression_wrong(e, at + 14, "a minute is 00 to 59", err);
    if (part[SECOND] > 59)
        return lii_expression_wrong(e, at + 17, "a second is 00 to 59", err);
    *local_s = lii_civil_days(part[YEAR], part[MONTH], part[DAY]) * LII_DAY_S + part[HOUR] * 3600 + part[MINUTE] * 60 +
               part[SECOND];
    return LI_OK;
}

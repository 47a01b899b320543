#include <lambdainvoke/lambdainvoke.h>
#include <stdio.h>

int main(void)
{
    li_schedule_options options = LI_SCHEDULE_OPTIONS_INIT;
    li_schedule *schedule;
    li_error err = LI_ERROR_INIT;
    int64_t times[3];
    size_t n, i;

    options.kind = LI_SCHEDULE_SCHEDULER;
    options.zone = li_z("UTC");
    if (li_schedule_new(NULL, "cron(0 9 ? * MON-FRI *)", LI_Z, &options, &schedule, &err) != LI_OK)
        return 1;
    li_schedule_next(schedule, 1767225600, times, 3, &n); /* after 2026-01-01T00:00:00Z, a Thursday */
    for (i = 0; i < n; i++)
        printf("%lld\n", (long long)times[i]);
    li_schedule_free(schedule);
    if (li_schedule_new(NULL, "cron(0 24 * * ? *)", LI_Z, &options, &schedule, &err) != LI_OK)
        printf("%s\n", err.text);
    return 0;
}

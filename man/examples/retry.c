#include <lambdainvoke/lambdainvoke.h>
#include <stdio.h>

int main(void)
{
    uint32_t failures;

    for (failures = 1; failures <= 3; failures++) {
        int32_t verdict = 0;
        uint64_t wait_ms = 0;

        li_retry_next(NULL, LI_FAULT_FUNCTION, failures, 0, &verdict, &wait_ms);
        if (verdict == LI_VERDICT_RETRY)
            printf("failure %u: again after %llu s\n", failures, (unsigned long long)wait_ms / 1000);
        else
            printf("failure %u: %s\n", failures, verdict == LI_VERDICT_EXHAUSTED ? "exhausted" : "expired");
    }
    return 0;
}

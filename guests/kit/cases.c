#include "cases.h"

#define KEPT 12
static struct disagreement {
    const char *what;
    u64 a, b, got, want;
} kept[KEPT];
static u64 cases, disagreements;

static struct deviation {
    const char *why;
    u64 times;
} deviations[KEPT];

static void disagree(const char *what, u64 a, u64 b, u64 got, u64 want)
{
    if (disagreements < KEPT)
        kept[disagreements] = (struct disagreement){what, a, b, got, want};
    disagreements++;
}

void agree(const char *what, u64 a, u64 b, u64 got, u64 want)
{
    cases++;
    if (got != want)
        disagree(what, a, b, got, want);
}

void agree_despite(const char *why, const char *what, u64 a, u64 b, u64 got, u64 want)
{
    cases++;
    if (got == want)
        return;
#ifdef STAND_IN
    for (u32 i = 0; why && i < KEPT; i++) {
        struct deviation *d = &deviations[i];
        if (!d->why)
            d->why = why;
        if (pa_of(d->why) == pa_of(why)) {
            d->times++;
            return;
        }
    }
#endif
    (void)why;
    disagree(what, a, b, got, want);
}

// Texts named at the alias are still there afterwards, in the half that is current.
static const char *text(const char *at) { return at_pa(pa_of(at)); }

void report_cases(const char *payload, const char *subject)
{
    print("%s: %s: %lu cases\n", payload, subject, cases);
    for (u32 i = 0; i < KEPT && deviations[i].why; i++)
        print("%s: deviation, %lu times: %s\n", payload, deviations[i].times, text(deviations[i].why));
    for (u64 i = 0; i < disagreements && i < KEPT; i++) {
        struct disagreement *d = &kept[i];
        print("%s: %s %lx %lx: %lx instead of %lx\n", payload, text(d->what), d->a, d->b, d->got, d->want);
    }
    if (disagreements)
        fail_at(payload, 0, "disagreements", disagreements);
    if (!cases)
        fail_at(payload, 0, "no cases", 0);
    cases = 0;
    for (u32 i = 0; i < KEPT; i++)
        deviations[i] = (struct deviation){NULL, 0};
}

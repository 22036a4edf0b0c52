// Counting cases and collecting disagreements, where printing at once is not possible (the lower half may be gone).
#pragma once
#include "kit.h"

// One more case: `got` must be `want`. `what`, `a` and `b` say which case it is.
void agree(const char *what, u64 a, u64 b, u64 got, u64 want);
// The same, where QEMU is known to differ and the manual is on our side: `why` names the rule. On QEMU's board such
// differences are counted and listed; on ours they are failures like any other. NULL: QEMU agrees here.
void agree_despite(const char *why, const char *what, u64 a, u64 b, u64 got, u64 want);
// A line with the number of cases since the last one; the end of the payload if any disagreed.
void report_cases(const char *payload, const char *subject);

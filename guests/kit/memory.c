// What the compiler calls for large copies and zeroes.
#include "kit.h"

__attribute__((optimize("no-tree-loop-distribute-patterns"))) void *memset(void *to, int value, u64 size)
{
    for (u64 i = 0; i < size; i++)
        ((u8 *)to)[i] = (u8)value;
    return to;
}

__attribute__((optimize("no-tree-loop-distribute-patterns"))) void *memcpy(void *to, const void *from, u64 size)
{
    for (u64 i = 0; i < size; i++)
        ((u8 *)to)[i] = ((const u8 *)from)[i];
    return to;
}

// A flattened device tree walker (Devicetree Specification v0.4, chapter 5): CPUs, memory, and which devices there are.
#include "kit.h"

struct board board;

static u32 big32(const u8 *at)
{
    return (u32)at[0] << 24 | (u32)at[1] << 16 | (u32)at[2] << 8 | at[3];
}

static u64 big64(const u8 *at)
{
    return (u64)big32(at) << 32 | big32(at + 4);
}

bool same_text(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

static bool starts_with(const char *text, const char *prefix)
{
    while (*prefix)
        if (*text++ != *prefix++)
            return false;
    return true;
}

struct node {
    const char *name;
    const char *compatible;
    const u8 *reg;
    u32 reg_size;
};

// Addresses take two cells on this board, CPU numbers one.
static void note_node(const struct node *node)
{
    if (!node->reg)
        return;
    if (starts_with(node->name, "cpu@")) {
        if (board.cpus < MAX_CPUS && node->reg_size >= 4)
            board.affinity[board.cpus++] = big32(node->reg);
    } else if (starts_with(node->name, "memory@")) {
        if (node->reg_size >= 16) {
            board.ram_base = big64(node->reg);
            board.ram_size = big64(node->reg + 8);
        }
    } else if (node->compatible && node->reg_size >= 16 && board.devices < 48) {
        board.device[board.devices++] = (struct device){big64(node->reg), node->compatible};
    }
}

bool read_tree(u64 address)
{
    const u8 *tree = (const u8 *)address;
    if (!address || big32(tree) != 0xd00dfeed)
        return false;
    const u8 *at = tree + big32(tree + 8);
    const u8 *end = at + big32(tree + 36);
    const char *strings = (const char *)tree + big32(tree + 12);
    struct node stack[8] = {{0}};
    u32 depth = 0;
    while (at < end) {
        u32 token = big32(at);
        at += 4;
        switch (token) {
        case 1: // begin node
            if (++depth == 8)
                return false;
            stack[depth] = (struct node){.name = (const char *)at};
            while (*at++)
                ;
            at = (const u8 *)(((u64)at + 3) & ~3ul);
            break;
        case 2: // end node
            if (depth == 0)
                return false;
            note_node(&stack[depth--]);
            break;
        case 3: { // property
            u32 size = big32(at);
            const char *name = strings + big32(at + 4);
            at += 8;
            if (same_text(name, "compatible"))
                stack[depth].compatible = (const char *)at;
            if (same_text(name, "reg")) {
                stack[depth].reg = at;
                stack[depth].reg_size = size;
            }
            at += (size + 3) & ~3u;
            break;
        }
        case 4: // nothing
            break;
        default: // end
            return token == 9;
        }
    }
    return false;
}

u64 find_device(const char *compatible)
{
    for (u32 i = 0; i < board.devices; i++)
        if (same_text(board.device[i].compatible, compatible))
            return board.device[i].base;
    return 0;
}

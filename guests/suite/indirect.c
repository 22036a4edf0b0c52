// Indirect jumps: a bytecode interpreter, and calls through tables of functions.
#include "suite.h"

enum { LOAD, ADD, SUB, MUL, XOR, SHR, JNZ, MOVE, HALT };

struct code {
    uint8_t op, to, from;
    int16_t value;
};

// A loop of arithmetic with one inner loop; registers 0 and 1 count.
static const struct code program[] = {
    { LOAD, 0, 0, 6000 }, { LOAD, 2, 0, 7 },  { LOAD, 3, 0, 13 }, { LOAD, 5, 0, 1 },
    { LOAD, 1, 0, 200 }, // 4: the outer loop
    { MUL, 2, 3, 0 },    // 5: the inner loop
    { ADD, 2, 1, 0 },     { MOVE, 4, 2, 0 },  { SHR, 4, 0, 11 },  { XOR, 2, 4, 0 },
    { ADD, 3, 5, 0 },     { SUB, 1, 5, 0 },   { JNZ, 1, 0, 5 },
    { XOR, 3, 2, 0 },     { SUB, 0, 5, 0 },   { JNZ, 0, 0, 4 },   { HALT, 0, 0, 0 },
};

static uint64_t interpreter(void)
{
    static const void *const places[] = { &&load, &&add, &&sub, &&mul, &&xor, &&shr, &&jnz, &&move, &&halt };
    uint64_t reg[8] = { 0 };
    const struct code *at = program;
#define GO goto *places[at->op]
    GO;
load:
    reg[at->to] = at->value;
    at++;
    GO;
add:
    reg[at->to] += reg[at->from];
    at++;
    GO;
sub:
    reg[at->to] -= reg[at->from];
    at++;
    GO;
mul:
    reg[at->to] *= reg[at->from];
    at++;
    GO;
xor:
    reg[at->to] ^= reg[at->from];
    at++;
    GO;
shr:
    reg[at->to] >>= at->value;
    at++;
    GO;
move:
    reg[at->to] = reg[at->from];
    at++;
    GO;
jnz:
    at = reg[at->to] ? program + at->value : at + 1;
    GO;
halt:
    return mix(reg[2], reg[3]);
}

struct shape;
struct methods {
    uint64_t (*area)(const struct shape *shape);
    void (*grow)(struct shape *shape, uint32_t by);
};
struct shape {
    const struct methods *methods;
    uint32_t a, b;
};

static uint64_t square_area(const struct shape *s) { return (uint64_t)s->a * s->a; }
static uint64_t box_area(const struct shape *s) { return (uint64_t)s->a * s->b; }
static uint64_t half_area(const struct shape *s) { return (uint64_t)s->a * s->b / 2; }
static uint64_t ring_area(const struct shape *s) { return (uint64_t)s->a * s->a - (uint64_t)s->b * s->b; }
static void grow_a(struct shape *s, uint32_t by) { s->a += by; }
static void grow_b(struct shape *s, uint32_t by) { s->b ^= by; }

static const struct methods kinds[] = {
    { square_area, grow_a }, { box_area, grow_b }, { half_area, grow_a }, { ring_area, grow_b },
};

#define SHAPES 1024
static struct shape shapes[SHAPES];

static uint64_t virtual_calls(void)
{
    uint64_t state = 4711, sum = 0;
    for (int i = 0; i < SHAPES; i++) {
        uint64_t x = next(&state);
        shapes[i] = (struct shape){ &kinds[x >> 62], x & 0xffff, x >> 16 & 0xffff };
    }
    for (int turn = 0; turn < 4000; turn++)
        for (int i = 0; i < SHAPES; i++) {
            struct shape *shape = &shapes[i];
            sum += shape->methods->area(shape);
            shape->methods->grow(shape, turn);
        }
    return sum;
}

const struct bench indirect_benches[] = {
    { "indirect/interpreter", 0, interpreter, 0 },
    { "indirect/virtual", 0, virtual_calls, 0 },
    { 0 },
};

// Where things are. The defaults are this machine's; a build for another board overrides them.
#pragma once

#ifndef UART
#define UART 0x20010000ul
#endif
#ifndef RAM
#define RAM 0x70000000ul
#endif

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;

// Console.
void put_text(const char *text);
void put_decimal(u64 value);
void put_hex(u64 value, int digits);

// Benchmark kernels: each returns a checksum that depends on all of its work.
u32 sha256(void);
u32 crc32_bits(void);
u32 sort(void);
u32 matrix(void);
u32 interpreter(void);
u32 recursion(void);
u32 text(void);

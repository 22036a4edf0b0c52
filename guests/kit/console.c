// A polled PL011 and a small printf.
#include "kit.h"

#define UARTDR (UART + 0x00)
#define UARTFR (UART + 0x18)
#define UARTLCR_H (UART + 0x2c)
#define UARTCR (UART + 0x30)
#define FR_RXFE 0x10
#define FR_TXFF 0x20

void uart_init(void)
{
    write32(UARTCR, 0);
    write32(UARTLCR_H, 0x70); // FIFOs, 8 bits
    write32(UARTCR, 0x301);   // enabled, both directions
}

void put_byte(u8 byte)
{
    while (read32(UARTFR) & FR_TXFF)
        YIELD();
    write32(UARTDR, byte);
}

int get_byte(void)
{
    while (read32(UARTFR) & FR_RXFE)
        YIELD();
    return read32(UARTDR) & 0xff;
}

// Where print goes: a buffer, or the console while `at` is NULL.
struct sink {
    char *at, *end;
};

static void emit(struct sink *sink, char c)
{
    if (!sink->at) {
        if (c == '\n')
            put_byte('\r');
        put_byte((u8)c);
    } else if (sink->at < sink->end) {
        *sink->at++ = c;
    }
}

static void emit_padded(struct sink *sink, const char *text, u64 width, bool left)
{
    u64 length = 0;
    while (text[length])
        length++;
    for (u64 i = length; !left && i < width; i++)
        emit(sink, ' ');
    for (u64 i = 0; i < length; i++)
        emit(sink, text[i]);
    for (u64 i = length; left && i < width; i++)
        emit(sink, ' ');
}

static const char *number(char digits[24], u64 value, u64 base)
{
    char *at = digits + 23;
    *at = 0;
    do {
        *--at = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    if (base == 16) {
        *--at = 'x';
        *--at = '0';
    }
    return at;
}

static void format_into(struct sink *sink, const char *format, __builtin_va_list arguments)
{
    char digits[24];
    for (; *format; format++) {
        if (*format != '%') {
            emit(sink, *format);
            continue;
        }
        bool left = format[1] == '-';
        format += left;
        u64 width = 0;
        while (*++format >= '0' && *format <= '9')
            width = width * 10 + (u64)(*format - '0');
        bool wide = *format == 'l';
        format += wide;
        char c[2] = {0, 0};
        switch (*format) {
        case 's':
            emit_padded(sink, __builtin_va_arg(arguments, const char *), width, left);
            break;
        case 'c':
            c[0] = (char)__builtin_va_arg(arguments, int);
            emit_padded(sink, c, width, left);
            break;
        case 'u':
        case 'x': {
            u64 value = wide ? __builtin_va_arg(arguments, u64) : __builtin_va_arg(arguments, u32);
            emit_padded(sink, number(digits, value, *format == 'u' ? 10 : 16), width, left);
            break;
        }
        default:
            emit(sink, *format);
        }
    }
}

void print(const char *format, ...)
{
    struct sink sink = {NULL, NULL};
    __builtin_va_list arguments;
    __builtin_va_start(arguments, format);
    format_into(&sink, format, arguments);
    __builtin_va_end(arguments);
}

char *print_into(char *buffer, u64 size, const char *format, ...)
{
    struct sink sink = {buffer, buffer + size - 1};
    __builtin_va_list arguments;
    __builtin_va_start(arguments, format);
    format_into(&sink, format, arguments);
    __builtin_va_end(arguments);
    *sink.at = 0;
    return buffer;
}

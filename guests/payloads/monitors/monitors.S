// u64 NAME(u64 address, u64 value): load-exclusive, something, store-exclusive. Returns the status, 1 for failed.
    .arch   armv8.5-a
    .macro  pair_of name, load, store, between:vararg
    .section .text.\name, "ax"
    .global \name
\name:
    mov     x9, x30
    \load
    \between
    \store
    mov     w0, w3
    ret     x9
    .endm

    .irp    size, b, h
    pair_of plain_\size, "ldxr\size w2, [x0]", "stxr\size w3, w1, [x0]"
    pair_of svc_\size, "ldxr\size w2, [x0]", "stxr\size w3, w1, [x0]", svc #0
    pair_of clrex_\size, "ldxr\size w2, [x0]", "stxr\size w3, w1, [x0]", clrex
    .endr
    pair_of plain_w, "ldaxr w2, [x0]", "stlxr w3, w1, [x0]"
    pair_of plain_x, "ldxr x2, [x0]", "stxr w3, x1, [x0]"
    pair_of plain_pw, "ldxp w2, w4, [x0]", "stxp w3, w1, w1, [x0]"
    pair_of plain_px, "ldaxp x2, x4, [x0]", "stlxp w3, x1, x1, [x0]"
    pair_of svc_w, "ldaxr w2, [x0]", "stlxr w3, w1, [x0]", svc #0
    pair_of svc_x, "ldxr x2, [x0]", "stxr w3, x1, [x0]", svc #0
    pair_of svc_pw, "ldxp w2, w4, [x0]", "stxp w3, w1, w1, [x0]", svc #0
    pair_of svc_px, "ldaxp x2, x4, [x0]", "stlxp w3, x1, x1, [x0]", svc #0
    pair_of clrex_w, "ldaxr w2, [x0]", "stlxr w3, w1, [x0]", clrex
    pair_of clrex_x, "ldxr x2, [x0]", "stxr w3, x1, [x0]", clrex
    pair_of clrex_pw, "ldxp w2, w4, [x0]", "stxp w3, w1, w1, [x0]", clrex
    pair_of clrex_px, "ldaxp x2, x4, [x0]", "stlxp w3, x1, x1, [x0]", clrex
    // Other exceptions that return; a store-exclusive without a load; a second one after one that succeeded.
    pair_of brk_x, "ldxr x2, [x0]", "stxr w3, x1, [x0]", brk #1
    pair_of undefined_x, "ldxr x2, [x0]", "stxr w3, x1, [x0]", .inst 0
    pair_of alone_x, "clrex", "stxr w3, x1, [x0]"
    pair_of second_x, "ldxr x2, [x0]", "stxr w3, x1, [x0]", stxr w5, x1, [x0]
    // A monitor at another address, or of another size: the manual lets them pass or fail, ours fail.
    pair_of elsewhere_x, "ldxr x2, [x0]", "stxr w3, x1, [x5]", add x5, x0, #64
    pair_of smaller_x, "ldxr x2, [x0]", "stxr w3, w1, [x0]"
    // Until the other CPU has written: x5 is a flag that it watches, x5 + 8 one that it sets.
    pair_of meet_x, "ldxr x2, [x0]", "stxr w3, x1, [x0]", bl ask
    pair_of meet_px, "ldxp x2, x4, [x0]", "stxp w3, x1, x1, [x0]", bl ask

    .section .text.ask, "ax"
ask:
    adrp    x5, meeting
    add     x5, x5, :lo12:meeting
    mov     x6, #1
    stlr    x6, [x5]
1:  add     x7, x5, #64
    ldar    x6, [x7]
    cbz     x6, 1b
    ret

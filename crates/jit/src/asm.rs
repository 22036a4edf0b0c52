//! The x86-64 encoder: just the instructions the recompiler emits, into a byte buffer at a known address.
//!
//! Sources: the Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2. Names follow its mnemonics.
//! `w` in a call means 64-bit operand size when true, 32-bit when false.

/// A general register, 0..=15 in encoding order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reg(pub(crate) u8);

pub(crate) const RAX: Reg = Reg(0);
pub(crate) const RCX: Reg = Reg(1);
pub(crate) const RDX: Reg = Reg(2);
pub(crate) const RBX: Reg = Reg(3);
pub(crate) const RSP: Reg = Reg(4);
pub(crate) const RBP: Reg = Reg(5);
pub(crate) const RSI: Reg = Reg(6);
pub(crate) const RDI: Reg = Reg(7);
pub(crate) const R8: Reg = Reg(8);
pub(crate) const R9: Reg = Reg(9);
pub(crate) const R10: Reg = Reg(10);
pub(crate) const R11: Reg = Reg(11);
pub(crate) const R12: Reg = Reg(12);
pub(crate) const R13: Reg = Reg(13);
pub(crate) const R14: Reg = Reg(14);
pub(crate) const R15: Reg = Reg(15);

/// A vector register: 0..=15, or 0..=31 in instructions that have an EVEX form ([`crate::evex`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Xmm(pub(crate) u8);

/// A memory operand: base, optional index with scale (log2), displacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mem {
    pub(crate) base: Reg,
    pub(crate) index: Option<(Reg, u8)>,
    pub(crate) disp: i32,
}

/// `[base + disp]`.
pub(crate) const fn at(base: Reg, disp: i32) -> Mem {
    Mem { base, index: None, disp }
}

/// `[base + index << scale + disp]`. The index cannot be RSP.
pub(crate) const fn indexed(base: Reg, index: Reg, scale: u8, disp: i32) -> Mem {
    Mem { base, index: Some((index, scale)), disp }
}

/// A register or a memory operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rm {
    Reg(Reg),
    Mem(Mem),
}

impl From<Reg> for Rm {
    fn from(r: Reg) -> Self {
        Rm::Reg(r)
    }
}

impl From<Mem> for Rm {
    fn from(m: Mem) -> Self {
        Rm::Mem(m)
    }
}

/// The two-operand arithmetic instructions, by their `/digit`; the opcode of `op r/m, r` is 8 times that, plus 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alu {
    Add = 0,
    Or = 1,
    Adc = 2,
    Sbb = 3,
    And = 4,
    Sub = 5,
    Xor = 6,
    Cmp = 7,
}

/// Shifts by their `/digit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shift {
    Ror = 1,
    Shl = 4,
    Shr = 5,
    Sar = 7,
}

/// Condition codes as encoded; the lowest bit inverts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cc(pub(crate) u8);

pub(crate) const CC_O: Cc = Cc(0);
pub(crate) const CC_B: Cc = Cc(2);
pub(crate) const CC_AE: Cc = Cc(3);
pub(crate) const CC_E: Cc = Cc(4);
pub(crate) const CC_NE: Cc = Cc(5);
pub(crate) const CC_BE: Cc = Cc(6);
pub(crate) const CC_A: Cc = Cc(7);
pub(crate) const CC_S: Cc = Cc(8);
pub(crate) const CC_P: Cc = Cc(10);
pub(crate) const CC_GE: Cc = Cc(13);
pub(crate) const CC_G: Cc = Cc(15);

impl Cc {
    pub(crate) fn inverted(self) -> Cc {
        Cc(self.0 ^ 1)
    }
}

/// A place in the code that jumps may name before it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Label(u32);

const UNBOUND: u32 = u32::MAX;

/// A buffer of code that will lie at `origin`.
#[derive(Debug, Default)]
pub(crate) struct Asm {
    pub(crate) bytes: Vec<u8>,
    /// Address of the first byte when executed.
    pub(crate) origin: u64,
    labels: Vec<u32>,
    fixups: Vec<(u32, Label)>,
    /// Constants that are others elsewhere.
    pub(crate) moves: Vec<Move>,
}

/// A constant in a block's code that depends on where the code lies or which guest address it is for: its offset and kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Move(u32);

/// What such a constant is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Displacement of something outside the block.
    Outside,
    /// The block's number with its kind.
    Block,
    /// A link's number with its kind.
    Link,
    /// A guest address of 32 bits, extended by zeros.
    Va32,
    /// The same, extended by its sign.
    Va32Signed,
    /// A guest address of 64 bits in an instruction that has shorter forms.
    VaMove,
    /// A guest address of 64 bits.
    Va64,
}

impl Move {
    fn new(site: u32, place: Place) -> Self {
        Move(site << 3 | place as u32)
    }

    /// Offset of the constant.
    pub(crate) fn site(self) -> u32 {
        self.0 >> 3
    }

    pub(crate) fn place(self) -> Place {
        use Place::{Block, Link, Outside, Va32, Va32Signed, Va64, VaMove};
        [Outside, Block, Link, Va32, Va32Signed, VaMove, Va64, Va64][self.0 as usize & 7]
    }
}

impl Asm {
    /// Empties the buffer for code at `origin`, keeping its memory.
    pub(crate) fn restart(&mut self, origin: u64) {
        self.bytes.clear();
        self.labels.clear();
        self.fixups.clear();
        self.moves.clear();
        self.origin = origin;
    }

    /// Bytes so far.
    pub(crate) fn here(&self) -> u32 {
        self.bytes.len() as u32
    }

    pub(crate) fn label(&mut self) -> Label {
        self.labels.push(UNBOUND);
        Label(self.labels.len() as u32 - 1)
    }

    /// The label is here.
    pub(crate) fn bind(&mut self, l: Label) {
        self.labels[l.0 as usize] = self.here();
    }

    /// Where a bound label is.
    pub(crate) fn place(&self, l: Label) -> u32 {
        self.labels[l.0 as usize]
    }

    /// Fills in every jump to a label. All labels that are named must be bound by now.
    pub(crate) fn resolve(&mut self) {
        for (site, label) in self.fixups.drain(..) {
            let target = self.labels[label.0 as usize];
            debug_assert_ne!(target, UNBOUND);
            let rel = target.wrapping_sub(site + 4);
            self.bytes[site as usize..site as usize + 4].copy_from_slice(&rel.to_le_bytes());
        }
    }

    /// The next bytes are such a constant.
    pub(crate) fn note(&mut self, place: Place) {
        self.moves.push(Move::new(self.here(), place));
    }

    pub(crate) fn byte(&mut self, b: u8) {
        self.bytes.push(b);
    }

    pub(crate) fn imm32(&mut self, v: u32) {
        self.bytes.extend_from_slice(&v.to_le_bytes());
    }

    pub(crate) fn imm64(&mut self, v: u64) {
        self.bytes.extend_from_slice(&v.to_le_bytes());
    }

    fn rel32(&mut self, l: Label) {
        let site = self.here();
        self.fixups.push((site, l));
        self.imm32(0);
    }

    /// ModRM, SIB and displacement of a memory operand; `short` allows a displacement of one byte.
    pub(crate) fn modrm_mem(&mut self, reg: u8, m: Mem, short: bool) {
        let reg = (reg & 7) << 3;
        let base = m.base.0 & 7;
        // RBP and R13 as a base need a displacement.
        let (mode, short) = match m.disp {
            0 if base != 5 => (0u8, false),
            d if short && i8::try_from(d).is_ok() => (0x40, true),
            _ => (0x80, false),
        };
        match m.index {
            Some((index, scale)) => {
                self.byte(mode | reg | 4);
                self.byte(scale << 6 | (index.0 & 7) << 3 | base);
            }
            // RSP and R12 as a base need a SIB byte.
            None if base == 4 => {
                self.byte(mode | reg | 4);
                self.byte(0x24);
            }
            None => self.byte(mode | reg | base),
        }
        if short {
            self.byte(m.disp as u8);
        } else if mode == 0x80 {
            self.imm32(m.disp as u32);
        }
    }

    pub(crate) fn modrm(&mut self, reg: u8, rm: Rm) {
        match rm {
            Rm::Reg(r) => self.byte(0xc0 | (reg & 7) << 3 | r.0 & 7),
            Rm::Mem(m) => self.modrm_mem(reg, m, true),
        }
    }

    /// REX prefix. `byte_regs`: a byte operand in a register, where 4..=7 need a prefix to mean SPL..DIL.
    fn rex(&mut self, w: bool, reg: u8, rm: Rm, byte_regs: bool) {
        let (x, b) = match rm {
            Rm::Reg(r) => (0, r.0 >> 3),
            Rm::Mem(m) => (m.index.map_or(0, |(i, _)| i.0 >> 3), m.base.0 >> 3),
        };
        let rex = 0x40 | u8::from(w) << 3 | (reg >> 3) << 2 | x << 1 | b;
        if rex != 0x40 || byte_regs {
            self.byte(rex);
        }
    }

    /// One-byte opcode with ModRM.
    fn op(&mut self, w: bool, opcode: u8, reg: u8, rm: Rm) {
        self.rex(w, reg, rm, false);
        self.byte(opcode);
        self.modrm(reg, rm);
    }

    /// Two-byte opcode (0F xx) with ModRM.
    fn op0f(&mut self, w: bool, opcode: u8, reg: u8, rm: Rm, byte_regs: bool) {
        self.rex(w, reg, rm, byte_regs);
        self.byte(0x0f);
        self.byte(opcode);
        self.modrm(reg, rm);
    }

    pub(crate) fn mov(&mut self, w: bool, dst: Reg, src: impl Into<Rm>) {
        let src = src.into();
        if w && src == Rm::Reg(dst) {
            return;
        }
        self.op(w, 0x8b, dst.0, src);
    }

    pub(crate) fn store(&mut self, w: bool, dst: Mem, src: Reg) {
        self.op(w, 0x89, src.0, dst.into());
    }

    pub(crate) fn store8(&mut self, dst: Mem, src: Reg) {
        self.rex(false, src.0, dst.into(), src.0 >= 4);
        self.byte(0x88);
        self.modrm(src.0, dst.into());
    }

    pub(crate) fn store16(&mut self, dst: Mem, src: Reg) {
        self.byte(0x66);
        self.op(false, 0x89, src.0, dst.into());
    }

    /// `mov qword [dst], imm` with a sign-extended 32-bit immediate.
    pub(crate) fn store_imm(&mut self, w: bool, dst: Mem, imm: i32) {
        self.op(w, 0xc7, 0, dst.into());
        self.imm32(imm as u32);
    }

    /// A 64-bit constant, in the shortest form that leaves the flags alone.
    pub(crate) fn mov_imm(&mut self, dst: Reg, v: u64) {
        if let Ok(v) = u32::try_from(v) {
            self.rex(false, 0, dst.into(), false);
            self.byte(0xb8 | dst.0 & 7);
            self.imm32(v);
        } else if i32::try_from(v as i64).is_ok() {
            self.op(true, 0xc7, 0, dst.into());
            self.imm32(v as u32);
        } else {
            self.rex(true, 0, dst.into(), false);
            self.byte(0xb8 | dst.0 & 7);
            self.imm64(v);
        }
    }

    /// A guest address that depends on the block's: as [`Asm::mov_imm`].
    pub(crate) fn mov_va(&mut self, dst: Reg, va: u64) {
        self.mov_imm(dst, va);
        let (bytes, place) = match (u32::try_from(va), i32::try_from(va as i64)) {
            (Ok(_), _) => (4, Place::Va32),
            (_, Ok(_)) => (4, Place::Va32Signed),
            _ => (8, Place::VaMove),
        };
        self.moves.push(Move::new(self.here() - bytes, place));
    }

    /// The number of the block, or of a link out of it, with its kind.
    pub(crate) fn mov_number(&mut self, dst: Reg, n: u32, place: Place) {
        self.mov_imm(dst, n.into());
        self.moves.push(Move::new(self.here() - 4, place));
    }

    pub(crate) fn movzx8(&mut self, dst: Reg, src: impl Into<Rm>) {
        let src = src.into();
        let low = matches!(src, Rm::Reg(r) if r.0 >= 4);
        self.op0f(false, 0xb6, dst.0, src, low);
    }

    pub(crate) fn movzx16(&mut self, dst: Reg, src: impl Into<Rm>) {
        self.op0f(false, 0xb7, dst.0, src.into(), false);
    }

    pub(crate) fn movsx8(&mut self, w: bool, dst: Reg, src: impl Into<Rm>) {
        let src = src.into();
        let low = matches!(src, Rm::Reg(r) if r.0 >= 4);
        self.op0f(w, 0xbe, dst.0, src, low);
    }

    pub(crate) fn movsx16(&mut self, w: bool, dst: Reg, src: impl Into<Rm>) {
        self.op0f(w, 0xbf, dst.0, src.into(), false);
    }

    pub(crate) fn movsxd(&mut self, dst: Reg, src: impl Into<Rm>) {
        self.op(true, 0x63, dst.0, src.into());
    }

    pub(crate) fn lea(&mut self, w: bool, dst: Reg, m: Mem) {
        self.op(w, 0x8d, dst.0, m.into());
    }

    /// `lea dst, [rip + label]`.
    pub(crate) fn lea_label(&mut self, dst: Reg, l: Label) {
        self.byte(0x48 | (dst.0 >> 3) << 2);
        self.byte(0x8d);
        self.byte((dst.0 & 7) << 3 | 5);
        self.rel32(l);
    }

    pub(crate) fn alu(&mut self, op: Alu, w: bool, dst: Reg, src: impl Into<Rm>) {
        self.op(w, (op as u8) << 3 | 3, dst.0, src.into());
    }

    pub(crate) fn alu_imm(&mut self, op: Alu, w: bool, dst: impl Into<Rm>, imm: i32) {
        let dst = dst.into();
        if let Ok(short) = i8::try_from(imm) {
            self.op(w, 0x83, op as u8, dst);
            self.byte(short as u8);
        } else {
            self.op(w, 0x81, op as u8, dst);
            self.imm32(imm as u32);
        }
    }

    pub(crate) fn test(&mut self, w: bool, a: impl Into<Rm>, b: Reg) {
        self.op(w, 0x85, b.0, a.into());
    }

    pub(crate) fn test_imm(&mut self, w: bool, a: impl Into<Rm>, imm: i32) {
        self.op(w, 0xf7, 0, a.into());
        self.imm32(imm as u32);
    }

    /// `test byte, imm8` on a register's low byte or memory.
    pub(crate) fn test8_imm(&mut self, a: impl Into<Rm>, imm: u8) {
        let a = a.into();
        let low = matches!(a, Rm::Reg(r) if r.0 >= 4);
        self.rex(false, 0, a, low);
        self.byte(0xf6);
        self.modrm(0, a);
        self.byte(imm);
    }

    pub(crate) fn cmp8_imm(&mut self, a: Mem, imm: u8) {
        self.rex(false, 0, a.into(), false);
        self.byte(0x80);
        self.modrm(7, a.into());
        self.byte(imm);
    }

    pub(crate) fn bt_imm(&mut self, w: bool, a: impl Into<Rm>, bit: u8) {
        self.op0f(w, 0xba, 4, a.into(), false);
        self.byte(bit);
    }

    pub(crate) fn bt(&mut self, w: bool, a: Reg, bit: Reg) {
        self.op0f(w, 0xa3, bit.0, a.into(), false);
    }

    pub(crate) fn shift_imm(&mut self, op: Shift, w: bool, dst: impl Into<Rm>, n: u8) {
        self.op(w, 0xc1, op as u8, dst.into());
        self.byte(n);
    }

    pub(crate) fn not(&mut self, w: bool, r: Reg) {
        self.op(w, 0xf7, 2, r.into());
    }

    pub(crate) fn neg(&mut self, w: bool, r: Reg) {
        self.op(w, 0xf7, 3, r.into());
    }

    pub(crate) fn imul(&mut self, w: bool, dst: Reg, src: impl Into<Rm>) {
        self.op0f(w, 0xaf, dst.0, src.into(), false);
    }

    /// RDX:RAX = RAX * src, signed.
    pub(crate) fn imul_wide(&mut self, src: Reg) {
        self.op(true, 0xf7, 5, src.into());
    }

    /// RDX:RAX = RAX * src, unsigned.
    pub(crate) fn mul_wide(&mut self, src: Reg) {
        self.op(true, 0xf7, 4, src.into());
    }

    pub(crate) fn div(&mut self, w: bool, src: Reg) {
        self.op(w, 0xf7, 6, src.into());
    }

    pub(crate) fn idiv(&mut self, w: bool, src: Reg) {
        self.op(w, 0xf7, 7, src.into());
    }

    /// Sign-extends RAX into RDX.
    pub(crate) fn cqo(&mut self, w: bool) {
        if w {
            self.byte(0x48);
        }
        self.byte(0x99);
    }

    pub(crate) fn shrd(&mut self, w: bool, dst: Reg, src: Reg, n: u8) {
        self.op0f(w, 0xac, src.0, dst.into(), false);
        self.byte(n);
    }

    pub(crate) fn bswap(&mut self, w: bool, r: Reg) {
        self.rex(w, 0, r.into(), false);
        self.byte(0x0f);
        self.byte(0xc8 | r.0 & 7);
    }

    pub(crate) fn lzcnt(&mut self, w: bool, dst: Reg, src: impl Into<Rm>) {
        self.byte(0xf3);
        self.op0f(w, 0xbd, dst.0, src.into(), false);
    }

    /// CRC32 with the Castagnoli polynomial of a `bytes`-wide operand (1, 2, 4 or 8).
    pub(crate) fn crc32c(&mut self, dst: Reg, src: Reg, bytes: u8) {
        if bytes == 2 {
            self.byte(0x66);
        }
        self.byte(0xf2);
        self.rex(bytes == 8, dst.0, src.into(), bytes == 1 && src.0 >= 4);
        self.bytes.extend_from_slice(&[0x0f, 0x38, if bytes == 1 { 0xf0 } else { 0xf1 }]);
        self.modrm(dst.0, src.into());
    }

    pub(crate) fn cmov(&mut self, cc: Cc, w: bool, dst: Reg, src: impl Into<Rm>) {
        self.op0f(w, 0x40 | cc.0, dst.0, src.into(), false);
    }

    pub(crate) fn setcc(&mut self, cc: Cc, dst: Reg) {
        self.op0f(false, 0x90 | cc.0, 0, dst.into(), dst.0 >= 4);
    }

    pub(crate) fn setcc_mem(&mut self, cc: Cc, m: Mem) {
        self.op0f(false, 0x90 | cc.0, 0, m.into(), false);
    }

    /// `cmp r8, [m]`.
    pub(crate) fn cmp8_reg(&mut self, r: Reg, m: Mem) {
        self.rex(false, r.0, m.into(), r.0 >= 4);
        self.byte(0x3a);
        self.modrm(r.0, m.into());
    }

    pub(crate) fn jcc(&mut self, cc: Cc, l: Label) {
        self.byte(0x0f);
        self.byte(0x80 | cc.0);
        self.rel32(l);
    }

    pub(crate) fn jmp(&mut self, l: Label) {
        self.byte(0xe9);
        self.rel32(l);
    }

    /// A jump to an address outside the buffer.
    pub(crate) fn jmp_to(&mut self, address: u64) {
        self.byte(0xe9);
        self.rel_to(address);
    }

    pub(crate) fn jcc_to(&mut self, cc: Cc, address: u64) {
        self.byte(0x0f);
        self.byte(0x80 | cc.0);
        self.rel_to(address);
    }

    pub(crate) fn call_to(&mut self, address: u64) {
        self.byte(0xe8);
        self.rel_to(address);
    }

    fn rel_to(&mut self, address: u64) {
        self.note(Place::Outside);
        let next = self.origin.wrapping_add(u64::from(self.here()) + 4);
        self.imm32(address.wrapping_sub(next) as u32);
    }

    pub(crate) fn jmp_mem(&mut self, m: Mem) {
        self.op(false, 0xff, 4, m.into());
    }

    pub(crate) fn jmp_reg(&mut self, r: Reg) {
        self.op(false, 0xff, 4, r.into());
    }

    pub(crate) fn call_reg(&mut self, r: Reg) {
        self.op(false, 0xff, 2, r.into());
    }

    pub(crate) fn push(&mut self, r: Reg) {
        self.rex(false, 0, r.into(), false);
        self.byte(0x50 | r.0 & 7);
    }

    pub(crate) fn pop(&mut self, r: Reg) {
        self.rex(false, 0, r.into(), false);
        self.byte(0x58 | r.0 & 7);
    }

    /// Instructions without operands.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(crate) fn ret(&mut self) {
        self.byte(0xc3);
    }

    pub(crate) fn lahf(&mut self) {
        self.byte(0x9f);
    }

    pub(crate) fn sahf(&mut self) {
        self.byte(0x9e);
    }

    pub(crate) fn cmc(&mut self) {
        self.byte(0xf5);
    }

    /// Opcode of an instruction with a byte form one below, with its prefix for 16 bits.
    fn sized(&mut self, bytes: u8, two_byte: bool, opcode: u8, reg: Reg, m: Mem) {
        if bytes == 2 {
            self.byte(0x66);
        }
        self.rex(bytes == 8, reg.0, m.into(), bytes == 1 && reg.0 >= 4);
        if two_byte {
            self.byte(0x0f);
        }
        self.byte(if bytes == 1 { opcode - 1 } else { opcode });
        self.modrm(reg.0, m.into());
    }

    /// Exchange with memory: a full barrier.
    pub(crate) fn xchg(&mut self, bytes: u8, m: Mem, r: Reg) {
        self.sized(bytes, false, 0x87, r, m);
    }

    pub(crate) fn lock_xadd(&mut self, bytes: u8, m: Mem, r: Reg) {
        self.byte(0xf0);
        self.sized(bytes, true, 0xc1, r, m);
    }

    pub(crate) fn lock_cmpxchg(&mut self, bytes: u8, m: Mem, r: Reg) {
        self.byte(0xf0);
        self.sized(bytes, true, 0xb1, r, m);
    }

    pub(crate) fn lock_alu(&mut self, op: Alu, w: bool, m: Mem, r: Reg) {
        self.byte(0xf0);
        self.op(w, (op as u8) << 3 | 1, r.0, m.into());
    }

    /// `lock or dword [rsp], 0`: a full barrier, cheaper than MFENCE.
    pub(crate) fn barrier(&mut self) {
        self.raw(&[0xf0, 0x83, 0x0c, 0x24, 0x00]);
    }
}

/// Map and prefix of a VEX instruction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vex {
    /// 0: none, 1: 66, 2: F3, 3: F2.
    pub(crate) pp: u8,
    /// 1: 0F, 2: 0F38, 3: 0F3A.
    pub(crate) map: u8,
    pub(crate) w: bool,
    pub(crate) opcode: u8,
}

/// An operand of a vector instruction that may be a vector register or memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Xm {
    Reg(Xmm),
    Mem(Mem),
}

impl From<Xmm> for Xm {
    fn from(r: Xmm) -> Self {
        Xm::Reg(r)
    }
}

impl From<Mem> for Xm {
    fn from(m: Mem) -> Self {
        Xm::Mem(m)
    }
}

impl Asm {
    /// A VEX.128 instruction: `reg`, `vvvv` (0 if unused), and an operand. In its EVEX form if a register is above 15.
    pub(crate) fn vex_rm(&mut self, v: Vex, reg: u8, vvvv: u8, rm: Rm) {
        if (reg | vvvv | if let Rm::Reg(r) = rm { r.0 } else { 0 }) & 16 != 0 {
            return self.evex(v, reg, vvvv, rm);
        }
        self.vex_length(v, reg, vvvv, rm, 0);
    }

    fn vex_length(&mut self, v: Vex, reg: u8, vvvv: u8, rm: Rm, l: u8) {
        let (x, b) = match rm {
            Rm::Reg(r) => (0, r.0 >> 3),
            Rm::Mem(m) => (m.index.map_or(0, |(i, _)| i.0 >> 3), m.base.0 >> 3),
        };
        let tail = (!vvvv & 15) << 3 | l << 2 | v.pp;
        if x == 0 && b == 0 && !v.w && v.map == 1 {
            self.byte(0xc5);
            self.byte((!reg >> 3 & 1) << 7 | tail);
        } else {
            self.byte(0xc4);
            self.byte((!reg >> 3 & 1) << 7 | (1 - x) << 6 | (1 - b) << 5 | v.map);
            self.byte(u8::from(v.w) << 7 | tail);
        }
        self.byte(v.opcode);
        self.modrm(reg, rm);
    }

    /// `reg = op(a, b)` on vector registers.
    pub(crate) fn vex(&mut self, v: Vex, reg: Xmm, a: Xmm, b: impl Into<Xm>) {
        let rm = match b.into() {
            Xm::Reg(r) => Rm::Reg(Reg(r.0)),
            Xm::Mem(m) => Rm::Mem(m),
        };
        self.vex_rm(v, reg.0, a.0, rm);
    }

    /// `reg = op(b)` on vector registers.
    pub(crate) fn vex2(&mut self, v: Vex, reg: Xmm, b: impl Into<Xm>) {
        self.vex(v, reg, Xmm(0), b);
    }

    /// With an immediate byte at the end.
    pub(crate) fn vex_imm(&mut self, v: Vex, reg: Xmm, a: Xmm, b: impl Into<Xm>, imm: u8) {
        self.vex(v, reg, a, b);
        self.byte(imm);
    }

    /// General-register three-operand VEX: SHLX and its kin, `dst = op(src, vvvv)`.
    fn shiftx(&mut self, pp: u8, w: bool, dst: Reg, src: Rm, n: Reg) {
        self.vex_rm(Vex { pp, map: 2, w, opcode: 0xf7 }, dst.0, n.0, src);
    }

    pub(crate) fn shlx(&mut self, w: bool, dst: Reg, src: impl Into<Rm>, n: Reg) {
        self.shiftx(1, w, dst, src.into(), n);
    }

    pub(crate) fn shrx(&mut self, w: bool, dst: Reg, src: impl Into<Rm>, n: Reg) {
        self.shiftx(3, w, dst, src.into(), n);
    }

    pub(crate) fn sarx(&mut self, w: bool, dst: Reg, src: impl Into<Rm>, n: Reg) {
        self.shiftx(2, w, dst, src.into(), n);
    }

    pub(crate) fn rorx(&mut self, w: bool, dst: Reg, src: impl Into<Rm>, n: u8) {
        self.vex_rm(Vex { pp: 3, map: 3, w, opcode: 0xf0 }, dst.0, 0, src.into());
        self.byte(n);
    }

    /// `dst = !a & b`.
    pub(crate) fn andn(&mut self, w: bool, dst: Reg, a: Reg, b: impl Into<Rm>) {
        self.vex_rm(Vex { pp: 0, map: 2, w, opcode: 0xf2 }, dst.0, a.0, b.into());
    }

    pub(crate) fn pext(&mut self, w: bool, dst: Reg, src: Reg, mask: Reg) {
        self.vex_rm(Vex { pp: 2, map: 2, w, opcode: 0xf5 }, dst.0, src.0, mask.into());
    }

    pub(crate) fn pdep(&mut self, w: bool, dst: Reg, src: Reg, mask: Reg) {
        self.vex_rm(Vex { pp: 3, map: 2, w, opcode: 0xf5 }, dst.0, src.0, mask.into());
    }
}

//! System instructions: cache and TLB maintenance, address translation.

use crate::coherence::Request;
use crate::cpu::{Cpu, R};
use crate::decode::sysreg_encoding;
use crate::mmu::{Access, Regime};

/// Zeroed by `DC ZVA`, in bytes; `DCZID_EL0` says so.
const ZVA: u64 = 64;

const fn op(op1: u32, crn: u32, crm: u32, op2: u32) -> u16 {
    sysreg_encoding(1, op1, crn, crm, op2)
}

const IC_IALLUIS: u16 = op(0, 7, 1, 0);
const IC_IALLU: u16 = op(0, 7, 5, 0);
const IC_IVAU: u16 = op(3, 7, 5, 1);
const DC_IVAC: u16 = op(0, 7, 6, 1);
const DC_ISW: u16 = op(0, 7, 6, 2);
const DC_CSW: u16 = op(0, 7, 10, 2);
const DC_CISW: u16 = op(0, 7, 14, 2);
const DC_ZVA: u16 = op(3, 7, 4, 1);
const DC_CVAC: u16 = op(3, 7, 10, 1);
const DC_CVAU: u16 = op(3, 7, 11, 1);
const DC_CVAP: u16 = op(3, 7, 12, 1);
const DC_CVADP: u16 = op(3, 7, 13, 1);
const DC_CIVAC: u16 = op(3, 7, 14, 1);
const AT_S1E1R: u16 = op(0, 7, 8, 0);
const AT_S1E1W: u16 = op(0, 7, 8, 1);
const AT_S1E0R: u16 = op(0, 7, 8, 2);
const AT_S1E0W: u16 = op(0, 7, 8, 3);
const AT_S1E1RP: u16 = op(0, 7, 9, 0);
const AT_S1E1WP: u16 = op(0, 7, 9, 1);

/// Executes a SYS instruction.
pub(crate) fn maintenance(c: &mut Cpu, key: u16, rt: u8, value: u64) -> R<()> {
    let el0 = c.state.pstate.el == 0;
    // What EL0 may do, and the SCTLR_EL1 bit that allows it: UCI (26) or DZE (14).
    let allowed_by = match key {
        IC_IVAU | DC_CVAC | DC_CVAU | DC_CVAP | DC_CVADP | DC_CIVAC => Some(26),
        DC_ZVA => Some(14),
        _ => None,
    };
    if el0 {
        match allowed_by {
            None => return c.raise_undefined(),
            Some(bit) if c.state.sys.sctlr_el1 >> bit & 1 == 0 => return c.raise_trapped_sysreg(key, rt, false),
            Some(_) => {}
        }
    }
    match key {
        IC_IVAU => {
            let pa = c.translate_maintenance(value, Access::CacheMaintenance)?;
            if let Some((_, offset)) = c.memory.find(pa, 1) {
                let (page, lines) = (offset & !0xfff, 1 << (offset >> 6 & 63));
                c.code.invalidate_lines(page, lines);
                c.broadcast(Request::CodeLines { page, lines });
            }
            Ok(())
        }
        IC_IALLU => {
            c.code.clear();
            c.resync()
        }
        IC_IALLUIS => {
            c.code.clear();
            c.broadcast(Request::CodeAll);
            c.resync()
        }
        // Memory is coherent: only the permission check of the by-address forms is visible, and that of them all DC IVAC can be
        // watched.
        DC_CVAC | DC_CVAU | DC_CVAP | DC_CVADP | DC_CIVAC => {
            c.translate_maintenance(value, Access::CacheMaintenance).map(|_| ())
        }
        // What it may discard, it may change: it needs write permission (Arm ARM, DC IVAC).
        DC_IVAC => {
            c.translate_maintenance(value, Access::Invalidate)?;
            c.watch_invalidate(value)
        }
        DC_ISW | DC_CSW | DC_CISW => Ok(()),
        DC_ZVA => zero_block(c, value),
        AT_S1E1R => translate(c, value, Access::Read, Regime::El1),
        AT_S1E1W => translate(c, value, Access::Write, Regime::El1),
        AT_S1E0R => translate(c, value, Access::Read, Regime::El0),
        AT_S1E0W => translate(c, value, Access::Write, Regime::El0),
        AT_S1E1RP => translate(c, value, Access::Read, c.mmu.regime),
        AT_S1E1WP => translate(c, value, Access::Write, c.mmu.regime),
        _ => tlb(c, key, value),
    }
}

/// A block is aligned, so it lies in one page: after the first store the rest cannot fault. On Device memory it is an
/// alignment fault. For watchpoints it is a store of the whole block, and not cache maintenance. A fault reports the address
/// as it was given, not the block's (Arm ARM D24.2, `FAR_EL1`).
fn zero_block(c: &mut Cpu, given: u64) -> R<()> {
    c.refuse_zeroing(given)?;
    let va = given & !(ZVA - 1);
    if c.watching() {
        c.probe_store(va, ZVA as usize, ZVA as usize)?;
    }
    for i in 0..ZVA / 16 {
        c.store(va.wrapping_add(i * 16), 0u128)?;
    }
    Ok(())
}

impl Cpu {
    fn refuse_zeroing(&mut self, va: u64) -> R<()> {
        if self.cached_for_write(va) {
            return Ok(());
        }
        let clean = self.strip_data_tag(va);
        match self.translate(clean, Access::Write, self.mmu.regime) {
            Ok(t) if t.device => self.raise_alignment(va, Access::Write),
            Ok(_) => Ok(()),
            Err(status) => self.raise_abort(va, Access::Write, u64::from(status.0)),
        }
    }
}

/// AT: the result, or the fault, goes to `PAR_EL1`. An external abort on the walk is taken as an exception instead
/// (Arm ARM D8.3.1), reported like one of cache maintenance.
fn translate(c: &mut Cpu, given: u64, access: Access, regime: Regime) -> R<()> {
    let va = c.strip_data_tag(given);
    c.state.sys.par_el1 = match c.translate(va, access, regime) {
        Ok(t) => {
            let pa = t.pa & 0x000f_ffff_ffff_f000;
            // Device and non-cacheable memory report as outer shareable.
            let sh = if t.device || t.attr == 0x44 { 2 } else { u64::from(t.sh) };
            u64::from(t.attr) << 56 | pa | 1 << 11 | 1 << 9 | sh << 7
        }
        Err(status) if status.is_external() => {
            return c.raise_abort(given, Access::CacheMaintenance, u64::from(status.0));
        }
        Err(status) => 1 << 11 | u64::from(status.0) << 1 | 1,
    };
    Ok(())
}

/// What a TLBI drops, from its encoding and operand. `None`: not a TLBI of EL1.
fn tlbi_request(c: &Cpu, crm: u16, op2: u16, value: u64) -> Option<Request> {
    let range_form = matches!(crm, 2 | 5 | 6);
    let asid = c.significant_asid(value >> 48);
    // op2 bit 1: whatever the ASID.
    let of_range = |va, len| Request::TlbRange { va, len, asid: (op2 & 2 == 0).then_some(asid) };
    Some(match (op2, range_form) {
        (0, false) => Request::TlbAll,
        (2, false) => Request::TlbAsid(asid),
        (1 | 3 | 5 | 7, false) => {
            // VA[55:12]; the page size of its half bounds what one entry translates.
            let va = ((value << 20) as i64 >> 8) as u64;
            of_range(va & !(c.granule(va) - 1), c.granule(va))
        }
        (1 | 3 | 5 | 7, true) => {
            let shift = match value >> 46 & 3 {
                1 => 12,
                2 => 14,
                3 => 16,
                // Reserved: drop more than asked.
                _ => return Some(Request::TlbAll),
            };
            let (scale, num) = (value >> 44 & 3, value >> 39 & 0x1f);
            let pages = (num + 1) << (5 * scale + 1);
            let base = ((value << 27) as i64 >> 27) as u64;
            of_range(base << shift, pages << shift)
        }
        _ => return None,
    })
}

fn tlb(c: &mut Cpu, key: u16, value: u64) -> R<()> {
    let (op1, crn, crm, op2) = (key >> 11 & 7, key >> 7 & 15, key >> 3 & 15, key & 7);
    if (op1, crn) != (0, 8) || !matches!(crm, 1 | 2 | 3 | 5 | 6 | 7) {
        return c.raise_undefined();
    }
    let Some(request) = tlbi_request(c, crm, op2, value) else { return c.raise_undefined() };
    c.obey(request);
    // CRm 1 and 5 are outer shareable, 2 and 3 inner shareable, 6 and 7 this core only.
    if crm < 6 {
        c.broadcast(request);
    }
    Ok(())
}

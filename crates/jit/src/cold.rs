//! Code that is executed seldom: by the interpreter, which costs less than translating it.

use crate::run::Jit;
use vmapple_a64::Exit;
use vmapple_a64::cpu::Break;
use vmapple_a64::decode::decode_for;

/// How often a place is executed by the interpreter before it is translated.
const PATIENCE: u8 = 3;
/// Places that are counted apart; those with the same low bits of address share a count.
const PLACES: usize = 1 << 16;
/// After so many first visits all counts begin anew, so that they stay a measure of what has been executed lately.
const MAX_FIRST: u32 = PLACES as u32 / 2;

/// How often control came to places in guest memory.
#[derive(Debug)]
pub(crate) struct Heat {
    counts: Box<[u8; PLACES]>,
    first: u32,
}

impl Heat {
    pub(crate) fn new() -> Self {
        Self { counts: Box::new([0; PLACES]), first: 0 }
    }

    /// Counts a visit to an instruction at an offset in guest memory; whether it is worth translating by now.
    fn is_hot(&mut self, offset: usize) -> bool {
        // Spreads what lies a multiple of the table's size apart.
        let count = &mut self.counts[(offset >> 2 ^ offset >> 18) & (PLACES - 1)];
        if *count >= PATIENCE {
            return true;
        }
        *count += 1;
        if *count == 1 {
            self.first += 1;
            if self.first >= MAX_FIRST {
                self.first = 0;
                self.counts.fill(0);
            }
        }
        false
    }
}

impl Jit {
    /// Whether the place that `pc` has in the page at an offset in guest memory is to be left to the interpreter this time.
    pub(crate) fn is_cold(&mut self, page_offset: usize, pc: u64) -> bool {
        self.switches.cold && !self.heat.is_hot(page_offset + (pc as usize & 0xfff))
    }

    /// Has the interpreter execute from the program counter, which is in page object `page` at `offset` in guest memory, until
    /// there is code to go on with, the page is left, or something needs the dispatcher.
    pub(crate) fn interpret_cold(&mut self, page: u32, offset: usize) -> Option<Exit> {
        let start = self.frame.cpu.state.pc & !0xfff;
        let mut pc = self.frame.cpu.state.pc;
        loop {
            let cpu = &self.frame.cpu;
            let op = decode_for(cpu.profile(), cpu.word(offset + (pc as usize & 0xffc)));
            if crate::emit::touches_fp_status(&op) {
                self.frame.fold_status();
            }
            let cpu = &mut self.frame.cpu;
            match cpu.execute(&op) {
                Ok(()) => {
                    pc = pc.wrapping_add(4);
                    cpu.state.pc = pc;
                    if pc & 0xfff == 0 || cpu.journal_dirty() {
                        return None;
                    }
                }
                Err(Break::Jump) => {
                    pc = cpu.state.pc;
                    let same = pc & !0xffc == start && !cpu.journal_dirty() && !cpu.wants_interpreter();
                    if !same || cpu.is_wanted() || self.blocks.block_at(page, pc).is_some() || !self.is_cold(offset, pc)
                    {
                        return None;
                    }
                }
                Err(why) => return self.stopped(why),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_becomes_hot_and_cools_when_many_others_are_visited() {
        let mut heat = Heat::new();
        let visits = (0..).take_while(|_| !heat.is_hot(0x1234)).count();
        assert_eq!(visits, usize::from(PATIENCE));
        assert!(heat.is_hot(0x1234) && !heat.is_hot(0x1238));
        for i in 0..MAX_FIRST as usize {
            heat.is_hot(0x10_0000 + 4 * i);
        }
        assert!(!heat.is_hot(0x1234));
    }
}

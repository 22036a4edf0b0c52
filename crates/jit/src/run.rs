//! The loop around recompiled code.

use crate::asm::Asm;
use crate::blocks::{Blocks, Starts};
use crate::cold::Heat;
use crate::enter::{Left, Routines};
use crate::frame::{CONSTANTS, Frame, GUARDS, JUMPS, Jump, guard_slot, jump_slot};
use crate::memory::CodeMemory;
use crate::mode::Mode;
use crate::mxcsr;
use crate::switches::Switches;
use crate::translate::{Lists, Source, translate};
use crate::without::Without;
use vmapple_a64::cpu::{Break, CpuConfig};
use vmapple_a64::{Cpu, Exit};

/// Room that must be left for another block.
const MARGIN: usize = 256 * 1024;
/// Blocks after which everything is forgotten, whatever room is left: bounds what is kept about them.
const MAX_BLOCKS: usize = 400_000;

/// Why this host cannot run recompiled code.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// An x86-64-v3 feature is missing.
    #[error("the recompiler needs an x86-64-v3 processor, and this one has no {0}")]
    Feature(&'static str),
    /// No memory for code.
    #[error("the host gives no memory for recompiled code: {0}")]
    Memory(#[from] std::io::Error),
}

/// Whether this host can run recompiled code.
///
/// # Errors
/// [`Unusable::Feature`] names what is missing.
pub fn usable() -> Result<(), Unusable> {
    macro_rules! need {
        ($($f:tt)*) => {
            $(if !std::arch::is_x86_feature_detected!($f) { return Err(Unusable::Feature($f)); })*
        };
    }
    need!("avx2" "bmi1" "bmi2" "fma" "f16c" "lzcnt" "movbe" "sse4.2" "popcnt");
    Ok(())
}

/// What [`Jit::find`] found.
enum Found {
    /// A block, by its number.
    Block(u32),
    /// Code that is not worth translating yet, in a page object at an offset in guest memory.
    Cold { page: u32, offset: usize },
    /// Nothing: an exception was taken, or it is to be looked for again.
    Nothing,
}

/// One core that runs recompiled code.
pub struct Jit {
    pub(crate) frame: Box<Frame>,
    memory: CodeMemory,
    routines: Routines,
    pub(crate) blocks: Blocks,
    pub(crate) heat: Heat,
    asm: Asm,
    lists: Lists,
    pub(crate) switches: Switches,
    /// First free byte of the code memory.
    cursor: usize,
    /// The mode whose blocks the guards admit, by exception level.
    modes: [Mode; 2],
    /// A guard of EL1 admits a page that is tied to the address space.
    local_kernel: bool,
    /// The link that was last found to lead nowhere.
    link: Option<u32>,
    /// Code was written since it was last entered.
    written: bool,
    /// Blocks made since the core was built.
    translated: u64,
    /// How many of them are copies.
    copied: u64,
}

impl std::fmt::Debug for Jit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Jit").field("blocks", &self.translated).field("cursor", &self.cursor).finish_non_exhaustive()
    }
}

impl Jit {
    /// A core after cold reset, with `code` bytes of memory for its code.
    ///
    /// # Errors
    /// [`Unusable`] if the host lacks something.
    pub fn new(config: CpuConfig, code: usize, switches: Switches) -> Result<Self, Unusable> {
        usable()?;
        let switches = switches.as_the_host_can();
        let cpu = Cpu::new(config);
        let tlb = cpu.data_tlb();
        let mut frame = Box::new(Frame {
            cpu,
            tlb,
            constants: CONSTANTS,
            simd_constants: crate::emit::simd::TABLE,
            saturated: [0; 2],
            spare: [0; 2],
            pac_fields: [[0; 2]; 2],
            // No value that the register can have: the fields are made at once.
            pac_tcr: u64::MAX,
            pac_original: 0,
            condition: 0,
            without: switches.without,
            stopped: Break::Jump,
            guards: [[0; GUARDS]; 2],
            jumps: [[Jump::none(0); JUMPS]; 2],
        });
        let mut memory = CodeMemory::new(code.max(4 * MARGIN))?;
        let routines = Routines::write(&mut memory, &raw const *frame, switches.wide_vectors);
        frame.jumps = [[Jump::none(routines.indirect_miss); JUMPS]; 2];
        Ok(Self {
            cursor: routines.end,
            frame,
            memory,
            routines,
            blocks: Blocks::default(),
            heat: Heat::new(),
            asm: Asm::default(),
            lists: Lists::default(),
            switches,
            modes: [Mode::default(); 2],
            local_kernel: false,
            link: None,
            written: true,
            translated: 0,
            copied: 0,
        })
    }

    /// The core.
    pub fn cpu(&self) -> &Cpu {
        &self.frame.cpu
    }

    /// The core, between two runs.
    pub fn cpu_mut(&mut self) -> &mut Cpu {
        &mut self.frame.cpu
    }

    /// Blocks translated since the core was built.
    pub fn translated(&self) -> u64 {
        self.translated
    }

    /// How many of these are copies of others.
    pub fn copied(&self) -> u64 {
        self.copied
    }

    /// Runs guest code until something needs the caller.
    pub fn run(&mut self) -> Exit {
        self.frame.cpu.begin();
        mxcsr::clear();
        self.link = None;
        let exit = loop {
            match self.frame.cpu.serve_attention() {
                Err(exit) => break exit,
                // The link does not lead to the interrupt's handler.
                Ok(true) => self.link = None,
                Ok(false) => {}
            }
            if let Some(exit) = self.turn() {
                break exit;
            }
        };
        self.frame.fold_status();
        self.frame.cpu.end();
        exit
    }

    /// Executes one block (or takes one interrupt or exception).
    pub fn run_block(&mut self) -> Exit {
        self.frame.cpu.begin();
        mxcsr::clear();
        self.link = None;
        let exit = match self.frame.cpu.serve_attention() {
            Err(exit) => exit,
            Ok(true) => Exit::Stepped,
            Ok(false) => self.turn().unwrap_or(Exit::Stepped),
        };
        self.frame.fold_status();
        self.frame.cpu.end();
        exit
    }

    /// Executes what stands at the program counter: a block and what it is linked to, or what only the interpreter may.
    fn turn(&mut self) -> Option<Exit> {
        self.catch_up();
        if !self.frame.cpu.wants_interpreter() || !self.switches.has(Without::Interpreter) {
            return match self.find() {
                Found::Block(number) => self.execute(number),
                Found::Cold { page, offset } => self.interpret_cold(page, offset),
                Found::Nothing => None,
            };
        }
        self.link = None;
        // It may read FPSR.
        self.frame.fold_status();
        let why = self.frame.cpu.interpret();
        self.stopped(why)
    }

    /// Does to the code what has become invalid, and follows changes of mode.
    fn catch_up(&mut self) {
        if self.frame.cpu.journal_dirty() {
            let journal = self.frame.cpu.take_journal();
            if journal.all && self.switches.has(Without::AllLines) {
                // All guards are emptied below, so that each page is compared before it is entered.
                self.blocks.doubt();
            }
            for (page, lines) in journal.lines {
                if !self.switches.has(Without::Lines) {
                    break;
                }
                let dead = self.blocks.check_lines(&mut self.memory, &self.frame.cpu, page, lines);
                self.forget_jumps(&dead);
            }
            if self.switches.has(Without::Translations) {
                self.forget_fetches(journal.fetch, journal.local_fetch, &journal.fetch_ranges);
            }
        }
        let tcr = self.frame.cpu.state.sys.tcr_el1;
        if self.frame.pac_tcr != tcr {
            self.frame.pac_tcr = tcr;
            self.frame.pac_fields = self.frame.cpu.pac_fields();
        }
        let mode = self.mode();
        let el = usize::from(mode.el());
        if self.modes[el] != mode {
            self.modes[el] = mode;
            self.frame.guards[self.table(mode)] = [0; GUARDS];
        }
    }

    /// Empties the guards of pages whose translation may have changed.
    fn forget_fetches(&mut self, any: bool, local: bool, ranges: &[(u64, u64)]) {
        // What EL1 executes is seldom tied to the address space, and what EL0 executes always.
        if any || local {
            self.frame.guards[0] = [0; GUARDS];
        }
        if any || local && std::mem::take(&mut self.local_kernel) {
            self.frame.guards[1] = [0; GUARDS];
        }
        for &(va, len) in ranges {
            let pages = ((va & 0xfff) + len).div_ceil(0x1000).min(GUARDS as u64);
            for page in 0..pages {
                let slot = guard_slot(va.wrapping_add(page << 12));
                (self.frame.guards[0][slot], self.frame.guards[1][slot]) = (0, 0);
            }
        }
    }

    /// The mode the core is in.
    fn mode(&self) -> Mode {
        let mode = Mode::of(&self.frame.cpu);
        let known = self.modes[usize::from(mode.el())];
        if known == Mode::default() || self.switches.has(Without::Modes) { mode } else { known }
    }

    /// Which guards and jumps a mode uses.
    fn table(&self, mode: Mode) -> usize {
        if self.switches.has(Without::Levels) { usize::from(mode.el()) } else { 0 }
    }

    /// Takes forgotten blocks, by the addresses where they started, out of the indirect-branch cache.
    fn forget_jumps(&mut self, dead: &[u64]) {
        for &va in dead {
            for jumps in &mut self.frame.jumps {
                let entry = &mut jumps[jump_slot(va)];
                if entry.va == va {
                    *entry = Jump::none(self.routines.indirect_miss);
                }
            }
            self.written = true;
        }
    }

    fn forget_everything(&mut self) {
        self.blocks.clear();
        self.link = None;
        self.cursor = self.routines.end;
        if !self.switches.has(Without::Forgetting) {
            return;
        }
        self.frame.guards = [[0; GUARDS]; 2];
        for jumps in &mut self.frame.jumps {
            jumps.fill(Jump::none(self.routines.indirect_miss));
        }
    }

    /// What stands at the program counter; a block is made if need be. A link that was found to lead nowhere is made to lead
    /// there.
    fn find(&mut self) -> Found {
        let pc = self.frame.cpu.state.pc;
        let mode = self.mode();
        let el = self.table(mode);
        let va = pc & !0xfff;
        let known = self.frame.guards[el][guard_slot(pc)];
        let page = match self.blocks.page(known) {
            Some(p) if p.va == va && p.mode == mode && pc & 3 == 0 && !self.frame.cpu.state.pstate.il => known,
            _ => {
                let (offset, local) = match self.frame.cpu.fetch() {
                    Ok(found) => found,
                    Err(_) => {
                        self.link = None;
                        self.frame.cpu.take_exception();
                        return Found::Nothing;
                    }
                };
                self.local_kernel |= local && el != 0;
                if self.blocks.is_full_for(va, offset, mode) {
                    self.forget_everything();
                }
                let page = self.blocks.page_at(va, offset, mode);
                let dead = self.blocks.check_page(&mut self.memory, &self.frame.cpu, page);
                self.forget_jumps(&dead);
                self.frame.guards[el][guard_slot(pc)] = page;
                page
            }
        };
        let number = match self.blocks.block_at(page, pc) {
            Some(number) => number,
            // None: everything was forgotten to make room; look again.
            None => {
                let Some(offset) = self.blocks.page(page).map(|p| p.offset) else { return Found::Nothing };
                if self.is_cold(offset, pc) {
                    self.link = None;
                    return Found::Cold { page, offset };
                }
                match self.make(page, pc, mode) {
                    Some(number) => number,
                    None => return Found::Nothing,
                }
            }
        };
        if let Some(from) = self.link.take()
            && self.switches.links
        {
            self.blocks.connect(&mut self.memory, from, number);
            self.written = true;
        }
        let host = self.memory.origin() + u64::from(self.blocks.blocks[number as usize].guarded);
        self.frame.jumps[el][jump_slot(pc)] = Jump { va: pc, host };
        Found::Block(number)
    }

    fn make(&mut self, page: u32, pc: u64, mode: Mode) -> Option<u32> {
        let full = self.cursor + MARGIN > self.memory.len() && self.switches.has(Without::Room);
        if full || self.blocks.blocks.len() >= MAX_BLOCKS {
            self.forget_everything();
            return None;
        }
        let offset = self.blocks.page(page)?.offset;
        let (block, first_link) = self.blocks.next();
        let starts = if self.switches.join { self.blocks.starts(page) } else { Starts::default() };
        let source = Source { pc, page: offset, mode, page_id: page, block, first_link, starts };
        let cpu = &self.frame.cpu;
        let switches =
            Switches { inline: self.switches.inline && self.translated < self.switches.first, ..self.switches };
        let mut text = self.blocks.take_text(page);
        let at = self.memory.origin() + self.cursor as u64;
        let mut t = None;
        if switches.copies && switches.first == u64::MAX && switches.dump.is_none() {
            self.asm.restart(at);
            t = self
                .blocks
                .original(page, pc)
                .and_then(|original| self.blocks.copy(&self.memory, &mut self.asm, original, source));
        }
        self.copied += u64::from(t.is_some());
        let copy =
            t.as_ref().filter(|_| switches.check_copies).map(|_| (self.asm.bytes.clone(), self.asm.moves.clone()));
        let t = t.filter(|_| copy.is_none()).unwrap_or_else(|| {
            self.asm.restart(at);
            translate(cpu, &mut self.asm, self.routines, switches, source, &mut text, &mut self.lists)
        });
        if let Some((bytes, moves)) = copy {
            assert!(bytes == self.asm.bytes && moves == self.asm.moves, "a copy for {pc:#x} is not its translation");
        }
        // The last block of a bisection is the one that is looked for.
        if self.switches.dump == Some(pc) || self.switches.first == self.translated + 1 {
            let words: Vec<u32> =
                (0..usize::from(t.words)).map(|i| cpu.word(offset + (pc as usize & 0xffc) + 4 * i)).collect();
            let host: String = self.asm.bytes.iter().map(|b| format!("{b:02x}")).collect();
            tracing::info!(target: "jit", "block {} at {pc:#x}: guest {words:08x?} host {host}", self.translated);
        }
        self.memory.write(self.cursor, &self.asm.bytes);
        let end = self.cursor + self.asm.bytes.len();
        if t.changed != 0 {
            // They changed unannounced; code that is as old as the words before goes, or it would pass for new code's.
            let dead = self.blocks.forget_lines(&mut self.memory, page, t.changed);
            self.forget_jumps(&dead);
        }
        self.blocks.add(page, pc, text, self.cursor as u32, &t, &self.asm);
        if self.switches.links {
            self.blocks.connect_newest(&mut self.memory);
        }
        self.cursor = (end + 15) & !15;
        self.written = true;
        self.translated += 1;
        Some(block)
    }

    /// Enters a block; what it left for. Afterwards the program counter is where to go on.
    fn execute(&mut self, number: u32) -> Option<Exit> {
        let body = self.blocks.blocks[number as usize].body;
        let code = self.memory.origin() + u64::from(body);
        let serialise = std::mem::take(&mut self.written);
        if self.switches.has(Without::Regimes) {
            self.frame.tlb = self.frame.cpu.data_tlb();
        }
        let frame = &raw mut *self.frame;
        // Why unsafe: entering recompiled code. SAFETY: `body` is a block's entry in this core's memory, made for this frame, and the
        // frame is not used by anything else until it returns.
        match unsafe { self.routines.run(frame, code, serialise) } {
            Left::AtPc => None,
            Left::Indirect => {
                self.frame.cpu.untag_pc();
                None
            }
            Left::Link(n) => {
                if let Some(l) = self.blocks.link(n) {
                    self.frame.cpu.state.pc = l.target;
                    self.link = Some(n);
                }
                None
            }
            Left::Guard(n) => {
                self.frame.cpu.state.pc = self.blocks.blocks[n as usize].va;
                None
            }
            Left::Stopped => self.stopped(self.frame.stopped),
        }
    }

    /// Follows the interpreter out of an instruction.
    pub(crate) fn stopped(&mut self, why: Break) -> Option<Exit> {
        match why {
            Break::Jump | Break::Resync => None,
            Break::Exception => {
                self.frame.cpu.take_exception();
                None
            }
            Break::Exit => self.frame.cpu.take_exit(),
        }
    }
}

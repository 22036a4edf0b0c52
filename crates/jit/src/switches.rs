//! Every optimisation can be switched off, so that a wrong block can be blamed on one.

use crate::without::Without;

/// What the recompiler may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switches {
    /// Host code for instructions at all; off: every instruction is executed by the interpreter, in blocks.
    pub inline: bool,
    /// Loads and stores through the inline TLB; off: by the interpreter.
    pub memory: bool,
    /// An access that the first-level TLB does not serve looks into the second level; off: the interpreter executes it.
    pub refill: bool,
    /// NZCV stays in the host's flags between instructions; off: it is stored after each that sets it.
    pub lazy_flags: bool,
    /// NZCV that nobody can read is not stored; off: exceptions always find it exact.
    pub dead_flags: bool,
    /// Where a single condition of NZCV is all that can be read, a byte that says whether it holds is stored instead; off: NZCV.
    pub one_condition: bool,
    /// NZCV that can be made again from registers is not kept while the host's flags are used for something else; off: it is.
    pub recompute_flags: bool,
    /// Blocks jump to each other directly; off: through the dispatcher.
    pub links: bool,
    /// Indirect branches look for their target inline; off: through the dispatcher.
    pub indirect: bool,
    /// Floating point on the host's; off: by the interpreter.
    pub host_fp: bool,
    /// Advanced SIMD on integers on the host's; off: by the interpreter.
    pub simd: bool,
    /// AES and carry-less products on the host's; off: by the interpreter, as where the host has none.
    pub host_aes: bool,
    /// SHA-1 and SHA-256 on the host's; off: by the interpreter, as where the host has none.
    pub host_sha: bool,
    /// Guest instructions whose results belong together become one: AESE and AESMC, SHA256H and SHA256H2.
    pub fusion: bool,
    /// Sixteen more vector registers, rotations and three-way logic where the host has AVX-512; off: those of the guest's registers
    /// that find no place are in memory.
    pub wide_vectors: bool,
    /// Blocks of more than one instruction.
    pub long_blocks: bool,
    /// A block ends where another starts; off: what both share is translated twice.
    pub join: bool,
    /// Code of a page that lies at another virtual address too is copied; off: translated for each.
    pub copies: bool,
    /// Code is executed by the interpreter the first few times; off: translated at once. Off in [`Switches::default`], so that
    /// tests meet recompiled code, and on in [`Switches::all`].
    pub cold: bool,
    /// Each copy is compared with what translating makes, and a difference is a panic: for tests of [`Switches::copies`].
    pub check_copies: bool,
    /// Only the first so many blocks get host code for their instructions: halving it finds a wrong block.
    pub first: u64,
    /// Virtual address of a block whose guest words and host bytes are written to the log when it is made.
    pub dump: Option<u64>,
    /// For tests only; no option sets it.
    #[doc(hidden)]
    pub without: Option<Without>,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            inline: true,
            memory: true,
            refill: true,
            lazy_flags: true,
            dead_flags: true,
            one_condition: true,
            recompute_flags: true,
            links: true,
            indirect: true,
            host_fp: true,
            simd: true,
            host_aes: true,
            host_sha: true,
            fusion: true,
            wide_vectors: true,
            long_blocks: true,
            join: true,
            copies: true,
            cold: false,
            check_copies: false,
            first: u64::MAX,
            dump: None,
            without: None,
        }
    }
}

impl Switches {
    /// Whether a mechanism is there: always, but in tests of it.
    pub(crate) fn has(&self, mechanism: Without) -> bool {
        self.without != Some(mechanism)
    }

    /// The same, without what this host lacks.
    pub(crate) fn as_the_host_can(self) -> Self {
        use std::arch::is_x86_feature_detected as has;
        Self {
            // A copy has every mechanism.
            copies: self.copies && self.without.is_none(),
            host_aes: self.host_aes && has!("aes") && has!("pclmulqdq"),
            host_sha: self.host_sha && has!("sha"),
            wide_vectors: self.wide_vectors
                && has!("avx512f")
                && has!("avx512vl")
                && has!("avx512bw")
                && has!("avx512dq"),
            ..self
        }
    }

    /// Everything on: what a machine runs with.
    pub fn all() -> Self {
        Self { cold: true, ..Self::default() }
    }

    /// Applies an option as `--engine jit,OPTION,...` has it: `no-NAME`, `first=BLOCKS` or `dump=ADDRESS`. `None`: there is
    /// no such option.
    pub fn apply(&mut self, option: &str) -> Option<()> {
        if let Some(name) = option.strip_prefix("no-") {
            let (_, field) = NAMES.iter().find(|(n, _)| *n == name)?;
            *field(self) = false;
        } else if let Some(blocks) = option.strip_prefix("first=") {
            self.first = blocks.parse().ok()?;
        } else {
            let address = option.strip_prefix("dump=")?;
            self.dump = Some(u64::from_str_radix(address.strip_prefix("0x").unwrap_or(address), 16).ok()?);
        }
        Some(())
    }

    /// All options, for a message.
    pub fn options() -> String {
        let names: Vec<_> = NAMES.iter().map(|(name, _)| format!("no-{name}")).collect();
        format!("{}, first=BLOCKS, dump=ADDRESS", names.join(", "))
    }
}

/// Where a switch is.
type Field = fn(&mut Switches) -> &mut bool;

/// The switches by name, as `--engine jit,no-NAME` has them.
pub const NAMES: [(&str, Field); 19] = [
    ("inline", |s| &mut s.inline),
    ("memory", |s| &mut s.memory),
    ("refill", |s| &mut s.refill),
    ("lazy-flags", |s| &mut s.lazy_flags),
    ("dead-flags", |s| &mut s.dead_flags),
    ("one-condition", |s| &mut s.one_condition),
    ("recompute-flags", |s| &mut s.recompute_flags),
    ("links", |s| &mut s.links),
    ("indirect", |s| &mut s.indirect),
    ("host-fp", |s| &mut s.host_fp),
    ("simd", |s| &mut s.simd),
    ("host-aes", |s| &mut s.host_aes),
    ("host-sha", |s| &mut s.host_sha),
    ("fusion", |s| &mut s.fusion),
    ("wide-vectors", |s| &mut s.wide_vectors),
    ("long-blocks", |s| &mut s.long_blocks),
    ("join", |s| &mut s.join),
    ("copies", |s| &mut s.copies),
    ("cold", |s| &mut s.cold),
];

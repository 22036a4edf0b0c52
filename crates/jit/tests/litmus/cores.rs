//! Cores in threads of their own on one memory.

use crate::machine::{Board, CODE, Engine, PLAIN, RAM, hvc};
use std::sync::Barrier;
use vmapple_a64::{Exit, Profile, State};
use vmapple_jit::{Switches, Without};

/// Where the cells are: a megabyte.
pub(crate) const CELLS: u64 = RAM + 0x20_0000;
pub(crate) const CELLS_SIZE: u64 = 0x10_0000;
/// Where cores meet.
pub(crate) const MEETING: u64 = CELLS + CELLS_SIZE;
/// The hypercall at the end, that of a core that would wait for one which does not run, and that of one which has seen what is
/// forbidden.
const END: u16 = 1;
const YIELD: u16 = 2;
pub(crate) const SEEN: u16 = 3;

/// What cores are: number `n` is `flavour[n % 2]`.
pub(crate) type Flavour = [Option<Switches>; 2];

/// All recompiled; all by the interpreter, once in blocks; one of each.
pub(crate) fn flavours() -> [Flavour; 4] {
    let fast = Some(Switches::default());
    let slow = Some(Switches { memory: false, ..Switches::default() });
    [[fast; 2], [slow; 2], [None; 2], [fast, None]]
}

/// Recompiled cores that lack a mechanism.
pub(crate) fn lacking(without: Without) -> Flavour {
    [Some(Switches { without: Some(without), ..Switches::default() }); 2]
}

/// Multiplied by `VMAPPLE_LITMUS`.
pub(crate) fn rounds(ordinarily: u64) -> u64 {
    ordinarily * std::env::var("VMAPPLE_LITMUS").map_or(1, |v| v.parse().expect("VMAPPLE_LITMUS is a number"))
}

/// The body X3 times, then the end.
pub(crate) fn count(body: &[u32]) -> Vec<u32> {
    let mut words = body.to_vec();
    words.push(0xf100_0463); // SUBS X3, X3, #1
    let back = (words.len() as u32).wrapping_neg() & 0x7_ffff;
    words.extend([0x5400_0001 | back << 5, hvc(END)]);
    words
}

pub(crate) struct Cores {
    pub(crate) board: Board,
    cores: Vec<Box<dyn Engine>>,
}

impl Cores {
    /// One core for each program.
    pub(crate) fn new(programs: &[Vec<u32>], flavour: Flavour) -> Self {
        let mut board = Board::new(programs.len());
        for at in (0..CELLS_SIZE + 0x1000).step_by(0x1000) {
            board.map(CELLS + at, CELLS + at, PLAIN);
        }
        for (i, p) in programs.iter().enumerate() {
            board.words(CODE + 0x1000 * i as u64, p);
        }
        let core = |i: usize| -> Box<dyn Engine> {
            match flavour[i % 2] {
                Some(switches) => Box::new(board.recompiled(i, Profile::M1, 1 << 20, switches)),
                None => Box::new(board.interpreted(i, Profile::M1)),
            }
        };
        let cores = (0..programs.len()).map(core).collect();
        Self { board, cores }
    }

    pub(crate) fn len(&self) -> usize {
        self.cores.len()
    }

    pub(crate) fn clear(&self) {
        self.board.fill(CELLS, &[0; CELLS_SIZE as usize]);
        self.board.put(MEETING, 0);
    }

    /// Runs all at once from a state that `set` completes, each to its end. True if one has seen what is forbidden.
    pub(crate) fn run(&mut self, set: impl Fn(usize, &mut State)) -> bool {
        let barrier = Barrier::new(self.cores.len());
        std::thread::scope(|scope| {
            let mut threads = Vec::new();
            for (i, core) in self.cores.iter_mut().enumerate() {
                let s = &mut core.cpu().state;
                s.pc = CODE + 0x1000 * i as u64;
                s.x[5] = 1;
                set(i, s);
                let barrier = &barrier;
                threads.push(scope.spawn(move || {
                    barrier.wait();
                    let mut seen = false;
                    loop {
                        match core.run() {
                            Exit::Hypercall { imm: END } => return seen,
                            Exit::Hypercall { imm: YIELD } => std::thread::yield_now(),
                            Exit::Hypercall { imm: SEEN } => seen = true,
                            other => panic!("core {i}: {other:?}"),
                        }
                    }
                }));
            }
            threads.into_iter().fold(false, |seen, t| t.join().expect("a core that ends") | seen)
        })
    }
}

/// Does something until it has shown what it is able to show; fails after a minute.
pub(crate) fn until_seen(what: &str, mut once: impl FnMut() -> bool) {
    let begin = std::time::Instant::now();
    while !once() {
        assert!(
            begin.elapsed() < std::time::Duration::from_secs(60),
            "{what}: without what forbids it, it is not seen either: this host cannot show it (two processors are needed)"
        );
    }
}

//! How a scenario becomes a test that is seen to be able to fail.
//!
//! A scenario says what the architecture wants. It holds on the interpreter, on the recompiler, and with each optimisation off;
//! and it must fail on a recompiler that has one of the mechanisms taken out on which it depends. That last part runs in a
//! process of its own, because such a recompiler may do anything.

use crate::machine::{Board, Engine};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use vmapple_a64::Profile;
use vmapple_jit::{SWITCHES, Switches, Without};

/// Names the mechanism that is left out, in that process.
const VARIABLE: &str = "VMAPPLE_WITHOUT";
/// A scenario that does not come to its end is one that fails.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a scenario runs on: `None` is the interpreter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct On(pub(crate) Option<Switches>);

impl On {
    /// The usual core.
    pub(crate) fn core(self, b: &Board, index: usize) -> Box<dyn Engine> {
        self.any_core(b, index, Profile::M1, 4 << 20)
    }

    /// A core with this much memory for its code.
    pub(crate) fn any_core(self, b: &Board, index: usize, profile: Profile, code: usize) -> Box<dyn Engine> {
        match self.0 {
            Some(switches) => Box::new(b.recompiled(index, profile, code, switches)),
            None => Box::new(b.interpreted(index, profile)),
        }
    }
}

/// Runs a scenario, which is the test of that name, on everything that must pass it and without everything that it needs.
pub(crate) fn prove(test: &str, scenario: fn(On), needs: &[Without]) {
    if let Ok(name) = std::env::var(VARIABLE) {
        let without = Without::ALL.into_iter().find(|w| format!("{w:?}") == name);
        let without = Some(without.unwrap_or_else(|| panic!("{VARIABLE}={name}: there is no such mechanism")));
        return scenario(On(Some(Switches { without, ..Switches::default() })));
    }
    scenario(On(None));
    scenario(On(Some(Switches::default())));
    // As a machine runs it: code is interpreted until it is hot.
    scenario(On(Some(Switches::all())));
    for (_, field) in SWITCHES {
        let mut switches = Switches::default();
        *field(&mut switches) = false;
        scenario(On(Some(switches)));
    }
    let (_, name) = test.split_once("::").expect("the path of a module");
    for without in needs {
        assert!(fails(name, *without), "{name} passes without {without:?}: it proves nothing");
    }
}

fn fails(test: &str, without: Without) -> bool {
    let mut child = Command::new(std::env::current_exe().expect("a program that runs"));
    child.args(["--exact", test]).env(VARIABLE, format!("{without:?}")).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = child.spawn().expect("this program once more");
    let begin = Instant::now();
    loop {
        match child.try_wait().expect("a child of ours") {
            Some(status) => {
                // 101 is a test that failed; no code is a signal.
                assert!(matches!(status.code(), None | Some(0 | 101)), "{test} without {without:?}: {status}");
                return !status.success();
            }
            None if begin.elapsed() > PATIENCE => {
                child.kill().expect("a child of ours");
                child.wait().expect("a child of ours");
                return true;
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}

/// The tests of a file: each is a scenario and the mechanisms it needs.
macro_rules! proofs {
    ($($scenario:ident: [$($needs:ident),*],)*) => {
        mod proofs {
            $(#[test]
            fn $scenario() {
                const TEST: &str = concat!(module_path!(), "::", stringify!($scenario));
                crate::proof::prove(TEST, super::$scenario, &[$(vmapple_jit::Without::$needs),*]);
            })*
        }
    };
}
pub(crate) use proofs;

//! The power button: no registers, one wire (`spec/machine.md` 6, Power button).
//!
//! The host presses it with [`Event::PowerButton`]. Its wire is high for 100 ms of VM time; pressing it again
//! meanwhile starts the 100 ms anew. The board leads the wire to line 3 of the PL061, as [`Event::Line`] to that
//! device's slot, never straight into it: two slots are never entered at once.

use serde::{Deserialize, Serialize};
use vmapple_bus::{At, Cx, Device, Event, Fault, LoadError, Part, Quiesce, Region, Saved, Snapshot};
use vmapple_bus::{load_state, save_state};

const KIND: &str = "power-button";
const VERSION: u32 = 1;
/// How long a press lasts, in nanoseconds of VM time.
pub const HOLD_NS: u64 = 100_000_000;
/// Output: high while the button is held.
const PRESSED: usize = 0;
/// Timer: the button is let go.
const LET_GO: u8 = 0;

/// The state; no guest reaches it. Version 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    /// VM time in nanoseconds at which the button is let go, while it is held.
    held_until_ns: Option<u64>,
}

/// A power button. It has no configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PowerButton {
    state: State,
}

/// What the state means for the outside.
struct Outputs {
    pressed: bool,
    let_go_ns: Option<u64>,
}

fn outputs(state: &State) -> Outputs {
    Outputs { pressed: state.held_until_ns.is_some(), let_go_ns: state.held_until_ns }
}

impl PowerButton {
    /// A button nobody holds.
    pub fn new() -> Self {
        Self::default()
    }

    /// Brings the outputs in line with the state.
    fn sync(&self, cx: &Cx<'_>) {
        let Outputs { pressed, let_go_ns } = outputs(&self.state);
        cx.set(PRESSED, pressed);
        cx.timers.set(LET_GO, let_go_ns);
    }
}

impl Device for PowerButton {
    fn read(&mut self, _: At, _: &mut Cx<'_>) -> Result<u64, Fault> {
        Err(Fault::NoRegister)
    }

    fn write(&mut self, _: At, _: u64, _: &mut Cx<'_>) -> Result<(), Fault> {
        Err(Fault::NoRegister)
    }

    fn event(&mut self, what: Event, cx: &mut Cx<'_>) {
        match what {
            Event::PowerButton => self.state.held_until_ns = Some(cx.now_ns.saturating_add(HOLD_NS)),
            // A timer that was due when the button was pressed again comes too early for the new press.
            Event::Timer(LET_GO) => self.state.held_until_ns = self.state.held_until_ns.filter(|at| cx.now_ns < *at),
            Event::Timer(_) | Event::Input | Event::Output | Event::Line { .. } => {}
        }
        self.sync(cx);
    }

    fn reset(&mut self, cx: &mut Cx<'_>) {
        self.state = State::default();
        self.sync(cx);
    }
}

impl Snapshot for PowerButton {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn version(&self) -> u32 {
        VERSION
    }

    fn save(&self) -> Saved {
        save_state(KIND, VERSION, &self.state)
    }

    /// VM time must already be the saved machine's: no press lasts longer than [`HOLD_NS`] from now.
    fn load(&mut self, saved: &Saved, cx: &mut Cx<'_>) -> Result<(), LoadError> {
        let state: State = load_state(KIND, VERSION, saved)?;
        if state.held_until_ns.is_some_and(|at| at > cx.now_ns.saturating_add(HOLD_NS)) {
            return Err(LoadError::State {
                kind: KIND,
                why: "held_until_ns is further away than a press lasts".into(),
            });
        }
        self.state = state;
        self.sync(cx);
        Ok(())
    }
}

impl Quiesce for PowerButton {
    fn quiesce(&mut self, _: &mut Cx<'_>) {}

    fn in_flight(&self) -> usize {
        0
    }
}

impl Part for PowerButton {
    fn regions(&self) -> Vec<Region> {
        vec![]
    }

    fn outputs(&self) -> &'static [&'static str] {
        &["PRESSED"]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use vmapple_testkit::{Bench, check_part};

    const MS: u64 = 1_000_000;

    fn bench() -> Bench<PowerButton> {
        Bench::new(PowerButton::new())
    }

    #[test]
    fn passes_every_generic_check() {
        check_part(PowerButton::new);
    }

    #[test]
    fn a_press_lasts_100_ms() {
        let mut b = bench();
        assert!(!b.wire("PRESSED"));
        b.event(Event::PowerButton);
        b.advance(100 * MS - 1);
        assert!(b.wire("PRESSED"));
        b.advance(1);
        assert!(!b.wire("PRESSED"));
        assert!(b.alarms().is_empty());
    }

    #[test]
    fn a_second_press_starts_anew() {
        let mut b = bench();
        b.event(Event::PowerButton);
        b.advance(60 * MS);
        b.event(Event::PowerButton);
        b.advance(99 * MS);
        assert!(b.wire("PRESSED"));
        b.advance(MS);
        assert!(!b.wire("PRESSED"));
    }

    #[test]
    fn a_timer_of_the_first_press_does_not_end_the_second() {
        let mut b = bench();
        b.event(Event::PowerButton);
        b.now_ns = 100 * MS;
        b.event(Event::PowerButton);
        b.event(Event::Timer(LET_GO));
        assert!(b.wire("PRESSED"));
        assert_eq!(b.alarms()[&LET_GO], 200 * MS);
    }

    #[test]
    fn reset_lets_go() {
        let mut b = bench();
        b.event(Event::PowerButton);
        b.reset();
        assert!(!b.wire("PRESSED"));
        assert!(b.alarms().is_empty());
    }

    #[test]
    fn a_press_goes_on_after_a_load() {
        let mut b = bench();
        b.event(Event::PowerButton);
        b.advance(40 * MS);
        let saved = b.save();
        let mut other = b.beside(PowerButton::new());
        other.load(&saved).unwrap();
        assert!(other.wire("PRESSED"));
        other.advance(60 * MS);
        assert!(!other.wire("PRESSED"));
    }

    #[test]
    fn threat_snapshot_a_press_without_end_is_refused() {
        let mut b = bench();
        let mut saved = b.save();
        saved.state["held_until_ns"] = json!(HOLD_NS + 1);
        assert!(matches!(b.load(&saved), Err(LoadError::State { .. })));
        assert!(!b.wire("PRESSED"));
    }
}

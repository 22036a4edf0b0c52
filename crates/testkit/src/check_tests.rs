//! The checks find what they are for: a device with one flaw each.

use crate::check_part;
use serde::{Deserialize, Serialize};
use vmapple_bus::{
    Access, At, Cx, Device, Event, Fault, LoadError, Part, Quiesce, Region, Saved, Snapshot, Width, load_state,
    save_state,
};

#[derive(Clone, Copy, PartialEq)]
enum Flaw {
    None,
    PanicsOnHalfwords,
    ResetForgetsAField,
    ResetForgetsTheWire,
    LoadForgetsAField,
    LoadForgetsTheWire,
    LoadForgetsTheTimer,
    LoadTakesAnyKind,
    LoadChangesThenRefuses,
    ArmsForThePast,
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    on: bool,
    count: u8,
}

/// One byte register that raises a wire and arms a timer while it is not zero.
struct Lamp {
    flaw: Flaw,
    state: State,
}

impl Lamp {
    fn sync(&self, cx: &mut Cx<'_>) {
        cx.set(0, self.state.on);
        let wait = if self.flaw == Flaw::ArmsForThePast { 0 } else { 5 };
        cx.timers.set(0, self.state.on.then_some(cx.now_ns.saturating_add(wait)));
    }
}

impl Device for Lamp {
    fn read(&mut self, at: At, _: &mut Cx<'_>) -> Result<u64, Fault> {
        assert!(!(self.flaw == Flaw::PanicsOnHalfwords && at.width == Width::B2));
        Ok(self.state.count.into())
    }
    fn write(&mut self, _: At, value: u64, cx: &mut Cx<'_>) -> Result<(), Fault> {
        self.state = State { on: value != 0, count: self.state.count.wrapping_add(1) };
        self.sync(cx);
        Ok(())
    }
    fn event(&mut self, what: Event, cx: &mut Cx<'_>) {
        if what == Event::Timer(0) {
            self.state.on = self.flaw == Flaw::ArmsForThePast;
        }
        self.sync(cx);
    }
    fn reset(&mut self, cx: &mut Cx<'_>) {
        let count = if self.flaw == Flaw::ResetForgetsAField { self.state.count } else { 0 };
        self.state = State { on: false, count };
        if self.flaw != Flaw::ResetForgetsTheWire {
            self.sync(cx);
        }
    }
}

impl Snapshot for Lamp {
    fn kind(&self) -> &'static str {
        "lamp"
    }
    fn version(&self) -> u32 {
        1
    }
    fn save(&self) -> Saved {
        save_state("lamp", 1, &self.state)
    }
    fn load(&mut self, saved: &Saved, cx: &mut Cx<'_>) -> Result<(), LoadError> {
        let mut saved = saved.clone();
        if self.flaw == Flaw::LoadTakesAnyKind {
            saved.kind = "lamp".into();
        }
        if self.flaw == Flaw::LoadChangesThenRefuses {
            self.state.count = 77;
        }
        let state: State = load_state("lamp", 1, &saved)?;
        if self.flaw == Flaw::LoadForgetsAField {
            self.state.on = state.on;
        } else {
            self.state = state;
        }
        match self.flaw {
            Flaw::LoadForgetsTheWire => cx.timers.set(0, self.state.on.then_some(cx.now_ns.saturating_add(5))),
            Flaw::LoadForgetsTheTimer => cx.set(0, self.state.on),
            _ => self.sync(cx),
        }
        Ok(())
    }
}

impl Quiesce for Lamp {
    fn quiesce(&mut self, _: &mut Cx<'_>) {}
    fn in_flight(&self) -> usize {
        0
    }
}

impl Part for Lamp {
    fn regions(&self) -> Vec<Region> {
        vec![Region { name: "lamp", size: 8, access: Access::ANY }]
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["LIT"]
    }
}

fn check(flaw: Flaw) {
    check_part(|| Lamp { flaw, state: State::default() });
}

#[test]
fn a_sound_device_passes() {
    check(Flaw::None);
}

#[test]
#[should_panic(expected = "PanicsOnHalfwords")]
fn a_panic_at_one_width_is_found() {
    check(Flaw::PanicsOnHalfwords);
}

#[test]
#[should_panic(expected = "state after reset")]
fn a_field_that_survives_reset_is_found() {
    check(Flaw::ResetForgetsAField);
}

#[test]
#[should_panic(expected = "wires")]
fn a_wire_that_survives_reset_is_found() {
    check(Flaw::ResetForgetsTheWire);
}

#[test]
#[should_panic(expected = "saves something else")]
fn a_field_that_is_not_loaded_is_found() {
    check(Flaw::LoadForgetsAField);
}

#[test]
#[should_panic(expected = "wires differ")]
fn a_wire_that_is_not_loaded_is_found() {
    check(Flaw::LoadForgetsTheWire);
}

#[test]
#[should_panic(expected = "leaves timers")]
fn a_timer_that_is_not_loaded_is_found() {
    check(Flaw::LoadForgetsTheTimer);
}

#[test]
#[should_panic(expected = "accepted")]
fn a_foreign_state_that_is_taken_is_found() {
    check(Flaw::LoadTakesAnyKind);
}

#[test]
#[should_panic(expected = "a refused state changed the device")]
fn a_half_loaded_state_is_found() {
    check(Flaw::LoadChangesThenRefuses);
}

#[test]
#[should_panic(expected = "again and again")]
fn a_timer_without_end_is_found() {
    check(Flaw::ArmsForThePast);
}

//! The cases, by what they are about.

use super::{Bench, Case};
use anyhow::Result;

mod bad_input;
mod boot;
mod devices;
mod lifecycle;
mod log;
mod time;
mod userland;

/// Every case for the machine under test.
pub(super) fn all(bench: &Bench) -> Vec<Case> {
    let mut cases = Vec::new();
    boot::add(&mut cases, bench);
    lifecycle::add(&mut cases);
    devices::add(&mut cases, bench);
    log::add(&mut cases, bench);
    time::add(&mut cases);
    userland::add(&mut cases);
    if !bench.machine.is_stand_in() {
        bad_input::add(&mut cases);
    }
    cases
}

fn add(cases: &mut Vec<Case>, name: impl Into<String>, run: impl Fn(&Bench) -> Result<()> + 'static) {
    cases.push(Case { name: name.into(), run: Box::new(run) });
}

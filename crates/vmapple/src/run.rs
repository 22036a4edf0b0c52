//! `vmapple run`: one guest from its first instruction to its end.

use crate::cli::RunArgs;
use crate::coverage;
use crate::failure::{FAILED, Failure, GUEST_PANICKED, STOPPED};
use crate::say;
use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use vmapple_backends::serial::{self, Hooks, HostKey, StartError};
use vmapple_backends::signals::{Urgency, Watch};
use vmapple_backends::{leave_nothing_behind, terminal};
use vmapple_machine::{Handle, Machine, MachineConfig, Outcome};

/// How long a stalled reader of the guest's last output is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Runs the guest these options name.
pub(crate) fn run(args: &RunArgs) -> Result<ExitCode, Failure> {
    args.later.refuse()?;
    let config = MachineConfig { boot: args.guest.boot()?, ..args.machine.config() };
    // Everything that can be wrong with the input is found before anything outside the process is touched.
    let machine = Machine::build(&config)?;
    let handle = machine.handle();
    let signals = {
        let handle = handle.clone();
        Watch::start(move |urgency| match urgency {
            Urgency::Orderly => handle.stop(),
            Urgency::Now => std::process::exit(i32::from(STOPPED)),
        })
        .map_err(|e| Failure::failed(format!("signals cannot be watched: {e}")))?
    };
    let serial = serial::open(&args.serial).map_err(Failure::usage)?;
    let serial = serial.start(machine.serial(), hooks(handle)).map_err(|e| match e {
        StartError::Target(e) => Failure::usage(e),
        e @ StartError::Host(_) => Failure::failed(e),
    })?;

    let outcome = machine.run();
    coverage::write();

    let flushed = serial.finish(PATIENCE);
    drop(signals);
    if !flushed {
        say("some of the guest's last output could not be written, because its reader has stalled");
    }
    Ok(match outcome {
        Outcome::PoweredOff => ExitCode::SUCCESS,
        Outcome::GuestPanicked => {
            say("the guest reported a panic");
            GUEST_PANICKED.into()
        }
        Outcome::Stopped => {
            say("the VM was stopped");
            STOPPED.into()
        }
        Outcome::Failed(why) => {
            say(&why);
            FAILED.into()
        }
    })
}

fn hooks(handle: Handle) -> Hooks {
    let (input, room) = (handle.clone(), handle.clone());
    let asked = AtomicBool::new(false);
    Hooks {
        input: Box::new(move || input.serial_input()),
        room: Box::new(move || room.serial_room()),
        key: Box::new(move |key| match key {
            // In a raw terminal there is no Ctrl-C to insist with: the key again does.
            HostKey::Stop if asked.swap(true, Ordering::Relaxed) => {
                leave_nothing_behind();
                std::process::exit(i32::from(STOPPED));
            }
            HostKey::Stop => handle.stop(),
            HostKey::PowerButton => handle.press_power_button(),
            HostKey::Help => {
                // A closed standard error leaves no one to tell.
                let _ = terminal::messages().write_all(format!("\n{}", serial::HELP).as_bytes());
            }
        }),
    }
}

//! What a chip implements.

use crate::access::{At, Region};
use crate::cx::Cx;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What was wrong with an access. The device says what; the bus decides what the guest reads back (zero) and
/// what is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// There is no register at this offset.
    #[error("no register here")]
    NoRegister,
    /// The register exists and is not readable.
    #[error("{0} is write-only")]
    WriteOnly(&'static str),
    /// The register exists and is not writable.
    #[error("{0} is read-only")]
    ReadOnly(&'static str),
    /// The register exists and does not take this width.
    #[error("{0} does not take this width")]
    Width(&'static str),
    /// The register exists and does not take this value.
    #[error("{0} does not take this value")]
    Value(&'static str),
}

/// Something that happened outside the guest's own accesses. Delivered on the I/O thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A timer of this device is due ([`crate::Timers`]).
    Timer(u8),
    /// The byte stream has input.
    Input,
    /// The byte stream has room for output again.
    Output,
    /// An input line of this device changed.
    Line {
        /// Line number, as the device's manual counts.
        line: u8,
        /// New level.
        level: bool,
    },
    /// The host asks for a power-down: the power button was pressed.
    PowerButton,
}

/// A chip's behaviour. The bus owns the lock, so a device author thinks about hardware only.
pub trait Device: Send {
    /// A guest read. The value's bits above the width are ignored.
    ///
    /// # Errors
    /// [`Fault`]: the guest reads zero and the bus logs it, rate-limited.
    fn read(&mut self, at: At, cx: &mut Cx<'_>) -> Result<u64, Fault>;

    /// A guest write. The value's bits above the width are zero.
    ///
    /// # Errors
    /// [`Fault`]: the write is ignored and the bus logs it, rate-limited.
    fn write(&mut self, at: At, value: u64, cx: &mut Cx<'_>) -> Result<(), Fault>;

    /// A timer is due, a backend answered, input came.
    fn event(&mut self, what: Event, cx: &mut Cx<'_>);

    /// Cold reset: a fresh state, with every output following from it.
    fn reset(&mut self, cx: &mut Cx<'_>);
}

/// A device's saved state.
#[derive(Clone, Debug, PartialEq, Serialize, serde::Deserialize)]
pub struct Saved {
    /// What kind of device wrote it.
    pub kind: String,
    /// Version of `state`'s layout.
    pub version: u32,
    /// The guest-visible state.
    pub state: serde_json::Value,
}

/// Why a saved state was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// Written by another kind of device.
    #[error("saved by {found}, cannot be loaded into {expected}")]
    Kind {
        /// This device's kind.
        expected: &'static str,
        /// The file's kind.
        found: String,
    },
    /// Written by a version this build does not read.
    #[error("{kind} state version {found} is not one this build reads ({expected})")]
    Version {
        /// This device's kind.
        kind: &'static str,
        /// This build's version.
        expected: u32,
        /// The file's version.
        found: u32,
    },
    /// Not the right shape, or a field out of its range.
    #[error("{kind} state: {why}")]
    State {
        /// This device's kind.
        kind: &'static str,
        /// The field and what is wrong with it.
        why: String,
    },
}

/// Saving and loading. No default: every device states its choice.
pub trait Snapshot {
    /// Name of this kind of device in saved files; never reused for another layout.
    fn kind(&self) -> &'static str;
    /// Version of the saved layout, from 1.
    fn version(&self) -> u32;
    /// The guest-visible state. Called only when nothing is in flight ([`Quiesce`]).
    fn save(&self) -> Saved;
    /// Replaces the state with a saved one, through the same checks that guest writes pass. Outputs follow from it.
    ///
    /// # Errors
    /// [`LoadError`], and the state unchanged, when it is not one this device could be in.
    fn load(&mut self, saved: &Saved, cx: &mut Cx<'_>) -> Result<(), LoadError>;
}

/// Bringing a device to rest before it is saved.
pub trait Quiesce {
    /// Start nothing new from here on; called with vCPUs and pump stopped.
    fn quiesce(&mut self, cx: &mut Cx<'_>);
    /// Requests that a backend still holds. Saving is legal only at zero.
    fn in_flight(&self) -> usize;
}

/// A device as the board holds it.
pub trait Part: Device + Snapshot + Quiesce {
    /// The register blocks this device answers, in the order [`At::region`] counts.
    fn regions(&self) -> Vec<Region>;
    /// Names of its output wires, in the order [`Cx::set`] counts.
    fn outputs(&self) -> &'static [&'static str];
}

/// Wraps a device's one state struct for [`Snapshot::save`].
pub fn save_state<S: Serialize>(kind: &'static str, version: u32, state: &S) -> Saved {
    // A plain struct of integers, booleans and vectors always becomes JSON; a map with non-string keys would not, and
    // shows in the first test that saves it.
    let state = serde_json::to_value(state).unwrap_or(serde_json::Value::Null);
    Saved { kind: kind.to_owned(), version, state }
}

/// Unwraps what [`save_state`] wrapped, checking kind and version. The caller validates the fields.
///
/// # Errors
/// [`LoadError`] when the kind, the version or the shape is another's.
pub fn load_state<S: DeserializeOwned>(kind: &'static str, version: u32, saved: &Saved) -> Result<S, LoadError> {
    if saved.kind != kind {
        return Err(LoadError::Kind { expected: kind, found: saved.kind.clone() });
    }
    if saved.version != version {
        return Err(LoadError::Version { kind, expected: version, found: saved.version });
    }
    S::deserialize(&saved.state).map_err(|e| LoadError::State { kind, why: e.to_string() })
}

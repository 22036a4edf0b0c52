//! The whole controller, driven as the guest and the devices drive it.

mod delivery;
mod preemption;
mod probing;
mod rig;
mod routing;
mod snapshot;

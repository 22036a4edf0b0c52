//! The whole controller, driven as the guest and the devices drive it.

mod delivery;
mod generic;
mod hostile;
mod preemption;
mod probing;
mod races;
mod rig;
mod routing;
mod snapshot;
mod storm;
mod threads;

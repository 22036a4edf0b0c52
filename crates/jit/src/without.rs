//! For tests only: the recompiler with one of the mechanisms taken out that keep it right while the guest changes its code, its
//! translations or its mode, and while other cores look on. A test of a mechanism proves that it can fail by failing without it (`tests/invalidation`, `tests/litmus`).

/// What is left out. Guests then see what the architecture forbids, and code memory may hold anything: never for users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Without {
    /// `IC IVAU` reaches recompiled code.
    Lines,
    /// `IC IALLU` does.
    AllLines,
    /// The guards are emptied when translations change.
    Translations,
    /// Blocks are entered through guards from other pages.
    Guards,
    /// `DSB` waits for the other cores.
    Rendezvous,
    /// A block is left when something became invalid within it.
    Resync,
    /// EL0 and EL1 have guards and targets of indirect branches of their own.
    Levels,
    /// Data accesses use the TLB of the current regime.
    Regimes,
    /// What else code depends on is part of its identity.
    Modes,
    /// The interpreter executes what a debugger or a landing pad has to see.
    Interpreter,
    /// Everything is forgotten when the code memory is full.
    Room,
    /// Whatever leads to code is forgotten with it.
    Forgetting,
    /// A store-release is before a later load-acquire.
    Releases,
    /// `DMB` orders stores before later loads.
    Barriers,
    /// Pairs of general registers are loaded at once.
    Pairs,
}

impl Without {
    /// Every mechanism.
    pub const ALL: [Without; 15] = {
        use Without as W;
        [
            W::Lines,
            W::AllLines,
            W::Translations,
            W::Guards,
            W::Rendezvous,
            W::Resync,
            W::Levels,
            W::Regimes,
            W::Modes,
            W::Interpreter,
            W::Room,
            W::Forgetting,
            W::Releases,
            W::Barriers,
            W::Pairs,
        ]
    };
}

//! Numbers for address spaces.
//!
//! What the second-level TLB keeps is tagged by the number of the context it belongs to: one for each ASID that is in use, and
//! one for global entries. To forget a context is to give it another number: what has the old one matches nothing any more
//! and is overwritten in time.

/// Bits of a number.
pub(super) const BITS: u32 = 27;

/// Which context has which number. 0 is no number.
#[derive(Debug)]
pub(super) struct Contexts {
    /// By ASID; a number below `oldest` is forgotten.
    of_asid: Box<[u32]>,
    oldest: u32,
    next: u32,
    global: u32,
}

impl Contexts {
    pub(super) fn new() -> Self {
        Self { of_asid: vec![0; 1 << 16].into_boxed_slice(), oldest: 1, next: 2, global: 1 }
    }

    /// The number of global entries.
    pub(super) fn global(&self) -> u32 {
        self.global
    }

    /// The number of an ASID, if anything can have been cached for it.
    pub(super) fn known(&self, asid: u16) -> Option<u32> {
        let n = *self.of_asid.get(usize::from(asid))?;
        (n >= self.oldest).then_some(n)
    }

    /// The number of an ASID, a fresh one if it has none.
    pub(super) fn of(&mut self, asid: u16) -> u32 {
        if let Some(n) = self.known(asid) {
            return n;
        }
        let n = self.fresh();
        if let Some(known) = self.of_asid.get_mut(usize::from(asid)) {
            *known = n;
        }
        n
    }

    fn fresh(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    /// Nothing that was cached for an ASID is found again.
    pub(super) fn forget(&mut self, asid: u16) {
        if let Some(known) = self.of_asid.get_mut(usize::from(asid)) {
            *known = 0;
        }
    }

    /// The same for every ASID.
    pub(super) fn forget_local(&mut self) {
        self.oldest = self.next;
    }

    /// The same for global entries.
    pub(super) fn forget_global(&mut self) {
        self.global = self.fresh();
    }

    /// The numbers are used up: forget everything, empty the table that is tagged by them, then call [`Self::restart`].
    pub(super) fn exhausted(&self) -> bool {
        // Each operation takes one number at most.
        self.next >= (1 << BITS) - 4
    }

    pub(super) fn restart(&mut self) {
        self.of_asid.fill(0);
        (self.oldest, self.next, self.global) = (1, 2, 1);
    }

    /// For tests of what comes after the last number.
    #[cfg(test)]
    pub(super) fn skip_to_the_last(&mut self) {
        self.next = (1 << BITS) - 5;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forgotten_context_gets_another_number() {
        let mut c = Contexts::new();
        let (a, b, g) = (c.of(1), c.of(0xffff), c.global());
        assert!(a != b && b != g && a != g);
        assert_eq!((c.of(1), c.of(0xffff)), (a, b));
        c.forget(1);
        assert_eq!((c.known(1), c.known(0xffff)), (None, Some(b)));
        assert_ne!(c.of(1), a);
        c.forget_local();
        assert_eq!((c.known(1), c.known(0xffff), c.global()), (None, None, g));
        let b2 = c.of(0xffff);
        c.forget_global();
        assert!(c.global() != g && c.known(0xffff) == Some(b2));
    }

    #[test]
    fn the_last_number_is_announced() {
        let mut c = Contexts::new();
        assert!(!c.exhausted());
        c.skip_to_the_last();
        c.of(5);
        assert!(c.exhausted());
        c.restart();
        assert!(!c.exhausted() && c.known(5).is_none());
    }
}

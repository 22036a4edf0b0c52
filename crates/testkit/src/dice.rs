//! Repeatable random numbers.

/// A xorshift64* generator: small, seeded, the same on every host, so that a failing seed can be named.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The sequence of this seed. Every seed is usable.
    pub fn new(seed: u64) -> Self {
        // Seeds that differ in one bit start far apart; the state must not be zero.
        Self(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next 64 bits.
    pub fn roll(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `bound`, which must not be zero. Slightly uneven, which no test minds.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.roll() % bound
    }

    /// A string of `len` bytes.
    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| (self.roll() >> 56) as u8).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_names_its_sequence_and_neighbours_differ() {
        let first = |seed| Dice::new(seed).bytes(8);
        assert_eq!(first(7), first(7));
        assert_ne!(first(7), first(8));
        assert_ne!(first(0), first(u64::MAX));
    }
}

//! `softfp` against the host's arithmetic, which IEEE 754 fixes for results that are not NaNs: round to nearest, single
//! and double precision.

use proptest::prelude::*;
use vmapple_a64::softfp::{self as sf, F32, F64, Fp, Rounding};

/// Bit patterns of a format with `frac` fraction bits and `exp` exponent bits: uniform ones, and ones with a sparse
/// fraction and an exponent near one, which is where sums and products meet.
fn bits(frac: u32, exp: u32) -> impl Strategy<Value = u64> {
    let (width, bias) = (1 + exp + frac, (1u64 << (exp - 1)) - 1);
    let uniform = any::<u64>().prop_map(move |bits| bits >> (64 - width));
    let near = (any::<bool>(), 0u64..64, 0..=frac, any::<u64>()).prop_map(move |(sign, offset, keep, fraction)| {
        let fraction = fraction & ((1 << frac) - 1) & !((1u64 << (frac - keep)) - 1);
        (u64::from(sign) << (width - 1)) | ((bias - 32 + offset) << frac) | fraction
    });
    let tiny = (any::<bool>(), any::<u64>())
        .prop_map(move |(sign, magnitude)| (u64::from(sign) << (width - 1)) | (magnitude & ((1 << (frac + 1)) - 1)));
    prop_oneof![uniform, near, tiny]
}

fn single() -> impl Strategy<Value = u32> {
    bits(23, 8).prop_map(|bits| bits as u32)
}

fn double() -> impl Strategy<Value = u64> {
    bits(52, 11)
}

/// Every binary operation, the root and the fused operation in one host type.
macro_rules! against_host {
    ($test:ident, $format:ty, $float:ty, $strategy:ident) => {
        proptest! {
            #![proptest_config(ProptestConfig::with_cases(50_000))]

            #[test]
            fn $test(a in $strategy(), b in $strategy(), c in $strategy()) {
                let fp = &mut Fp::new(0, 0);
                let (x, y, z) = (<$float>::from_bits(a), <$float>::from_bits(b), <$float>::from_bits(c));
                let cases = [
                    ("add", sf::add::<$format>(fp, a, b), x + y),
                    ("sub", sf::sub::<$format>(fp, a, b), x - y),
                    ("mul", sf::mul::<$format>(fp, a, b), x * y),
                    ("div", sf::div::<$format>(fp, a, b), x / y),
                    ("sqrt", sf::sqrt::<$format>(fp, a), x.sqrt()),
                    ("fma", sf::mul_add::<$format>(fp, c, a, b), x.mul_add(y, z)),
                    ("floor", sf::round_int::<$format>(fp, a, Rounding::NegInf, false), x.floor()),
                    ("nearest", sf::round_int::<$format>(fp, a, Rounding::TieEven, false), x.round_ties_even()),
                ];
                for (name, ours, host) in cases {
                    let ours = <$float>::from_bits(ours);
                    if host.is_nan() {
                        prop_assert!(ours.is_nan(), "{name}: {ours:?}");
                    } else {
                        prop_assert_eq!(ours.to_bits(), host.to_bits(), "{}", name);
                    }
                }
            }
        }
    };
}

against_host!(single_precision_agrees_with_the_host, F32, f32, single);
against_host!(double_precision_agrees_with_the_host, F64, f64, double);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(50_000))]

    #[test]
    fn conversions_agree_with_the_host(a in single(), b in double()) {
        let fp = &mut Fp::new(0, 0);
        let (x, y) = (f32::from_bits(a), f64::from_bits(b));
        if !x.is_nan() {
            prop_assert_eq!(sf::convert::<F32, F64>(fp, a, Rounding::TieEven), f64::from(x).to_bits());
        }
        if !y.is_nan() {
            prop_assert_eq!(sf::convert::<F64, F32>(fp, b, Rounding::TieEven), (y as f32).to_bits());
        }
        prop_assert_eq!(sf::to_fixed::<F64>(fp, b, 0, false, Rounding::Zero, 64), y as i64 as u64);
        prop_assert_eq!(sf::to_fixed::<F64>(fp, b, 0, true, Rounding::Zero, 32), u64::from(y as u32));
        prop_assert_eq!(sf::from_fixed::<F64>(fp, b, 0, false, 64), (b as i64 as f64).to_bits());
        prop_assert_eq!(sf::from_fixed::<F32>(fp, b, 0, true, 64), (b as f32).to_bits());
    }
}

//! Every instruction the oracle knows, as a call into `softfp`, by the same name.

use vmapple_a64::softfp::{self as sf, F16, F32, F64, Format, Fp, IntSize, Rounding};

/// What an operand or result holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A floating-point number of this many bytes.
    Float(usize),
    /// An integer of this many bytes.
    Int(usize),
}

impl Kind {
    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::Float(bytes) | Self::Int(bytes) => bytes,
        }
    }
}

pub(crate) type Run = Box<dyn Fn(&mut Fp, [u64; 3]) -> u64 + Send + Sync>;

pub(crate) struct Op {
    pub(crate) name: String,
    pub(crate) operands: Vec<Kind>,
    pub(crate) result: usize,
    pub(crate) run: Run,
}

fn float<F: Format>() -> Kind {
    Kind::Float(F::WIDTH as usize / 8)
}

/// The register letter of a format.
fn letter<F: Format>() -> &'static str {
    match F::WIDTH {
        16 => "h",
        32 => "s",
        _ => "d",
    }
}

struct Table(Vec<Op>);

impl Table {
    fn push(
        &mut self,
        name: String,
        operands: &[Kind],
        result: usize,
        run: impl Fn(&mut Fp, [u64; 3]) -> u64 + Send + Sync + 'static,
    ) {
        self.0.push(Op { name, operands: operands.to_vec(), result, run: Box::new(run) });
    }

    fn binary<F: Format>(&mut self, name: &str, run: fn(&mut Fp, F::Bits, F::Bits) -> F::Bits) {
        let operands = [float::<F>(); 2];
        self.push(format!("{name}_{}", letter::<F>()), &operands, operands[0].bytes(), move |fp, [a, b, _]| {
            run(fp, F::narrow(a), F::narrow(b)).into()
        });
    }

    /// A vector comparison: all ones for true.
    fn mask<F: Format>(&mut self, name: &str, absolute: bool, run: fn(&mut Fp, F::Bits, F::Bits) -> bool) {
        let operands = [float::<F>(); 2];
        self.push(format!("{name}_{}", letter::<F>()), &operands, operands[0].bytes(), move |fp, [a, b, _]| {
            let (a, b) = (F::narrow(a), F::narrow(b));
            let (a, b) = if absolute { (sf::abs::<F>(a), sf::abs::<F>(b)) } else { (a, b) };
            if run(fp, a, b) { u64::MAX >> (64 - F::WIDTH) } else { 0 }
        });
    }

    fn unary<F: Format>(&mut self, name: &str, run: impl Fn(&mut Fp, F::Bits) -> F::Bits + Send + Sync + 'static) {
        let operand = float::<F>();
        self.push(format!("{name}_{}", letter::<F>()), &[operand], operand.bytes(), move |fp, [a, _, _]| {
            run(fp, F::narrow(a)).into()
        });
    }

    fn arithmetic<F: Format>(&mut self) {
        self.binary::<F>("fadd", sf::add::<F>);
        self.binary::<F>("fsub", sf::sub::<F>);
        self.binary::<F>("fmul", sf::mul::<F>);
        self.binary::<F>("fdiv", sf::div::<F>);
        self.binary::<F>("fnmul", sf::nmul::<F>);
        self.binary::<F>("fmulx", sf::mulx::<F>);
        self.binary::<F>("fmax", sf::max::<F>);
        self.binary::<F>("fmin", sf::min::<F>);
        self.binary::<F>("fmaxnm", sf::maxnm::<F>);
        self.binary::<F>("fminnm", sf::minnm::<F>);
        self.binary::<F>("frecps", sf::recip_step_fused::<F>);
        self.binary::<F>("frsqrts", sf::rsqrt_step_fused::<F>);
        self.mask::<F>("fcmeq", false, sf::compare_eq::<F>);
        self.mask::<F>("fcmge", false, sf::compare_ge::<F>);
        self.mask::<F>("fcmgt", false, sf::compare_gt::<F>);
        self.mask::<F>("facge", true, sf::compare_ge::<F>);
        self.mask::<F>("facgt", true, sf::compare_gt::<F>);
        for (name, signal) in [("fcmp", false), ("fcmpe", true)] {
            let operands = [float::<F>(); 2];
            self.push(format!("{name}_{}", letter::<F>()), &operands, 1, move |fp, [a, b, _]| {
                sf::compare::<F>(fp, F::narrow(a), F::narrow(b), signal).into()
            });
        }
        self.unary::<F>("fsqrt", sf::sqrt::<F>);
        self.unary::<F>("fneg", |_, op| sf::neg::<F>(op));
        self.unary::<F>("fabs", |_, op| sf::abs::<F>(op));
        self.unary::<F>("frecpe", sf::recip_estimate::<F>);
        self.unary::<F>("frsqrte", sf::rsqrt_estimate::<F>);
        self.unary::<F>("frecpx", sf::recpx::<F>);
        // Addend, then factors; which of the first two is negated.
        for (name, addend, factor) in
            [("fmadd", false, false), ("fmsub", false, true), ("fnmadd", true, true), ("fnmsub", true, false)]
        {
            let operands = [float::<F>(); 3];
            let sign = |negate, bits| {
                if negate { sf::neg::<F>(F::narrow(bits)) } else { F::narrow(bits) }
            };
            self.push(format!("{name}_{}", letter::<F>()), &operands, operands[0].bytes(), move |fp, [c, a, b]| {
                sf::mul_add::<F>(fp, sign(addend, c), sign(factor, a), F::narrow(b)).into()
            });
        }
    }

    fn rounding<F: Format>(&mut self) {
        for (name, rounding) in MODES {
            self.unary::<F>(&format!("frint{name}"), move |fp, op| sf::round_int::<F>(fp, op, rounding, false));
        }
        self.unary::<F>("frinti", |fp, op| sf::round_int::<F>(fp, op, fp.rounding(), false));
        self.unary::<F>("frintx", |fp, op| sf::round_int::<F>(fp, op, fp.rounding(), true));
    }

    fn bounded_rounding<F: Format>(&mut self) {
        for (name, size) in [("frint32", IntSize::Bits32), ("frint64", IntSize::Bits64)] {
            self.unary::<F>(&format!("{name}z"), move |fp, op| sf::round_int_n::<F>(fp, op, Rounding::Zero, size));
            self.unary::<F>(&format!("{name}x"), move |fp, op| sf::round_int_n::<F>(fp, op, fp.rounding(), size));
        }
    }

    fn push_to_fixed<F: Format>(&mut self, name: String, width: u32, fbits: u32, unsigned: bool, rounding: Rounding) {
        self.push(name, &[float::<F>()], width as usize / 8, move |fp, [a, _, _]| {
            sf::to_fixed::<F>(fp, F::narrow(a), fbits, unsigned, rounding, width)
        });
    }

    fn push_from_fixed<F: Format>(&mut self, name: String, width: u32, fbits: u32, unsigned: bool) {
        self.push(name, &[Kind::Int(width as usize / 8)], float::<F>().bytes(), move |fp, [a, _, _]| {
            sf::from_fixed::<F>(fp, a, fbits, unsigned, width).into()
        });
    }

    fn integers<F: Format>(&mut self) {
        let f = letter::<F>();
        for (sign, unsigned) in [("s", false), ("u", true)] {
            for (mode, rounding) in MODES {
                for (register, width) in [("w", 32), ("x", 64)] {
                    let name = format!("fcvt{mode}{sign}_{register}_{f}");
                    self.push_to_fixed::<F>(name, width, 0, unsigned, rounding);
                }
            }
            for (register, width) in [("w", 32), ("x", 64)] {
                self.push_from_fixed::<F>(format!("{sign}cvtf_{f}_{register}"), width, 0, unsigned);
            }
            for (register, width, fbits) in [("w", 32, 1), ("w", 32, 32), ("x", 64, 17), ("x", 64, 64)] {
                let name = format!("fcvtz{sign}_{register}_{f}_{fbits}");
                self.push_to_fixed::<F>(name, width, fbits, unsigned, Rounding::Zero);
                let name = format!("{sign}cvtf_{f}_{register}_{fbits}");
                self.push_from_fixed::<F>(name, width, fbits, unsigned);
            }
        }
    }

    /// Half-precision vector elements convert to and from 16-bit integers.
    fn short_integers(&mut self) {
        for (sign, unsigned) in [("s", false), ("u", true)] {
            for (mode, rounding) in MODES {
                self.push_to_fixed::<F16>(format!("fcvt{mode}{sign}_h_h"), 16, 0, unsigned, rounding);
            }
            self.push_from_fixed::<F16>(format!("{sign}cvtf_h_h"), 16, 0, unsigned);
            for fbits in [5, 16] {
                let name = format!("fcvtz{sign}_h_h_{fbits}");
                self.push_to_fixed::<F16>(name, 16, fbits, unsigned, Rounding::Zero);
                self.push_from_fixed::<F16>(format!("{sign}cvtf_h_h_{fbits}"), 16, fbits, unsigned);
            }
        }
    }

    fn convert<S: Format, D: Format>(&mut self, name: &str, rounding: Option<Rounding>) {
        self.push(name.to_owned(), &[float::<S>()], float::<D>().bytes(), move |fp, [a, _, _]| {
            let rounding = rounding.unwrap_or(fp.rounding());
            sf::convert::<S, D>(fp, S::narrow(a), rounding).into()
        });
    }
}

const MODES: [(&str, Rounding); 5] = [
    ("n", Rounding::TieEven),
    ("p", Rounding::PosInf),
    ("m", Rounding::NegInf),
    ("z", Rounding::Zero),
    ("a", Rounding::TieAway),
];

pub(crate) fn table() -> Vec<Op> {
    let mut table = Table(Vec::new());
    table.arithmetic::<F16>();
    table.arithmetic::<F32>();
    table.arithmetic::<F64>();
    table.push("fmlal".into(), &[Kind::Float(4), Kind::Float(2), Kind::Float(2)], 4, |fp, [c, a, b]| {
        sf::mul_add_long(fp, c as u32, a as u16, b as u16).into()
    });
    table.rounding::<F16>();
    table.rounding::<F32>();
    table.rounding::<F64>();
    table.bounded_rounding::<F32>();
    table.bounded_rounding::<F64>();
    table.integers::<F16>();
    table.integers::<F32>();
    table.integers::<F64>();
    table.short_integers();
    table.convert::<F16, F32>("fcvt_s_h", None);
    table.convert::<F16, F64>("fcvt_d_h", None);
    table.convert::<F32, F16>("fcvt_h_s", None);
    table.convert::<F32, F64>("fcvt_d_s", None);
    table.convert::<F64, F16>("fcvt_h_d", None);
    table.convert::<F64, F32>("fcvt_s_d", None);
    table.convert::<F64, F32>("fcvtxn", Some(Rounding::Odd));
    // The Z flag rides in bit 32.
    table.push("fjcvtzs".into(), &[Kind::Float(8)], 5, |fp, [a, _, _]| {
        let (result, z) = sf::to_fixed_js(fp, a);
        u64::from(result) | (u64::from(z) << 32)
    });
    table.push("urecpe".into(), &[Kind::Int(4)], 4, |_, [a, _, _]| sf::unsigned_recip_estimate(a as u32).into());
    table.push("ursqrte".into(), &[Kind::Int(4)], 4, |_, [a, _, _]| sf::unsigned_rsqrt_estimate(a as u32).into());
    table.0
}

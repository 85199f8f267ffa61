//! The kinds of exact number that the score tree is re-evaluated in: machine integers, which are fast and can be too
//! small, and [`Exact`], which is neither.

use rulebook::Exact;

/// An exact number; an operation that the kind cannot hold gives none.
pub(crate) trait Number: Clone + Ord {
    fn zero() -> Self;
    fn whole(number: i64) -> Self;
    fn plus(&self, other: &Self) -> Option<Self>;
    fn times(&self, other: &Self) -> Option<Self>;
    /// This over `other`, where that is a whole number of times.
    fn in_units_of(&self, other: &Self) -> Option<Self>;
    /// A number that both are units of: the least where kinds of number have one.
    fn common_multiple(&self, other: &Self) -> Option<Self>;
    /// `number` as something over something.
    fn fraction(number: &Exact) -> Option<(Self, Self)>;
}

macro_rules! machine_integers {
    ($($integer:ty),*) => {$(
impl Number for $integer {
    fn zero() -> Self {
        0
    }

    fn whole(number: i64) -> Self {
        number.into()
    }

    fn plus(&self, other: &Self) -> Option<Self> {
        self.checked_add(*other)
    }

    fn times(&self, other: &Self) -> Option<Self> {
        self.checked_mul(*other)
    }

    fn in_units_of(&self, other: &Self) -> Option<Self> {
        (self.checked_rem(*other)? == 0).then(|| self.checked_div(*other)).flatten()
    }

    fn common_multiple(&self, other: &Self) -> Option<Self> {
        // Euclid; both are above zero.
        let (mut divisor, mut rest) = (*self, *other);
        while rest != 0 {
            (divisor, rest) = (rest, divisor.checked_rem(rest)?);
        }
        self.checked_div(divisor)?.checked_mul(*other)
    }

    fn fraction(number: &Exact) -> Option<(Self, Self)> {
        let (above, below) = number.parts();
        Some((above.try_into().ok()?, below.try_into().ok()?))
    }
}
    )*};
}
machine_integers!(i64, i128);

impl Number for Exact {
    fn zero() -> Self {
        Self::zero()
    }

    fn whole(number: i64) -> Self {
        number.into()
    }

    fn plus(&self, other: &Self) -> Option<Self> {
        Some(self + other)
    }

    fn times(&self, other: &Self) -> Option<Self> {
        Some(self * other)
    }

    fn in_units_of(&self, other: &Self) -> Option<Self> {
        self.checked_div(other)
    }

    fn common_multiple(&self, _: &Self) -> Option<Self> {
        Some(Self::one())
    }

    fn fraction(number: &Exact) -> Option<(Self, Self)> {
        Some((number.clone(), Self::one()))
    }
}

/// A value for each team, all over one denominator above zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column<N> {
    pub(crate) above: Vec<N>,
    pub(crate) below: N,
}

impl<N: Number> Column<N> {
    /// `values` over their least common denominator.
    pub(crate) fn of(values: &[Exact]) -> Option<Self> {
        let fractions: Vec<(N, N)> = values.iter().map(N::fraction).collect::<Option<_>>()?;
        let below = fractions.iter().try_fold(N::whole(1), |below, (_, more)| below.common_multiple(more))?;
        let widen = |(above, denominator): &(N, N)| below.in_units_of(denominator)?.times(above);
        let above = fractions.iter().map(widen).collect::<Option<_>>()?;
        Some(Self { above, below })
    }

    /// Every value times `above` / `below`.
    pub(crate) fn times(mut self, above: &N, below: &N) -> Option<Self> {
        for value in &mut self.above {
            *value = value.times(above)?;
        }
        self.below = self.below.times(below)?;
        Some(self)
    }

    /// This and `other`, team by team.
    pub(crate) fn plus(mut self, other: Self) -> Option<Self> {
        let (own, others) = widths(&self.below, &other.below)?;
        for (value, more) in self.above.iter_mut().zip(&other.above) {
            *value = value.times(&own)?.plus(&more.times(&others)?)?;
        }
        self.below = self.below.times(&own)?;
        Some(self)
    }
}

/// What two denominators must be multiplied by to be the same; small factors where one divides the other.
fn widths<N: Number>(one: &N, other: &N) -> Option<(N, N)> {
    if let Some(times) = one.in_units_of(other) {
        Some((N::whole(1), times))
    } else if let Some(times) = other.in_units_of(one) {
        Some((times, N::whole(1)))
    } else {
        Some((other.clone(), one.clone()))
    }
}

"""Chooses the constant frame rate of a film."""

from fractions import Fraction

MAX_RATE, MIN_RATE = Fraction(60), Fraction(1)

# Standard rates; a container's rounded clock gives something very close to one of them.
_STANDARD = [*map(Fraction, (24, 25, 30, 48, 50, 60)), *(Fraction(n * 1000, 1001) for n in (24, 30, 48, 60))]


def constant_rate(average: Fraction | None, nominal: Fraction | None) -> Fraction:
    """The constant frame rate to encode at, from 1 to 60: the average, corrected if it is close to a standard rate.

    If it is neither a standard rate nor the nominal one, the rate varies: frames may come faster than the average.
    Then it is the nominal rate, which has room for each of them, or, if that is only a clock, the next standard one.
    """
    rate = average or nominal or Fraction(25)
    near = min(_STANDARD, key=lambda standard: abs(standard - rate))
    if _nearly(near, rate):
        rate = near
    elif nominal and not _nearly(nominal, rate):
        faster = (standard for standard in sorted(_STANDARD) if standard >= rate)
        rate = nominal if rate < nominal <= MAX_RATE else next(faster, MAX_RATE)
    return max(MIN_RATE, min(rate, MAX_RATE).limit_denominator(1001))


def _nearly(one: Fraction, other: Fraction) -> bool:
    return abs(one - other) / one < Fraction(1, 2500)

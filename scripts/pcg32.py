"""Random numbers that are the same on every machine and under every Python, for made-up data."""
import math


class Random:
    """PCG32 (XSH RR): a 64-bit linear congruential state and a permuted 32-bit output."""

    def __init__(self, seed):
        self.state = (seed * 6364136223846793005 + 1442695040888963407) & (2**64 - 1)
        self.next()

    def next(self):
        old = self.state
        self.state = (old * 6364136223846793005 + 1442695040888963407) & (2**64 - 1)
        mixed = (((old >> 18) ^ old) >> 27) & 0xFFFFFFFF
        turn = old >> 59
        return ((mixed >> turn) | (mixed << (32 - turn))) & 0xFFFFFFFF

    def unit(self):
        """In (0, 1): never 0, so that its logarithm exists."""
        return (self.next() + 0.5) / 2**32

    def chance(self, p):
        return self.unit() < p

    def below(self, n):
        """0 … n - 1."""
        return int(self.unit() * n)

    def pick(self, rows):
        """One of rows, by the weight in its second field."""
        left = self.unit() * sum(row[1] for row in rows)
        for row in rows:
            left -= row[1]
            if left < 0:
                return row
        return rows[-1]

    def exponential(self, mean):
        return -mean * math.log(self.unit())

    def normal(self):
        return math.sqrt(-2 * math.log(self.unit())) * math.cos(2 * math.pi * self.unit())

    def poisson(self, mean):
        count, product, limit = 0, self.unit(), math.exp(-mean)
        while product > limit:
            count += 1
            product *= self.unit()
        return count

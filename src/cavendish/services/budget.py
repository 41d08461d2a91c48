"""Money: what the pictures of a service have cost, and the most that they may cost."""

from __future__ import annotations

from dataclasses import dataclass

from cavendish.errors import CostError, ModelError


@dataclass
class Budget:
    """US dollars spent on pictures of one generator, by an estimate of their price."""

    name: str  # of the generator
    price: float  # of one picture; 0 where it is not known
    max_cost: float | None = None
    spent: float = 0.0

    def __post_init__(self) -> None:
        if self.max_cost is not None and self.price <= 0:
            raise ModelError(f"the price of {self.name} is not known, so max_cost needs price= (dollars a picture)")

    def check(self, pictures: int) -> None:
        """CostError if this many more pictures would cost more than is left."""
        cost = pictures * self.price
        if self.max_cost is not None and self.spent + cost > self.max_cost + 1e-9:
            raise CostError(
                f"{pictures} picture{'s' if pictures > 1 else ''} of {self.name} cost about ${cost:.2f}, "
                f"${self.spent:.2f} are spent, and max_cost is ${self.max_cost:.2f}"
            )

    def pay(self) -> None:
        """Count one picture."""
        self.spent += self.price

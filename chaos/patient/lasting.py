"""What later starts of the patient are told: orders in a folder that outlives the container."""

from __future__ import annotations

from collections.abc import Callable

from . import marks
from .orders import Lasting, Order
from .parsing import at_start
from .term import NEVER, Deadline


class Memory:
    """Remembers for later starts. `obey` carries out an order at this one."""

    def __init__(self, obey: Callable[[Order], object]) -> None:
        self._obey = obey
        self._held: dict[str, str] = {}  # the orders that each folder holds

    def take(self, order: Lasting) -> Deadline:
        """Hold orders for a folder until `keep`; or, when none are named, obey those in it.

        The deadline of those that were found: when it is over, none of them was obeyed.
        """
        if order.orders:
            at_start(order.orders)  # what cannot be understood is refused now
            self._held[order.folder] = order.orders
            return NEVER
        self._held[order.folder], found = marks.lasting(order.folder)
        for kept in () if found.over else at_start(self._held[order.folder]):
            self._obey(kept)
        return found

    def keep(self, deadline: Deadline) -> None:
        """Write down what the folders hold, and until when."""
        for folder, orders in self._held.items():
            if orders:
                marks.last(folder, orders, deadline)

    def forget(self) -> None:
        """Later starts are told nothing."""
        for folder in self._held:
            marks.last(folder, "", NEVER)
            self._held[folder] = ""

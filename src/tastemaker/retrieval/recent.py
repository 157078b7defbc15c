"""What was worked out lately, kept for the next who asks the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """At most ``most`` values, and at most ``room`` bytes of them by ``size``; the one not asked for longest goes
    first. Safe to share between threads: two who ask for the same at once may both make it."""

    def __init__(self, most: int, room: int, size: Callable[[Value], int]) -> None:
        self._most = most
        self._room = room
        self._size = size
        self._used = 0
        self._values: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value under ``key``; made, outside the lock, where it is not there."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key][0]
        value = make()
        size = self._size(value)
        with self._lock:
            if key not in self._values:
                self._values[key] = value, size
                self._used += size
            while len(self._values) > self._most or (self._used > self._room and len(self._values) > 1):
                self._used -= self._values.popitem(last=False)[1][1]
        return value

    def __len__(self) -> int:
        return len(self._values)

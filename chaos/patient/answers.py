"""What the main port's paths answer, and in what manner."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from . import reported
from .dependency import answers
from .orders import FOUND, HEALTH, DemandPassword, DependsOn, Health

OK = 200
UNAUTHORIZED = 401
FAILING = 500


class Answer(NamedTuple):
    """A status, `delay` seconds late, in a manner of `orders.Health`."""

    status: int
    delay: float = 0.0
    manner: str = "answer"
    location: str = ""


class Answers:
    """What each path was told to answer. `well` says what `/health` answers by itself."""

    def __init__(self, well: Callable[[], bool]) -> None:
        self._well = well
        self._rules: dict[str, Health] = {}
        self._demanding: set[str] = set()
        self._needs: dict[str, str] = {}
        self._asked: Counter[str] = Counter()
        self._lies: Counter[str] = Counter()
        self._lock = threading.Lock()

    def tell(self, order: Health | DemandPassword | DependsOn) -> None:
        """From now on a path answers so."""
        with self._lock:
            match order:
                case Health(path=path):
                    self._rules[path] = order
                case DemandPassword(path=path):
                    self._demanding.add(path)
                case DependsOn(path=path, url=url):
                    self._needs[path] = url

    def heal(self) -> None:
        """Answer as usual. What a path depends on is no ailment: it stays."""
        with self._lock:
            self._rules.clear()
            self._demanding.clear()

    def count(self, path: str) -> None:
        """Note one more request on the main port, answered or not."""
        with self._lock:
            self._asked[path] += 1

    def answer(self, path: str, *, authorized: bool = False) -> Answer:
        """The answer to a request of `path`, which is used up if it was for so many requests."""
        with self._lock:
            rule = self._rules.get(path, Health(path))
            self._use_up(rule)
            barred = path in self._demanding and not authorized
        if rule.manner == "redirect":
            location = rule.location or path
            return Answer(rule.status or FOUND, rule.delay_seconds, rule.manner, location)
        status = rule.status or (UNAUTHORIZED if barred else self._usual(path))
        return Answer(status, rule.delay_seconds, rule.manner)

    def _use_up(self, rule: Health) -> None:
        self._lies[rule.path] += rule.path in self._rules
        if rule.times > 1:
            self._rules[rule.path] = rule._replace(times=rule.times - 1)
        elif rule.times == 1:
            del self._rules[rule.path]

    def _usual(self, path: str) -> int:
        if path in self._needs and not answers(self._needs[path]):
            return FAILING
        return FAILING if path == HEALTH and not self._well() else OK

    def report(self) -> dict[str, object]:
        """`health` by path; `health_status` and `health_manner` are those of the first ill path."""
        with self._lock:
            rules = list(self._rules.values())
            return {
                reported.HEALTH: {rule.path: rule._asdict() for rule in rules} or None,
                reported.HEALTH_STATUS: _status(rules[0]) if rules else None,
                reported.HEALTH_MANNER: rules[0].manner if rules else None,
                reported.DEMANDS_PASSWORD: bool(self._demanding),
                reported.REQUESTS: dict(self._asked),
                reported.LIES: dict(self._lies),
                reported.DEPENDS_ON: bool(self._needs),  # not on what: a URL may hold a password
            }


def _status(rule: Health) -> int | None:
    return FOUND if rule.manner == "redirect" and rule.status is None else rule.status

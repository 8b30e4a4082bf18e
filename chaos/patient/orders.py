"""What the patient can be told to do: the values. `parsing` makes them from JSON.

Named tuples, not dataclasses: importing those costs the patient 2 MiB and a third of its start.
"""

from __future__ import annotations

from typing import NamedTuple

DIES_OF_SIGTERM = 143  # 128 + SIGTERM: what a shell, and so Kubernetes, shows
BOUND_MIB = 256.0  # a leak ends here unless the order says otherwise: hosts are shared
HEALTH = "/health"  # the path that says how the app is
CHECK = "patient-check"  # the program that says what `exec_says` has told it
CHILDREN = "patient-children"  # the program that looks for the patient's child process
GRPC_CHECK = "patient-grpc-check"  # the program that asks the patient's gRPC health service
TERM_SECONDS = "term_seconds"  # beside any order: after how long it is over by itself
FOUND = 302  # the status of a redirect that names none


class BadOrder(Exception):
    """An order that cannot be carried out; the message is one line for whoever gave it."""


class Crash(NamedTuple):
    """The main process exits with `code`, or of `signal`, once the order has been answered.

    With `after_seconds` so long after the order. With `starts` only at start, and only the first
    `starts` times: a file in `folder`, which must outlive the container, counts them.
    """

    code: int = 1
    signal: int = 0
    after_seconds: float = 0.0
    starts: int = 0
    folder: str = ""


class Hang(NamedTuple):
    """The main port accepts connections and never answers; without `accepts` it only listens."""

    accepts: bool = True
    after_seconds: float = 0.0


class Refuse(NamedTuple):
    """The main port is closed: connections are refused."""


class Deadlock(NamedTuple):
    """The worker thread stops for ever; everything else goes on."""


class Leak(NamedTuple):
    """Memory is taken and touched, and never more than `up_to_mib` of it."""

    mib_per_second: float
    up_to_mib: float = BOUND_MIB


class Health(NamedTuple):
    """The next `times` requests for `path` (0: all) get this `status`, `delay_seconds` late.

    Without a `status` the answer is the usual one, only late. `manner` is "answer", "redirect"
    (to `location`, or to the path itself), "reset" (the connection), "silent" (no headers) or
    "headers_only" (and never the body that they promise).
    """

    path: str = "/health"
    status: int | None = None
    delay_seconds: float = 0.0
    times: int = 0
    manner: str = "answer"
    location: str = ""


class DemandPassword(NamedTuple):
    """`path` answers 401 to whoever sends no Authorization header."""

    path: str = "/health"


class DependsOn(NamedTuple):
    """`path` answers 500 unless `url` (plain http) answers below 400 in time.

    Or a `postgres` URL, whose host and port are all that is taken of it, gives a row.

    `$NAME` in the URL is the environment variable NAME, read at each request.
    """

    url: str
    path: str = "/health"


class Child(NamedTuple):
    """A child process is started. With `watched` `/health` answers 500 when it is dead."""

    watched: bool = False


class KillChild(NamedTuple):
    """The child process is killed, and gone when the order is answered."""


class Grpc(NamedTuple):
    """A port for gRPC health checks opens. Only at start."""


class GrpcSays(NamedTuple):
    """`status` is "serving", "not_serving" or "silent"."""

    status: str


class ExecSays(NamedTuple):
    """`patient-check` exits with `code`, `delay_seconds` late."""

    code: int = 0
    delay_seconds: float = 0.0


class Marks(NamedTuple):
    """A file in each of `folders` counts the starts that it has seen. Only at start."""

    folders: tuple[str, ...]


class StartSlowly(NamedTuple):
    """The main port does not listen for so long. Only at start."""

    seconds: float


class Lasting(NamedTuple):
    """`orders`, a JSON list, are left in `folder` for later starts; healing takes them out again.

    Without `orders` those that the folder holds are obeyed: only at start.
    """

    folder: str
    orders: str = ""


class OnSigterm(NamedTuple):
    """`how` is "exit" (with `code`) or "ignore"."""

    how: str = "exit"
    code: int = DIES_OF_SIGTERM


class Visit(NamedTuple):
    """`url` (plain http) is asked `every_seconds`, `at_most` so often. Only at start.

    Whoever does not answer within `timeout_seconds` has failed. `of` is what stands behind the URL,
    for the report. `$NAME` in the URL is the environment variable NAME. `/health` answers 500 until
    the first request was answered.
    """

    url: str
    of: str
    every_seconds: float = 0.1
    timeout_seconds: float = 2.0
    at_most: int = 20_000


class MemoryHealth(NamedTuple):
    """`/health` answers 500 while the resident set is above `limit_mib`."""

    limit_mib: float


class Heal(NamedTuple):
    """Whatever ails it is undone, also what was to come; what was not there stays not there.

    What it is made of stays: `depends_on`, `marks`, `grpc`, `memory_health`, `on_sigterm`, `visit`,
    and the child, which is there again.
    """


Order = (
    Crash
    | Hang
    | Refuse
    | Deadlock
    | Leak
    | Health
    | DemandPassword
    | DependsOn
    | Child
    | KillChild
    | Grpc
    | GrpcSays
    | ExecSays
    | Marks
    | StartSlowly
    | Lasting
    | OnSigterm
    | MemoryHealth
    | Visit
    | Heal
)


def only_at_start(order: Order) -> bool:
    """Whether an order is of use only before anything else has happened."""
    if isinstance(order, Lasting):
        return not order.orders
    return isinstance(order, Grpc | Marks | StartSlowly | Visit) or bool(
        getattr(order, "starts", 0)
    )


def told(order: Order) -> str:
    """An order as the log shows it: its fields, but for those that are as usual."""
    usual, given = order._field_defaults, order._asdict()
    fields = [f"{k}={v!r}" for k, v in given.items() if k not in usual or usual[k] != v]
    return f"{type(order).__name__}({', '.join(fields)})"

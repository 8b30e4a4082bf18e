"""What a user lacks is told one thing at a time, with what gives it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from chaos.providers.embedded import entitled
from chaos.providers.embedded.entitled import TRIED, User, why_not

SERVICE = "sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service"
APPARMOR = "proc/sys/kernel/apparmor_restrict_unprivileged_userns"


def no_complaint(words: Sequence[str]) -> str:
    assert words == TRIED
    return ""


def lay(root: Path, path: str, words: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(words)


@pytest.fixture
def user(tmp_path: Path) -> User:
    """One who has all that is needed."""
    lay(tmp_path, "sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n")
    lay(tmp_path, f"{SERVICE}/cgroup.controllers", "cpu memory pids\n")
    lay(tmp_path, "run/user/1000/systemd/private", "")
    lay(tmp_path, "etc/subuid", "v:1:65536\nu:100000:65536\n")
    lay(tmp_path, "etc/subgid", "u:100000:65536\n")
    return User(1000, "u", tmp_path, lambda name: f"/usr/bin/{name}", {}, no_complaint)


def test_who_has_everything_is_entitled(user: User) -> None:
    assert why_not(user) == ""


def test_what_is_missing_comes_with_its_packages(user: User) -> None:
    bare = replace(user, which=lambda name: None if name.startswith("new") else name)

    assert why_not(bare) == "newuidmap, newgidmap not in PATH: apt-get install uidmap"


def test_the_first_version_of_control_groups_is_not_for_users(user: User) -> None:
    (user.root / "sys/fs/cgroup/cgroup.controllers").unlink()

    assert "version 1" in why_not(user)


def test_who_has_no_systemd_is_told_to_log_in(user: User) -> None:
    (user.root / "run/user/1000/systemd/private").unlink()
    lay(user.root, "elsewhere/systemd/private", "")

    assert why_not(user) == "no systemd of u's runs: log in as u, not by su or sudo"
    assert why_not(replace(user, environ={"XDG_RUNTIME_DIR": "/elsewhere"})) == ""


@pytest.mark.parametrize(
    ("handed", "missing"),
    [("cpu pids", "memory"), ("", "cpu, memory, pids"), ("memory pids", "cpu")],
)
def test_what_its_systemd_is_not_handed_is_named(user: User, handed: str, missing: str) -> None:
    lay(user.root, f"{SERVICE}/cgroup.controllers", handed)

    assert why_not(user).startswith(f"users are not handed {missing} here: as root write [Service]")


@pytest.mark.parametrize("kind", ["uid", "gid"])
def test_who_has_no_ids_to_give_is_told_how_to_get_some(user: User, kind: str) -> None:
    lay(user.root, f"etc/sub{kind}", "uu:100000:65536\n")

    assert why_not(user) == (
        f"u has no ids in /etc/sub{kind}: as root, usermod --add-sub{kind}s 100000-165535 u"
    )
    lay(user.root, f"etc/sub{kind}", "1000:100000:65536\n")
    assert why_not(user) == ""


def test_a_kernel_that_refuses_is_quoted_with_what_most_likely_makes_it(user: User) -> None:
    refused = replace(user, tried=lambda _: "unshare: Operation not permitted")

    assert why_not(refused) == (
        "unshare: Operation not permitted: see sysctl user.max_user_namespaces and "
        "kernel.unprivileged_userns_clone"
    )
    lay(user.root, APPARMOR, "1\n")
    assert why_not(refused).endswith("sysctl kernel.apparmor_restrict_unprivileged_userns=0")
    lay(user.root, APPARMOR, "0\n")
    assert "apparmor" not in why_not(refused)


@pytest.mark.subprocess
def test_a_try_is_told_in_one_line_when_it_fails_or_never_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(entitled, "STEP", 0.1)
    tried = User().tried

    assert tried(["true"]) == ""
    assert tried(["sh", "-c", "echo no >&2; echo way >&2; exit 1"]) == r"no\nway"
    assert tried(["sh", "-c", "exit 3"]) == "status 3"
    assert "timed out after 0.1 seconds" in tried(["sleep", "600"])

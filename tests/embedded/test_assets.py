from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from deadlines import LONG
from mirror import Mirror, program, serving

from chaos.clock import poll, seconds
from chaos.errors import NoCluster
from chaos.images import oci
from chaos.providers.embedded import assets, build
from chaos.providers.embedded.releases import PROGRAMS, TOXIPROXY, toxiproxy

pytestmark = [pytest.mark.loopback, pytest.mark.subprocess]

RUNC = "#!/bin/sh\necho runc version 1.1.5\necho libseccomp: 2.5.4\n"


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with serving(oci.architecture()) as served:
        yield served


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in PATH: no go, no runc."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def put(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


def fake_build(monkeypatch: pytest.MonkeyPatch) -> None:
    def built(folder: Path, *, say: assets.Say) -> None:
        say("building")
        for name in PROGRAMS:
            put(folder, name, "built")

    monkeypatch.setattr(build, "build", built)


class Finder:
    """Finds with a cache of its own; `said` is what the user would read."""

    def __init__(self, cache: Path, **environ: str) -> None:
        self.cache = cache
        self.environ = environ
        self.said: list[str] = []

    def find(self, *, verify: bool = False) -> Path:
        return assets.find(self.said.append, environ=self.environ, cache=self.cache, verify=verify)

    def toxiproxy(self) -> Path:
        return assets.toxiproxy(self.said.append, environ=self.environ, cache=self.cache)


@pytest.fixture
def finder(mirror: Mirror, path: Path, tmp_path: Path) -> Finder:
    return Finder(tmp_path / "cache", CHAOS_MIRROR=mirror.url)


def test_a_named_folder_is_taken_and_nothing_else_is_asked(
    mirror: Mirror, finder: Finder, tmp_path: Path
) -> None:
    named = tmp_path / "named"
    named.mkdir()
    for name in (*PROGRAMS, "runc"):
        put(named, name, "")
    finder.environ["CHAOS_ASSETS"] = str(named)

    assert finder.find() == named
    assert not mirror.asked
    assert not finder.cache.exists()


def test_a_named_folder_that_lacks_programs_is_refused_by_name(
    finder: Finder, mirror: Mirror, tmp_path: Path
) -> None:
    named = tmp_path / "named"
    named.mkdir()
    for name in PROGRAMS:
        put(named, name, "")
    (named / "etcd").unlink()
    (named / "ptp").chmod(0o644)
    finder.environ["CHAOS_ASSETS"] = str(named)

    with pytest.raises(NoCluster, match=f"CHAOS_ASSETS={named} lacks the programs etcd, ptp$"):
        finder.find()

    assert not mirror.asked


def test_a_download_comes_first_and_is_kept(
    finder: Finder, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_build(monkeypatch)

    first = finder.find()
    asked = mirror.asked.total()
    second = finder.find(verify=True)

    assert first == second == finder.cache / "assets" / assets.key()
    assert mirror.asked.total() == asked
    assert (first / "kubelet").read_bytes() == program("kubelet")


@pytest.fixture
def offline(finder: Finder, mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> Finder:
    """Nothing can be downloaded, everything can be built."""
    mirror.files.clear()
    fake_build(monkeypatch)
    return finder


def test_a_build_comes_when_the_download_failed_and_that_is_said(
    offline: Finder, path: Path
) -> None:
    put(path, "runc", RUNC)

    folder = offline.find()

    assert (folder / "kubelet").read_text() == "built"
    assert any(line.startswith("no programs by download: http") for line in offline.said)
    assert not list(folder.glob("*.parcel"))


def test_one_error_names_every_way_and_why_it_failed(
    finder: Finder, mirror: Mirror, path: Path
) -> None:
    mirror.files.clear()
    put(path, "runc", RUNC)

    with pytest.raises(NoCluster) as failure:
        finder.find()

    text = str(failure.value)
    assert "CHAOS_ASSETS: not set" in text
    assert f"cache {finder.cache / 'assets' / assets.key()}: not there yet" in text
    assert f"download: {mirror.url}/dl.k8s.io/release/" in text
    assert "HTTP status 404" in text
    assert "build: go: not on PATH" in text
    assert "apt-get install runc" in text
    assert [file.suffix for file in (finder.cache / "assets").iterdir()] == [".lock"]


@pytest.mark.parametrize(
    ("runc", "reason"),
    [
        ("", r"build: runc: not on PATH: apt-get install runc"),
        (RUNC.replace("libseccomp", "lib"), r"build: runc: .*/bin/runc was built without seccomp"),
    ],
)
def test_nothing_is_built_that_could_not_run_for_want_of_runc(
    offline: Finder, path: Path, runc: str, reason: str
) -> None:
    if runc:
        put(path, "runc", runc)

    with pytest.raises(NoCluster, match=reason):
        offline.find()

    assert "building" not in offline.said


def test_programs_that_were_built_are_of_no_use_once_runc_is_gone(
    offline: Finder, path: Path
) -> None:
    put(path, "runc", RUNC)
    offline.find()
    (path / "runc").unlink()

    with pytest.raises(NoCluster, match=r"^runc: not on PATH: apt-get install runc"):
        offline.find()


def test_a_cut_off_download_leaves_nothing_that_could_be_taken_for_a_whole_one(
    finder: Finder, mirror: Mirror
) -> None:
    victim = next(name for name in mirror.files if name.endswith("/kubectl"))
    mirror.cut.add(victim)
    with pytest.raises(NoCluster, match="kubectl"):
        finder.find()

    mirror.cut.clear()

    assert (finder.find() / "kubectl").read_bytes() == program("kubectl")


def test_a_broken_cache_is_said_and_got_again(finder: Finder) -> None:
    folder = finder.find()
    (folder / "etcd").write_bytes(b"half")
    finder.said.clear()

    assert finder.find() == folder

    assert (folder / "etcd").read_bytes() == program("etcd")
    assert "damaged (etcd has 4 bytes instead of" in finder.said[0]


def test_a_silent_change_in_the_cache_is_found_by_verifying(finder: Finder) -> None:
    folder = finder.find()
    (folder / "etcd").write_bytes(program("etcd").upper())

    assert (finder.find() / "etcd").read_bytes() != program("etcd")
    assert (finder.find(verify=True) / "etcd").read_bytes() == program("etcd")


def test_two_at_once_download_once(finder: Finder, mirror: Mirror) -> None:
    mirror.open.clear()
    other = Finder(finder.cache, **finder.environ)
    found: list[Path] = []
    threads = [
        threading.Thread(target=lambda who=who: found.append(who.find())) for who in (finder, other)
    ]

    for thread in threads:
        thread.start()
    waiting = "waiting for it"
    assert poll(
        lambda: any(waiting in line for line in (*finder.said, *other.said)),
        within=LONG,
        every=seconds(0.01),
    )
    mirror.open.set()
    for thread in threads:
        thread.join(LONG)

    assert len(found) == 2
    assert set(mirror.asked.values()) == {1}


def test_the_key_changes_with_what_is_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    before = assets.key()
    monkeypatch.setattr(oci, "architecture", lambda: "arm64")

    assert before.startswith("v1.37.2-")
    assert assets.key().startswith("v1.37.2-arm64-")
    assert assets.key().rpartition("-")[2] != before.rpartition("-")[2]


def fake_toxiproxy(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    built: list[str] = []

    def build_part(part: build.Part, folder: Path, *, say: assets.Say) -> None:
        say(part.module)
        built.append(part.output)
        put(folder, part.output, "built")

    monkeypatch.setattr(build, "build_part", build_part)
    return built


def test_toxiproxy_is_downloaded_once_and_then_lies_in_the_cache(
    finder: Finder, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = fake_toxiproxy(monkeypatch)
    mirror.publish(toxiproxy(oci.architecture()))

    first = finder.toxiproxy()
    asked = mirror.asked.total()
    second = finder.toxiproxy()

    assert first == second
    assert first.read_bytes() == program("toxiproxy-server")
    assert mirror.asked.total() == asked
    assert not built


def test_toxiproxy_is_built_where_it_cannot_be_downloaded(
    offline: Finder, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = fake_toxiproxy(monkeypatch)

    first, second = offline.toxiproxy(), offline.toxiproxy()

    assert built == ["toxiproxy-server"]
    assert first == second
    assert first.read_text() == "built"


def test_the_toxiproxy_that_is_downloaded_is_the_one_that_is_built() -> None:
    wanted = (build.MODULES / "toxiproxy" / "go.mod").read_text()

    assert f"github.com/Shopify/toxiproxy/v2 v{TOXIPROXY}" in wanted
    assert build.TOXIPROXY.output in toxiproxy("arm64").programs
    assert toxiproxy("arm64").name == "toxiproxy-server-linux-arm64"


def test_a_toxiproxy_that_is_not_to_be_had_is_told_with_every_way(
    finder: Finder, mirror: Mirror
) -> None:
    mirror.files.clear()

    with pytest.raises(NoCluster) as failure:
        finder.toxiproxy()

    assert "toxiproxy were not to be had" in str(failure.value)
    assert "HTTP status 404" in str(failure.value)
    assert "build: go: not on PATH" in str(failure.value)


@pytest.mark.parametrize("name", ["CHAOS_ASSETS", "PATH"])
def test_a_toxiproxy_that_is_there_is_taken_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    built = fake_toxiproxy(monkeypatch)
    put(tmp_path, "toxiproxy-server", "")

    found = assets.toxiproxy(print, environ={name: str(tmp_path)}, cache=tmp_path / "cache")

    assert found == tmp_path / "toxiproxy-server"
    assert not built

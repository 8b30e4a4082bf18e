from __future__ import annotations

import io
import json
import os
import shutil
import socket
import subprocess
import tarfile
from pathlib import Path

import pytest

from chaos.errors import NoCluster
from chaos.images import host, oci, own
from chaos.patient import PATIENT_CHECK
from chaos.patient.children import UNSEEN
from chaos.patient.grpc_check import UNREACHED
from chaos.patient.orders import CHILDREN, GRPC_CHECK

pytestmark = pytest.mark.subprocess


def layer(tar: Path) -> tarfile.TarFile:
    with tarfile.open(tar) as archive:
        blobs = [member for member in archive if member.name.startswith("blobs/")]
        largest = archive.extractfile(max(blobs, key=lambda member: member.size))
        assert largest
        return tarfile.open(fileobj=io.BytesIO(largest.read()))


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> own.Image:
    return own.patient(tmp_path_factory.mktemp("images"))


def test_the_patient_has_every_library_that_its_programs_load(patient: own.Image) -> None:
    programs = [host.interpreter(), *(host.program(name) for name in own.SHELL)]
    libraries = {library for file in programs for library in host.libraries(file)}

    inside = {f"/{name}" for name in layer(patient.tar).getnames()}

    assert libraries <= inside
    assert {"/bin/sh", "/bin/cat", "/bin/sleep", str(host.interpreter())} <= inside
    assert own.CHECK in inside
    assert any(name.endswith("/patient/__main__.pyc") for name in inside)
    assert not any("site-packages" in name for name in inside)


def test_the_same_host_makes_the_same_patient(patient: own.Image, tmp_path: Path) -> None:
    again = own.patient(tmp_path)

    assert again.tar.name == patient.tar.name
    assert again.tar.read_bytes() == patient.tar.read_bytes()


def run_in(image: own.Image, folder: Path, *command: str, **more: str) -> tuple[object, ...]:
    with tarfile.open(image.tar) as archive:
        blobs = {m.name[13:]: archive.extractfile(m) for m in archive if "blobs" in m.name}
        texts = [file.read() for file in blobs.values() if file]
    config = next(json.loads(t)["config"] for t in texts if t.startswith(b'{"architecture"'))
    layer(image.tar).extractall(folder, filter="tar")
    done = subprocess.run(
        [shutil.which("chroot") or "chroot", folder, *(command or config["Entrypoint"])],
        env={**dict(variable.split("=", 1) for variable in config["Env"]), **more},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="chroot needs root")
def test_the_patient_runs_from_its_image_alone(patient: own.Image, tmp_path: Path) -> None:
    done = run_in(patient, tmp_path, PATIENT_ORDERS='[{"do": "crash", "code": 5}]')

    assert done == (5, "order Crash(code=5)\n", "")


@pytest.mark.skipif(os.geteuid() != 0, reason="chroot needs root")
@pytest.mark.parametrize(("told", "status"), [("", 0), ("7 0.0", 7), ("0 0.01", 0)])
def test_the_image_has_a_check_of_its_own(
    patient: own.Image, tmp_path: Path, told: str, status: int
) -> None:
    (tmp_path / "says").write_text(told)
    says = "/says" if told else "/nothing"

    assert run_in(patient, tmp_path, *PATIENT_CHECK, PATIENT_SAYS=says) == (status, "", "")


@pytest.mark.loopback
@pytest.mark.skipif(os.geteuid() != 0, reason="chroot needs root")
def test_the_image_has_what_asks_its_health_service(patient: own.Image, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = str(door.getsockname()[1])

    done = run_in(patient, tmp_path, GRPC_CHECK, PATIENT_GRPC_PORT=port)

    assert done == (UNREACHED, "", "")


@pytest.mark.skipif(os.geteuid() != 0, reason="chroot needs root")
def test_the_image_has_what_looks_for_its_child(patient: own.Image, tmp_path: Path) -> None:
    assert run_in(patient, tmp_path, CHILDREN) == (UNSEEN, "", "")  # there is no /proc in it here


def test_an_image_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = own.pause(tmp_path)
    made = first.tar.stat().st_mtime_ns
    monkeypatch.setattr(oci, "archive", None)

    second = own.pause(tmp_path)

    assert first == second == own.Image(own.PAUSE, first.tar)
    assert second.tar.stat().st_mtime_ns == made
    assert [file.name for file in tmp_path.iterdir()] == [first.tar.name]


def test_a_changed_app_is_another_image(
    patient: own.Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = tmp_path / "app"
    shutil.copytree(own.APP, app)
    (app / "worker.py").write_text((app / "worker.py").read_text() + "\n# changed\n")
    monkeypatch.setattr(own, "APP", app)

    assert own.patient(tmp_path).tar.name != patient.tar.name


def test_a_half_written_image_is_never_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def power_cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", power_cut)
        with pytest.raises(KeyboardInterrupt):
            own.pause(tmp_path)

    assert list(tmp_path.iterdir()) == []
    assert tarfile.is_tarfile(own.pause(tmp_path).tar)


def test_images_lie_in_the_users_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    assert own.pause().tar.is_relative_to(tmp_path / "pytest-chaos" / "images")


def test_toxiproxy_s_image_is_its_server(tmp_path: Path) -> None:
    server = tmp_path / "toxiproxy-server"
    server.write_bytes(b"#!/bin/sh\n")

    made = own.toxiproxy(server, tmp_path)

    assert made.tag == "localhost/chaos/toxiproxy:1"
    assert "toxiproxy" in layer(made.tar).getnames()
    server.write_bytes(b"#!/bin/sh\necho\n")
    assert own.toxiproxy(server, tmp_path).tar != made.tar


def test_postgres_s_image_has_what_makes_a_database_and_is_not_root_s(tmp_path: Path) -> None:
    try:
        needed = host.postgres()
    except NoCluster as error:
        pytest.skip(str(error))

    made = own.postgres(tmp_path)

    inside = {f"/{name}" for name in layer(made.tar).getnames()}
    assert {*needed, "/bin/sh", "/etc/passwd"} <= inside
    assert any(name.endswith("/postgres.bki") for name in inside)
    assert any(name.endswith("/plpgsql.so") for name in inside)
    with tarfile.open(made.tar) as archive:
        blobs = [archive.extractfile(m) for m in archive if "blobs" in m.name]
        texts = [file.read() for file in blobs if file]
    config = next(json.loads(t)["config"] for t in texts if t.startswith(b'{"architecture"'))
    assert config["User"] == "65532"


def test_a_host_without_postgres_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "glob", lambda *_: iter(()))

    with pytest.raises(NoCluster, match="apt-get install postgresql"):
        host.postgres()

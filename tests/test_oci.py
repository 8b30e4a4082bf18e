from __future__ import annotations

import hashlib
import io
import json
import tarfile
from typing import Any

import pytest

from chaos.images.oci import Contents, architecture, archive

CONTENTS = Contents(
    files={"/opt/b/run": (b"#!", 0o755), "/opt/a": (b"a", 0o644)},
    command=("/opt/b/run", "-v"),
    environment={"PATH": "/bin", "HOME": "/"},
    folders=("/opt/empty",),
)


def opened(data: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        members = {member.name: tar.extractfile(member) for member in tar}
        return {name: file.read() for name, file in members.items() if file}


def blob(files: dict[str, bytes], descriptor: dict[str, Any]) -> bytes:
    found = files[f"blobs/sha256/{descriptor['digest'].removeprefix('sha256:')}"]
    assert len(found) == descriptor["size"]
    return found


def test_every_blob_is_named_by_its_digest() -> None:
    files = opened(archive("localhost/x:1", CONTENTS))

    blobs = {name: data for name, data in files.items() if name.startswith("blobs/")}

    assert json.loads(files["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
    assert len(blobs) == 3
    assert all(name[13:] == hashlib.sha256(data).hexdigest() for name, data in blobs.items())


def test_the_index_leads_to_the_manifest_the_config_and_the_layer() -> None:
    files = opened(archive("localhost/x:1", CONTENTS))

    (entry,) = json.loads(files["index.json"])["manifests"]
    manifest = json.loads(blob(files, entry))
    config = json.loads(blob(files, manifest["config"]))
    (layer,) = manifest["layers"]

    assert entry["annotations"]["io.containerd.image.name"] == "localhost/x:1"
    assert config["rootfs"]["diff_ids"] == [layer["digest"]]
    assert config["architecture"] == architecture()
    assert config["config"] == {
        "Entrypoint": ["/opt/b/run", "-v"],
        "Env": ["HOME=/", "PATH=/bin"],
    }


def test_the_layer_has_the_files_and_the_folders_above_them() -> None:
    files = opened(archive("localhost/x:1", CONTENTS))
    manifest = json.loads(blob(files, json.loads(files["index.json"])["manifests"][0]))

    with tarfile.open(fileobj=io.BytesIO(blob(files, manifest["layers"][0]))) as layer:
        entries = {member.name: member for member in layer}

    assert {name for name in entries if name.startswith("opt")} == {
        "opt",
        "opt/a",
        "opt/b",
        "opt/b/run",
        "opt/empty",
    }
    assert entries["opt/empty"].isdir()
    assert entries["opt/b/run"].mode == 0o755
    assert entries["tmp"].mode == 0o1777
    assert {(e.mtime, e.uid, e.gid) for e in entries.values()} == {(0, 0, 0)}
    names = list(entries)
    assert all(names.index(n.rpartition("/")[0]) < names.index(n) for n in names if "/" in n)


def test_the_order_in_which_files_are_named_does_not_matter() -> None:
    backwards = Contents(
        files=dict(reversed(list(CONTENTS.files.items()))),
        command=CONTENTS.command,
        environment=dict(reversed(list(CONTENTS.environment.items()))),
        folders=CONTENTS.folders,
    )

    assert archive("x:1", backwards) == archive("x:1", CONTENTS)


@pytest.mark.parametrize(
    ("machine", "name"), [("x86_64", "amd64"), ("aarch64", "arm64"), ("riscv64", "riscv64")]
)
def test_architectures_have_the_names_that_go_gave_them(machine: str, name: str) -> None:
    assert architecture(machine) == name

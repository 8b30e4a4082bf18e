"""What a clear line is: one line, of a readable length, that sends a terminal nothing to obey."""

from __future__ import annotations

from pathlib import Path

LONGEST = 1200  # characters: two paths and a value, each cut at 300


def must_be_clear(told: object, *named: str | Path) -> None:
    """One clear line that names these."""
    line = str(told)
    assert line.isprintable(), line
    assert 0 < len(line) < LONGEST
    assert "Traceback" not in line
    for name in named:
        assert str(name) in line, line


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, but Python's own: to see that nothing was changed in it."""
    there = (path for path in sorted(folder.rglob("*")) if "__pycache__" not in path.parts)
    files = (path for path in there if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}

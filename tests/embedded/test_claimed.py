"""Two who take a block of addresses at once: the kernel decides, and the second takes another."""

from __future__ import annotations

import pytest

from chaos.errors import NoCluster
from chaos.providers.embedded import network
from chaos.providers.embedded.blocks import Taken

TAKEN = "RTNETLINK answers: File exists"


class Kernel:
    """Has links; of those in `hidden` a survey knows nothing until somebody asks for them."""

    def __init__(self, *hidden: str, answers: str = TAKEN) -> None:
        self.links: set[str] = set()
        self.hidden, self.answers = {*hidden}, answers

    def survey(self) -> Taken:
        return Taken(frozenset(), frozenset(self.links))

    def ip(self, *words: str) -> str:
        assert words[:2] == ("link", "add")
        if words[2] in self.hidden:
            self.links.add(words[2])
            raise NoCluster(f"ip {' '.join(words)}: {self.answers}")
        self.links.add(words[2])
        return ""


@pytest.fixture
def kernel(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Kernel:
    made = Kernel(*request.param)
    monkeypatch.setattr(network, "survey", made.survey)
    monkeypatch.setattr(network, "ip", made.ip)
    return made


@pytest.mark.parametrize("kernel", [("chaos0", "chaos1")], indirect=True)
def test_a_block_that_somebody_takes_meanwhile_is_left_to_them(kernel: Kernel) -> None:
    assert network.cabled("blue", 1).uplink == "chaos2"
    assert kernel.links == {"chaos0", "chaos1", "chaos2"}


@pytest.mark.parametrize("kernel", [tuple(f"chaos{n}" for n in range(16))], indirect=True)
def test_when_all_are_taken_that_is_said(kernel: Kernel) -> None:
    with pytest.raises(NoCluster, match="each block of addresses was taken as we took it"):
        network.cabled("blue", 1)
    assert len(kernel.links) == 16


@pytest.mark.parametrize("kernel", [("chaos0",)], indirect=True)
def test_what_else_the_kernel_says_is_told(kernel: Kernel) -> None:
    kernel.answers = "RTNETLINK answers: Operation not permitted"
    with pytest.raises(NoCluster, match="Operation not permitted"):
        network.cabled("blue", 1)

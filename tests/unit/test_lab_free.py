"""What is free: ports and addresses."""

from __future__ import annotations

import pytest

from dockernet_course.errors import NotFound
from dockernet_course.lab import unused

TABLES = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid
   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0
   1: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0
  sl  local_address                         remote_address                        st tx_queue rx_queue
   0: 00000000000000000000000000000000:0051 00000000000000000000000000000000:0000 0A 00000000:00000000
"""


def test_who_listens_and_who_only_speaks() -> None:
    assert unused.listening(TABLES) == {80, 81}


@pytest.mark.parametrize(("first", "found"), [(80, 82), (82, 82), (8080, 8080)])
def test_the_first_free_port(first: int, found: int) -> None:
    assert unused.port(first, unused.listening(TABLES)) == found


def network(subnet: str, *taken: str, gateway: str | None = None) -> dict[str, object]:
    pool = {"Subnet": subnet} | ({"Gateway": gateway} if gateway else {})
    ends = {str(n): {"IPv4Address": address} for n, address in enumerate(taken)}
    return {"Name": "net", "IPAM": {"Config": [{"Subnet": "fd00::/64"}, pool]}, "Containers": ends}


@pytest.mark.parametrize(
    ("seen", "found"),
    [
        (network("172.17.0.0/16", "172.17.0.2/16"), "172.17.255.254/16"),
        (network("10.0.0.0/29", "10.0.0.6/29", "", gateway="10.0.0.5"), "10.0.0.4/29"),
    ],
)
def test_the_last_address_that_nobody_has(seen: dict[str, object], found: str) -> None:
    assert str(unused.address(seen)) == found


@pytest.mark.parametrize(
    "seen", [network("10.0.0.0/30", "10.0.0.2/30", gateway="10.0.0.1/30"), {"Name": "none", "IPAM": {"Config": None}}]
)
def test_no_address_is_free(seen: dict[str, object]) -> None:
    with pytest.raises(NotFound, match="no free IPv4 address"):
        unused.address(seen)


TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000 100 0 0 10 0
   1: 0100007F:0051 00000000:0000 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0000 100 0 0 10 0
"""


@pytest.mark.parametrize(("inode", "itself"), [(4711, True), (4712, False), (471, False)])
def test_whether_the_process_itself_listens_in_a_namespace_that_it_shares(inode: int, itself: bool) -> None:
    assert unused.listens(f"{TABLE}lrwx------ 1 root root 64 Nov 29 23:00 3 -> socket:[{inode}]\n") is itself

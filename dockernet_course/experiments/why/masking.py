"""A diagnosis that may be shown to strangers: the same name or address becomes the same placeholder everywhere.

Masked are the names and ids of containers and networks, aliases, host names, interfaces that somebody named, comments
of firewall rules, IP and MAC addresses. What every machine has stays, because it decides: loopback, 0.0.0.0, multicast,
``docker0``, the networks bridge, host and none. So do ports, prefix lengths, and the names of the firewall's chains.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import replace
from ipaddress import ip_address

from dockernet_course.experiments.model import Probe
from dockernet_course.experiments.why.model import Diagnosis, Evidence
from dockernet_course.lab import Output
from dockernet_course.observe import Container, Topology

__all__ = ["Masking", "masked", "names_in"]

_COMMON = {"", "host", "outside", "bridge", "none", "default", "localhost", "host.docker.internal"}
_OF_DOCKER = re.compile(r"lo|docker0|docker_gwbridge|eth\d+|veth[0-9a-f]{7}|(br|dm)-[0-9a-f]{12}")
_NO_DOMAIN = re.compile(
    r"(com\.docker|org\.dockernet|net\.(ipv[46]|bridge|netfilter)|IPAM)\.|json\.tool$", re.IGNORECASE
)
_MACS_OF_ALL = {"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"}
_FOUR = r"(?:\d{1,3}\.){3}\d{1,3}"
_QUOTED = r'"(?:\\.|[^"\\])*"'
_SHAPES = re.compile(
    rf"(?P<head>--(?:comment|log-prefix) |\bcomment |\blog prefix )(?P<comment>{_QUOTED}|(?<=-comment )\S+)"
    r"|(?<![\w:])(?P<mac>(?:[0-9a-f]{2}:){5}[0-9a-f]{2})(?![\w:])"
    rf"|(?<![\w.:])(?P<six>(?:[0-9a-f]{{0,4}}:){{2,7}}(?:{_FOUR}|[0-9a-f]{{0,4}}))(?![\w:])"
    r"|(?<![\w.-])(?<![^/]/)(?P<domain>(?:[\w-]+\.)+[^\W\d_][\w-]+)(?!\w)"
    rf"|(?P<four>{_FOUR})"
    r"|(?<![0-9a-z])(?P<id>[0-9a-f]{64}|[0-9a-f]{12})(?![0-9a-z])",
    re.IGNORECASE,
)


def masked(diagnosis: Diagnosis) -> Diagnosis:
    """The same diagnosis with placeholders; without its walk and its world, which hold what was masked."""
    mask = Masking(names_in(diagnosis))
    return replace(
        diagnosis,
        source=mask(diagnosis.source),
        target=mask(diagnosis.target),
        way=mask(diagnosis.way),
        text=mask(diagnosis.text),
        evidence=tuple(_evidence(mask, each) for each in diagnosis.evidence),
        cure=mask(diagnosis.cure),
        ruled_out=tuple(map(mask, diagnosis.ruled_out)),
        unseen=mask(diagnosis.unseen),
        probe=_probe(mask, diagnosis.probe) if diagnosis.probe else None,
        walk=None,
        world=None,
    )


def _evidence(mask: Masking, shown: Evidence) -> Evidence:
    """Of a hosts file, whatever stands behind an address is a name."""
    if "/etc/hosts" in shown.command:
        mask.learn({word: "name" for line in shown.lines for word in line.split()[1:]})
    return Evidence(mask(shown.command), tuple(map(mask, shown.lines)))


def _probe(mask: Masking, probe: Probe) -> Probe:
    told = probe.output
    output = Output(mask(told.command), mask(told.text), told.exit_code, mask(told.prompt))
    answers = tuple(map(mask, probe.answers))
    return replace(probe, source=mask(probe.source), target=mask(probe.target), output=output, answers=answers)


def names_in(diagnosis: Diagnosis) -> dict[str, str]:
    """All the names that the diagnosis may speak of, each with the kind of thing that has it."""
    names = dict.fromkeys((diagnosis.source, diagnosis.target), "name")
    names |= dict(_of_world(diagnosis.world)) if diagnosis.world else {}
    return names


def _of_world(seen: Topology) -> Iterator[tuple[str, str]]:
    """The weaker names first: a container's alias may be another one's name."""
    for space in (seen.host, *seen.namespaces):
        yield from ((i.name, "interface") for i in space.interfaces if not _OF_DOCKER.fullmatch(i.name))
    for container in seen.containers:
        yield from ((word, "name") for word in _also_called(container))
        yield container.image, "image"
    for network in seen.networks:
        yield from ((option, "option") for name, option in network.options if name.endswith((".name", "parent")))
        yield from ((name, "network") for name in (network.name, network.id, network.id[:12]))
    for container in seen.containers:
        yield from ((name, "container") for name in (container.name, container.id, container.id[:12]))


def _also_called(container: Container) -> Iterator[str]:
    for end in container.endpoints:
        yield from (*end.aliases, *end.dns_names)
    if asked := container.asked:
        yield from (asked.hostname, *asked.dns_search)
        yield from (entry.partition(":")[0] for entry in asked.extra_hosts)
        yield from (part for link in asked.links for part in link.strip("/").split(":"))


class Masking:
    """Replaces names and addresses in texts; numbers are given in the order in which things appear.

    ``names``: each name with its kind ("container", "network", …), which its placeholder begins with. A name is found
    wherever it stands between what is neither letter nor digit, in upper or lower case, as it is, or as a shell or JSON
    write it; also where only the same word was meant: better one word too many.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._known: dict[str, tuple[str, str]] = {}
        self._given: dict[tuple[str, str], str] = {}
        self.learn(names)

    def learn(self, names: Mapping[str, str]) -> None:
        """Know these names, too; what was known stays what it was."""
        new = {name.lower(): kind for name, kind in names.items() if name.lower() not in _COMMON}
        for name, kind in new.items():
            for written in _as_written(name):
                self._known.setdefault(written, (kind, name))
        longest_first = sorted(self._known, key=lambda name: (-len(name), name))
        words = "|".join(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])" for name in longest_first)
        self._names = re.compile(words or r"(?!)", re.IGNORECASE)

    def __call__(self, text: str) -> str:
        """The text with placeholders."""
        done, at = "", 0
        while found := self._next(text, at):
            done, at = done + text[at : found.start()] + self._instead(found), found.end()
        return done + text[at:]

    def _next(self, text: str, at: int) -> re.Match[str] | None:
        """What comes first; of what begins together the longest: a name may begin as an address does."""
        found = filter(None, (pattern.search(text, at) for pattern in (self._names, _SHAPES)))
        return min(found, key=lambda match: (match.start(), -match.end()), default=None)

    def _instead(self, match: re.Match[str]) -> str:
        word, shape = match[0], match.lastgroup
        if shape is None or word.lower() in self._known:
            return self._placeholder(*self._known[word.lower()])
        if shape == "comment":
            return match["head"] + self._placeholder("comment", match["comment"])
        if shape == "domain":
            return self._domain(word)
        if shape in ("six", "four"):
            return self._address(word)
        return word if word.lower() in _MACS_OF_ALL else self._placeholder(shape, word.lower())

    def _domain(self, text: str) -> str:
        """Names with dots between them, a setting's or an option's name with an interface in it, or another's name."""
        if _NO_DOMAIN.match(text) or all(part.lower() in self._known for part in text.split(".")):
            return self._names.sub(self._instead, text)
        return text if text.lower() in _COMMON else self._placeholder("name", text.lower())

    def _address(self, text: str) -> str:
        try:
            address = ip_address(text)
        except ValueError:  # no IPv6 address, but there may be one of the other family in it
            return re.sub(_FOUR, lambda part: self._placeholder("address", part[0]), text)
        address = getattr(address, "ipv4_mapped", None) or address
        of_all = address.is_loopback or address.is_unspecified or address.is_multicast
        return text if of_all or text == "255.255.255.255" else self._placeholder("address", str(address))

    def _placeholder(self, kind: str, thing: str) -> str:
        if (kind, thing) not in self._given:
            self._given[kind, thing] = f"{kind}-{1 + sum(given == kind for given, _ in self._given)}"
        return self._given[kind, thing]


def _as_written(name: str) -> set[str]:
    """As it is, and as a shell and JSON write it (with and without letters beyond ASCII)."""
    json_ones = (json.dumps(name, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False))
    return {name, shlex.quote(name), *json_ones}

"""What the engine's answers mean: the words of 20.10 and 26.1, recorded."""

from __future__ import annotations

import json

import docker.errors
import pytest
import requests
import urllib3.exceptions

from dockernet_course import errors
from dockernet_course.lab.api_errors import ours, shortened

ID = "5d18b25103b7b1dd7ff8ff3b0f76289d3b2582d34f21db077306e0e9d5afa4c6"
ANSWERS = [
    (404, "No such image: nope:1", errors.NotFound),
    (404, "network nonet not found", errors.NotFound),
    (404, "No such container: zzz", errors.NotFound),
    (409, f'Conflict. The container name "/w1" is already in use by container "{ID}".', errors.NameTaken),
    (409, "network with name n1 already exists", errors.NameTaken),
    (403, "endpoint with name w0 already exists in network n1", errors.Refused),
    (500, "driver failed ...: Bind for 0.0.0.0:8080 failed: port is already allocated", errors.PortInUse),
    (500, "failed to bind host port for 0.0.0.0:80: address already in use", errors.PortInUse),
    (403, f"error while removing network: network n1 id {ID} has active endpoints", errors.InUse),
    (409, f"container {ID} is not running", errors.ContainerExited),
    (404, f"No such exec instance: {ID}", errors.ContainerExited),
    (500, "OCI runtime exec failed: exec failed: cannot exec in a stopped container", errors.ContainerExited),
    (403, "bridge is a pre-defined network and cannot be removed", errors.Refused),
    (500, "<html>\x00", errors.Refused),
    (404, "could not find an available, non-overlapping IPv6 address pool among the defaults", errors.Refused),
    (404, "could not find an available, non-overlapping IPv4 address pool among the defaults", errors.Refused),
    (400, "all predefined address pools have been fully subnetted", errors.Refused),
]


def answer(status: int, words: str) -> docker.errors.APIError:
    response = requests.Response()
    response.status_code, response._content = status, json.dumps({"message": words}).encode()
    return docker.errors.APIError("", response, words)


@pytest.mark.parametrize(("status", "words", "kind"), ANSWERS)
def test_an_answer_becomes_one_of_ours(status: int, words: str, kind: type[errors.DockernetError]) -> None:
    with pytest.raises(errors.DockernetError) as caught, ours("docker do it"):
        raise answer(status, words)
    assert type(caught.value) is kind
    assert caught.value.state == shortened(words).strip()
    assert "docker do it" in caught.value.what
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("lost", "kind"),
    [
        (requests.exceptions.ConnectionError("gone"), errors.EngineStopped),
        (requests.exceptions.ChunkedEncodingError("cut"), errors.EngineStopped),
        (requests.exceptions.ReadTimeout("slow"), errors.WaitTimeout),
        (requests.exceptions.ConnectionError("UnixHTTPConnectionPool(): Read timed out."), errors.WaitTimeout),
        (urllib3.exceptions.ProtocolError("cut"), errors.EngineStopped),
        (BrokenPipeError(), errors.EngineStopped),
        (answer(500, "error reading from server: EOF: unavailable"), errors.EngineStopped),  # its containerd was killed
        (answer(500, "connection error: rpc error: code = Unavailable desc = closed"), errors.EngineStopped),
        (docker.errors.NullResource("Resource ID was not provided"), errors.Refused),
    ],
)
def test_what_never_was_an_answer_becomes_one_of_ours(lost: Exception, kind: type[errors.DockernetError]) -> None:
    with pytest.raises(errors.DockernetError) as caught, ours("docker ps"):
        raise lost
    assert type(caught.value) is kind


def test_an_engine_that_has_gone_has_said_why() -> None:
    with pytest.raises(errors.EngineStopped) as caught, ours("docker ps", lambda: "it was stopped\n"):
        raise BrokenPipeError
    assert caught.value.state == "docker ps: \nit was stopped"


def test_ids_are_short_and_words_stay() -> None:
    assert shortened(f"container {ID} and {ID[:20]}") == f"container {ID[:12]} and {ID[:20]}"

"""The engine's host, from a terminal of this machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dockernet_course.engines.build.lab_image import LAB_IMAGE
from dockernet_course.engines.find import capsule, vm
from dockernet_course.engines.find.model import Engine
from dockernet_course.engines.find.private import default_name, kind_of

__all__ = ["elsewhere", "enter_argv"]

_SPACE, _BOOT = "/proc/self/ns/net", "/proc/sys/kernel/random/boot_id"
_LOOK = f'test "$(readlink {_SPACE}) $(cat {_BOOT})" = "$0"'
_FROM_A_CONTAINER = (
    "docker run --rm -it --network host --pid host --cap-add NET_ADMIN --cap-add NET_RAW "
    f"--cap-add SYS_ADMIN --cap-add SYS_PTRACE {LAB_IMAGE} sh"
)


def enter_argv(name: str | None = None, argv: Sequence[str] | None = None) -> list[str]:
    """The command that runs ``argv`` (or an interactive shell, prompt ``host$``) on the host of a private engine.

    There, ``docker`` finds its engine, and ``ip``, ``bridge``, ``brctl``, ``curl``, ``tcpdump`` show its network.
    Raises :class:`EngineStopped` if it does not run.
    """
    name = name or default_name()
    return vm.enter_argv(name, argv) if kind_of(name) == "vm" else capsule.enter_argv(name, argv)


def elsewhere(engine: Engine) -> str:
    """What to say in a terminal of this machine, if the host of an engine of the learner's own is another one.

    Empty if it is this one: a container in the host's network namespace is in ours, of the same boot of a kernel. It is
    another one with Docker Desktop, rootless Docker, and behind a forwarded socket or an address on a network.
    """
    import docker.errors
    import requests

    here = f"{Path(_SPACE).readlink()} {Path(_BOOT).read_text().strip()}"
    client = engine.client()
    try:
        client.containers.run(
            LAB_IMAGE, ["sh", "-c", _LOOK, here], network_mode="host", userns_mode="host", remove=True
        )
    except docker.errors.ContainerError:
        return (
            "The host of this engine is another one than this machine. In this shell 'docker' reaches the engine, "
            "and 'ip', 'bridge' or 'curl' show the network of this machine. The host's you see from a container:\n"
            f"  {_FROM_A_CONTAINER}"
        )
    except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
        return f"This shell is on this machine; whether that is the engine's host cannot be seen: {error}"
    finally:
        client.close()
    return ""

"""A lab on a live engine: what it makes, what it shows, what it leaves."""

from __future__ import annotations

import re

import pytest

from dockernet_course.engines import Engine
from dockernet_course.errors import ContainerExited, LabError, NotFound, PortInUse, Refused, WaitTimeout
from dockernet_course.lab import Lab, open_lab
from tests.live import labs

pytestmark = pytest.mark.live
IDLE = ["sleep", "1000"]


def test_each_action_shows_its_line(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    web = lab.run("web")
    front = lab.create_network("front", subnet="10.7.0.0/24")
    lab.connect(front, web, aliases="www", ip="10.7.0.7")
    lab.disconnect("front", "web")
    web.stop(timeout=1)
    web.start()
    web.restart()
    web.rename("server")
    web.kill()
    lab.remove("server")
    front.remove()
    lines = (
        "docker run -d --name web dockernet-lab:1",
        "docker network create --subnet 10.7.0.0/24 front",
        "docker network connect --alias www --ip 10.7.0.7 front web",
        "docker network disconnect front web",
        "docker stop -t 1 web",
        "docker start web",
        "docker restart web",
        "docker rename web server",
        "docker kill server",
        "docker rm -f server",
        "docker network rm front",
    )
    assert lab.commands == lines
    assert capsys.readouterr().out == "".join(f"$ {line}\n" for line in lines)
    assert (lab.containers(), lab.networks()) == ((), ())


def test_a_container_serves_as_soon_as_run_returns(lab: Lab) -> None:
    for number in range(5):
        web = lab.run(f"web{number}")
        output = web.sh("curl -sS localhost")
        assert output.ok
        assert output.text.startswith(f"{web.id[:12]} sees ")
        assert repr(output) == f"$ docker exec web{number} curl -sS localhost\n{output.text.rstrip()}"


def test_commands_that_fail_are_shown_not_raised(lab: Lab) -> None:
    web = lab.run("web", IDLE)
    assert web.sh("exit 3").exit_code == 3
    missing = web.sh("nosuchthing")
    assert not missing.ok and "nosuchthing" in missing
    both = web.sh("echo out; echo err >&2")
    assert sorted(both.text.split()) == ["err", "out"]  # two streams, as the command has them: in no order
    assert web.sh(["printf", "%s", "$HOME <b>"]).text == "$HOME <b>"
    assert both.command == "docker exec web sh -c 'echo out; echo err >&2'"


def test_much_output_arrives_whole(lab: Lab) -> None:
    web = lab.run("web", IDLE)
    assert web.sh("seq 200000").text == "".join(f"{n}\n" for n in range(1, 200001))
    assert all(web.sh("echo quick").text == "quick\n" for _ in range(30))


def test_a_command_that_does_not_end(lab: Lab) -> None:
    web = lab.run("web")
    with pytest.raises(WaitTimeout, match="sleep 30") as caught:
        web.sh("sleep 30", timeout=0.5)
    assert "It is running" in caught.value.state and "serves port 80" in caught.value.state


def test_running_is_not_ready(lab: Lab) -> None:
    told = "mkfifo /tmp/go; read word < /tmp/go"
    late = lab.run("late", f"{told}; exec python3 /opt/dockernet/serve.py")
    assert not late.sh("curl -sS localhost").ok
    assert late.sh("echo > /tmp/go").ok
    late.wait_ready(80)
    assert late.sh("curl -sS localhost").ok
    with pytest.raises(WaitTimeout, match="port 81") as caught:
        late.wait_ready(81, timeout=0.3)
    assert "serves port 80" in caught.value.state
    dying = lab.run("dying", f"{told}; sleep 0.5; echo last words; exit 7")
    assert dying.sh("echo > /tmp/go").ok
    with pytest.raises(ContainerExited) as ended:
        dying.wait_ready(80)
    assert "exit code 7" in ended.value.state and "last words" in ended.value.state


def test_a_container_that_ends_at_once_leaves_nothing(lab: Lab) -> None:
    with pytest.raises(ContainerExited) as caught:
        lab.run("oops", "echo why; exit 4")
    assert "exit code 4" in caught.value.state and "why" in caught.value.state
    assert lab.containers() == ()


def test_a_second_server_in_a_shared_namespace_has_no_port(lab: Lab) -> None:
    lab.run("web")
    with pytest.raises(ContainerExited, match="port 80"):
        lab.run("twin", network="container:web")
    twin = lab.run("twin", network="container:web", env={"SERVE_PORT": "81"})
    assert twin.sh("curl -sS localhost").ok and twin.sh("curl -sS localhost:81").ok


def test_run_once(lab: Lab) -> None:
    output = lab.run_once("ip -o link", network="none")
    assert output.command == "docker run --rm --network none dockernet-lab:1 ip -o link"
    assert output.ok and output.text.count("\n") == 1 and "lo" in output
    assert lab.run_once("exit 5").exit_code == 5
    assert lab.containers() == ()


def test_ports(lab: Lab) -> None:
    web = lab.run("web", publish=["80", "127.0.0.1:8080:80", "8081:80/udp"])
    ports = lab.api_inspect("web")["NetworkSettings"]["Ports"]
    assert {p["HostPort"] for p in ports["80/tcp"] if p["HostIp"] == "127.0.0.1"} == {"8080"}
    assert {p["HostPort"] for p in ports["80/udp"]} == {"8081"}
    assert lab.host("curl -sS 127.0.0.1:8080").text.startswith(web.id[:12])
    with pytest.raises(PortInUse):
        lab.run("other", publish="127.0.0.1:8080:80")
    assert [c.name for c in lab.containers()] == ["web"]


def test_published_in_host_mode_is_said_to_be_discarded(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    lab.run("web", network="host", publish="8080:80", env={"SERVE_PORT": "8090"})
    assert "WARNING: Published ports are discarded when using host network mode" in capsys.readouterr().out


def test_a_network_for_which_the_engine_has_no_ipv6_addresses(lab: Lab) -> None:
    """Engines from 27 on have some of their own; for the others it is said what is missing, not that nothing is."""
    try:
        six = lab.create_network("six", ipv6=True)
    except Refused as error:
        assert "no IPv6 addresses of its own" in error.what and "docker network create --ipv6 six" in error.what
        assert "pool" in error.state and "subnet=" in error.cure
        six = lab.create_network("six", ipv6=True, subnet="fd00:5::/64")
    subnets = [pool["Subnet"] for pool in lab.api_network_inspect(six.id)["IPAM"]["Config"]]
    assert any(":" in subnet for subnet in subnets)


def test_names_on_networks(lab: Lab) -> None:
    front = lab.create_network("front")
    lab.run("web", network=front, aliases=["www"])
    client = lab.run("client", IDLE, network="front")
    assert client.sh("curl -sS www").ok and client.sh("curl -sS web").ok
    linked = lab.run("linked", IDLE, links=[lab.run("db", IDLE)])
    assert "db" in linked.sh("cat /etc/hosts")


def test_what_the_host_shows(lab: Lab) -> None:
    lab.run("web")
    output = lab.host("brctl show docker0")
    assert repr(output).startswith("host$ brctl show docker0\nbridge name")
    assert re.search(r"veth\w+", output.text)
    assert lab.host("ip netns").text == ""
    assert lab.host("nosuchthing").exit_code == 127
    assert lab.host("echo out; echo err >&2; echo out").text == "out\nerr\nout\n"


def test_host_shows_named_namespaces_when_there_are_some(private_engine: Engine) -> None:
    assert private_engine.name
    with open_lab(private_engine, "test") as lab:
        labs.on_host(private_engine.name, "ip", "netns", "add", "blue")
        try:
            assert "blue" in lab.host("ip netns")
        finally:
            labs.on_host(private_engine.name, "ip", "netns", "delete", "blue")
        assert lab.host("ip netns").text == ""


def test_handles_follow_the_engine(lab: Lab) -> None:
    web = lab.run("web", IDLE)
    assert lab.container("web") is web
    assert repr(web) == "<container web>"
    lab.api.post(f"/containers/{web.id}/rename", "docker rename", query={"name": "moved"})
    assert [c.name for c in lab.containers()] == ["moved"]
    assert web.name == web.real_name == "moved"
    assert lab.network("bridge").name == "bridge"
    assert lab.networks() == ()
    lab.api.delete(f"/containers/{web.id}", "docker rm", query={"force": 1})
    with pytest.raises(NotFound):
        web.sh("true")
    with pytest.raises(NotFound, match="moved"):
        lab.container("moved")


def test_a_container_that_died_while_we_looked(lab: Lab) -> None:
    web = lab.run("web")
    web.kill()
    with pytest.raises(ContainerExited) as caught:
        web.sh("ip addr")
    assert "exit code 137" in caught.value.state and "serves port 80" in caught.value.state
    with pytest.raises(ContainerExited):
        web.kill()
    web.start()
    assert web.sh("true").ok


def test_a_closed_lab_says_so(engine: Engine) -> None:
    lab = open_lab(engine, "test")
    web = lab.run("web", IDLE)
    lab.close()
    lab.close()
    for action in (lambda: lab.run("web"), lambda: web.sh("true"), lab.containers, lambda: lab.host("true")):
        with pytest.raises(LabError, match="closed"):
            action()


def test_an_error_closes_the_lab(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), open_lab(engine, "test") as lab:
        lab.run("web", IDLE)
        _ = 1 / 0
    assert labs.left_in(engine) == []


def test_in_a_private_engine_everything_goes(private_engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    engine = private_engine
    assert engine.name
    first = open_lab(engine, "01-first")
    first.run("web", IDLE)
    first.create_network("front")
    labs.docker(engine.name, "run", "-d", "--name", "mine", "-v", "store:/s", "dockernet-lab:1", *IDLE)
    assert [c.name for c in first.containers()] == ["mine", "web"]
    capsys.readouterr()
    with open_lab(engine, "02-second") as second:
        said = (
            "The lab before (01-first) is closed; removed: container mine, container web, network front, volume store."
        )
        assert capsys.readouterr().out == f"{said}\n"
        assert (second.containers(), second.networks()) == ((), ())
        second.run("web", IDLE)
        first.close()
        assert [c.name for c in second.containers()] == ["web"]
        assert second.observer.exec(["true"]) == b""
        labs.docker(engine.name, "network", "create", "byhand")
    assert labs.docker(engine.name, "ps", "-aq") == ""
    assert labs.docker(engine.name, "volume", "ls", "-q") == ""
    assert labs.docker(engine.name, "network", "ls", "--format", "{{.Name}}").split() == ["bridge", "host", "none"]
    with open_lab(engine, "03-third"):
        assert capsys.readouterr().out.count("is closed") == 0

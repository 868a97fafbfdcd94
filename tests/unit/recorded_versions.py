"""What engines that the course cannot use answer to ``GET /version``: recorded, not made up.

Protocol fixtures for the refusals only; everything about an engine that the course does use is tested on a real one.
"""

PODMAN = (  # recorded from `podman system service` of Debian 12's package podman 4.3.1
    b'{"Platform":{"Name":"linux/amd64/debian-12"},"Components":[{"Name":"Podman Engine","Version":"4.3.1",'
    b'"Details":{"APIVersion":"4.3.1","Arch":"amd64","BuildTime":"1970-01-01T00:00:00Z","Experimental":"false",'
    b'"GitCommit":"","GoVersion":"go1.19.8","KernelVersion":"6.18.44","MinAPIVersion":"4.0.0","Os":"linux"}},'
    b'{"Name":"Conmon","Version":"conmon version 2.1.6, commit: unknown","Details":{"Package":"Unknown"}}],'
    b'"Version":"4.3.1","ApiVersion":"1.41","MinAPIVersion":"1.24","GitCommit":"","GoVersion":"go1.19.8",'
    b'"Os":"linux","Arch":"amd64","KernelVersion":"6.18.44","BuildTime":"1970-01-01T00:00:00Z"}\n'
)

DOCKER_17 = (  # Docker 17.03.1-ce, published at gist.github.com/marcelbirkner/b2cf79283a697eaa415a113488654840
    b'{"Version":"17.03.1-ce","ApiVersion":"1.27","MinAPIVersion":"1.12","GitCommit":"c6d412e",'
    b'"GoVersion":"go1.7.5","Os":"linux","Arch":"amd64","KernelVersion":"4.4.0-79-generic",'
    b'"BuildTime":"2017-03-27T17:14:09.765618756+00:00"}'
)

WINDOWS = (  # Mirantis Container Runtime 20.10.7, quoted in the comments of Greenbone's detection of Docker
    b'{"Platform":{"Name":"Mirantis Container Runtime"},"Components":[{"Name":"Engine","Version":"20.10.7",'
    b'"Details":{"ApiVersion":"1.41","Arch":"amd64","BuildTime":"08/19/2021 18:53:20","Experimental":"false",'
    b'"GitCommit":"e1bf5b9c13","GoVersion":"go1.13.15",'
    b'"KernelVersion":"10.0 17763 (17763.1.amd64fre.rs5_release.180914-1434)","MinAPIVersion":"1.24",'
    b'"Os":"windows"}}],"Version":"20.10.7","ApiVersion":"1.41","MinAPIVersion":"1.24","GitCommit":"e1bf5b9c13",'
    b'"GoVersion":"go1.13.15","Os":"windows","Arch":"amd64",'
    b'"KernelVersion":"10.0 17763 (17763.1.amd64fre.rs5_release.180914-1434)","BuildTime":"08/19/2021 18:53:20"}'
)

WANTS_TLS = b"Client sent an HTTP request to an HTTPS server.\n"  # Go's net/http, with status 400

"""What the host and the guest of a virtual machine both mean by a name."""

from __future__ import annotations

__all__ = ["ARCHIVE", "LAYER", "PORT"]

PORT = "dockernet"
"""The virtio port between keeper and guest: /dev/virtio-ports/dockernet, where udev runs."""

ARCHIVE, LAYER = "/var/lib/dockernet/lab.tar", "/var/lib/dockernet/layer"
"""Where the root file system has the lab image as ``docker load`` takes it, and the files of its one layer."""

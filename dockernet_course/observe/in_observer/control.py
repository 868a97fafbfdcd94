"""Runs in the observer, as ``python3 -c``: ``control.py ready WORD`` waits until the recorder of that word listens,
``control.py stop WORD`` tells it to end. Exit code 1 when it is not there within a minute.
"""  # noqa: D205

import _socket
import sys
import time

command, word = sys.argv[1:]
sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_DGRAM)
end = time.monotonic() + 60  # it takes 0.03 s, but an emulated processor may be very busy
while True:
    try:
        sock.connect(f"\0dockernet-film-{word}")
        break
    except ConnectionRefusedError:
        if time.monotonic() > end:
            sys.exit(1)
        time.sleep(0.002)
if command == "stop":
    sock.send(b"stop")
sys.stdout.write("ok")

"""Runs in the observer, as ``python3 -c``: starts the commands that come on its standard input, many side by side.

For an exec of its own the engine takes 30 ms or more, and Python as long again to begin; here a command is a fork away.
In: a length (u32), then that much: a number (u32), and each word of the command after its length (u32). Out: the
number (u32), a kind (u8: 1 and 2 a piece of what the command printed on standard output and error, 0 its exit code), a
length (u32), the content. All in network byte order. It ends when its input does and the last command has ended; and
with the container's first process, whose number is its argument, and then its commands do, too: in the host's pid
namespace no kernel sees to that (pid_namespaces(7)). Standard library of ``python3-minimal`` only, and little of it:
each lab has one of these.
"""

import _signal  # type: ignore[import-not-found]
import ctypes  # noqa: F401 (the walker's, which a fork has already)
import os
import select
import struct
import sys
import time
from types import CodeType

SCRIPT = ["python3", "-ISc"]
LINGERS = 2.0  # seconds in which what a command has left running may go on printing
STOPPED, NOT_FOUND = 128, 127  # exit codes of a shell: plus the signal's number; no such program
codes: dict[str, CodeType] = {}
poll = select.poll()
polled: set[int] = set()


class Command:
    """One that runs: its pipes by kind, its process; once that has ended, the exit code and until when to read."""

    def __init__(self, number: int, argv: list[str]) -> None:
        self.number, self.exit_code, self.until = number, -1, 0.0
        code, ends = compiled(argv), {kind: os.pipe() for kind in (1, 2)}
        pid = os.fork()
        if not pid:
            become(argv, code, [write for _, write in ends.values()])
        self.pid, self.process = pid, watched(os.pidfd_open(pid))
        self.pipes = {watched(read): kind for kind, (read, _) in ends.items()}
        for _, write in ends.values():
            os.close(write)

    def read(self, fd: int) -> None:
        """Pass on what is ready at one of its descriptors."""
        if fd == self.process:
            code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
            self.exit_code, self.until = (code if code >= 0 else STOPPED - code), time.monotonic() + LINGERS
            self.process = forget(fd)
        elif content := os.read(fd, 1 << 16):
            tell(self.number, self.pipes[fd], content)
        else:
            del self.pipes[fd]
            forget(fd)

    def over(self) -> bool:
        """Whether it has ended, and has printed what there was to print."""
        return self.exit_code >= 0 and (not self.pipes or time.monotonic() >= self.until)


def watched(fd: int) -> int:
    """The descriptor, which the loop waits for from now on."""
    poll.register(fd, select.POLLIN)
    polled.add(fd)
    return fd


def forget(fd: int) -> int:
    """Close a descriptor that the loop waited for; -1, which is none."""
    poll.unregister(fd)
    polled.discard(fd)
    os.close(fd)
    return -1


def compiled(argv: list[str]) -> CodeType | None:
    """A script's code, kept for the next time; None for a program."""
    if argv[:2] != SCRIPT:
        return None
    if argv[2] not in codes:
        try:
            codes[argv[2]] = compile(argv[2], "<string>", "exec")
        except (SyntaxError, ValueError) as error:  # the script's, so it is for the script to say
            return compile(f"raise SyntaxError({str(error)!r})", "<string>", "exec")
    return codes[argv[2]]


def words(asked: bytes) -> list[str]:
    """The words, each after its length."""
    found = []
    while asked:
        end = 4 + int.from_bytes(asked[:4], "big")
        found.append(asked[4:end].decode())
        asked = asked[end:]
    return found


def become(argv: list[str], code: CodeType | None, outputs: list[int]) -> None:
    """Be the command, in a session of its own as the engine's execs are. Does not return."""
    status = 1
    try:
        os.setsid()
        for at, fd in enumerate((os.open("/dev/null", os.O_RDONLY), *outputs)):
            os.dup2(fd, at)
        os.closerange(3, max(polled | {*outputs}, default=3) + 3)
        if code is None:
            _signal.signal(_signal.SIGPIPE, _signal.SIG_DFL)  # Python ignores it, and a program would inherit that
            status = NOT_FOUND
            os.execvp(argv[0], argv)  # noqa: S606
        sys.argv = ["-c", *argv[3:]]
        exec(code, {"__name__": "__main__"})  # noqa: S102
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        try:
            sys.stdout.flush()
        finally:
            os._exit(status)


def tell(number: int, kind: int, content: bytes) -> None:
    """Write a frame."""
    frame = struct.pack("!IBI", number, kind, len(content)) + content
    while frame:
        frame = frame[os.write(1, frame) :]


def kill(command: Command) -> None:
    """End its processes, as far as there still are some."""
    try:
        os.killpg(command.pid, _signal.SIGKILL)
    except ProcessLookupError:
        return


def main(first: str) -> None:
    """Take commands, start them, pass on what they print, until there are no more."""
    asked, commands, open_ = b"", list[Command](), True
    life = watched(os.pidfd_open(int(first)))
    poll.register(0, select.POLLIN)
    while open_ or commands:
        lingering = [command.until - time.monotonic() for command in commands if command.exit_code >= 0]
        for fd, _ in poll.poll(max(0, 1000 * min(lingering)) if lingering else None):
            if fd == life:
                for command in commands:
                    kill(command)
                return
            if fd:
                next(command for command in commands if fd in (command.process, *command.pipes)).read(fd)
                continue
            came = os.read(0, 1 << 16)
            asked += came
            if not came:
                open_ = False
                poll.unregister(0)
        while len(asked) >= 4 and len(asked) - 4 >= (length := int.from_bytes(asked[:4], "big")):
            commands.append(Command(int.from_bytes(asked[4:8], "big"), words(asked[8 : 4 + length])))
            asked = asked[4 + length :]
        for command in [each for each in commands if each.over()]:
            commands.remove(command)
            for fd in command.pipes:
                forget(fd)
            tell(command.number, 0, b"%d" % command.exit_code)


main(sys.argv[1])

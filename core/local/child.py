"""The last step before a server's own program: drop the user, tie its life to the parent's, exec.

    python -I -S child.py <parent pid> <uid or -> <gid or -> program arguments...

Run by path, on the standard library alone, so that it costs some 30 ms. The order matters: setuid clears the parent
death signal, so the user is dropped first. The signal comes when the *thread* that forked ends; `spawn.py` therefore
forks from one thread that lives as long as the process.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
RESET = (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP, signal.SIGCHLD)


def main() -> None:
    """Does not return: the program takes this process over."""
    parent, uid, gid, *argv = sys.argv[1:]
    # A shell that starts us with `&` hands down an ignored SIGINT: servers must hear it again.
    for number in RESET:
        signal.signal(number, signal.SIG_DFL)
    if uid != "-":
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != int(parent):  # it died before the line above: nobody would ever tell us
            os._exit(1)
    os.execve(argv[0], argv, os.environ)


if __name__ == "__main__":
    main()

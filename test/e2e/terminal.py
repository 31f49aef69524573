"""Runs a program on a terminal of its own: terminal.py COLUMNS PROGRAM ARGUMENT...

What comes in on stdin is typed, and what the terminal shows goes to stdout.
"""

import fcntl
import os
import pty
import select
import struct
import sys
import termios

columns, program = int(sys.argv[1]), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    os.execvp(program[0], program)

keyboard = [0]
while True:
    ready, _, _ = select.select([terminal, *keyboard], [], [])
    if 0 in ready:
        typed = os.read(0, 65536)
        if typed:
            os.write(terminal, typed)
        else:
            keyboard = []
    if terminal in ready:
        try:
            shown = os.read(terminal, 65536)
        except OSError:  # Linux's end of file: nobody has the terminal any more
            break
        if not shown:
            break
        os.write(1, shown)

sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) % 256)

"""Runs a program, waits for all that it started, and prints what they used as JSON."""

import ctypes
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

PR_SET_CHILD_SUBREAPER = 36
SAMPLE_EVERY_SECONDS = 0.02
# Reading the memory of a process holds it up for a moment, the longer the more it has.
SAMPLING_SHARE = 0.05


def parents():
    """The parent of every process."""
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as file:
                # The name in parentheses may hold anything, the last of them ends it.
                found[int(name)] = int(file.read().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


def tree():
    """The processes below this one."""
    below = {os.getpid()}
    parent_of = parents()
    while True:
        more = {child for child, parent in parent_of.items() if parent in below} - below
        if not more:
            return below - {os.getpid()}
        below |= more


def tree_kib():
    """The memory of the tree, each page counted once; see Measurement.peakMib."""
    own, files = 0, {}
    for process in tree():
        try:
            program = os.readlink(f"/proc/{process}/exe")
            with open(f"/proc/{process}/smaps_rollup") as file:
                rows = (line.split() for line in file.readlines()[1:])
                used = {row[0]: int(row[1]) for row in rows}
            own += used["Pss_Anon:"] + used["Pss_Shmem:"]
            mapped = used["Rss:"] - used["Anonymous:"] - used["Pss_Shmem:"]
            files[program] = max(files.get(program, 0), mapped)
        except (FileNotFoundError, ProcessLookupError, KeyError):
            pass  # It has ended meanwhile.
    return own + sum(files.values())


class Peak:
    """The most memory that the tree was seen to have. What is measured must not wait for it."""

    kib = 0
    pause = SAMPLE_EVERY_SECONDS

    def sample(self):
        begin = time.monotonic()
        self.kib = max(self.kib, tree_kib())
        took = time.monotonic() - begin
        self.pause = max(SAMPLE_EVERY_SECONDS, took / SAMPLING_SHARE)


def cpu_seconds():
    """What ended children used; before the first one, what a launcher ran to find this Python."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def orphans_left():
    """Whether any are; those whose parent ended without them come here, and count once ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0] != 0:
            pass
        return True
    except ChildProcessError:
        return False


ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
    cpu_before = cpu_seconds()
    begin = time.monotonic()
    program = subprocess.Popen(
        sys.argv[1:], stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr
    )
    peak = Peak()
    while True:
        try:
            program.wait(peak.pause)
            break
        except subprocess.TimeoutExpired:
            peak.sample()
    wall = time.monotonic() - begin
    while orphans_left():
        peak.sample()
        time.sleep(peak.pause)
    cpu = cpu_seconds() - cpu_before
    texts = []
    for file in (stdout, stderr):
        file.seek(0)
        texts.append(file.read().decode())

print(
    json.dumps(
        {
            "code": program.returncode,
            "stdout": texts[0],
            "stderr": texts[1],
            "wallMs": wall * 1000,
            "cpuMs": cpu * 1000,
            "peakMib": peak.kib / 1024,
        }
    )
)

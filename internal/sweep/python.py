"""One small program run serially, in threads or in processes of this python3.

The argument is a JSON object: program ("pi" or "hash"; none only asks which
python3 this is), model ("serial", "thread" or "process"), workers, chunks a
pass, and how long the warm-up and the measured passes should last in ns. The
answer is one line of JSON.
"""
import contextlib
import functools
import hashlib
import json
import multiprocessing
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

POINTS = 20000  # of a chunk of pi
MODULUS, FACTOR = 2147483647, 48271  # of Park and Miller's generator
BUFFER = bytes(range(256)) * 4096  # 1 MiB, large enough to be hashed without the GIL
REPEATS = 8  # of the buffer in a chunk of hash


def pi(seed):
    """Count the points of one seed that lie within the quarter circle."""
    hits, y, square = 0, seed, MODULUS * MODULUS
    for _ in range(POINTS):
        x = y * FACTOR % MODULUS
        y = x * FACTOR % MODULUS
        hits += x * x + y * y < square
    return hits


def digest(seed):
    """Hash a seed and some large buffers, which C code does."""
    h = hashlib.sha256(seed.to_bytes(8, "big"))
    for _ in range(REPEATS):
        h.update(BUFFER)
    return h.hexdigest()


def together(digests):
    """Make one digest of several."""
    return hashlib.sha256("".join(digests).encode()).hexdigest()


# What does a chunk, and what makes one answer of those of a pass.
PROGRAMS = {"pi": (pi, lambda hits: str(sum(hits))), "hash": (digest, together)}


def timed(chunk, seed):
    """Do a chunk and tell who did it, with the CPU time it has used so far."""
    return chunk(seed), os.getpid(), time.process_time_ns()


def nothing(_):
    """Have a worker there."""


def crew(model, workers):
    """Start who does the chunks: nobody else, threads, or forked processes."""
    if model == "thread":
        return ThreadPoolExecutor(workers)
    if model == "process":
        return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("fork"))
    return contextlib.nullcontext()


class Passes:
    """Passes over all chunks, with their answers and the CPU time of everyone."""

    def __init__(self, told, run):
        chunk, self.reduce = PROGRAMS[told["program"]]
        self.chunk, self.chunks, self.run = functools.partial(timed, chunk), told["chunks"], run
        self.answers, self.used = [], {}

    def once(self):
        results = list(self.run(self.chunk, range(1, self.chunks + 1)))
        self.answers.append(self.reduce([answer for answer, _, _ in results]))
        for _, pid, used in results:
            self.used[pid] = max(used, self.used.get(pid, 0))

    def last(self, about):
        """Repeat passes, one at least: how many, their wall and their CPU time in ns."""
        before, passes, took = self.cpu(), 0, 0
        began = time.perf_counter_ns()
        while passes == 0 or took < about:
            self.once()
            passes += 1
            took = time.perf_counter_ns() - began
        return passes, took, self.cpu() - before

    def cpu(self):
        """The CPU time of this process now, and of others up to their last chunk."""
        self.used[os.getpid()] = time.process_time_ns()
        return sum(self.used.values())


def measure(told):
    began = time.perf_counter_ns()
    with crew(told["model"], told["workers"]) as pool:
        run = pool.map if pool else map
        list(run(nothing, range(told["workers"])))
        start = time.perf_counter_ns() - began
        passes = Passes(told, run)
        warm, warm_ns, _ = passes.last(told["warmUp"])
        n, wall, cpu = passes.last(told["duration"])
    return {
        "start": start, "warm": warm, "warmNS": warm_ns,
        "passes": n, "wall": wall, "cpu": cpu, "answers": passes.answers,
    }


def has_gil():
    return getattr(sys, "_is_gil_enabled", lambda: True)()


def can_fork():
    return "fork" in multiprocessing.get_all_start_methods()


def this():
    """Which python3 this is."""
    version = ".".join(map(str, sys.version_info[:3]))
    gil = "with the GIL" if has_gil() else "without the GIL"
    processes = "processes by fork" if can_fork() else "no fork"
    return "{} {} {}, {}".format(sys.implementation.name, version, gil, processes)


def lacks(model):
    """Why this python3 cannot measure, None if it can."""
    if sys.version_info < (3, 7):
        return "it is older than 3.7"
    if not has_gil():
        return "it runs without the GIL (free-threaded)"
    if model == "process" and not can_fork():
        return "it cannot fork"
    return None


def main():
    told = json.loads(sys.argv[1])
    said = {"this": this(), "lacks": lacks(told["model"])}
    if told["program"] and not said["lacks"]:
        said.update(measure(told))
    print(json.dumps(said))


main()

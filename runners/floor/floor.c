// The floor in C: two processes that pass messages by bare system calls or
// through a shared word. It says "ready" on a line, waits for a line, and then
// prints how many messages were passed, in how many ns, with how many ns of CPU
// and context switches of both, and how many messages warmed up.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER = 16, DEEPEST = 64, PAGE = 4096 };

static const uint64_t MARK = 1ull << 60, NUMBER = (1ull << 60) - 1, FACTOR = 0x9e3779b97f4a7c15ull;

// A word has cache lines of its own.
struct word {
	_Atomic uint32_t turn;
	uint64_t stamp, value;
	char pad[104];
} __attribute__((aligned(128)));

static struct shared {
	struct word there, back;
	uint64_t seen, cpu, switches; // of the other side, the last two at the last mark
	_Atomic int marks;
} *shared;

static pid_t other;
static int in = -1, out = -1, sleeps;
static size_t size;

static void fail(const char *what) {
	if (errno)
		perror(what);
	else
		fprintf(stderr, "%s\n", what);
	if (other > 0) {
		signal(SIGCHLD, SIG_DFL);
		kill(other, SIGKILL);
		waitpid(other, NULL, 0);
	}
	_exit(1);
}

static void stopped(int sig) {
	(void)sig;
	errno = 0;
	fail("stopped");
}

static uint64_t now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static void used(uint64_t *cpu, uint64_t *switches) {
	struct rusage r;
	getrusage(RUSAGE_SELF, &r);
	*cpu = (uint64_t)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000000000ull + (uint64_t)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) * 1000ull;
	*switches = (uint64_t)(r.ru_nvcsw + r.ru_nivcsw);
}

static void bind_to(int cpu) {
	if (cpu < 0)
		return;
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof set, &set))
		fail("bind to a CPU");
}

static uint64_t word_at(const char *b) {
	uint64_t w;
	memcpy(&w, b, sizeof w);
	return w;
}

// look touches every page of a payload.
static uint64_t look(const char *b, size_t n) {
	uint64_t sum = 0;
	for (size_t at = 0; at + 8 <= n; at += PAGE)
		sum += word_at(b + at) * (2 * at + 1);
	return sum + word_at(b + n - 8) * FACTOR;
}

static void give(struct word *w, uint32_t turn) {
	atomic_store_explicit(&w->turn, turn, memory_order_release);
	if (sleeps)
		syscall(SYS_futex, &w->turn, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void await(struct word *w, uint32_t taken) {
	while (atomic_load_explicit(&w->turn, memory_order_acquire) == taken)
		if (sleeps)
			syscall(SYS_futex, &w->turn, FUTEX_WAIT, taken, NULL, NULL, 0);
}

static void put(const char *b, size_t n) {
	while (n > 0) {
		ssize_t done = write(out, b, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			fail("write");
		b += done;
		n -= (size_t)done;
	}
}

// get reads what there is; 0 is the end.
static size_t get(char *b, size_t n) {
	ssize_t done;
	do
		done = read(in, b, n);
	while (done < 0 && errno == EINTR);
	if (done < 0)
		fail("read");
	return (size_t)done;
}

// The other side.

static uint64_t answer(uint64_t stamp, uint64_t seen) {
	shared->seen++;
	return (stamp & NUMBER) * FACTOR + seen;
}

static void mark(uint64_t stamp) {
	if (stamp & MARK) {
		used(&shared->cpu, &shared->switches);
		shared->marks++;
	}
}

static void answer_words(void) {
	for (uint32_t taken = 0;; taken++) {
		await(&shared->there, taken);
		uint64_t stamp = shared->there.stamp;
		if (stamp == 0)
			return;
		shared->back.stamp = stamp;
		shared->back.value = answer(stamp, 0);
		give(&shared->back, taken + 1);
		mark(stamp);
	}
}

static void answer_bytes(void) {
	size_t room = size > 65536 ? size : 65536, have = 0, n;
	char *buf = malloc(room);
	if (!buf)
		fail("memory");
	while ((n = get(buf + have, room - have)) > 0) {
		size_t at = 0;
		for (have += n; have - at >= size; at += size) {
			uint64_t reply[2] = {word_at(buf + at)};
			reply[1] = answer(reply[0], look(buf + at + 8, size - 8));
			put((char *)reply, ANSWER);
			mark(reply[0]);
		}
		memmove(buf, buf + at, have -= at);
	}
}

// Our side.

static char *payload;
static uint64_t seeing, sent, due;

static void send_next(uint64_t kind) {
	uint64_t stamp = ++sent | kind;
	if (out < 0) {
		shared->there.stamp = stamp;
		give(&shared->there, (uint32_t)sent);
		return;
	}
	memcpy(payload, &stamp, sizeof stamp);
	put(payload, size);
}

static void receive(void) {
	static char unread[DEEPEST * ANSWER];
	static size_t from, have;
	uint64_t reply[2];
	if (out < 0) {
		await(&shared->back, (uint32_t)due);
		reply[0] = shared->back.stamp;
		reply[1] = shared->back.value;
	} else {
		while (have - from < ANSWER) {
			memmove(unread, unread + from, have -= from);
			from = 0;
			size_t n = get(unread + have, sizeof unread - have);
			if (n == 0) {
				errno = 0;
				fail("the other side has closed");
			}
			have += n;
		}
		memcpy(reply, unread + from, ANSWER);
		from += ANSWER;
	}
	due++;
	if ((reply[0] & NUMBER) != due || reply[1] != due * FACTOR + seeing) {
		errno = 0;
		fail("wrong answer");
	}
}

// pass keeps messages under way for a time, and looks at the clock every 50 us.
static uint64_t pass(uint64_t depth, uint64_t ns, uint64_t *took) {
	uint64_t from = sent, start = now(), last = start;
	for (uint64_t steps = 1, left = 2;;) {
		if (--left == 0) {
			uint64_t at = now();
			if (at - start >= ns)
				break;
			uint64_t fit = steps * 50000 / (at - last + 1);
			steps = fit > 2 * steps ? 2 * steps : fit ? fit : 1;
			last = at;
			left = steps;
		}
		if (sent - due < depth)
			send_next(0);
		else
			receive();
	}
	while (sent - due >= depth)
		receive();
	send_next(MARK);
	while (sent > due)
		receive();
	*took = now() - start;
	return sent - from;
}

// connect_sides makes the connection: descriptors of ours in 0 and 1, of theirs in 2 and 3.
static void connect_sides(const char *transport, int fd[4]) {
	int there[2], back[2];
	if (!strcmp(transport, "pipe")) {
		if (pipe(there) || pipe(back))
			fail("pipe");
		fd[0] = back[0], fd[1] = there[1], fd[2] = there[0], fd[3] = back[1];
	} else if (!strcmp(transport, "unix")) {
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, there))
			fail("socket pair");
		fd[0] = fd[1] = there[0], fd[2] = fd[3] = there[1];
	} else if (!strcmp(transport, "tcp")) {
		struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		socklen_t n = sizeof a;
		int yes = 1, l = socket(AF_INET, SOCK_STREAM, 0), ours = socket(AF_INET, SOCK_STREAM, 0), theirs;
		if (l < 0 || ours < 0 || bind(l, (void *)&a, sizeof a) || listen(l, 1) || getsockname(l, (void *)&a, &n) ||
			connect(ours, (void *)&a, sizeof a) || (theirs = accept(l, NULL, NULL)) < 0)
			fail("loopback");
		setsockopt(ours, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
		setsockopt(theirs, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
		struct linger reset = {1, 0}; // no port is left waiting
		setsockopt(ours, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
		setsockopt(theirs, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
		close(l);
		fd[0] = fd[1] = ours, fd[2] = fd[3] = theirs;
	} else {
		sleeps = !strcmp(transport, "futex");
		fd[0] = fd[1] = fd[2] = fd[3] = -1;
	}
}

static void start_other(const int fd[4], int cpu) {
	pid_t parent = getpid();
	other = fork();
	if (other < 0)
		fail("fork");
	if (other > 0)
		return;
	other = 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	bind_to(cpu);
	in = fd[2], out = fd[3];
	if (in < 0)
		answer_words();
	close(fd[0]);
	close(fd[1]);
	if (in >= 0)
		answer_bytes();
	_exit(0);
}

// end tells the other side to end and waits for that.
static void end(const int fd[4]) {
	signal(SIGCHLD, SIG_DFL);
	if (out < 0) {
		shared->there.stamp = 0;
		give(&shared->there, (uint32_t)sent + 1);
	} else {
		if (fd[0] == fd[1])
			shutdown(fd[1], SHUT_WR);
		else
			close(fd[1]);
	}
	int status;
	if (waitpid(other, &status, 0) < 0 || status != 0) {
		errno = 0;
		fail("the other side has failed");
	}
}

// Arguments: transport, bytes of a payload, messages under way, CPU of our side
// and of the other, -1 for any, ns of warm-up, ns that count.
int main(int argc, char **argv) {
	if (argc != 8) {
		errno = 0;
		fail("7 arguments");
	}
	size = strtoull(argv[2], NULL, 10);
	uint64_t depth = strtoull(argv[3], NULL, 10);
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	payload = malloc(size);
	if (shared == MAP_FAILED || !payload)
		fail("memory");
	for (size_t i = 0; i < size; i++)
		payload[i] = (char)(i * 167 + (i >> 8));
	int fd[4];
	connect_sides(argv[1], fd);
	if (fd[0] >= 0)
		seeing = look(payload + 8, size - 8);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, stopped);
	signal(SIGCHLD, stopped);
	start_other(fd, atoi(argv[5]));
	in = fd[0], out = fd[1];
	if (in >= 0) {
		close(fd[2]);
		if (fd[3] != fd[2])
			close(fd[3]);
	}
	bind_to(atoi(argv[4]));
	char go[8];
	if (write(1, "ready\n", 6) != 6 || read(0, go, sizeof go) <= 0)
		fail("start");
	uint64_t took, cpu[2], switches[2], theirs[2];
	uint64_t warm = pass(depth, strtoull(argv[6], NULL, 10), &took);
	while (shared->marks < 1)
		sched_yield();
	theirs[0] = shared->cpu, theirs[1] = shared->switches;
	used(&cpu[0], &switches[0]);
	uint64_t count = pass(depth, strtoull(argv[7], NULL, 10), &took);
	used(&cpu[1], &switches[1]);
	end(fd);
	if (shared->seen != sent) {
		errno = 0;
		fail("wrong answer: not every message was seen");
	}
	printf("%llu %llu %llu %llu %llu\n", (unsigned long long)count, (unsigned long long)took,
		(unsigned long long)(cpu[1] - cpu[0] + shared->cpu - theirs[0]),
		(unsigned long long)(switches[1] - switches[0] + shared->switches - theirs[1]), (unsigned long long)warm);
	return 0;
}

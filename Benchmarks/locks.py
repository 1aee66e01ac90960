"""What the tables' locks allow, by a simulation of those who hold them: no clock, no thread, the same each time.

A lane makes rows (`LANE` ns a reading), its committer enters them (`APPLY` ns) under the lock of their table; who finds
a lock held waits in a row and is woken (`WAKE` ns), as if nobody could overtake. `tools/bench micro` measures the first
two, the rest is arithmetic: it says from how many lanes on a lock binds, on machines that nobody has at hand.
"""
import collections
import heapq
import random

from measure import SMOKE, note, section

LANE, APPLY, WAKE = 25.6, 10.1, 2_000
# Readings of a datagram, and datagrams of a batch, whose rows a committer has at hand.
RUN, BATCH = 72, 450
BATCHES = 20 if SMOKE else 800


class Table:
    def __init__(self):
        self.is_held = False
        self.waiting = collections.deque()


def holds(chance, shares):
    """A batch as tables and for how long each is held: datagrams of one table that follow each other are one hold."""
    found = []
    for table in chance.choices(range(len(shares)), shares, k=BATCH):
        if found and found[-1][0] == table:
            found[-1][1] += APPLY * RUN
        else:
            found.append([table, APPLY * RUN])
    return collections.deque(found)


def throughput(lanes, shares):
    """Million readings a second of so many lanes whose datagrams fall on tables with those shares."""
    chance = random.Random(lanes * 1_000 + len(shares))
    tables = [Table() for _ in shares]
    # When something happens, at which lane, and whether it then wants its next table or is done with one.
    events = [(LANE * RUN * BATCH * (1 + lane / lanes), lane, True) for lane in range(lanes)]
    heapq.heapify(events)
    work = [holds(chance, shares) for _ in range(lanes)]
    begun = [0.0] * lanes
    batches, now = 0, 0.0

    def hold(lane, at):
        heapq.heappush(events, (at + work[lane][0][1], lane, False))

    while batches < BATCHES:
        now, lane, wants = heapq.heappop(events)
        table = tables[work[lane][0][0]]
        if wants:
            if table.is_held:
                table.waiting.append(lane)
            else:
                table.is_held = True
                hold(lane, now)
            continue
        if table.waiting:
            hold(table.waiting.popleft(), now + WAKE)
        else:
            table.is_held = False
        work[lane].popleft()
        at = now
        if not work[lane]:
            batches += 1
            work[lane] = holds(chance, shares)
            # The lane made the next batch while its committer entered this one.
            at = max(now, begun[lane] + LANE * RUN * BATCH)
            begun[lane] = at
        heapq.heappush(events, (at, lane, True))
    return batches * BATCH * RUN / now * 1e3


def run():
    section("locks: million readings a second that tables take, by a simulation")
    for lanes in [1, 8] if SMOKE else [1, 2, 4, 8, 16, 32]:
        for what, shares in [("one table", [1]), ("ten alike", [1] * 10), ("a hundred alike", [1] * 100),
                             ("a hundred, half of it in one", [99] + [1] * 99)]:
            note(f"{lanes} lanes, {what}", [throughput(lanes, shares)], "M/s")


if __name__ == "__main__":
    run()

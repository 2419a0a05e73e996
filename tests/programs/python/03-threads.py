"""Eight threads share a counter under a lock and a queue of work."""

import queue
import threading

work = queue.Queue()
for number in range(1, 1001):
    work.put(number)

total = 0
lock = threading.Lock()


def add_up():
    global total
    while True:
        try:
            number = work.get_nowait()
        except queue.Empty:
            return
        with lock:
            total += number


threads = [threading.Thread(target=add_up) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(total, threading.active_count())

"""Threads, a subprocess, a process pool and a loopback socket work inside the box. Prints `ok` and exits 0."""

import multiprocessing
import socket
import subprocess
import threading


def square(number):
    return number * number


def serve(listener):
    connection, _ = listener.accept()
    with connection:
        connection.sendall(connection.recv(16)[::-1])


def main():
    seen = []
    threads = [threading.Thread(target=seen.append, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == list(range(8))

    shell = subprocess.run(["sh", "-c", "read -r line; echo got $line"], input=b"this\n", capture_output=True, check=True)
    assert shell.stdout == b"got this\n"

    with multiprocessing.Pool(2) as pool:
        assert pool.map(square, range(5)) == [0, 1, 4, 9, 16]

    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            listener = socket.create_server((address, 0), family=family)
        except OSError:
            # A host without IPv6 has no ::1.
            assert family == socket.AF_INET6
            continue
        with listener:
            server = threading.Thread(target=serve, args=(listener,))
            server.start()
            with socket.create_connection(listener.getsockname()[:2]) as client:
                client.sendall(b"abc")
                assert client.recv(16) == b"cba"
            server.join()

    print("ok")


if __name__ == "__main__":
    main()

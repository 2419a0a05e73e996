"""An HTTP server and its client, both inside the box, over the loopback."""

import json
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Echo(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"path": self.path, "got": json.loads(body)}).encode())

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
threading.Thread(target=server.serve_forever).start()
request = urllib.request.Request(f"http://127.0.0.1:{server.server_port}/echo", data=b'{"n": [1, 2]}')
with urllib.request.urlopen(request) as reply:
    print(reply.status, reply.read().decode())
server.shutdown()

"""What a cluster does when its parts die: readers and 16 writers go on while a replica, the instance on duty and the primary
are killed.

    tests/cluster/faults.py [PROGRAM] [FIRST_PORT]

Starts tests/cluster/start.sh. Every write that was acknowledged is counted and has to be there at the end, on every
instance that is left; whoever has written reads it at once, whichever instance answers; a webhook is told of every write at
least once, and can tell a second message from a first; reads have to go on; writes have to be refused with 503 and Retry-After
while there is no primary and go on by themselves once a replica is promoted.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAM = sys.argv[1] if len(sys.argv) > 1 else "target/debug/langxanh"
FIRST = int(sys.argv[2]) if len(sys.argv) > 2 else 8300
WRITERS = 16
PHASE = float(os.environ.get("LANGXANH_CLUSTER_PHASE", "4"))


def ask(url, body=None, timeout=20, cookie=None):
    """Status, headers and body of an answer; status 0 where there is none."""
    headers = {"Content-Type": "application/geo+json"} if body is not None else {}
    if cookie:
        headers["Cookie"] = cookie
    data = json.dumps(body).encode() if body is not None else None
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=timeout) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()
    except OSError:
        return 0, {}, b""


class Receiver:
    """Takes the messages of a webhook: each by its name, and how often it came."""

    def __init__(self):
        self.messages, self.counts, lock = {}, {}, threading.Lock()
        received = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with lock:
                    name = self.headers["Langxanh-Delivery"]
                    received.messages[name] = json.loads(body)
                    received.counts[name] = received.counts.get(name, 0) + 1
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def rows(self):
        """Ids of the rows that were told of."""
        return {row["id"] for message in list(self.messages.values()) for row in message["rows"]}


class Cluster:
    """The processes of the script, and where they listen."""

    def __init__(self, folder, receiver):
        config, secret = Path(folder, "config.toml"), Path(folder, "secret")
        secret.write_text("sixteen bytes ok")
        config.write_text(f'open_editing = true\n[[webhooks]]\nname = "desk"\nurl = "{receiver}"\nsecret_file = "{secret}"\n')
        environment = {**os.environ, "LANGXANH_CONFIG": str(config)}
        self.process = subprocess.Popen(
            [HERE / "start.sh", PROGRAM, str(FIRST)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        self.url = self.process.stdout.readline().strip()
        told = []
        for line in self.process.stderr:
            told.append(line)
            if line.startswith("folder "):
                break
        told = "".join(told)
        if not self.url:
            raise RuntimeError(told)
        self.instances = [(url, int(pid)) for url, pid in re.findall(r"instance \d on (\S+), process (\d+)", told)]
        self.folder, self.store = re.search(r"folder (\S+), store (\S+);", told).groups()
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def postmaster(self, name):
        return int(Path(self.folder, name, "postmaster.pid").read_text().splitlines()[0])

    def kill(self, name):
        """Kills a server of PostgreSQL: all of it at once, as when its machine dies."""
        master = self.postmaster(name)
        children = subprocess.run(["pgrep", "-P", str(master)], capture_output=True, text=True).stdout.split()
        for pid in [master, *map(int, children)]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def psql(self, port, sql):
        command = ["psql", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", "-qtAc", sql]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout.strip()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


class Faults(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.receiver = Receiver()
        self.addCleanup(self.receiver.server.shutdown)
        self.cluster = Cluster(self.folder.name, self.receiver.url)
        self.addCleanup(self.cluster.stop)
        notes = Path(self.folder.name, "notes.geojson")
        notes.write_text('{"type":"FeatureCollection","features":[{"type":"Feature","id":"first","geometry":'
                         '{"type":"Point","coordinates":[105.8,21.0]},"properties":{"name":"first"}}]}')
        made = subprocess.run(
            [PROGRAM, "import", notes, "--collection", "notes", "--store", self.cluster.store], capture_output=True, text=True
        )
        self.assertEqual(made.returncode, 0, made.stderr)
        for url, _ in self.cluster.instances:
            self.until(lambda: ask(f"{url}/collections/notes/items")[0] == 200, f"the new collection is served at {url}")

    def until(self, is_so, what, within=20):
        begin = time.monotonic()
        while not is_so():
            self.assertLess(time.monotonic() - begin, within, f"{what}: not within {within} s")
            time.sleep(0.05)
        return time.monotonic() - begin

    def write(self, name, url=None):
        feature = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [105.8, 21.0]}, "properties": {"name": name}}
        return ask(f"{url or self.cluster.url}/collections/notes/items", feature)

    def on_duty(self):
        """The positions of the instances that do what one does for all."""
        said = [ask(f"{url}/metrics")[2].decode() for url, _ in self.cluster.instances]
        return [at for at, text in enumerate(said) if "\nlangxanh_on_duty 1\n" in text]

    def test_nothing_acknowledged_is_lost_and_reads_go_on(self):
        acknowledged, refused, strange, lock = {}, [], [], threading.Lock()
        read_back, not_yet, lost = [0], [0], []
        reads, unread, stopping = [0], [], threading.Event()
        phase = ["all is well"]

        def writer(number):
            count = 0
            while not stopping.is_set():
                count += 1
                name = f"{number}-{count}"
                status, headers, _ = self.write(name)
                with lock:
                    if status == 201:
                        made = headers["Location"].rsplit("/", 1)[1]
                        acknowledged[made] = name
                    elif status == 503:
                        refused.append((phase[0], headers.get("Retry-After")))
                    else:
                        strange.append((phase[0], status))
                if status != 201:
                    time.sleep(0.2)
                elif count % 4 == 0:
                    # At once, and from any instance.
                    cookie = headers["Set-Cookie"].split(";")[0]
                    status, _, _ = ask(f"{self.cluster.url}/collections/notes/items/{made}", cookie=cookie)
                    with lock:
                        if status == 200:
                            read_back[0] += 1
                        elif status in (0, 502, 503, 504):
                            not_yet[0] += 1
                        else:
                            lost.append((phase[0], made, status))

        def reader():
            while not stopping.is_set():
                status, _, _ = ask(f"{self.cluster.url}/collections/clusters/items?limit=5")
                with lock:
                    reads[0] += 1
                    if status != 200:
                        unread.append((phase[0], status))
                time.sleep(0.01)

        threads = [threading.Thread(target=writer, args=(number,), daemon=True) for number in range(WRITERS)]
        threads += [threading.Thread(target=reader, daemon=True) for _ in range(4)]
        for thread in threads:
            thread.start()

        def written():
            with lock:
                return len(acknowledged)

        time.sleep(PHASE)
        self.assertGreater(written(), 0)

        # A change at one instance is at the others within a second, in a moment of its own.
        status, headers, body = self.write("told", self.cluster.instances[0][0])
        self.assertEqual(status, 201, body)
        told = headers["Location"].rsplit("/", 1)[1]
        acknowledged[told] = "told"
        seconds = [
            self.until(lambda: ask(f"{url}/collections/notes/items/{told}")[0] == 200, f"the change is at {url}")
            for url, _ in self.cluster.instances[1:]
        ]
        print(f"at the other instances after {max(seconds):.2f} s", file=sys.stderr)

        phase[0] = "a replica is dead"
        self.cluster.kill("replica-2")
        before = written()
        time.sleep(PHASE)
        self.assertGreater(written(), before, "writing goes on without one replica")

        phase[0] = "an instance is dead"
        self.until(lambda: len(self.on_duty()) == 1, "one instance is on duty")
        victim = self.on_duty()[0]
        left = [url for at, (url, _) in enumerate(self.cluster.instances) if at != victim]
        os.kill(self.cluster.instances[victim][1], signal.SIGKILL)
        before = written()
        seconds = self.until(lambda: len(self.on_duty()) == 1, "another instance takes over")
        print(f"another instance is on duty after {seconds:.1f} s", file=sys.stderr)
        time.sleep(PHASE)
        self.assertGreater(written(), before, "writing goes on without one instance")

        phase[0] = "the primary is dead"
        self.cluster.kill("primary")
        time.sleep(1)
        read = reads[0]
        status, headers, body = self.write("while there is no primary")
        self.assertEqual((status, headers.get("Retry-After") is not None), (503, True), body)
        time.sleep(PHASE)
        self.assertGreater(reads[0], read, "reading goes on without a primary")
        for url in left:
            status, _, body = ask(f"{url}/readyz")
            self.assertEqual((status, "missing: writes: there is no primary" in body.decode()), (200, True), body)

        phase[0] = "a replica is promoted"
        port = FIRST + 11
        # It is alone now: nobody is there to confirm what it writes.
        self.cluster.psql(port, "ALTER SYSTEM SET synchronous_standby_names = ''")
        self.cluster.psql(port, "SELECT pg_reload_conf()")
        self.cluster.psql(port, "SELECT pg_promote()")
        before = written()
        seconds = self.until(lambda: written() > before, "writing goes on by itself", 60)
        print(f"writing again {seconds:.1f} s after the promotion", file=sys.stderr)
        time.sleep(PHASE)

        stopping.set()
        for thread in threads:
            thread.join(60)
        print(f"{len(acknowledged)} writes acknowledged, {len(refused)} refused with 503, {len(strange)} without a word; "
              f"{reads[0]} reads, {len(unread)} of them without an answer", file=sys.stderr)
        for url in left:
            there, next_page = {}, f"{url}/collections/notes/items?limit=10000"
            while next_page:
                page = json.loads(ask(next_page)[2])
                there |= {feature["id"]: feature["properties"]["name"] for feature in page["features"]}
                next_page = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
            missing = {fid: name for fid, name in acknowledged.items() if there.get(fid) != name}
            self.assertEqual(missing, {}, f"acknowledged and not at {url}")
            self.assertEqual(len(there), len(set(there)))
        self.assertEqual(lost, [], "written, and not there for who wrote it")
        self.assertGreater(read_back[0], 0)
        self.until(lambda: set(acknowledged) <= self.receiver.rows(), "the webhook is told of every write", 180)
        self.assertEqual([name for name, message in self.receiver.messages.items() if message["missed_messages"]], [])
        print(f"{read_back[0]} writes read back at once, {not_yet[0]} of them refused; {len(self.receiver.messages)} messages of the "
              f"webhook, {sum(self.receiver.counts.values()) - len(self.receiver.counts)} of them a second time", file=sys.stderr)
        audit = subprocess.run([PROGRAM, "audit", "--verify", "--store", self.cluster.store], capture_output=True, text=True)
        self.assertEqual(audit.returncode, 0, audit.stdout + audit.stderr)
        # An instance that dies takes the connections with it that are open; nothing else may go unanswered.
        self.assertEqual([one for one in unread if one[0] != "an instance is dead"], [])
        self.assertTrue(all(after is not None for _, after in refused))
        self.assertEqual([one for one in strange if one[0] in ("all is well", "a replica is dead")], [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])

"""Recomputes the chain of a langxanh store with hashlib and nothing of langxanh's.

    verify_chain.py EXPORT.ndjson [STORE.gpkg]

From the export alone: the hash of every link. With the store: that every row of a register which the chain speaks of is as
its newest sealed state says, and that changes and history are those of the export. Prints the head, or what is wrong.
"""

import hashlib
import json
import sqlite3
import struct
import sys


def netstring(text):
    if text is None:
        return b"~"
    data = text if isinstance(text, bytes) else str(text).encode()
    return b"%d:%s," % (len(data), data)


def read_chain(path):
    """The lines of each link, checked against its hash; gives the lines and the head."""
    head, seq, link, lines, end = "0" * 64, 0, None, [], None
    with open(path, encoding="utf-8") as export:
        for text in export:
            line = json.loads(text)
            kind = line.pop("kind")
            if kind == "seal":
                seq += 1
                assert line["seq"] == seq, f"link {line['seq']} stands where {seq} should"
                assert link is not None and link.hexdigest() == line["hash"], f"link {seq} is not as it was sealed"
                head, link = line["hash"], None
            elif kind == "head":
                end = line
            else:
                if link is None:
                    link = hashlib.sha256(netstring(head))
                link.update(netstring(kind))
                for value in line.values():
                    link.update(netstring(value))
                lines.append((kind, line))
    assert link is None, "the export ends within a link"
    assert end is not None and (end["seq"], end["hash"]) == (seq, head), "the export ends without its head"
    return lines, seq, head


def row_hash(row, names):
    digest = hashlib.sha256()
    for name in sorted(names, key=str.encode):
        value = row[names.index(name)]
        if value is None or name == "fid":
            continue
        if isinstance(value, int):
            letter, data = "i", str(value).encode()
        elif isinstance(value, float):
            letter, data = "r", struct.pack(">d", value).hex().encode()
        elif isinstance(value, str):
            letter, data = "t", value.encode()
        else:
            letter, data = "b", value
        for part in (name, letter, data):
            digest.update(netstring(part))
    return digest.hexdigest()


def check_store(lines, path):
    store = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    newest = {}
    changes = set()
    for kind, line in lines:
        if kind == "change":
            changes.add(line["change"])
        elif kind == "row":
            newest[line["collection"], line["id"]] = line["after"]
    kept = {change for (change,) in store.execute("SELECT change_id FROM langxanh_changes")}
    assert changes == kept, f"changes differ: {sorted(changes ^ kept)[:5]}"
    tables = {name for (name,) in store.execute("SELECT table_name FROM gpkg_contents")}
    compared = 0
    for table in sorted(tables):
        quoted = table.replace('"', '""')
        cursor = store.execute(f'SELECT * FROM "{quoted}"')
        names = [column[0] for column in cursor.description]
        there = {}
        if "id" in names:
            there = {row[names.index("id")]: row_hash(row, names) for row in cursor}
        for (collection, identity), after in newest.items():
            if collection == table:
                assert there.get(identity) == after, f"{collection}/{identity} is not as the last change left it"
                compared += 1
    return compared


def main():
    lines, seq, head = read_chain(sys.argv[1])
    compared = check_store(lines, sys.argv[2]) if len(sys.argv) > 2 else 0
    print(json.dumps({"seq": seq, "hash": head, "rows": compared}))


if __name__ == "__main__":
    try:
        main()
    except AssertionError as fault:
        sys.exit(str(fault))

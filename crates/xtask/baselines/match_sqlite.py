"""Who matches whom, the way one would write it with SQLite: ad.csv tenant.csv verdicts.csv."""

import csv
import sqlite3
import sys


def primary(addresses):
    for address in addresses.split(";"):
        if address.startswith("SMTP:"):
            return address[5:].lower()
    return None


db = sqlite3.connect("")
db.executescript("""
    create table ad (anchor text, upn text, primary_smtp text);
    create table cloud (id text, upn text, primary_smtp text, anchor text, active int);
""")
with open(sys.argv[1], newline="", encoding="utf-8") as file:
    rows = ((r["ImmutableId"], r["UserPrincipalName"].lower(), primary(r["proxyAddresses"])) for r in csv.DictReader(file))
    db.executemany("insert into ad values (?, ?, ?)", rows)
with open(sys.argv[2], newline="", encoding="utf-8") as file:
    rows = (
        (r["Id"], r["UserPrincipalName"].lower(), primary(r["ProxyAddresses"]), r["OnPremisesImmutableId"] or None, not r["DeletedDateTime"])
        for r in csv.DictReader(file)
    )
    db.executemany("insert into cloud values (?, ?, ?, ?, ?)", rows)
db.executescript("""
    create index by_anchor on cloud (anchor) where anchor is not null;
    create index by_smtp on cloud (primary_smtp) where anchor is null and active;
    create index by_upn on cloud (upn) where anchor is null and active;
""")
free = "from cloud where anchor is null and active and"
found = db.execute(f"""
    select ad.anchor,
           (select id from cloud where anchor = ad.anchor and anchor is not null),
           (select id {free} primary_smtp = ad.primary_smtp),
           (select id {free} upn = ad.upn)
    from ad
""")
with open(sys.argv[3], "w", newline="", encoding="utf-8") as file:
    out = csv.writer(file)
    out.writerow(["ImmutableId", "verdict", "id"])
    for anchor, hard, smtp, upn in found:
        verdict = "hard" if hard else "soft-smtp" if smtp else "soft-upn" if upn else "none"
        out.writerow([anchor, verdict, hard or smtp or upn])

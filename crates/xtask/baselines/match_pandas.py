"""Who matches whom, the way one would write it with pandas: ad.csv tenant.csv verdicts.csv."""

import sys

import pandas as pd

ad = pd.read_csv(sys.argv[1], dtype="string[pyarrow]", engine="pyarrow")
cloud = pd.read_csv(sys.argv[2], dtype="string[pyarrow]", engine="pyarrow")

for frame, column in ((ad, "proxyAddresses"), (cloud, "ProxyAddresses")):
    frame["primary"] = frame[column].str.extract(r"SMTP:([^;]+)", expand=False).str.lower()
    frame["upn"] = frame["UserPrincipalName"].str.lower()

empty = lambda column: column.isna() | (column == "")
free = cloud[empty(cloud["OnPremisesImmutableId"]) & empty(cloud["DeletedDateTime"])]
stamped = cloud[~empty(cloud["OnPremisesImmutableId"])].set_index("OnPremisesImmutableId")["Id"]
by_primary = free.dropna(subset=["primary"]).drop_duplicates("primary").set_index("primary")["Id"]
by_upn = free.dropna(subset=["upn"]).drop_duplicates("upn").set_index("upn")["Id"]

hard, smtp, upn = ad["ImmutableId"].map(stamped), ad["primary"].map(by_primary), ad["upn"].map(by_upn)
verdict = pd.Series("none", index=ad.index)
verdict[upn.notna()] = "soft-upn"
verdict[smtp.notna()] = "soft-smtp"
verdict[hard.notna()] = "hard"
out = pd.DataFrame({"ImmutableId": ad["ImmutableId"], "verdict": verdict, "id": hard.fillna(smtp).fillna(upn)})
out.to_csv(sys.argv[3], index=False)

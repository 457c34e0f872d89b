"""Who matches whom, the way one would write it with polars: ad.csv tenant.csv verdicts.csv."""

import sys

import polars as pl

ad = pl.read_csv(sys.argv[1], infer_schema=False)
cloud = pl.read_csv(sys.argv[2], infer_schema=False)

primary = lambda column: (
    pl.col(column).str.extract(r"SMTP:([^;]+)", 1).str.to_lowercase().alias("primary")
)
ad = ad.select(
    "ImmutableId",
    pl.col("UserPrincipalName").str.to_lowercase().alias("upn"),
    primary("proxyAddresses"),
)
cloud = cloud.select(
    "Id",
    pl.col("UserPrincipalName").str.to_lowercase().alias("upn"),
    primary("ProxyAddresses"),
    pl.col("OnPremisesImmutableId").alias("anchor"),
    pl.col("DeletedDateTime").is_null().alias("active"),
)
free = cloud.filter(pl.col("anchor").is_null() & pl.col("active"))
by_anchor = cloud.filter(pl.col("anchor").is_not_null()).select("anchor", hard="Id")
by_primary = free.drop_nulls("primary").unique("primary").select("primary", smtp="Id")
by_upn = free.drop_nulls("upn").unique("upn").select("upn", by_upn="Id")
verdicts = (
    ad.join(by_anchor, left_on="ImmutableId", right_on="anchor", how="left")
    .join(by_primary, on="primary", how="left")
    .join(by_upn, on="upn", how="left")
    .select(
        "ImmutableId",
        verdict=pl.when(pl.col("hard").is_not_null()).then(pl.lit("hard"))
        .when(pl.col("smtp").is_not_null()).then(pl.lit("soft-smtp"))
        .when(pl.col("by_upn").is_not_null()).then(pl.lit("soft-upn"))
        .otherwise(pl.lit("none")),
        id=pl.coalesce("hard", "smtp", "by_upn"),
    )
)
verdicts.write_csv(sys.argv[3])

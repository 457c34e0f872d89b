"""Who matches whom, the way one would write it with DuckDB: ad.csv tenant.csv verdicts.csv."""

import sys

import duckdb

duckdb.sql(f"""
create table ad as
select ImmutableId, lower(UserPrincipalName) as upn,
       lower(nullif(regexp_extract(proxyAddresses, 'SMTP:([^;]+)', 1), '')) as primary_smtp
from read_csv('{sys.argv[1]}', all_varchar = true, header = true);

create table cloud as
select Id, lower(UserPrincipalName) as upn, OnPremisesImmutableId as anchor,
       lower(nullif(regexp_extract(ProxyAddresses, 'SMTP:([^;]+)', 1), '')) as primary_smtp,
       DeletedDateTime is null as active
from read_csv('{sys.argv[2]}', all_varchar = true, header = true);

copy (
  with free as (select * from cloud where anchor is null and active),
       by_smtp as (select primary_smtp, min(Id) as id from free where primary_smtp is not null group by 1),
       by_upn as (select upn, min(Id) as id from free group by 1)
  select ad.ImmutableId,
         case when hard.Id is not null then 'hard' when by_smtp.id is not null then 'soft-smtp'
              when by_upn.id is not null then 'soft-upn' else 'none' end as verdict,
         coalesce(hard.Id, by_smtp.id, by_upn.id) as id
  from ad
  left join cloud as hard on hard.anchor = ad.ImmutableId
  left join by_smtp on by_smtp.primary_smtp = ad.primary_smtp
  left join by_upn on by_upn.upn = ad.upn
) to '{sys.argv[3]}' (header);
""")

SELECT bid, count(*), avg(abalance), stddev(abalance) FROM pgbench_accounts GROUP BY bid;

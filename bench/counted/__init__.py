"""What bench/count_requests, bench/curves and bench/shards share: a server under callgrind, and its client."""

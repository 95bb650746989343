-- Prints the counters of wrk as one line of JSON. Its own report rounds them.
done = function(summary, latency, requests)
    local e = summary.errors
    io.write(string.format(
        '{"requests": %d, "bytes": %d, "microseconds": %d, "errors": %d}\n',
        summary.requests, summary.bytes, summary.duration,
        e.connect + e.read + e.write + e.status + e.timeout
    ))
end

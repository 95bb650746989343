"""The metric families for Prometheus. No label value is taken from a request."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from videoflix.monitoring.models import Sample
from videoflix.monitoring.request_metrics import SECONDS, RequestMetrics

# Gauges from the database: the documentation and the labels of each, by the name of its samples.
GAUGES = {
    "jobs": ("Jobs by kind and state", ["kind", "state"]),
    "mails": ("Mails by kind and state", ["kind", "state"]),
    "queue_length": ("Jobs and mails that are waiting for a worker", ["queue"]),
    "queue_seconds": ("Seconds that the waiting jobs will take the workers of now", ["queue"]),
    "encode_speed": ("Seconds of film encoded per second, by all workers together", []),
    "sessions": ("Sessions that have not ended", []),
    "films": ("Films by the state of their newest encode", ["state"]),
}
_EDGES = [*(str(edge) for edge in SECONDS), "+Inf"]


class Scrape(Collector):
    """The metrics of one scrape. `samples` is None if the database does not answer."""

    def __init__(self, requests: RequestMetrics, samples: list[Sample] | None) -> None:
        self._request_metrics = requests
        self._samples = samples

    def collect(self) -> Iterator[Metric]:
        yield from self._requests()
        yield GaugeMetricFamily(
            "videoflix_database_up", "Whether the database answers", value=float(self._samples is not None)
        )
        for name, (meaning, labels) in GAUGES.items():
            family = GaugeMetricFamily(f"videoflix_{name}", meaning, labels=labels)
            for sample in self._samples or ():
                if sample.name == name:
                    family.add_metric(sample.labels, sample.value)
            yield family

    def _requests(self) -> Iterator[Metric]:
        route = ["route", "method"]
        requests = CounterMetricFamily("videoflix_requests", "Requests answered", labels=[*route, "status"])
        sent = CounterMetricFamily("videoflix_sent_bytes", "Bytes sent in response bodies", labels=route)
        times = HistogramMetricFamily(
            "videoflix_request_seconds",
            "Seconds from the arrival of a request to the end of its response",
            labels=route,
        )
        for row in self._request_metrics.rows():
            names = [row.route, row.method]
            for status, count in row.statuses.items():
                requests.add_metric([*names, status], count)
            sent.add_metric(names, row.bytes)
            buckets, total = [], 0.0
            for edge, count in zip(_EDGES, row.buckets, strict=True):
                total += count
                buckets.append((edge, total))
            times.add_metric(names, buckets, row.seconds)
        yield from (requests, sent, times)

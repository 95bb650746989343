"""What is measured, in the families and with the labels that Prometheus reads. No label comes from a request."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from videoflix.monitoring.models import Number
from videoflix.monitoring.request_metrics import SECONDS, RequestMetrics

# By the names of the numbers that the database tells: what each means, and its labels.
GAUGES = {
    "jobs": ("Jobs by kind and state", ["kind", "state"]),
    "mails": ("Mails by kind and state", ["kind", "state"]),
    "queue_length": ("Jobs and mails that wait for a worker", ["queue"]),
    "encode_speed": ("Seconds of film that are encoded per second, of all workers together", []),
    "sessions": ("Logins that have not ended", []),
    "films": ("Films by the state of their newest version", ["state"]),
}
_EDGES = [*(str(edge) for edge in SECONDS), "+Inf"]


class Scrape(Collector):
    """One reading; without numbers when the database does not answer."""

    def __init__(self, tally: RequestMetrics, numbers: list[Number] | None) -> None:
        self._tally = tally
        self._numbers = numbers

    def collect(self) -> Iterator[Metric]:
        yield from self._requests()
        yield GaugeMetricFamily(
            "videoflix_database_up", "Whether the database answers", value=float(self._numbers is not None)
        )
        for name, (meaning, labels) in GAUGES.items():
            family = GaugeMetricFamily(f"videoflix_{name}", meaning, labels=labels)
            for number in self._numbers or ():
                if number.name == name:
                    family.add_metric(number.labels, number.value)
            yield family

    def _requests(self) -> Iterator[Metric]:
        route = ["route", "method"]
        requests = CounterMetricFamily("videoflix_requests", "Requests answered", labels=[*route, "status"])
        sent = CounterMetricFamily("videoflix_sent_bytes", "Bytes of the answers", labels=route)
        times = HistogramMetricFamily(
            "videoflix_request_seconds", "From a request's arrival to the last byte of its answer", labels=route
        )
        for row in self._tally.rows():
            names = [row.route, row.method]
            for status, count in row.statuses.items():
                requests.add_metric([*names, status], count)
            sent.add_metric(names, row.bytes)
            buckets, so_far = [], 0.0
            for edge, count in zip(_EDGES, row.buckets, strict=True):
                so_far += count
                buckets.append((edge, so_far))
            times.add_metric(names, buckets, row.seconds)
        yield from (requests, sent, times)

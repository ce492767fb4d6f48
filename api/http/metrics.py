"""Numbers about requests. Labels are operations and statuses, both from closed lists."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class RequestMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "interlock_http_requests", "Answers given.", ("operation", "status"), registry=registry
        )
        self._seconds = Histogram(
            "interlock_http_request_seconds",
            "From the request's arrival to the start of its answer.",
            ("operation",),
            buckets=BUCKETS_S,
            registry=registry,
        )
        self._replays = Counter(
            "interlock_http_replays", "Answers given again under their key.", registry=registry
        )
        self.in_flight = Gauge(
            "interlock_http_requests_in_flight", "Requests being answered.", registry=registry
        )
        # Looking a label up costs more than counting.
        self._counters: dict[tuple[str, int], Counter] = {}
        self._timers: dict[str, Histogram] = {}

    def answered(self, operation: str, status: int, seconds: float) -> None:
        counter = self._counters.get((operation, status))
        if counter is None:
            counter = self._requests.labels(operation, str(status))
            self._counters[operation, status] = counter
        counter.inc()
        timer = self._timers.get(operation)
        if timer is None:
            timer = self._timers[operation] = self._seconds.labels(operation)
        timer.observe(seconds)

    def replayed(self) -> None:
        self._replays.inc()

"""What Prometheus sees of a service."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from elbax.web import Exchange

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


class Metrics:
    """Requests, times, rows and batches; labels are names of models and operations only.

    Example:
        >>> metrics = Metrics()
        >>> metrics.batch(2, 5)
        >>> b"elbax_batch_rows_sum 5.0" in metrics.text()
        True
    """

    def __init__(self):
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        names = ("model", "operation")
        self._requests = Counter("elbax_requests", "Answered requests.", (*names, "status"), registry=self._registry)
        self._seconds = Histogram(
            "elbax_request_seconds",
            "From the head of a request to the end of its answer.",
            names,
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._rows = Counter("elbax_rows", "Rows of answered requests.", names, registry=self._registry)
        self._batch_rows = Histogram(
            "elbax_batch_rows", "Rows that were computed together.", buckets=_ROWS, registry=self._registry
        )
        self._batch_requests = Histogram(
            "elbax_batch_requests", "Requests that were computed together.", buckets=_ROWS, registry=self._registry
        )
        self._waiting = Gauge("elbax_waiting_rows", "Rows that wait for their turn.", registry=self._registry)

    def exchange(self, exchange: Exchange) -> None:
        """Count one exchange."""
        names = (exchange.facts.get("model", ""), exchange.facts.get("operation", "other"))
        self._requests.labels(*names, str(exchange.status)).inc()
        self._seconds.labels(*names).observe(exchange.seconds)
        if exchange.status == 200 and "rows" in exchange.facts:
            self._rows.labels(*names).inc(exchange.facts["rows"])

    def batch(self, requests: int, rows: int) -> None:
        """Count one batch."""
        self._batch_requests.observe(requests)
        self._batch_rows.observe(rows)

    def text(self, waiting_rows: int = 0) -> bytes:
        """All of it in Prometheus' format."""
        self._waiting.set(waiting_rows)
        return generate_latest(self._registry)

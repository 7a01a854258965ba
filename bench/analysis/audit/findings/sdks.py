"""Telemetry, logging and error tracking that people add as middleware, by the packages that it is imported from."""

from __future__ import annotations

_TELEMETRY, _LOGGING, _ERRORS = "telemetry", "logging", "error tracking"
_KINDS = {
    "apitally": _TELEMETRY,
    "api_analytics": _TELEMETRY,
    "aws_xray_sdk": _TELEMETRY,
    "ddtrace": _TELEMETRY,
    "elasticapm": _TELEMETRY,
    "logfire": _TELEMETRY,
    "moesifasgi": _TELEMETRY,
    "newrelic": _TELEMETRY,
    "opencensus": _TELEMETRY,
    "opentelemetry": _TELEMETRY,
    "prometheus_client": _TELEMETRY,
    "prometheus_fastapi_instrumentator": _TELEMETRY,
    "scout_apm": _TELEMETRY,
    "starlette_exporter": _TELEMETRY,
    "starlette_prometheus": _TELEMETRY,
    "timing_asgi": _TELEMETRY,
    "asgi_correlation_id": _LOGGING,
    "asgi_logger": _LOGGING,
    "fastapi_structlog": _LOGGING,
    "starlette_context": _LOGGING,
    "structlog_asgi": _LOGGING,
    "appsignal": _ERRORS,
    "bugsnag": _ERRORS,
    "honeybadger": _ERRORS,
    "raygun4py": _ERRORS,
    "rollbar": _ERRORS,
    "sentry_sdk": _ERRORS,
}


def sdk_kind(middleware: str) -> str | None:
    """`telemetry`, `logging` or `error tracking`, by a middleware's `module:Class`; None of any other."""
    return _KINDS.get(middleware.partition(":")[0].partition(".")[0])

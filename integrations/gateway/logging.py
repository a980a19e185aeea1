"""One JSON line an event, to standard error; never a customer's words."""

import logging

import structlog


def configure_logging(level: int = logging.INFO) -> None:
    """Set up structlog for the app process. httpx and SQLAlchemy speak only from WARNING on:
    their lines would carry addresses and values."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=True,
    )

"""Everything that goes through a broker: messages, workers, envelopes, Celery itself."""

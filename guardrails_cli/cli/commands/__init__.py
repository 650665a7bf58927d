"""The commands of `guardrails`, one module each: parse, call, exit code."""

"""Services built on a scan: jobs, audits, baseline review, webhooks, explanations."""

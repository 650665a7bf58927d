"""`guardrails beat`: start audits when they are due."""

import os
import signal
from datetime import datetime
from typing import Annotated

import typer

from guardrails_cli.cli.commands.audit import ConfigOption, audit_file
from guardrails_cli.cli.options import LogFormat
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.system import log


def beat(
    config: ConfigOption = None,
    log_format: Annotated[
        LogFormat,
        typer.Option(
            envvar=log.ENV_LOG_FORMAT,
            show_envvar=False,
            case_sensitive=False,
            help="Format of stderr, for the audits too: lines for people, or one JSON object a line.",
        ),
    ] = LogFormat.text,
) -> None:
    """Start the audits of a configuration file on their schedules, until Ctrl-C or SIGTERM.

    Each audit runs as `guardrails audit run NAME` would; with the option `broker`, remote workers do the work.
    """
    from guardrails_cli.services.audits import audits_of
    from guardrails_cli.services.schedule import Beat, command_line, next_run, schedules

    log.use(log_format.value)
    os.environ[log.ENV_LOG_FORMAT] = log_format.value  # for the audits
    file, _ = audit_file(config)
    due = schedules(audits_of(file))
    if not due:
        raise ConfigError(f"no audit in {file.path} has a crontab")
    service = Beat(due, lambda name: command_line(name, str(file.path)), _tell)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: service.stop.set())
    now = datetime.now().astimezone()
    for audit in due:
        _tell(f"audit {audit.name} is due at {next_run(audit, now):%Y-%m-%d %H:%M}")
    service.run()


def _tell(line: str) -> None:
    log.say(line, "beat")

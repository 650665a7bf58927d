"""The user's own folders for state, cache and configuration, by the conventions of the platform (XDG on Linux)."""

from pathlib import Path


def state_folder() -> Path:
    """Return the folder for keys, journals, jobs and audits; it need not exist."""
    from platformdirs import user_state_path

    return user_state_path("guardrails", appauthor=False)


def cache_folder() -> Path:
    """Return the folder for files that can be computed again; it need not exist."""
    from platformdirs import user_cache_path

    return user_cache_path("guardrails", appauthor=False)


def config_folder() -> Path:
    """Return the folder of the user's own configuration; it need not exist."""
    from platformdirs import user_config_path

    return user_config_path("guardrails", appauthor=False)

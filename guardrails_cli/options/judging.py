"""Options about making and judging findings."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from guardrails_cli.options.choices import Profile
from guardrails_cli.options.declare import COMMA_SEPARATED, Opt
from guardrails_cli.options.model import DEFAULT_MIN_SCORE, DEFAULT_MODEL, ENV_MODEL, ENV_PROFILE, THOROUGH_MIN_SCORE


@dataclass(frozen=True, slots=True)
class DetectionFlags:
    """Options of detection."""

    profile: Annotated[
        Profile | None,
        Opt(
            help="fast: patterns only, no names, made for pre-commit and CI; balanced: patterns and names; "
            "thorough: the recognizers of all countries too, doubtful findings, nothing left out to save "
            "time; presidio: the results of Presidio alone, to compare. [default: balanced]",
            panel="Detection",
            env=ENV_PROFILE,
            case_sensitive=False,
            show_default=False,
        ),
    ] = None
    entities: Annotated[
        str | None,
        Opt(
            help="Comma-separated entity types to look for; see `guardrails entities`. Default: all.",
            panel="Detection",
            metavar=COMMA_SEPARATED,
            completion="entity_types",
        ),
    ] = None
    exclude_entities: Annotated[
        str | None,
        Opt(
            help="Comma-separated entity types to leave out.",
            panel="Detection",
            metavar=COMMA_SEPARATED,
            completion="entity_types",
        ),
    ] = None
    min_score: Annotated[
        float | None,
        Opt(
            help=f"Leave out findings the recognizer is less sure of. [default: {DEFAULT_MIN_SCORE}; "
            f"{THOROUGH_MIN_SCORE} with --profile thorough]",
            panel="Detection",
            minimum=0.0,
            maximum=1.0,
            show_default=False,
        ),
    ] = None
    country: Annotated[
        str | None,
        Opt(
            help="Comma-separated codes of the countries whose identifiers to look for without a label, such as us,de. "
            "[default: those that Presidio enables for the language]",
            panel="Detection",
            metavar=COMMA_SEPARATED,
            show_default=False,
            completion="countries",
        ),
    ] = None
    language: Annotated[
        str,
        Opt(
            help="Language of the texts, a two-letter code; needs a --model for it, or --profile fast.",
            panel="Detection",
        ),
    ] = "en"
    model: Annotated[
        str, Opt(help="Installed spaCy model, a package or a folder.", panel="Detection", env=ENV_MODEL)
    ] = DEFAULT_MODEL
    no_ner: Annotated[bool, Opt(help="The same as --profile fast.", panel="Detection", flags=("--no-ner",))] = False
    recognizers: Annotated[
        list[Path] | None, Opt(help="Your own recognizers, a YAML file. Repeatable.", panel="Detection")
    ] = None


@dataclass(frozen=True, slots=True)
class PolicyFlags:
    """Options of the rules to check."""

    frameworks: Annotated[
        str | None,
        Opt(
            help="Comma-separated frameworks to check; all means all that `guardrails policies list` has. "
            "[default: HIPAA,GDPR,PCI_DSS,SECRETS]",
            panel="Policies",
            metavar=COMMA_SEPARATED,
            completion="frameworks",
        ),
    ] = None
    policy: Annotated[
        list[Path] | None, Opt(help="Your own policy pack, a YAML file. Repeatable.", panel="Policies")
    ] = None
    no_block: Annotated[
        bool,
        Opt(
            program=False,
            help="Do not exit with 1 because of rules whose action is BLOCK.",
            panel="Policies",
            flags=("--no-block",),
        ),
    ] = False
    risk: Annotated[
        Path | None, Opt(help="Your own numbers for the risk, a YAML file; see docs/risk.md.", panel="Policies")
    ] = None


@dataclass(frozen=True, slots=True)
class SuppressionFlags:
    """Options of suppression."""

    baseline: Annotated[
        Path | None,
        Opt(
            help="Only what is not in this baseline counts; see `guardrails baseline`.",
            panel="Suppression",
            flags=("--baseline",),
            metavar="FILE",
            show_default=False,
        ),
    ] = None
    allow: Annotated[
        list[Path] | None,
        Opt(help="Your allow list, a YAML file. Repeatable.", panel="Suppression", flags=("--allow",), metavar="FILE"),
    ] = None
    show_suppressed: Annotated[
        bool,
        Opt(
            help="List in the reports what is suppressed, apart from what counts.",
            panel="Suppression",
            flags=("--show-suppressed",),
        ),
    ] = False
    no_suppress: Annotated[
        bool,
        Opt(
            help="Everything counts, whatever comments, allow lists and the baseline say.",
            panel="Suppression",
            flags=("--no-suppress",),
        ),
    ] = False

"""Decide whether a finding counts: by comments beside it, allow lists, then the baseline, in this order."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

import msgspec
from msgspec.structs import replace

from guardrails_cli.core.display import printable
from guardrails_cli.core.finding import Directive, Finding, SuppressedBy, Suppression
from guardrails_cli.suppress.allow import AllowList, Entry
from guardrails_cli.suppress.baseline import DocumentMatcher, Matcher
from guardrails_cli.suppress.comments import ANY, FIRST_LINES, TEXT_FORMATS

MAX_DIRECTIVES = 10_000
"""Maximum number per document; further comments suppress nothing, and this is reported."""
_MAX_FAULTS = 100


class Suppressor:
    """The suppressions of a run.

    Args:
        allow: its allow lists.
        baseline: accepted findings; None if every finding is new.
        baseline_name: the baseline's path, for the reports.
        inline: whether comments count.
        most_shown: how many of a document's suppressed findings its record lists.
        today: decides which comments have expired; None uses the clock.

    """

    def __init__(
        self,
        allow: AllowList | None = None,
        baseline: Matcher | None = None,
        baseline_name: str = "",
        *,
        inline: bool = True,
        most_shown: int = 0,
        today: date | None = None,
    ) -> None:
        self.allow = allow or AllowList()
        self.baseline = baseline
        self.baseline_name = baseline_name
        self.inline = inline
        self.most_shown = most_shown
        self.today = today or date.today()
        self.used: set[int] = set()
        """Numbers of the allow-list entries that suppressed something."""

    def document(self, path: str, format_: str) -> "DocumentSuppressor":
        """Return the suppressor of one document."""
        return DocumentSuppressor(
            self,
            [entry for entry in self.allow.entries if entry.covers(path)],
            self.baseline.document(path) if self.baseline else None,
            inline=self.inline and format_ in TEXT_FORMATS,
        )

    def unused(self) -> list[str]:
        """Return the allow-list entries that suppressed nothing."""
        return [
            f"{entry.origin}: suppresses nothing here ({entry.reason})"
            for entry in self.allow.entries
            if entry.number not in self.used
        ]


class _Comment(msgspec.Struct):
    directive: Directive
    used: bool = False


class DocumentSuppressor:
    """Decides on the findings of one document, in the order of its text."""

    def __init__(
        self, run: Suppressor, entries: Sequence[Entry], baseline: DocumentMatcher | None, *, inline: bool
    ) -> None:
        self.counts: Counter[SuppressedBy] = Counter()
        self.shown: list[Finding] = []
        """First suppressed findings, with the reason."""
        self._run = run
        self._entries = entries
        self._baseline = baseline
        self._inline = inline
        self._comments: dict[int, _Comment] = {}
        self._by_line: dict[int, list[_Comment]] = {}
        """Comments by the line that they cover; 0 is the whole file."""
        self._dated: dict[int, Directive] = {}
        """Comments with a date, by line: that date is not a finding."""
        self._faults: dict[int, tuple[int, str]] = {}
        self._until: date | None = None

    def learn(self, directives: Iterable[Directive]) -> None:
        """Take the comments of the next chunk; a comment repeated by a neighbouring chunk counts once."""
        for directive in directives if self._inline else ():
            if directive.start in self._comments or directive.start in self._faults:
                continue
            fault = self._fault(directive)
            if fault is not None:
                if len(self._faults) < _MAX_FAULTS:
                    self._faults[directive.start] = (directive.line, fault)
                continue
            comment = _Comment(directive)
            self._comments[directive.start] = comment
            if directive.until is not None:
                self._dated[directive.line] = directive
                self._until = min(directive.until, self._until or directive.until)
            about = {"ignore": directive.line, "ignore-next-line": directive.line + 1, "ignore-file": 0}
            self._by_line.setdefault(about[directive.kind], []).append(comment)

    def _fault(self, directive: Directive) -> str | None:
        if directive.fault is not None:
            return directive.fault
        if directive.until is not None and directive.until < self._run.today:
            return f"ended on {directive.until} ({printable(directive.reason)}): what it is about counts again"
        if directive.kind == "ignore-file" and directive.line > FIRST_LINES:
            return f"ignore-file works in the first {FIRST_LINES} lines only"
        if len(self._comments) >= MAX_DIRECTIVES:
            return f"more than {MAX_DIRECTIVES:,} comments; use ignore-file or an allow list"
        return None

    def takes(self, finding: Finding) -> bool:
        """Return whether the finding is suppressed, and count it if it is."""
        why = self._inline_reason(finding) or self._allowed_reason(finding) or self._baseline_reason(finding)
        if why is None:
            return False
        self.counts[why.by] += 1
        if len(self.shown) < self._run.most_shown:
            self.shown.append(replace(finding, suppression=why))
        return True

    def _inline_reason(self, finding: Finding) -> Suppression | None:
        found = self._dated.get(finding.line) if finding.entity_type == "DATE_TIME" else None
        for about in (finding.line, 0) if self._by_line else ():
            for comment in self._by_line.get(about, ()):
                types = comment.directive.entity_types
                if finding.entity_type in types or types == (ANY,):
                    comment.used = True
                    found = found or comment.directive
        if found is None:
            return None
        return Suppression(SuppressedBy.INLINE, printable(found.reason), f"line {found.line}")

    def _allowed_reason(self, finding: Finding) -> Suppression | None:
        entry = next((entry for entry in self._entries if entry.allows(finding)), None)
        if entry is None:
            return None
        self._run.used.add(entry.number)
        return Suppression(SuppressedBy.ALLOW, entry.reason, entry.origin)

    def _baseline_reason(self, finding: Finding) -> Suppression | None:
        if self._baseline is None or not self._baseline.takes(finding):
            return None
        return Suppression(SuppressedBy.BASELINE, "known", self._run.baseline_name)

    def faults(self) -> tuple[tuple[int, str], ...]:
        """Return the faults of comments by line, after all findings were added: malformed, expired, not used."""
        unused = [
            (
                comment.directive.line,
                f"suppresses nothing: no {' or '.join(comment.directive.entity_types)} found there",
            )
            for comment in self._comments.values()
            if not comment.used
        ]
        return tuple(sorted([*self._faults.values(), *unused[:_MAX_FAULTS]]))

    @property
    def until(self) -> date | None:
        """Earliest expiry date among its suppression comments; None if none expires."""
        return self._until


NOTHING = Suppressor(inline=False)
"""A suppressor that suppresses nothing."""

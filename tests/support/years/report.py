"""The table of what was found, and how soon."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from statistics import median

from .faults import KINDS
from .truth import Truth, Verdict

HEAD = ("What goes wrong", "Alert", "Found", "Silent", "Delay, median", "Delay, worst", "Beyond its limit, worst")


def table(verdicts: Sequence[Verdict]) -> str:
    """A row for each alert of each kind of fault, in Markdown."""
    lines = [HEAD, ("---",) * len(HEAD), *_rows(verdicts)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _rows(verdicts: Sequence[Verdict]) -> Iterator[tuple[str, ...]]:
    for kind in KINDS:
        of_kind = [one for one in verdicts if one.kind == kind.name]
        harmful = [one for one in of_kind if one.harmful]
        harmless = [one for one in of_kind if not one.harmful]
        silent = sum(not one.problems for one in harmless)
        what = (kind.make.__doc__ or "").strip().splitlines()[0]
        alerts = sorted({(due.alert, due.severity) for one in harmful for due in one.due}, key=lambda one: one[0])
        for number, alert in enumerate(alerts or [("", "")]):
            asked = [one for one in harmful if any((due.alert, due.severity) == alert for due in one.due)]
            found = [due for one in asked for due in one.found if (due.alert, due.severity) == alert]
            yield (
                what if number == 0 else "",
                f"{alert[0]}, {alert[1]}" if alert[0] else "",
                f"{len(found)} of {len(asked)}",
                f"{silent} of {len(harmless)}" if number == 0 and harmless else "",
                _told([one.after_fault for one in found], median_too=True),
                _told([one.after_fault for one in found]),
                _told([one.after_limit for one in found]),
            )


def _told(lengths: Sequence[timedelta], *, median_too: bool = False) -> str:
    if not lengths:
        return ""
    all_minutes = [length / timedelta(minutes=1) for length in lengths]
    minutes = median(all_minutes) if median_too else max(all_minutes)
    if minutes < 0.5:
        return "0 min"
    if minutes < 100:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.1f} h" if minutes < 72 * 60 else f"{minutes / 1440:.1f} d"


def summary(truth: Truth) -> str:
    """The recall, in two sentences."""
    harmful = [one for one in truth.verdicts if one.harmful]
    harmless = [one for one in truth.verdicts if not one.harmful]
    found = sum(len(one.found) == len(one.due) for one in harmful)
    silent = sum(not one.problems for one in harmless)
    quiet = sum(not one.alerts for one in truth.healthy)
    return (
        f"{quiet} of {len(truth.healthy)} healthy years raised no alert. Of {len(harmful)} faults that must be found "
        f"{found} were, and of {len(harmless)} that are no trouble {silent} raised no alert."
    )


def page(truth: Truth) -> str:
    """The page of the documentation."""
    styles = "\n".join(f"- {style.about}" for style in truth.styles)
    return "\n\n".join((INTRO, styles, OUTCOME, summary(truth), table(truth.verdicts), HOW)) + "\n"


NOTE = "<!-- Written by `make truth`; do not edit. -->"

INTRO = f"""\
# How the rules are proven over years

{NOTE}

Rules about backups fail in two ways: they stay silent when it matters, or they cry until nobody listens. Neither can be
seen by reading them. So the alert rules of this version were run over simulated years: the agent's own code, in a world
that a seed decides, watched ten installations for a year each. Their metrics were written into a real Prometheus at
their true times, and every rule was evaluated at every minute.

The ten installations:"""

OUTCOME = """\
What happens in each of them and must raise no alert: restarts and upgrades of the agent, reboots, a repository that is
away for a while, scrapes that fail, restarts of Prometheus, locks that come and go, weeks without a new photo, imports,
trash that is emptied, summer time in both directions, new versions of restic, forgetting and pruning.

Then one fault was put into each of many years, of every kind that a rule is there for, at a random moment and of a
random size on both sides of what is allowed. *Found*: the alert fired in time. *Silent*: the fault was too small to
matter, and no alert fired. No other alert fired in any of these years, but for what was just as true (a backup that
fails also makes the newest one old). *Delay* is counted from the moment at which it went wrong, *beyond its limit*
from the one at which more time had passed than is allowed."""

HOW = """\
What this does not prove: that restic, Immich and Prometheus behave as they are simulated. That is what the tests with
the real programs are for."""

"""Runs all simulated years: `make truth`."""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from .faults import KINDS
from .prometheus import RULES
from .report import page, summary, table
from .styles import STYLES
from .truth import SEED, Case, Healthy, Span, Truth, cases, live_faulty, live_healthy, style_of

QUICK = Span(days=200, lived=75, first=50, last=70)


def main(arguments: Sequence[str]) -> int:
    """Exit code 1 where a healthy year raised an alert, or a fault was not found as it should be."""
    parser = argparse.ArgumentParser(prog="make truth", description="Runs the alert rules over simulated years.")
    parser.add_argument("--workers", type=int, default=2, help="how many years to simulate at once")
    parser.add_argument("--each", type=int, default=6, help="how many faults of each kind")
    parser.add_argument("--quick", action="store_true", help="two months and a half of each year only")
    parser.add_argument("--seed", type=int, default=SEED, help="another one makes other years")
    parser.add_argument("--rules", type=Path, default=RULES, help="the rule file")
    parser.add_argument("--styles", nargs="*", default=[style.name for style in STYLES], help="only these")
    parser.add_argument("--kinds", nargs="*", default=[kind.name for kind in KINDS], help="only these kinds of faults")
    parser.add_argument(
        "--states", type=Path, help="keep what the agents remembered of the healthy years, and reuse it"
    )
    parser.add_argument("--page", type=Path, help="write the result as a page of the documentation")
    options = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="years-") as folder:
        truth = run(options, options.states or Path(folder))
    for problem in truth.problems:
        print(f"PROBLEM {problem}", file=sys.stderr)
    print(table(truth.verdicts))
    print(summary(truth))
    if options.page is not None and not truth.problems:
        options.page.write_text(page(truth), encoding="utf-8")
    return 1 if truth.problems else 0


def run(options: argparse.Namespace, states: Path) -> Truth:
    """Live every year; those with faults as soon as the healthy one of their style is over."""
    styles = [style_of(name) for name in options.styles]
    waiting = [case for case in cases(options.each, styles, options.seed) if case.kind in options.kinds]
    truth = Truth(styles=styles)
    span = QUICK if options.quick else Span()
    common = {"seed": options.seed, "rules": options.rules}
    with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
        years: dict[Future[Any], str | Case] = {}

        def spoil(style: str) -> None:
            for case in (case for case in waiting if case.style == style):
                years[pool.submit(live_faulty, case, span, states / style, **common)] = case

        for style in styles:
            if (states / style.name).is_dir():
                spoil(style.name)
            else:
                years[pool.submit(live_healthy, style, span, states / style.name, **common)] = style.name
        while years:
            done: Future[Any] = next(as_completed(years))
            name = years.pop(done)
            try:
                came_of_it = done.result()
            except Exception as error:  # noqa: BLE001 - one year that cannot be lived must not end all others
                truth.broken.append(f"{name} could not be lived: {error!r}")
                print(truth.broken[-1], flush=True)
                continue
            if isinstance(came_of_it, Healthy):
                truth.healthy.append(came_of_it)
                print(f"healthy {name}: {'; '.join(came_of_it.alerts) or 'no alert'}", flush=True)
                spoil(came_of_it.style)
            else:
                truth.verdicts.append(came_of_it)
                print(f"{came_of_it}: {'; '.join(came_of_it.problems) or 'as it should be'}", flush=True)
    truth.healthy.sort(key=lambda one: options.styles.index(one.style))
    truth.verdicts.sort(key=lambda one: (options.kinds.index(one.kind), one.number))
    return truth


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

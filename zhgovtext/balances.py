"""Balance of a corpus: interpretation against news in many reports, by agency, year or level of government."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from zhgovtext.errors import OptionError
from zhgovtext.estimates import plain
from zhgovtext.quantification import Calibration, Estimate, Tally, adjust_corpus, tally
from zhgovtext.report import Report
from zhgovtext.shares import count_share

BY = ("agency", "year", "level")
# From the highest down.
LEVELS = ("national", "province", "subprovincial", "prefecture", "county", "township", "unknown")


@dataclass(frozen=True, slots=True)
class GroupBalance:
    """Interpretation and news in a group of reports, and interpretation / (interpretation + news) among them.

    `by` is one of `BY` and `group` the group's agency, year or level (null for reports in which none was found); both
    are null for all reports together. `interpretation` and `news` are clauses outside sentences coded `problems`,
    `naive` their share, `n` their number; fewer than 10 are `few`. `adjusted` and its 95 % interval `low` to `high`
    are of the share behind agencies like these (`quantification.adjust_corpus`). They are null where `reason` says so:
    as of `Estimate` (``agencies``: one agency does not tell how agencies differ), ``unmeasured`` (how the coder errs is
    not known), or ``mixed`` (not all reports were coded alike). Of the items that reports count, `items` are sums of
    the stated numbers, null where no report states any, `stated` how many reports do; `item_share` is
    interpretation / (interpretation + news) of the reports that state both (``stated["both"]``).
    """

    by: str | None
    group: str | int | None
    reports: int
    agencies: int
    interpretation: int
    news: int
    naive: float | None
    adjusted: float | None
    low: float | None
    high: float | None
    n: int
    few: bool
    reason: str | None
    items: dict[str, int | float | None]
    stated: dict[str, int]
    item_share: float | None

    def to_dict(self) -> dict[str, Any]:
        """Plain data, shares rounded to six places."""
        found: dict[str, Any] = plain(self)
        return found


@dataclass(slots=True)
class _Pool:
    """What is kept of the reports of a group: sums, and the units of each agency by the cells of the coder's errors."""

    reports: int = 0
    interpretation: int = 0
    news: int = 0
    agencies: dict[object, Tally | None] = field(default_factory=dict)
    coders: dict[tuple[str, bool], Calibration | None] = field(default_factory=dict)
    items: Counter[str] = field(default_factory=Counter)
    stated: Counter[str] = field(default_factory=Counter)
    both: Counter[str] = field(default_factory=Counter)


def balance_by(reports: Iterable[Report], *, by: str = "agency") -> list[GroupBalance]:
    """The balance of each group of reports and, last, of all: groups in order (years, levels from the highest down,
    agencies by name), those of none last.

    Every report counts, an agency's reports together; a report without an agency stands for one of its own. Reports are
    read once and not kept. `OptionError` for an unknown `by`.

    >>> from zhgovtext.report import analyze_text
    >>> title = "青石县{}局{}年政府信息公开工作年度报告\\n一、主动公开情况\\n发布政策解读材料9篇。\\n编发工作简报3期。"
    >>> reports = [analyze_text(title.format(*row)) for row in (("水利", 2022), ("教育", 2022), ("水利", 2023))]
    >>> [(found.group, found.agencies, found.naive, found.n) for found in balance_by(reports, by="year")]
    [(2022, 2, 0.5, 4), (2023, 1, 0.5, 2), (None, 2, 0.5, 6)]
    """
    if by not in BY:
        raise OptionError("by", f"{by!r} is no grouping of reports", hint="choose " + ", ".join(BY))
    whole = _Pool()
    pools: dict[str | int | None, _Pool] = {}
    for at, report in enumerate(reports):
        for pool in (whole, pools.setdefault(getattr(report.meta, by), _Pool())):
            _add(pool, report, report.meta.agency or at)
    groups = sorted(pools, key=_order)
    return [*(_weigh(pools[group], by, group) for group in groups), _weigh(whole, None, None)]


def _order(group: str | int | None) -> tuple[bool, int, str]:
    if isinstance(group, int):
        return False, group, ""
    return group is None, LEVELS.index(group) if group in LEVELS else 0, group or ""


def _add(pool: _Pool, report: Report, agency: object) -> None:
    typed = report.typed
    outside = typed.outside(report.problem_units)
    explained, told = typed.count(outside)
    pool.reports += 1
    pool.interpretation += explained
    pool.news += told
    pool.coders[typed.coder.sha256, report.context] = typed.errors
    units = pool.agencies.setdefault(agency, None)
    # Units of two coders stand in different cells.
    if typed.errors is not None and len(pool.coders) == 1:
        more = tally(typed.probabilities[outside], typed.errors)
        pool.agencies[agency] = Tally(units.cells + more.cells, units.own + more.own) if units else more
    known = {kind: value for kind, value in report.balance.items.items() if value is not None}
    pool.items.update(known)
    pool.stated.update(known.keys())
    if {"interpretation", "news"} <= known.keys():
        pool.both.update({kind: known[kind] for kind in ("interpretation", "news")} | {"reports": 1})


def _weigh(pool: _Pool, by: str | None, group: str | int | None) -> GroupBalance:
    found = _share(pool)
    counted = pool.both["interpretation"] + pool.both["news"]
    kinds = ("interpretation", "news", "channels", "proactive")
    return GroupBalance(
        by,
        group,
        pool.reports,
        len(pool.agencies),
        pool.interpretation,
        pool.news,
        found.naive,
        found.adjusted,
        found.low,
        found.high,
        found.n,
        found.few,
        found.reason,
        {kind: pool.items[kind] if pool.stated[kind] else None for kind in kinds},
        {**{kind: pool.stated[kind] for kind in kinds}, "both": pool.both["reports"]},
        pool.both["interpretation"] / counted if counted else None,
    )


def _share(pool: _Pool) -> Estimate:
    errors = next(iter(pool.coders.values()), None)
    reason = "mixed" if len(pool.coders) > 1 else "unmeasured"
    units = [found for found in pool.agencies.values() if found is not None]
    if reason == "mixed" or errors is None or not units:
        return count_share(pool.interpretation, pool.news, reason=reason)
    return adjust_corpus(units, errors, of="interpretation", against=["news"])

"""Figures for a paper of the reports in a folder: categories by year, the balance of each agency, a trend.

python examples/plot_panel.py corpus/reports figures
"""

import sys
from pathlib import Path

import zhgovtext as zg


def main(folder: str, output: str) -> None:
    reports = [zg.analyze(path) for path in sorted(Path(folder).glob("*.txt"))]
    place = Path(output)
    place.mkdir(exist_ok=True)
    figures = {
        "shares.svg": zg.plot_shares(zg.group_shares(reports, by="year")),
        "balance.svg": zg.plot_balance(zg.balance_by(reports, by="agency")),
        "requests.png": zg.plot_trend(zg.trend(reports, indicator="request.received"), unit="件"),
    }
    for name, figure in figures.items():
        zg.save_figure(figure, place / name)
        print(place / name)


if __name__ == "__main__":
    main(*sys.argv[1:])

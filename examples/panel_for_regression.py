"""A panel without what a regression should not see: main rows, and no figure that the report itself contradicts.

python examples/panel_for_regression.py store.duckdb request_received,proactive_total panel.csv
"""

import sys

import zhgovtext as zg


def main(store: str, figures: str, target: str) -> None:
    with zg.open_corpus(store) as corpus:
        panel = corpus.panel().df()
    panel = panel[panel["main"].astype(bool) & (panel["report_status"] == "ok")]
    names = figures.split(",")
    for name in names:
        contradicted = panel[f"{name}_conflict"].notna()
        states = panel[f"{name}_state"].fillna("not stated").value_counts().to_dict()
        print(f"{name}\t{states}\tcontradicted: {contradicted.sum()}")
        panel.loc[contradicted, name] = None
    panel[["agency_key", "agency", "year", "scope", "form", *names]].to_csv(target, index=False)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Reports of runs: one page that needs no network and no script, and its headline table in other forms."""

from experiments.report.page import ReportRun, report_page, report_run
from experiments.report.tables import headline_csv, headline_latex, headline_markdown

__all__ = ["ReportRun", "headline_csv", "headline_latex", "headline_markdown", "report_page", "report_run"]

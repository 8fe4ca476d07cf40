"""The baseline for sparkpool: a minimal Textual app that shows a table of 20 rows."""

from textual.app import App, ComposeResult
from textual.widgets import DataTable


class Baseline(App[None]):
    """One DataTable, and nothing else."""

    def compose(self) -> ComposeResult:
        yield DataTable(cursor_type="row")

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        table.add_columns("NAME", "TYPE", "STATE", "SPARK", "NODES", "SIZE", "IDENTITY", "POOL")
        for number in range(20):
            row = f"compute-{number:02}"
            table.add_row(row, "Spark pool", "Succeeded", "3.5", "3–10", "Medium Memory", "system", "syn-prod/etlpool")


if __name__ == "__main__":
    Baseline().run()

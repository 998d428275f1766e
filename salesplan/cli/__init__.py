"""The command line: demo, import, check, report, app, schema."""


def main() -> None:
    """Run the command line; every error is one line with a fix, every exit code means something."""
    from salesplan.cli.commands import run

    run()

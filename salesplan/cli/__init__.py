"""The command line: demo, import, check, report, app, schema."""


def main() -> None:
    """Run the command line; every error is one line with a fix, every exit code means something."""
    from salesplan.kernels.repeatable import limit_threads, skip_iri_grammar

    limit_threads()  # before numpy is there
    skip_iri_grammar()
    from salesplan.cli.commands import run

    run()
